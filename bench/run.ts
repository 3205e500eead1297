/**
 * `npm run bench`: measures the goals of the server and of its terminal UI, each against its baseline in one run. README.md beside this file
 * says what they mean.
 *
 *   npm run bench [-- SUBJECT …] [--json FILE] [--rounds N] [--accounts N] [--tui-minutes N] [--quick]
 */
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { nearest } from '../src/protocol/index.js';
import { Bench, type Subject } from './bench.js';
import { Figures, verdictOf, type Figure, type Skipped } from './figures.js';
import { machine, Progress, tableText } from './report.js';
import { preparePrograms, type Programs } from './programs.js';
import { median } from './statistics.js';
import { BY_NAME_ONLY, SUBJECTS } from './subjects/index.js';

const ROUNDS = 5;

type Options = {
  readonly subjects: readonly Subject[];
  readonly json: string | null;
  readonly rounds: number;
  readonly quick: boolean;
  readonly tui_minutes: number | null;
  readonly accounts: number | null;
};

function usage(): string {
  const rows = SUBJECTS.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`);
  return [
    'Usage: npm run bench [-- SUBJECT …] [--json FILE] [--rounds N] [--accounts N] [--tui-minutes N] [--quick]',
    '',
    'Subjects, all unless told:',
    ...rows,
    '',
    '--rounds N       how often each measurement is repeated (5)',
    '--accounts N     accounts of the large server in `scale` (1000000) and `postgres` (100000)',
    '--tui-minutes N  for how long the memory of the terminal UI is watched (a third of a minute)',
    '--quick          one short round on small data: shows that it works, not how fast it is',
    '--json FILE      the figures with every round',
  ].join('\n');
}

const OPTIONS = {
  json: { type: 'string' },
  rounds: { type: 'string' },
  'tui-minutes': { type: 'string' },
  accounts: { type: 'string' },
  quick: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** What is said of a word that there is none of, with the one that was meant. */
function noSuch(what: string, typed: string, known: readonly string[], before = ''): string {
  const near = nearest(typed, known);
  const meant = near === null ? '' : ` Did you mean ${before}${near}?`;
  return `There is no ${what} \`${before}${typed}\`.${meant}\n\n${usage()}`;
}

function readOptions(argv: readonly string[]): Options | string {
  let parsed;
  try {
    parsed = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const flag = /^Unknown option '--([^'=]+)'/.exec(said)?.[1];
    return flag === undefined
      ? `${said.split('. ')[0] ?? said}.\n\n${usage()}`
      : noSuch('option', flag, Object.keys(OPTIONS), '--');
  }
  const { values, positionals } = parsed;
  if (values.help) return usage();
  const names: readonly string[] = SUBJECTS.map(({ name }) => name);
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown !== undefined) return noSuch('subject', unknown, names);
  const rounds = Number(values.rounds ?? (values.quick ? 1 : ROUNDS));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100)
    return '--rounds takes a number from 1 to 100.';
  const tui_minutes = values['tui-minutes'] === undefined ? null : Number(values['tui-minutes']);
  if (tui_minutes !== null && !(tui_minutes > 0 && tui_minutes <= 24 * 60)) {
    return '--tui-minutes takes a number of minutes, at most a day.';
  }
  const accounts = values.accounts === undefined ? null : Number(values.accounts);
  if (accounts !== null && !(Number.isInteger(accounts) && accounts >= 100_000 && accounts <= 100_000_000)) {
    return '--accounts takes a number from 100000 to 100000000.';
  }
  return {
    subjects: SUBJECTS.filter(({ name }) =>
      positionals.length === 0 ? !BY_NAME_ONLY.has(name) : positionals.includes(name),
    ),
    json: values.json ?? null,
    rounds,
    quick: values.quick,
    tui_minutes,
    accounts,
  };
}

/** P8 over everything that a subject did to its servers. */
function addLoops(figures: Figures): void {
  const { loops } = figures;
  if (loops.length === 0) return;
  const worst = (pick: (seen: (typeof loops)[number]) => number): number => Math.max(...loops.map(pick));
  figures.add(
    'P8',
    'longest block of the event loop',
    'ms',
    worst((seen) => seen.blocked_ms_max),
    { at_most: 10 },
  );
  figures.note(
    'most CPU time of the main thread in one such block and the 5 ms before',
    'ms',
    worst((seen) => seen.ran_ms_max),
  );
  figures.note(
    'latest timer, waiting for a core included',
    'ms',
    worst((seen) => seen.late_ms_max),
  );
  figures.note(
    'longest garbage collection',
    'ms',
    worst((seen) => seen.gc_ms_max),
  );
}

type Outcome = {
  readonly figures: readonly Figure[];
  readonly skipped: readonly Skipped[];
  readonly failed: boolean;
};

async function runSubject(
  subject: Subject,
  programs: Programs,
  options: Options,
  progress: Progress,
): Promise<Outcome> {
  const figures = new Figures(subject.name);
  const bench = new Bench(
    programs,
    figures,
    options,
    (text, within) => progress.show(text, within * subject.seconds),
    (text) => progress.say(text),
  );
  let failed = false;
  try {
    await subject.run(bench);
  } catch (error) {
    failed = true;
    figures.skip('–', `failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  addLoops(figures);
  progress.finish(subject.seconds);
  return { figures: figures.all, skipped: figures.skipped, failed };
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    const asked_for = options.startsWith('Usage');
    (asked_for ? process.stdout : process.stderr).write(`${options}\n`);
    return asked_for ? 0 : 64;
  }
  if (process.platform !== 'linux') {
    process.stdout.write('The benchmark reads CPU time and memory from /proc and needs Linux.\n');
    return 69;
  }
  const began = performance.now();
  const started_at = new Date().toISOString();
  const load_before = loadavg();
  const progress = new Progress(options.subjects.reduce((sum, { seconds }) => sum + seconds, 0));
  progress.show('preparing', 0);
  using programs = await preparePrograms();
  const outcomes: Outcome[] = [];
  for (const subject of options.subjects)
    outcomes.push(await runSubject(subject, programs, options, progress));
  progress.clear();
  const figures = outcomes.flatMap((outcome) => outcome.figures);
  const skipped = outcomes.flatMap((outcome) => outcome.skipped);
  const seconds = (performance.now() - began) / 1000;
  process.stdout.write(`${tableText(figures, skipped)}\n`);
  const verdicts = figures.map(verdictOf);
  const [passed, missed] = ['pass', 'miss'].map(
    (one) => verdicts.filter((verdict) => verdict === one).length,
  );
  process.stdout.write(
    `${String(passed)} passed, ${String(missed)} missed, ${skipped.length} skipped in ${seconds.toFixed(0)} s; ` +
      `load average before: ${load_before.map((one) => one.toFixed(1)).join(' ')}\n`,
  );
  if (options.json !== null) {
    const report = {
      started_at,
      seconds: Math.round(seconds),
      rounds: options.rounds,
      quick: options.quick,
      machine: machine(),
      load_before,
      figures: figures.map((figure) => ({
        ...figure,
        median: median(figure.rounds),
        verdict: verdictOf(figure),
      })),
      skipped,
    };
    writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  return outcomes.some(({ failed }) => failed) ? 1 : 0;
}

process.exitCode = await main();
