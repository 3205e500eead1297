/**
 * Measures the goals of the interface with the built program in a real pseudo-terminal and a real server:
 *
 *   npx tsx bench/tui.ts [--accounts 100000] [--rounds 10] [--keys 300] [--quick]
 *
 * The floor stands beside it in the same run: a bare start of Node in the same kind of terminal. Needs Linux (/proc).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { spawn, type IPty } from 'node-pty';
import { cpuSeconds, residentBytes } from './cpu_time.js';
import { PASSWORD, seed } from './seed.js';
import { median, quantile } from './statistics.js';
import { connect, type Client } from '../src/client/index.js';
import { startServer, type TestServer } from '../test/support/server.js';

const ROOT = join(import.meta.dirname, '..');
const LOG_N = 15;
const CALM_MS = 400;

export type TuiBenchOptions = {
  readonly accounts: number;
  readonly rounds: number;
  readonly keys: number;
  /** Seconds of idling and of events. */
  readonly seconds: number;
};

export type TuiFigure = {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** At most this; null for a figure that explains others. */
  readonly goal: number | null;
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A program in a pseudo-terminal: its bytes with the times at which they came. */
class Terminal implements Disposable {
  readonly pty: IPty;
  readonly began = performance.now();
  bytes = 0;
  writes = 0;
  text = '';
  last = this.began;
  #waiting: (() => void)[] = [];

  constructor(argv: readonly string[], cols: number, rows: number) {
    const env: Record<string, string> = {
      TERM: 'xterm-256color',
      LANG: 'en_US.UTF-8',
      PATH: process.env['PATH'] ?? '',
    };
    const home = process.env['TUI_BENCH_HOME'];
    if (home !== undefined) env['HOME'] = home;
    this.pty = spawn(process.execPath, [...argv], { cols, rows, cwd: ROOT, name: 'xterm-256color', env });
    this.pty.onData((data) => {
      this.last = performance.now();
      this.bytes += Buffer.byteLength(data);
      this.writes += 1;
      this.text = (this.text + data).slice(-400_000);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  /** Milliseconds from the start until `wanted` has been written. */
  async sees(wanted: string): Promise<number> {
    const until = performance.now() + 30_000;
    while (!this.text.includes(wanted)) {
      if (performance.now() > until) throw new Error(`never seen: ${wanted}\n${this.text.slice(-3000)}`);
      await Promise.race([new Promise<void>((resolve) => this.#waiting.push(resolve)), pause(200)]);
    }
    return this.last - this.began;
  }

  async calm(): Promise<void> {
    while (performance.now() - this.last < CALM_MS) await pause(50);
  }

  /** Sends one key; gives the milliseconds until the next bytes. */
  async key(key: string): Promise<number> {
    const answered = new Promise<void>((resolve) => this.#waiting.push(resolve));
    const began = performance.now();
    this.pty.write(key);
    await Promise.race([answered, pause(1_000)]);
    return performance.now() - began;
  }

  [Symbol.dispose](): void {
    this.pty.kill('SIGKILL');
  }
}

const uiArgs = (server: TestServer): string[] => [
  join(ROOT, 'bin/auth-tui.js'),
  ...['--host', server.host, '--port', String(server.port), '--data', server.data_folder],
];

/** Name of an account that the seed made, and the administrator that is made here. */
async function openUsers(server: TestServer, cols: number, rows: number): Promise<Terminal> {
  const terminal = new Terminal(uiArgs(server), cols, rows);
  await terminal.sees('Sign in');
  await terminal.sees('●');
  terminal.pty.write(`bench.boss\t${PASSWORD}\r`);
  await terminal.sees('bench.boss');
  await terminal.sees('Admin');
  terminal.pty.write('5');
  await terminal.sees('LAST SEEN');
  await terminal.sees('accounts');
  await terminal.calm();
  return terminal;
}

async function starts(server: TestServer, rounds: number): Promise<TuiFigure[]> {
  const floor: number[] = [];
  const paint: number[] = [];
  const frame: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    {
      using bare = new Terminal(['-e', 'process.stdout.write("x")'], 80, 24);
      floor.push(await bare.sees('x'));
    }
    using ui = new Terminal(uiArgs(server), 80, 24);
    paint.push(await ui.sees('Portcullis'));
    frame.push(await ui.sees('Password'));
  }
  const bare_ms = median(floor);
  return [
    { what: 'bare start of node (the floor), p50', value: bare_ms, unit: 'ms', goal: null },
    { what: 'first paint, p50', value: median(paint), unit: 'ms', goal: Math.min(100, bare_ms + 40) },
    { what: 'first app frame 80x24, p50', value: median(frame), unit: 'ms', goal: 250 },
    { what: 'first app frame, times the floor', value: median(frame) / bare_ms, unit: 'x', goal: 4 },
  ];
}

async function moves(ui: Terminal, keys: number, label: string): Promise<TuiFigure[]> {
  const times: number[] = [];
  const [bytes, writes, cpu] = [ui.bytes, ui.writes, cpuSeconds(ui.pty.pid)];
  for (let at = 0; at < keys; at += 1) {
    times.push(await ui.key('j'));
    await pause(12);
  }
  const cpu_ms = ((cpuSeconds(ui.pty.pid) - cpu) * 1000) / keys;
  return [
    { what: `key to frame 120x40${label}, p50`, value: median(times), unit: 'ms', goal: 8 },
    { what: `key to frame 120x40${label}, p99`, value: quantile(times, 0.99), unit: 'ms', goal: 16 },
    { what: `CPU per key${label}`, value: cpu_ms, unit: 'ms', goal: label === '' ? 6 : null },
    {
      what: `bytes per key, scrolling included${label}`,
      value: (ui.bytes - bytes) / keys,
      unit: 'B',
      goal: null,
    },
    { what: `writes per key${label}`, value: (ui.writes - writes) / keys, unit: '', goal: null },
  ];
}

/** One row to the next inside the window: nothing scrolls. */
async function bytesPerMove(ui: Terminal): Promise<TuiFigure> {
  ui.pty.write('g');
  await ui.calm();
  const sizes: number[] = [];
  for (let at = 0; at < 20; at += 1) {
    const before = ui.bytes;
    await ui.key('j');
    await pause(30);
    sizes.push(ui.bytes - before);
  }
  return { what: 'bytes of one move of the selection, p50', value: median(sizes), unit: 'B', goal: 600 };
}

async function idle(ui: Terminal, seconds: number): Promise<TuiFigure[]> {
  await ui.calm();
  await pause(2_500);
  const [bytes, cpu] = [ui.bytes, cpuSeconds(ui.pty.pid)];
  await pause(seconds * 1_000);
  return [
    { what: 'idle, bytes', value: (ui.bytes - bytes) / seconds, unit: 'B/s', goal: 0 },
    {
      what: 'idle, one core',
      value: ((cpuSeconds(ui.pty.pid) - cpu) / seconds) * 100,
      unit: '%',
      goal: 0.1,
    },
  ];
}

/** A second connection of the same person changes the profile over and over: each is an event for the interface. */
async function events(ui: Terminal, client: Client, seconds: number, keys: number): Promise<TuiFigure[]> {
  const stop = new AbortController();
  let sent = 0;
  const flood = (async () => {
    while (!stop.signal.aborted) {
      const at = performance.now();
      await client.attempt('update_profile', { changes: { first_name: `E${sent}` } });
      sent += 1;
      await pause(Math.max(0, 20 - (performance.now() - at)));
    }
  })();
  await pause(500);
  const began = performance.now();
  const [bytes, cpu, before] = [ui.bytes, cpuSeconds(ui.pty.pid), sent];
  await pause(seconds * 1_000);
  const elapsed_s = (performance.now() - began) / 1_000;
  const calm: TuiFigure[] = [
    { what: 'events arriving', value: (sent - before) / elapsed_s, unit: '/s', goal: null },
    { what: 'events, bytes', value: (ui.bytes - bytes) / elapsed_s, unit: 'B/s', goal: 4_096 },
    {
      what: 'events, one core',
      value: ((cpuSeconds(ui.pty.pid) - cpu) / elapsed_s) * 100,
      unit: '%',
      goal: 8,
    },
  ];
  const typed = await moves(ui, keys, ' while events arrive');
  stop.abort();
  await flood;
  return [...calm, ...typed.filter(({ what }) => what.includes('p99') || what.includes('p50'))];
}

export async function run(options: TuiBenchOptions): Promise<readonly TuiFigure[]> {
  const { accounts, rounds, keys, seconds } = options;
  const data = mkdtempSync(join(tmpdir(), 'portcullis-bench-tui-'));
  process.env['TUI_BENCH_HOME'] = data;
  try {
    const flags = { 'password-cost': String(LOG_N) };
    // Makes keys and schema, registers the administrator, and stops, so that the accounts can be put beside it.
    {
      await using first = await startServer({ data_folder: data, flags });
      const client = connect({ address: first.address });
      await client.call('register', {
        user: { account_name: 'bench.boss', password: PASSWORD },
        ...(first.setup_code === null ? {} : { setup_code: first.setup_code }),
      });
      await client.close();
    }
    await seed(data, { accounts, sessions: 0, log_n: LOG_N });
    await using server = await startServer({ data_folder: data, flags });
    const figures = await starts(server, rounds);
    using ui = await openUsers(server, 120, 40);
    figures.push({
      what: 'resident memory, users open',
      value: residentBytes(ui.pty.pid) / 1e6,
      unit: 'MB',
      goal: 80,
    });
    figures.push(await bytesPerMove(ui), ...(await moves(ui, keys, '')), ...(await idle(ui, seconds)));
    const client = connect({ address: server.address });
    await client.call('authenticate', { user: { account_name: 'bench.boss', password: PASSWORD } });
    figures.push(...(await events(ui, client, seconds, Math.min(keys, 150))));
    await client.close();
    figures.push({
      what: 'resident memory at the end',
      value: residentBytes(ui.pty.pid) / 1e6,
      unit: 'MB',
      goal: 160,
    });
    return figures;
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

/** The figures as a Markdown table, with what missed its goal. */
export function table(figures: readonly TuiFigure[]): string {
  const rows = figures.map(({ what, value, unit, goal }) => {
    const verdict = goal === null ? '' : value <= goal ? 'pass' : 'MISS';
    const limit = goal === null ? '' : `≤ ${goal.toFixed(goal < 10 ? 1 : 0)} ${unit}`;
    return `| ${what} | ${value.toFixed(value < 100 ? 1 : 0)} ${unit} | ${limit} | ${verdict} |`;
  });
  return ['| What | Measured | Goal | |', '| --- | ---: | ---: | --- |', ...rows].join('\n');
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: {
      accounts: { type: 'string', default: '100000' },
      rounds: { type: 'string', default: '10' },
      keys: { type: 'string', default: '300' },
      quick: { type: 'boolean', default: false },
    },
  });
  const figures = await run(
    values.quick
      ? { accounts: 1_000, rounds: 2, keys: 30, seconds: 2 }
      : {
          accounts: Number(values.accounts),
          rounds: Number(values.rounds),
          keys: Number(values.keys),
          seconds: 10,
        },
  );
  console.log(table(figures));
  process.exit(0);
}
