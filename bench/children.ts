/** The processes of a run: the server under test, baselines, load generators. Each ends with the run. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { residentBytes } from './cpu_time.js';
import type { RawScrypt, RawScryptResult } from './baselines/raw_scrypt.js';
import type {
  Answered,
  Asks,
  ClosedLoop,
  Command,
  Hold,
  Measured,
  OpenLoop,
  Result,
  SignIns,
  Target,
} from './load/commands.js';
import type { Programs } from './programs.js';

/** How many password hashes the server runs at once: as src/server/compose.ts decides it. */
export const HASH_SLOTS = Math.max(1, availableParallelism() - 1);
const THREAD_POOL = String(HASH_SLOTS + 2);
const START_MS_MAX = 60_000;

/** For how long the server's event loop was blocked, as bench/monitor/loop_monitor.cjs saw it. */
export type LoopSeen = {
  /** Latest timer, milliseconds; what other processes took is in it. */
  readonly late_ms_max: number;
  /** The same without the time that the thread waited for a core. */
  readonly blocked_ms_max: number;
  /** The most CPU time between two looks, milliseconds. */
  readonly ran_ms_max: number;
  /** How often it was blocked for more than 10 ms. */
  readonly long: number;
  readonly gc_ms_max: number;
  readonly seconds: number;
};

async function nextMessage(child: ChildProcess, what: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      child.off('message', onMessage);
      child.off('exit', onExit);
    };
    const onMessage = (message: unknown): void => {
      settle();
      resolve(message);
    };
    const onExit = (code: number | null): void => {
      settle();
      reject(new Error(`${what} has ended (${String(code)})`));
    };
    child.once('message', onMessage);
    child.once('exit', onExit);
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), 8_000);
  await ended;
  clearTimeout(hard);
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('a program could not be started');
  return child.pid;
}

/** A port that was free a moment ago, for programs that can't choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A listening TCP server has an address and a port.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A load generator in a process of its own. */
export class Load implements AsyncDisposable {
  readonly #child: ChildProcess;

