// `npm test`: sets up, then runs every check and every test, and ends with the line `N passed, N failed`. Each check
// counts as one, and so does the budget of time in test/budget.json. With --quick it leaves out what runs the built
// programs (e2e), the faults planted into copies of the tree, the drills, the benchmarks and PostgreSQL, and tries generated
// input a quarter as often, for the middle of a day's work; with --only-tests all checks but the build.
//
// Checks run beside the tests. In the quick form lint goes by a cache that knows the text of a file and not the types that
// it takes from others, so it can miss what only a change elsewhere made wrong; the full form, which CI runs, looks at every
// file anew. The other caches can't hide anything: TypeScript follows imports itself, formatting and imports are a matter of
// one file. And a check that passed on these very files is not done twice.
import './node_version.mjs';
import { spawn } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { readArguments } from './arguments.mjs';
import { seenBefore } from './seen_before.mjs';
import { setUp } from './setup.mjs';
import { overBudget, paceOf, workMs } from './time_budget.mjs';

const root = join(import.meta.dirname, '..');
process.chdir(root);
const asked = readArguments(process.argv.slice(2), {
  usage:
    'Usage: npm test [-- --quick] [-- --only-tests]\nFor single files: npx vitest run test/unit/install.test.ts',
  known: ['--quick', '--only-tests'],
});
await setUp();
const began = performance.now();
const quick = asked.has('--quick');
const only_tests = asked.has('--only-tests');
const MEMORY_NEEDED_BYTES = 1024 * 1024 * 1024;
/** Where the system has a place for files in memory, the quick test keeps its data folders there: it waits for no disk. */
function inMemory() {
  const place = '/dev/shm';
  try {
    const { bavail, bsize } = statfsSync(place);
    accessSync(place, constants.W_OK);
    return bavail * bsize > MEMORY_NEEDED_BYTES ? { TMPDIR: place } : {};
  } catch {
    return {};
  }
}
const bin = (name) => join(root, 'node_modules', '.bin', name);
const env = {
  ...process.env,
  NO_UPDATE_NOTIFIER: '1',
  npm_config_update_notifier: 'false',
  ...(quick ? { PORTCULLIS_QUICK: '1', NODE_ENV: 'production', ...inMemory() } : {}),
};

/** Ignored by git, and gone after an install: what is cached depends on what is installed. */
const CACHE = 'node_modules/.cache/portcullis';
mkdirSync(CACHE, { recursive: true });
const formatCache = ['--cache', '--cache-strategy=content', `--cache-location=${CACHE}/format`];
const knipCache = ['--cache', `--cache-location=${CACHE}/knip`];
const importsCache = ['--cache', `${CACHE}/imports`, '--cache-strategy', 'content'];

/** The files that say what a check finds: those of code and of settings, or all. */
const CODE = /\.(ts|tsx|mts|js|mjs|cjs|json)$/;
const ALL = /./;
const seen = quick ? seenBefore(`${CACHE}/passed.json`) : null;

const BUILD = ['build', process.execPath, ['scripts/build.mjs', '--if-needed']];
/** The longest first, so that none of them is left alone at the end. */
const CHECKS = [
  ['types and lint', process.execPath, ['scripts/types_and_lint.mjs', ...(quick ? ['--cached'] : [])], CODE],
  ['format', bin('prettier'), ['--check', '--log-level=warn', ...formatCache, '.'], ALL],
  ['dead code', bin('knip'), ['--no-progress', ...(quick ? knipCache : [])], CODE],
  [
    'architecture',
    bin('depcruise'),
    ['src', '--config', '.dependency-cruiser.cjs', '--output-type', 'err', ...importsCache],
    CODE,
  ],
  ['documents', bin('tsx'), ['scripts/docs.ts', '--check'], ALL],
  ['key table', bin('tsx'), ['scripts/keys_doc.ts', '--check'], ALL],
  ['tidy', process.execPath, ['scripts/tidy.mjs'], ALL],
];

let passed = 0;
let failed = 0;
const took = { checks: {}, files: {}, total: 0 };

