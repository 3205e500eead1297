/** T1 to T5: the terminal UI, built, in a real pseudo-terminal, against a server with a hundred thousand accounts. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CHEAP_LOG_N, type Bench, type Subject } from '../bench.js';
import { ServerUnderTest } from '../children.js';
import { childrenCpuSeconds, cpuSeconds, residentBytes, threadsCpuSeconds } from '../cpu_time.js';
import { pause, PseudoTerminal } from '../pseudo_terminal.js';
import { accountOf, PASSWORD, tokenOf } from '../seed.js';
import { median, quantile, slope } from '../statistics.js';
import { connect, type Client } from '../../src/client/index.js';

const ACCOUNTS = 100_000;
const ACCOUNTS_QUICK = 1_000;
/** Account 0 of a seeded folder is an administrator. */
const BOSS = accountOf(0).account_name;
const SMALL = { cols: 80, rows: 24 };
const LARGE = { cols: 120, rows: 40 };
const EVENTS_PER_SECOND = 50;
/** How often one thing is started in a round; the median counts. */
const STARTS = 4;
const MINUTES = 1 / 3;
const MINUTES_QUICK = 1 / 30;
/** The share of the long run that isn't looked at for the slope: caches fill, and V8 optimises. */
const WARM_UP = 1 / 3;
/** A slope over less than this says nothing, so no goal is held against it. */
const SLOPE_MINUTES_MIN = 10;

const uiArgs = (bench: Bench, server: ServerUnderTest): string[] => [
  bench.programs.tui,
  ...['--host', '127.0.0.1', '--port', String(server.target.port), '--data', server.data],
];

const megabytes = (ui: PseudoTerminal): number => residentBytes(ui.pid) / 1e6;

async function signIn(ui: PseudoTerminal): Promise<void> {
  await ui.sees('Sign in');
  await ui.sees('●');
  ui.write(`${BOSS}\t${PASSWORD}\r`);
  // Its rows come last.
  await ui.sees('Admin');
  await ui.sees('RESULT');
}

async function openUsers(ui: PseudoTerminal): Promise<void> {
  ui.write('5');
  await ui.sees('LAST SEEN');
  await ui.sees('accounts');
  await ui.calm();
}

/** The second connection of the same person: what it changes is an event for the UI. */
async function otherConnection({ target }: ServerUnderTest): Promise<Client> {
  const { port, tls, key_id, key } = target;
  const client = connect({
    address: { host: '127.0.0.1', port, tls, pin: null, key: { key_id, key: Buffer.from(key, 'base64url') } },
    session_token: tokenOf(0),
  });
  await client.ready();
  return client;
}

async function starts(bench: Bench, server: ServerUnderTest): Promise<void> {
  const { figures, programs } = bench;
  const seen = { bare: [], bare_cpu: [], paint: [], frame: [], frame_cpu: [] } as Record<
    'bare' | 'bare_cpu' | 'paint' | 'frame' | 'frame_cpu',
    number[]
  >;
  const size = SMALL;
  for (let at = 0; at < STARTS; at += 1) {
    {
      const script = 'process.stdout.write("x");setTimeout(()=>{},5000)';
      using bare = new PseudoTerminal(['-e', script], programs.folder, size);
      seen.bare.push(await bare.sees('x'));
      seen.bare_cpu.push(threadsCpuSeconds(bare.pid) * 1000);
    }
    using ui = new PseudoTerminal(uiArgs(bench, server), programs.folder, size);
    seen.paint.push(await ui.sees('Portcullis'));
    seen.frame.push(await ui.sees('Password'));
    seen.frame_cpu.push(threadsCpuSeconds(ui.pid) * 1000);
    if (at > 0) continue;
    await ui.sees('●');
    await ui.calm();
    figures.add('T4', 'resident memory, sign-in screen', 'MB', megabytes(ui), { at_most: 80 });
    await signIn(ui);
    await ui.calm();
    figures.add('T4', 'resident memory, signed in, at home', 'MB', megabytes(ui), { at_most: 80 });
  }
  const [bare, paint, frame] = [median(seen.bare), median(seen.paint), median(seen.frame)];
  const [bare_cpu, frame_cpu] = [median(seen.bare_cpu), median(seen.frame_cpu)];
  figures.add('T1', 'first paint', 'ms', paint, { at_most: 100 });
  figures.add('T1', 'first paint beyond a bare start of Node', 'ms', paint - bare, { at_most: 40 });
  figures.add('T1', 'first app frame, 80x24', 'ms', frame, { at_most: 250 });
  figures.add('T1', 'first app frame / bare start of Node', 'x', frame / bare, { at_most: 4 });
  figures.note('bare start of Node', 'ms', bare);
  figures.note('bare start of Node: CPU', 'ms', bare_cpu);
  figures.note('until the first app frame: CPU', 'ms', frame_cpu);
  figures.note('first app frame / bare start of Node: CPU', 'x', frame_cpu / bare_cpu);
}