  constructor(programs: Programs) {
    this.#child = fork(programs.load, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  async #tell(command: Command): Promise<Result> {
    const answer = nextMessage(this.#child, 'the load generator');
    this.#child.send(command);
    // bench/load/main.ts sends nothing else.
    const result = (await answer) as Result;
    if (result.kind === 'failed') throw new Error(`the load generator failed: ${result.reason}`);
    return result;
  }

  async measure(command: ClosedLoop | OpenLoop | SignIns): Promise<Measured> {
    const result = await this.#tell(command);
    if (result.kind !== 'measured') throw new Error(`unexpected ${result.kind}`);
    const { errors, count } = result.measured;
    // A handful may be lost at the edges; more would make the figures those of something else.
    if (errors > count / 1000) throw new Error(`${errors} of ${count} replies were not what was asked for`);
    return result.measured;
  }

  async ask(command: Asks): Promise<readonly Answered[]> {
    const result = await this.#tell(command);
    if (result.kind !== 'answered') throw new Error(`unexpected ${result.kind}`);
    return result.answers;
  }

  async hold(command: Hold): Promise<number> {
    const result = await this.#tell(command);
    if (result.kind !== 'held') throw new Error(`unexpected ${result.kind}`);
    return result.connections;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stop(this.#child);
  }
}

export type ServerOptions = {
  /** The data folder; a fresh one unless given. */
  readonly data?: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly fsync_delay_us?: number;
};

/** The server under test. */
export class ServerUnderTest implements AsyncDisposable {
  readonly pid: number;
  readonly data: string;
  readonly target: Target & { readonly speaks: 'portcullis' };
  readonly #child: ChildProcess;
  readonly #onStop: (seen: LoopSeen) => void;

  private constructor(
    child: ChildProcess,
    data: string,
    ready: { readonly port: number; readonly tls: boolean },
    onStop: (seen: LoopSeen) => void,
  ) {
    this.#child = child;
    this.pid = pidOf(child);
    this.data = data;
    this.#onStop = onStop;
    // The server's own file: it has written it before it said that it is ready.
    const text = readFileSync(join(data, 'client_key.json'), 'utf8');
    const { key_id, key } = JSON.parse(text) as { readonly key_id: string; readonly key: string };
    this.target = { speaks: 'portcullis', port: ready.port, tls: ready.tls, key_id, key };
  }

  static async start(
    programs: Programs,
    options: ServerOptions = {},
    onStop: (seen: LoopSeen) => void = () => undefined,
  ): Promise<ServerUnderTest> {
    const data = options.data ?? newDataFolder(programs);
    const { fsync_delay } = programs;
    const slowDisk =
      options.fsync_delay_us !== undefined && 'path' in fsync_delay
        ? { LD_PRELOAD: fsync_delay.path, FSYNC_DELAY_US: String(options.fsync_delay_us) }
        : {};
    const profile = process.env['BENCH_CPU_PROF'];
    const child = spawn(
      process.execPath,
      [
        '--expose-gc',
        '--require',
        programs.loop_monitor,
        ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
        programs.server,
        ...['--data', data, '--port', '0', '--throttle', 'off', '--log-level', 'silent'],
        // All that is asked comes from one address, and much of it by one session.
        ...[
          'connections-per-address',
          'signed-in-per-session',
          'signed-in-per-account',
          'signed-in-per-address',
        ].flatMap((most) => [`--${most}`, '100000']),
        ...(options.flags ?? []),
      ],
      {
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
        env: { ...process.env, UV_THREADPOOL_SIZE: THREAD_POOL, ...slowDisk, ...options.env },
      },
    );
    const ready = await firstLine(child);
    const server = new ServerUnderTest(child, data, ready, onStop);
    await server.#say('clear');
    return server;
  }

  async #say(what: 'clear' | 'collect' | 'read'): Promise<unknown> {
    const answer = nextMessage(this.#child, 'the server');
    this.#child.send(what);
    return answer;
  }

  /** Forgets what the event loop did so far: what comes before a measurement isn't part of it. */
  async clearLoop(): Promise<void> {
    await this.#say('clear');
  }

  async loopSeen(): Promise<LoopSeen> {
    // bench/monitor/loop_monitor.cjs answers `read` with exactly this.
    return (await this.#say('read')) as LoopSeen;
  }

  /** Resident memory after a garbage collection, bytes. */
  async settledBytes(): Promise<number> {
    const before = await this.loopSeen();
    await this.#say('collect');
    // Collecting by hand blocks the loop, which is no fault of the server's.
    await this.#say('clear');
    this.#onStop(before);
    return residentBytes(this.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#onStop(await this.loopSeen());
    await stop(this.#child);
  }
}

export function newDataFolder(programs: Programs): string {
  const folder = mkdtempSync(join(programs.folder, 'data-'));
  mkdirSync(folder, { recursive: true });
  return folder;
}

async function firstLine(child: ChildProcess): Promise<{ readonly port: number; readonly tls: boolean }> {
  const { stdout } = child;
  if (stdout === null) throw new Error('the server has no standard output');
  const late = setTimeout(() => child.kill('SIGKILL'), START_MS_MAX);
  let text = '';
  for await (const chunk of stdout) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  clearTimeout(late);
  if (!text.includes('\n')) throw new Error('the server did not start');
  // The first line of auth-server is its announcement in JSON.
  return JSON.parse(text) as { port: number; tls: boolean };
}

/** A baseline or peer in a process of its own. */
export class Baseline implements AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  readonly child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.child = child;
    this.pid = pidOf(child);
    this.port = port;
  }

  /** A program of ours, which tells its port over IPC. */
  static async ours(path: string, args: readonly string[] = []): Promise<Baseline> {
    const env = { ...process.env, UV_THREADPOOL_SIZE: THREAD_POOL };
    const child = fork(path, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env });
    // Baselines send their port first.
    const { port } = (await nextMessage(child, path)) as { port: number };
    return new Baseline(child, port);
  }

  /** Somebody else's program, which listens on the port that it is told. */
  static async theirs(command: string, port: number, args: readonly string[]): Promise<Baseline> {
    const child = spawn(command, args, { stdio: 'ignore' });
    await once(child, 'spawn');
    process.once('exit', () => child.kill('SIGKILL'));
    return new Baseline(child, port);
  }

  async rawScrypt(command: RawScrypt): Promise<RawScryptResult> {
    const answer = nextMessage(this.child, 'raw scrypt');
    this.child.send(command);
    // bench/baselines/raw_scrypt.ts answers with exactly this.
    return (await answer) as RawScryptResult;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stop(this.child);
  }
}
