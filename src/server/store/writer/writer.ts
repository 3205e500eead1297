/** The main thread's side of the writer: sends operations, one message a tick, and waits for their outcomes. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Announcement } from '../announcements.js';
import {
  OutcomeUnknownError,
  StorageUnavailableError,
  StoreOpenError,
  type Commits,
  type Engine,
  type Migrated,
} from '../engine.js';
import type { OperationResult } from '../operations/index.js';
import {
  packRequest,
  takeOutcomes,
  type FromWriter,
  type OutcomeTaker,
  type PackedRequests,
  type ToWriter,
  type WriterOptions,
} from './messages.js';

/**
 * On a slow disk, so many writes leave without waiting for the end of the tick: the writer works on them while the rest is
 * read. On a fast one the messages would cost more than that brings.
 */
const SENT_EARLY = 16;

/** Where writer threads come from, and what becomes of them. */
export type WriterThreads = {
  /** Returns a thread that runs the writer and has no database open. */
  start(): Worker;
  /** Takes a thread back whose database is closed. */
  end(thread: Worker): Promise<void>;
};

/** Returns threads that live as long as their database. `script`: the built writer thread. */
export const writerThreads = (script: URL): WriterThreads => ({
  start: () => new Worker(script),
  end: async (thread) => {
    await thread.terminate();
  },
});

/** Resolves with what a thread says first; rejects when it ends without a word. */
async function firstMessage(thread: Worker): Promise<FromWriter> {
  const heard = new AbortController();
  try {
    return await Promise.race([
      once(thread, 'message', { signal: heard.signal }).then(([message]) => message as FromWriter),
      once(thread, 'exit', { signal: heard.signal }).then(() => {
        throw new StorageUnavailableError('the writer thread has ended');
      }),
    ]);
  } finally {
    heard.abort();
  }
}

type Waiter = {
  readonly done: (result: unknown, announced: readonly Announcement[]) => void;
  readonly reject: (error: Error) => void;
};

export class Writer {
  readonly #worker: Worker;
  readonly #threads: WriterThreads;
  readonly #waiting = new Map<number, Waiter>();
  #outbox: PackedRequests = [];
  /** How many writes the outbox holds. */
  #outgoing = 0;
  #nextNumber = 1;
  /** Whether the last commit was slow. */
  #slow = false;
  readonly #commits = { groups: 0, operations: 0, largest: 0 };
  #closed: Promise<void> | null = null;
  #shutDone: () => void = () => undefined;
  #broken: Error | null = null;

  /** What opening did to an older database; null when there was nothing to do. */
  readonly migration: Migrated | null;

  private constructor(threads: WriterThreads, worker: Worker, migration: Migrated | null) {
    this.#threads = threads;
    this.#worker = worker;
    this.migration = migration;
    worker.on('message', this.#receive);
    worker.on('error', this.#fail);
    worker.on('exit', this.#ended);
  }

  /**
   * Starts the thread, opens and migrates the database. Throws StoreOpenError with a sentence that says what to do; nothing
   * is open then.
   */
  static async open(threads: WriterThreads, options: WriterOptions): Promise<Writer> {
    const worker = threads.start();
    const open: ToWriter = { kind: 'open', options };
    worker.postMessage(open);
    const message = await firstMessage(worker);
    if (message.kind === 'ready') {
      const { backup_path, migrated_from, schema_version } = message;
      return new Writer(
        threads,
        worker,
        backup_path === null ? null : { backup_path, migrated_from, schema_version },
      );
    }
    await threads.end(worker);
    if (message.kind === 'not_opened') throw new StoreOpenError(message.fault, message.message);
    throw new Error(`the writer began with ${message.kind}`);
  }

  /** Runs an operation, as an engine does. */
  run: Engine['run'] = (operation, args, onDisk) => {
    if (this.#broken !== null) return Promise.reject(this.#broken);
    if (this.#closed !== null) return Promise.reject(new StorageUnavailableError('the store is closing'));
    const number = this.#nextNumber;
    this.#nextNumber += 1;
    if (this.#outbox.length === 0) setImmediate(() => this.#flush());
    packRequest(this.#outbox, number, operation, args);
    this.#outgoing += 1;
    if (this.#slow && this.#outgoing >= SENT_EARLY) this.#flush();
    return new Promise((resolve, reject) => {
      const done = (result: unknown, announced: readonly Announcement[]): void => {
        try {
          onDisk(announced);
          // The writer runs the operation of this very name, so its result is of that operation's type.
          resolve(result as OperationResult<typeof operation>);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      this.#waiting.set(number, { done, reject });
    });
  };

  /** Writes that are not answered yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Commits since the start, and what was in them. */
  get commits(): Commits {
    return { ...this.#commits };
  }

  /** Lets everything that waits be written, then closes the database. */
  async close(): Promise<void> {
    this.#closed ??= this.#shut();
    return this.#closed;
  }

  async #shut(): Promise<void> {
    this.#flush();
    if (this.#broken !== null) return;
    const closed = new Promise<void>((resolve) => (this.#shutDone = resolve));
    this.#send({ kind: 'close' });
    await closed;
    this.#worker.off('message', this.#receive);
    this.#worker.off('error', this.#fail);
    this.#worker.off('exit', this.#ended);
    await this.#threads.end(this.#worker);
  }

  #flush(): void {
    if (this.#outbox.length === 0) return;
    const requests = this.#outbox;
    this.#outbox = [];
    this.#outgoing = 0;
    this.#send(requests);
  }

  #send(message: ToWriter): void {
    this.#worker.postMessage(message);
  }

  readonly #receive = (message: FromWriter): void => {
    if (message.kind === 'closed') this.#shutDone();
    if (message.kind !== 'outcomes') return;
    this.#slow = message.slow;
    const count = takeOutcomes(message.outcomes, this.#taker);
    this.#commits.groups += 1;
    this.#commits.operations += count;
    this.#commits.largest = Math.max(this.#commits.largest, count);
  };

  readonly #taker: OutcomeTaker = {
    done: (number, result, announced) => this.#take(number)?.done(result, announced),
    unavailable: (number, reason) => this.#take(number)?.reject(new StorageUnavailableError(reason)),
    unknown: (number, reason) => this.#take(number)?.reject(new OutcomeUnknownError(reason)),
    fault: (number, reason) => this.#take(number)?.reject(new Error(reason)),
  };

  #take(number: number): Waiter | undefined {
    const waiter = this.#waiting.get(number);
    this.#waiting.delete(number);
    return waiter;
  }

  readonly #fail = (error: Error): void => {
    this.#broken ??= error;
    for (const waiter of this.#waiting.values()) waiter.reject(error);
    this.#waiting.clear();
    this.#shutDone();
  };

  readonly #ended = (): void => this.#fail(new StorageUnavailableError('the writer thread has ended'));
}