/** CPU time of a program that ends by itself, milliseconds. */
function cpuOf(argv: readonly string[]): number {
  const before = childrenCpuSeconds();
  for (let at = 0; at < STARTS; at += 1) {
    const { status, stderr } = spawnSync(process.execPath, [...argv], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`a command failed: ${stderr}`);
  }
  return ((childrenCpuSeconds() - before) * 1000) / STARTS;
}

async function commands(bench: Bench, server: ServerUnderTest): Promise<void> {
  const [program = '', ...place] = uiArgs(bench, server);
  // Of the programs before, so that their ends don't count.
  await pause(100);
  const bare = cpuOf(['-e', 'process.stdout.write("x")']);
  const info = cpuOf([program, 'server', 'info', '--json', ...place]);
  bench.figures.note('auth-tui server info --json: CPU beyond a bare start of Node', 'ms', info - bare);
}

async function keys(bench: Bench, ui: PseudoTerminal, label: string): Promise<void> {
  const { figures } = bench;
  const count = bench.quick ? 20 : 200;
  // Back to the top, so that every round scrolls as far.
  ui.write('g');
  await pause(150);
  const times: number[] = [];
  const cpu = cpuSeconds(ui.pid);
  for (let at = 0; at < count; at += 1) {
    times.push(await ui.key('j'));
    await pause(6);
  }
  figures.add('T2', `key to frame, 120x40${label}: p50`, 'ms', median(times), { at_most: 8 });
  figures.add('T2', `key to frame, 120x40${label}: p99`, 'ms', quantile(times, 0.99), { at_most: 16 });
  if (label !== '') return;
  figures.add('T2', 'CPU for each key', 'ms', ((cpuSeconds(ui.pid) - cpu) * 1000) / count, { at_most: 6 });
  ui.write('g');
  await ui.calm();
  const sizes: number[] = [];
  for (let at = 0; at < 10; at += 1) {
    const before = ui.bytes;
    await ui.key('j');
    await pause(25);
    sizes.push(ui.bytes - before);
  }
  figures.add('T2', 'one move of the selection', 'B', median(sizes), { at_most: 600 });
}

/** Bytes and processor time of the UI over a stretch of time. */
async function watch(ui: PseudoTerminal, ms: number): Promise<{ bytes_s: number; core: number }> {
  const [bytes, cpu, began] = [ui.bytes, threadsCpuSeconds(ui.pid), performance.now()];
  await pause(ms);
  const seconds = (performance.now() - began) / 1000;
  return {
    bytes_s: (ui.bytes - bytes) / seconds,
    core: ((threadsCpuSeconds(ui.pid) - cpu) / seconds) * 100,
  };
}

async function idle(bench: Bench, ui: PseudoTerminal): Promise<void> {
  await ui.calm();
  await pause(bench.ms(1_000));
  const { bytes_s, core } = await watch(ui, bench.ms(2_500));
  bench.figures.add('T3', 'idle', 'B/s', bytes_s, { at_most: 0 });
  bench.figures.add('T3', 'idle, of one core', '%', core, { at_most: 0.1 });
}

/** Fifty events a second, sent whether earlier ones were answered or not, while `during` runs. */
class Flood implements AsyncDisposable {
  readonly #sender: Client;
  readonly #witness: Client;
  readonly #timer: NodeJS.Timeout;
  #sent = 0;
  /** What has arrived at a connection that stands where the UI's stands. */
  arrived = 0;

  private constructor(sender: Client, witness: Client) {
    this.#sender = sender;
    this.#witness = witness;
    witness.onEvent(({ event }) => {
      if (event === 'account_changed') this.arrived += 1;
    });
    const began = performance.now();
    this.#timer = setInterval(() => {
      for (; this.#sent < ((performance.now() - began) / 1000) * EVENTS_PER_SECOND; this.#sent += 1) {
        void sender.attempt('update_profile', { changes: { first_name: `E${this.#sent}` } });
      }
    }, 1000 / EVENTS_PER_SECOND);
  }

  static async start(server: ServerUnderTest): Promise<Flood> {
    return new Flood(await otherConnection(server), await otherConnection(server));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#sender.close(), this.#witness.close()]);
  }
}

