/**
 * A PostgreSQL of the tests' own, in a folder of its own, that can be stopped, killed and started again, and that never
 * outlives whoever started it (see postgres_keeper.mjs). Most tests want a database and not a server: fresh_database.ts.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort } from './free_port.js';
import {
  copyBinaries,
  findPostgres,
  makeFolder,
  type PostgresBinaries,
  type RunAs,
} from './postgres_binaries.js';
import { NOT_IN_QUICK, QUICK } from './runs.js';

const KEEPER = join(import.meta.dirname, 'postgres_keeper.mjs');
/** Recovery after a kill is part of it. */
const START_MS = 120_000;
const POLL_MS = 5;
/** How often another port is tried, when somebody takes the one that was free. */
const PORTS_TRIED = 5;
const LOG_SHOWN = 3_000;

/** Who owns the databases, as in production: nobody special. */
export const OWNER = 'portcullis';
const SUPERUSER = 'postgres';

/** Nothing of the person who runs the tests; with a time zone said, initdb needn't look for one. */
const ENVIRONMENT = { PATH: process.env['PATH'] ?? '', TZ: 'UTC', LC_ALL: 'C' };

/** Settings of every cluster. What is killed may lose nothing; what loses its power may, so nothing waits for a disk. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '32MB',
  max_connections: 200,
  log_checkpoints: 'off',
  // In the folder, so that it goes with it.
  dynamic_shared_memory_type: 'mmap',
};
/** As it is by default: what was acknowledged survives the machine. */
const DURABLE = { fsync: 'on', full_page_writes: 'on' };

export type PostgresOptions = {
  /** True where a test is about what survives; false unless told. */
  readonly fsync?: boolean;
  /** Further settings, and other values for ours. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** PEM; with it the server speaks TLS. */
  readonly certificate?: { readonly certificate: string; readonly key: string };
  /** Where to make its folder; in memory, where there is room, unless told. */
  readonly parent?: string;
  /** An empty folder for its write-ahead log, which is kept in files of a megabyte there. */
  readonly log_folder?: string;
  /** Which one; see postgres_binaries.ts. */
  readonly binaries?: PostgresBinaries;
};

/** How it is asked to end: after the clients have gone, after their transactions are undone, or without any care. */
export type StopMode = 'smart' | 'fast' | 'immediate';
const STOP_SIGNALS: Readonly<Record<StopMode, NodeJS.Signals>> = {
  smart: 'SIGTERM',
  fast: 'SIGINT',
  immediate: 'SIGQUIT',
};

type Run = {
  readonly command: string;
  readonly args: readonly string[];
  readonly as: RunAs;
  readonly env: Readonly<Record<string, string>>;
};
type ToKeeper = { readonly run: Run } | { readonly signal: NodeJS.Signals } | { readonly kill: true };
type FromKeeper =
  { readonly pid: number | null } | { readonly ended: number | string } | { readonly killed: true };

/** A program that the keeper has started. */
type Running = { readonly pid: number; readonly ended: Promise<number | string> };

/** The keeper, seen from here: one program at a time. */
class Keeper {
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  #waiting = 0;

  constructor(folders: readonly string[]) {
    this.#child = fork(KEEPER, folders, {
      // Neither the inspector nor the loaders of whoever runs the tests.
      execArgv: [],
      env: ENVIRONMENT,
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#gone = once(this.#child, 'exit');
    // It ends when this process does, so it needn't keep it from ending.
    this.#child.unref();
    this.#child.channel?.unref();
  }

  /** Waits for something that the keeper will say; only then does the keeper hold this process. */
  async waits<T>(said: Promise<T>): Promise<T> {
    this.#waiting += 1;
    this.#child.channel?.ref();
    try {
      return await said;
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#child.channel?.unref();
    }
  }