/** Runs a program and gives its exit code; what it says goes to `said` or, without that, straight on. */
function ended(command, args, said) {
  const stdio = ['ignore', ...(said === undefined ? ['inherit', 'inherit'] : ['pipe', 'pipe'])];
  const child = spawn(command, args, { stdio, env });
  if (said !== undefined) {
    child.stdout.on('data', (chunk) => said.push(chunk));
    child.stderr.on('data', (chunk) => said.push(chunk));
  }
  return new Promise((resolve) => {
    child.once('close', resolve);
    child.once('error', () => resolve(1));
  });
}

/** Runs one check; what it says is shown when it is over, so that it doesn't talk into what runs beside it. */
async function check([name, command, args, concerns]) {
  if (seen !== null && concerns !== undefined && seen.has(name, concerns)) {
    console.log(`ok     check: ${name} (it passed on these very files before)`);
    passed += 1;
    return;
  }
  const start = performance.now();
  const said = [];
  const status = await ended(command, args, said);
  took.checks[name] = (performance.now() - start) / 1000;
  if (status !== 0) process.stdout.write(Buffer.concat(said));
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} check: ${name} (${took.checks[name].toFixed(1)} s)`);
  if (status === 0) {
    passed += 1;
    if (seen !== null && concerns !== undefined) seen.pass(name, concerns);
  } else failed += 1;
}

async function runChecks() {
  if (only_tests) return;
  for (const one of CHECKS) await check(one);
}

async function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-results-'));
  const report = join(folder, 'tests.json');
  const status = await ended(bin('vitest'), [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...(quick ? ['--project', 'quick'] : []),
  ]);
  if (existsSync(report)) {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const unloaded = testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && assertionResults.every((one) => one.status !== 'failed'),
    ).length;
    passed += numPassedTests;
    // A file that can't even be loaded holds no failed test; it must not look like none.
    failed += Math.max(numFailedTests + unloaded, status === 0 ? 0 : 1);
    for (const { name, startTime, endTime } of testResults)
      took.files[relative(root, name)] = (endTime - startTime) / 1000;
  } else {
    failed += 1;
  }
  rmSync(folder, { recursive: true, force: true });
}

/** Returns lines, the longest time first. */
const longestFirst = (seconds) =>
  Object.entries(seconds)
    .sort(([, one], [, other]) => other - one)
    .map(([name, time]) => `${time.toFixed(1).padStart(7)}  ${name}`);

const LONGEST_SHOWN = 15;
/** Often enough to see somebody else's work come and go, and a thousandth of our own time. */
const SAMPLE_EVERY_MS = 5_000;
const samples = [workMs()];
const sampling = setInterval(() => samples.push(workMs()), SAMPLE_EVERY_MS);

await check(BUILD);
await Promise.all([runChecks(), runTests()]);
clearInterval(sampling);
samples.push(workMs());

took.total = (performance.now() - began) / 1000;
const budget = JSON.parse(readFileSync('test/budget.json', 'utf8'));
const pace = paceOf(samples, budget.work_ms);
const longest = longestFirst(took.files);
const times = join(CACHE, 'times.txt');
const mean = samples.reduce((sum, one) => sum + one, 0) / samples.length;
const summary = [
  `${quick ? 'quick' : 'full'}: ${took.total.toFixed(1)} s; the fixed piece of work took ${mean.toFixed(1)} ms, a pace of ${pace.toFixed(2)}`,
  ...['checks, in seconds:', ...longestFirst(took.checks)],
];
writeFileSync(times, [...summary, 'files of tests, in seconds:', ...longest, ''].join('\n'));
for (const line of [
  ...summary,
  `the ${LONGEST_SHOWN} longest files of tests, in seconds (all of them: ${times}):`,
  ...longest.slice(0, LONGEST_SHOWN),
])
  console.log(line);

const late = overBudget(took, budget, { kind: quick ? 'quick' : 'full', pace });
for (const fault of late) console.log(fault);
console.log(`${late.length === 0 ? 'ok    ' : 'FAILED'} check: time budget`);
if (late.length === 0) passed += 1;
else failed += 1;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