async function events(bench: Bench, ui: PseudoTerminal, server: ServerUnderTest): Promise<void> {
  await using flood = await Flood.start(server);
  await pause(bench.ms(500));
  const [before, began] = [flood.arrived, performance.now()];
  const { bytes_s, core } = await watch(ui, bench.ms(2_500));
  const seconds = (performance.now() - began) / 1000;
  bench.figures.note('events arriving', '/s', (flood.arrived - before) / seconds);
  bench.figures.add('T3', '50 events/s', 'B/s', bytes_s, { at_most: 4_096 });
  bench.figures.add('T3', '50 events/s, of one core', '%', core, { at_most: 8 });
  await keys(bench, ui, ', 50 events/s');
}

/** T4 over a long time. A key now and then, as a person would press one: else the screen locks itself. */
async function longRun(bench: Bench, ui: PseudoTerminal, server: ServerUnderTest): Promise<void> {
  const minutes = bench.tui_minutes ?? (bench.quick ? MINUTES_QUICK : MINUTES);
  const every_ms = Math.min(10_000, (minutes * 60_000) / 20);
  const samples: [minute: number, megabytes: number][] = [];
  await using flood = await Flood.start(server);
  const began = performance.now();
  let told = 0;
  for (let at = 1; at <= (minutes * 60_000) / every_ms; at += 1) {
    await pause(Math.max(0, began + at * every_ms - performance.now()));
    ui.write(at % 2 === 0 ? 'j' : 'k');
    const minute = (performance.now() - began) / 60_000;
    samples.push([minute, megabytes(ui)]);
    if (Math.floor(minute + 0.01) > told) {
      told = Math.floor(minute + 0.01);
      bench.say(`minute ${told}: ${megabytes(ui).toFixed(1)} MB resident, ${flood.arrived} events so far`);
    }
  }
  const warm = samples.filter(([minute]) => minute >= minutes * WARM_UP);
  const { figures } = bench;
  const how = `${minutes >= 1 ? minutes.toFixed(0) : minutes.toFixed(2)} min of 50 events/s`;
  figures.note(`${how}: arrived`, '/s', flood.arrived / ((performance.now() - began) / 1000));
  figures.add('T4', `resident memory after ${how}`, 'MB', megabytes(ui), { at_most: 160 });
  figures.add(
    'T4',
    `growth, ${how}, after warm-up`,
    'MB/h',
    slope(warm) * 60,
    minutes >= SLOPE_MINUTES_MIN ? { at_most: 2 } : null,
  );
}

/** What the screens load: their own chunk, the program's, and the shared ones that these ask for. */
function bundle(bench: Bench): void {
  const folder = join(bench.programs.folder, 'dist/tui');
  const loaded = new Set(readdirSync(folder).filter((name) => /^(auth-tui|app-.*)\.cjs$/.test(name)));
  // By another name than these two the screens would be missing in the sum without a word.
  if (loaded.size !== 2) throw new Error(`Not the chunks of the screens: ${[...loaded].join()}`);
  for (const name of loaded) {
    const text = readFileSync(join(folder, name), 'utf8');
    for (const [, shared] of text.matchAll(/require\("\.\/(chunk-[^"]+)"\)/g))
      if (shared !== undefined) loaded.add(shared);
  }
  const bytes = [...loaded].reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  bench.figures.add('T5', 'bundle, minified, what the screens load', 'KB', bytes / 1000, { at_most: 600 });
}

async function run(bench: Bench): Promise<void> {
  const accounts = bench.quick ? ACCOUNTS_QUICK : ACCOUNTS;
  bench.show(`tui: making ${accounts} accounts`, 0);
  const data = await bench.seeded(accounts, 1);
  // What its event loop does is no concern of this subject.
  await using server = await ServerUnderTest.start(bench.programs, {
    data,
    flags: ['--password-cost', String(CHEAP_LOG_N)],
  });
  bundle(bench);
  await bench.eachRound('tui: starts', () => starts(bench, server), 0.1, 0.3);
  await bench.eachRound('tui: commands', () => commands(bench, server), 0.3, 0.35);
  using ui = new PseudoTerminal(uiArgs(bench, server), bench.programs.folder, LARGE);
  await signIn(ui);
  await openUsers(ui);
  bench.figures.note('resident memory, users open', 'MB', megabytes(ui));
  await bench.eachRound('tui: keys', () => keys(bench, ui, ''), 0.35, 0.5);
  await bench.eachRound('tui: idle', () => idle(bench, ui), 0.5, 0.65);
  await bench.eachRound('tui: events', () => events(bench, ui, server), 0.65, 0.85);
  bench.show('tui: memory', 0.85);
  await longRun(bench, ui, server);
}

export const tui: Subject = {
  name: 'tui',
  summary: 'T1 to T5: the terminal UI (--tui-minutes N: how long its memory is watched)',
  seconds: 105,
  run,
};