  /** Resolves with the first message that has this word in it. */
  #hears<Word extends string>(word: Word): Promise<Extract<FromKeeper, Readonly<Record<Word, unknown>>>> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#child.off('message', heard).off('exit', lost);
      };
      const heard = (message: FromKeeper): void => {
        if (!(word in message)) return;
        done();
        // The word tells which of them it is.
        resolve(message as Extract<FromKeeper, Readonly<Record<Word, unknown>>>);
      };
      const lost = (): void => {
        done();
        reject(new Error("PostgreSQL's keeper has ended"));
      };
      this.#child.on('message', heard).on('exit', lost);
    });
  }

  #tell(message: ToKeeper): void {
    this.#child.send(message);
  }

  async run(run: Run): Promise<Running> {
    const ended = this.#hears('ended').then((message) => message.ended);
    // Whoever waits for it hears of it.
    ended.catch(() => undefined);
    const started = this.#hears('pid');
    this.#tell({ run });
    const { pid } = await this.waits(started);
    if (pid === null) throw new Error(`${run.command}: ${await this.waits(ended)}`);
    return { pid, ended };
  }

  signal(signal: NodeJS.Signals): void {
    this.#tell({ signal });
  }

  async killAll(): Promise<void> {
    const killed = this.#hears('killed');
    this.#tell({ kill: true });
    await this.waits(killed);
  }

  /** Ends what runs, removes the folders, and waits for that. */
  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    this.#child.ref();
    await this.#gone;
  }
}

/** A value that has to be known to get in, without any sign that means something in an address. */
const password = (): string => randomBytes(16).toString('hex');

export class PostgresCluster implements AsyncDisposable {
  /** Everything of it lies below; gone when it is disposed of. */
  readonly folder: string;
  /** The first number of its version. */
  readonly major: number;
  readonly #binaries: PostgresBinaries;
  readonly #bin: string;
  readonly #keeper: Keeper;
  readonly #options: PostgresOptions;
  readonly #superuserPassword = password();
  readonly #ownerPassword = password();
  #port = 0;
  #running: Running | null = null;

  constructor(binaries: PostgresBinaries, options: PostgresOptions) {
    const { as, bin, copy, major } = binaries;
    this.folder = makeFolder(as, options.parent);
    const copied = copy === null ? null : copyBinaries(copy, as);
    this.major = major;
    this.#binaries = binaries;
    this.#bin = copied === null ? bin : join(copied, 'bin');
    this.#options = options;
    this.#keeper = new Keeper([this.folder, ...(copied === null ? [] : [copied])]);
  }

  /** The address of a database for its owner, who is nobody special. */
  url(database: string): string {
    return `postgres://${OWNER}:${this.#ownerPassword}@127.0.0.1:${this.#port}/${database}`;
  }

  /** The same by the Unix socket. */
  socketUrl(database: string): string {
    const host = encodeURIComponent(this.folder);
    return `postgres://${OWNER}:${this.#ownerPassword}@${host}:${this.#port}/${database}`;
  }

