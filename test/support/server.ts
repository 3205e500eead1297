/** A real server for tests: in this process, on a free loopback port, with a data folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { startServer as compose, type Parts } from '../../src/server/compose.js';
import { loadConfig } from '../../src/server/config.js';
import { createLog, type Clock } from '../../src/server/runtime/index.js';
import {
  Store,
  writerThreads,
  type WriterThreads,
  readDatabaseUrl,
  type DatabaseAddress,
} from '../../src/server/store/index.js';
import type { ServerAddress } from '../../src/client/index.js';
import { databaseOf, leaveFolder } from './engine.js';

/** Threads whose database is closed wait here for the next: a new thread costs more than everything else in a test's server. */
const idle: Worker[] = [];
const own = writerThreads(new URL('../../dist/store_writer.js', import.meta.url));
export const WRITER_THREADS: WriterThreads = {
  start: () => {
    const thread = idle.pop() ?? own.start();
    thread.ref();
    return thread;
  },
  end: async (thread) => {
    // Nothing that waits for its next use keeps the tests from ending.
    thread.unref();
    idle.push(thread);
    await Promise.resolve();
  },
};

export type TestServer = AsyncDisposable & {
  readonly host: string;
  readonly port: number;
  readonly data_folder: string;
  readonly setup_code: string | null;
  readonly address: ServerAddress;
  /** Everything that the server has logged so far, as JSON lines. */
  readonly log_lines: readonly string[];
  /** Stops the server and keeps its folder. */
  stop(): Promise<void>;
};

export type TestServerOptions = {
  readonly data_folder?: string;
  /** The address of a PostgreSQL database; what the run is on unless told. */
  readonly database?: string;
  /** Settings by flag name, for example `{ 'password-cost': '15' }`. */
  readonly flags?: Readonly<Record<string, string>>;
  /** log2 N of password hashes where the flags don't say it. */
  readonly log_n?: number;
} & Partial<Pick<Parts, 'clock' | 'random' | 'addressOf'>>;

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'portcullis-test-'));
}

/**
 * log2 N of password hashes in tests, far below what the configuration allows: they wait for rules and not for scrypt. Where a hash
 * that is left out has to show, it is `SHOWING_LOG_N`.
 */
const CHEAP_LOG_N = 5;
/** A hash of this cost takes most of a sign-in's time, and is still far cheaper than a real one. */
export const SHOWING_LOG_N = 10;

/** Starts a server; its password hashes are cheap unless the flags say otherwise. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { flags = {}, data_folder = temporaryFolder(), log_n = CHEAP_LOG_N, database, ...parts } = options;
  const log_lines: string[] = [];
  const url = database ?? (await databaseOf(data_folder));
  const config = loadConfig(
    {
      data: data_folder,
      port: '0',
      'connections-per-address': '500',
      throttle: 'off',
      ...flags,
    },
    url === null ? {} : { AUTH_DATABASE: url },
  );
  const password_cost = flags['password-cost'] === undefined ? log_n : config.password_cost;
  const server = await compose(
    { ...config, password_cost },
    {
      version: '0.0.0-test',
      log: createLog('debug', 'json', { write: (line: string) => log_lines.push(line) }),
      writer_threads: WRITER_THREADS,
      ...parts,
    },
  );
  let stopped: Promise<void> | null = null;
  const stop = (): Promise<void> => (stopped ??= server.close());
  return {
    host: server.host,
    port: server.port,
    data_folder,
    setup_code: server.setup_code,
    address: {
      host: server.host === '0.0.0.0' ? '127.0.0.1' : server.host,
      port: server.port,
      key: server.client_key,
      pin: server.pin,
      tls: server.pin !== null,
    },
    log_lines,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      if (options.data_folder !== undefined) return;
      rmSync(data_folder, { recursive: true, force: true });
      await leaveFolder(data_folder);
    },
  };
}

/** Opens the store of a server as its commands do, beside it, on the engine of this run. */
export async function openBesideServer(folder: string): Promise<Store> {
  const url = await databaseOf(folder);
  return url === null ? Store.beside(folder) : Store.besidePostgres(addressOf(url));
}

/** Returns the address of a test's own database. */
export function addressOf(url: string): DatabaseAddress {
  const read = readDatabaseUrl(url);
  if ('fault' in read) throw new Error(read.fault);
  return read.address;
}

/** Opens the store of a data folder without a server, on the engine of this run. */
export async function openStore(folder: string, clock: Clock): Promise<Store> {
  const database = await databaseOf(folder);
  return database === null
    ? Store.open(folder, WRITER_THREADS, clock.now())
    : Store.openPostgres(addressOf(database), WRITER_THREADS, clock);
}