  /** The address for who may do everything, for what a test does from outside. */
  superuserUrl(database = 'postgres'): string {
    return `postgres://${SUPERUSER}:${this.#superuserPassword}@127.0.0.1:${this.#port}/${database}`;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** The process that all others are children of. Throws when it isn't running. */
  get pid(): number {
    if (this.#running === null) throw new Error('PostgreSQL is not running');
    return this.#running.pid;
  }

  /** Everything it has said since it was made. */
  get log(): string {
    return readFileSync(join(this.folder, 'log'), 'utf8');
  }

  /** Makes the data folder, starts it, and makes the role that owns databases. Called once, by startPostgres. */
  async initialise(): Promise<void> {
    const secret = this.#write('superuser_password', this.#superuserPassword);
    const { log_folder } = this.#options;
    const { ended } = await this.#run('initdb', [
      ...['--pgdata', this.#data, '--username', SUPERUSER, '--pwfile', secret, '--auth', 'scram-sha-256'],
      ...['--encoding', 'UTF8', '--locale', 'C', '--no-sync'],
      ...(log_folder === undefined ? [] : ['--waldir', log_folder, '--wal-segsize', '1']),
    ]);
    if ((await this.#keeper.waits(ended)) !== 0) throw new Error(`initdb failed: ${this.#lastWords()}`);
    rmSync(secret);
    const { certificate } = this.#options;
    if (certificate !== undefined) {
      this.#write('server.crt', certificate.certificate);
      this.#write('server.key', certificate.key);
    }
    await this.#startSomewhere();
    await this.asSuperuser(`CREATE ROLE ${OWNER} LOGIN PASSWORD '${this.#ownerPassword}'`);
  }

  /** Carries out statements, one after the other, on a connection of their own. */
  async asSuperuser(...statements: readonly string[]): Promise<void> {
    const client = new Client({ connectionString: this.superuserUrl() });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }

  /** Makes an empty database and returns its address for its owner. */
  async createDatabase(name: string): Promise<string> {
    await this.asSuperuser(`CREATE DATABASE ${name} OWNER ${OWNER}`);
    return this.url(name);
  }

  /** Starts it on the same folder and port, and waits until it can be connected to. */
  async start(): Promise<void> {
    if (this.#running !== null) throw new Error('PostgreSQL is running');
    const { fsync = false, settings = {}, certificate } = this.#options;
    const tls = {
      ssl: 'on',
      ssl_cert_file: join(this.folder, 'server.crt'),
      ssl_key_file: join(this.folder, 'server.key'),
    };
    const all = {
      ...SETTINGS,
      ...(fsync ? DURABLE : {}),
      ...(certificate === undefined ? {} : tls),
      // How dear a guess is doesn't matter here, and every connection pays for it. Versions before 16 don't know it.
      ...(this.major >= 16 ? { scram_iterations: 1 } : {}),
      ...settings,
      unix_socket_directories: this.folder,
      port: this.#port,
    };
    const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const running = await this.#run('postgres', ['-D', this.#data, ...flags]);
    let ended: number | string | null = null;
    const over = running.ended.then(
      (how) => (ended = how),
      (error: unknown) => (ended = String(error)),
    );
    const until = performance.now() + START_MS;
    while (!this.#isReady(running.pid)) {
      // Looked at again after each wait, in which it may have been set.
      const how = ended as number | string | null;
      if (how !== null) throw new Error(`PostgreSQL ended with ${how}: ${this.#lastWords()}`);
      if (performance.now() > until) throw new Error(`PostgreSQL did not start: ${this.#lastWords()}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    this.#running = running;
    void over.then(() => {
      if (this.#running === running) this.#running = null;
    });
  }

  /** Asks it to end, and waits until it has. */
  async stop(mode: StopMode = 'fast'): Promise<void> {
    const running = this.#running;
    if (running === null) return;
    this.#keeper.signal(STOP_SIGNALS[mode]);
    await this.#keeper.waits(running.ended);
    this.#running = null;
  }

  /** Kills all its processes at one moment (SIGKILL), and waits until they are gone. */
  async kill(): Promise<void> {
    await this.#keeper.killAll();
    this.#running = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.stop('immediate');
    } finally {
      await this.#keeper.close();
    }
  }

  get #data(): string {
    return join(this.folder, 'data');
  }

  #run(program: 'initdb' | 'postgres', args: readonly string[]): Promise<Running> {
    const command = join(this.#bin, program);
    return this.#keeper.run({ command, args, as: this.#binaries.as, env: ENVIRONMENT });
  }

  /** Writes a file that only PostgreSQL may read. */
  #write(name: string, text: string): string {
    const path = join(this.folder, name);
    const { uid, gid } = this.#binaries.as;
    writeFileSync(path, text, { mode: 0o600 });
    if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
    return path;
  }

  async #startSomewhere(): Promise<void> {
    for (let tried = 1; ; tried += 1) {
      this.#port = await freePort();
      try {
        await this.start();
        return;
      } catch (error) {
        if (tried === PORTS_TRIED || !this.#lastWords().includes('Address already in use')) throw error;
      }
    }
  }

  /** It says itself, in the eighth line of this file, how far it is; pg_ctl waits for the same. */
  #isReady(pid: number): boolean {
    try {
      const lines = readFileSync(join(this.#data, 'postmaster.pid'), 'utf8').split('\n');
      return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
    } catch {
      return false;
    }
  }

  #lastWords(): string {
    return this.log.slice(-LOG_SHOWN);
  }
}

/** Makes a PostgreSQL and starts it: half a second. Throws where it can't run. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresCluster> {
  if (QUICK) throw new Error(NOT_IN_QUICK);
  let { binaries } = options;
  if (binaries === undefined) {
    const looked = findPostgres();
    if ('problem' in looked) throw new Error(`PostgreSQL can't be run here: ${looked.problem}`);
    binaries = looked.found;
  }
  const cluster = new PostgresCluster(binaries, options);
  try {
    await cluster.initialise();
    return cluster;
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}
