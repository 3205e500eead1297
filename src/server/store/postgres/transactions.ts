/**
 * Operations on PostgreSQL: each is a transaction of its own on a connection of its own, READ COMMITTED, with its locks first.
 * What is sure to have been undone is tried again when another one was in its way; what may have been done never is: its
 * outcome is asked about.
 */
import type { QueryConfig, QueryResult } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFailure } from '../../../protocol/index.js';
import { encodeAnnouncement, type Announcement } from '../announcements.js';
import { LockWatch, type LockKind } from '../lock_order.js';
import { OPERATIONS } from '../operations/index.js';
import { ruleFault } from '../operations/operation.js';
import type { SqlRow, SqlValue, Tx } from '../tx.js';
import type { WriteOutcome, WriteRequest } from '../writer/messages.js';
import type { DatabaseAddress } from './address.js';
import { cutOff } from './connect.js';
import { isUnavailable } from './faults.js';
import type { Isolation } from './isolation.js';
import { LOCKS } from './locks.js';
import { outcomeOf, type Commit } from './outcome.js';
import { statement } from './statements.js';

/** A whole transaction may take so long, milliseconds. */
const TRANSACTION_MS = 2_000;
/** How long to ask what became of a commit whose answer was lost, milliseconds. */
const OUTCOME_MS = 4_000;
/** With their waits some 100 ms altogether. */
const ATTEMPTS_MAX = 5;
const AGAIN_MS = 5;

/** Where announcements go: see SQLite's. */
export type Announcing = 'collected' | 'written';

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** A serialization failure, a deadlock: nothing of it was done, and it may well succeed now. [PostgreSQL, Appendix A] */
const isConflict = (error: unknown): boolean => ['40001', '40P01'].includes(codeOf(error));

const WRITES = /^\s*(?:INSERT|UPDATE|DELETE)\b/;

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What is used of a connection. Its pool may give one that does something else besides: tests wait between its statements. */
export type Connection = {
  query<R extends SqlRow>(asked: QueryConfig<unknown[]>): Promise<QueryResult<R>>;
  end(): Promise<void>;
  release(lost?: Error): void;
};

/** Where connections come from. */
export type Connections = { connect(): Promise<Connection> };

class Transaction implements Tx {
  readonly waits = true;
  readonly #client: Connection;
  readonly #locks = new LockWatch();
  readonly #announced: Announcement[] = [];
  /** What was asked for without a wait; whatever is asked after it is answered after it. */
  readonly #asked: Promise<unknown>[] = [];
  #failure: Error | null = null;
  #xid: string | null = null;
  #statements = 0;

  constructor(client: Connection, isolation: Isolation) {
    this.#client = client;
    this.#later(this.#send({ text: `BEGIN ISOLATION LEVEL ${isolation.toUpperCase()}` }));
  }

  /** What failed first; what came after it only says so. */
  get failure(): Error | null {
    return this.#failure;
  }

  get announced(): readonly Announcement[] {
    return this.#announced;
  }

  get locked(): (kind: LockKind) => boolean {
    return this.#locks.has;
  }

  /** How many statements it has sent, begin and end not counted. */
  get statements(): number {
    return this.#statements;
  }

  async get<R extends object = SqlRow>(sql: string, ...values: readonly SqlValue[]): Promise<R | undefined> {
    return (await this.#ask<R & SqlRow>(sql, values)).rows[0];
  }

  async all<R extends object = SqlRow>(sql: string, ...values: readonly SqlValue[]): Promise<R[]> {
    return (await this.#ask<R & SqlRow>(sql, values)).rows;
  }

  async run(sql: string, ...values: readonly SqlValue[]): Promise<number> {
    return (await this.#ask(sql, values)).rowCount ?? 0;
  }

  write(sql: string, ...values: readonly SqlValue[]): Promise<void> {
    try {
      this.#later(this.#ask(sql, values));
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(asError(error));
    }
  }

  /** Doesn't wait itself: what is asked next is answered when the rows are held, and sees what was committed before that. */
  lock(kind: LockKind, ...ids: readonly string[]): Promise<void> {
    try {
      this.#locks.take(kind);
    } catch (error) {
      return Promise.reject(asError(error));
    }
    const wanted = [...new Set(ids)].filter((id) => id !== '');
    if (wanted.length === 0) return Promise.resolve();
    const { sql, always } = LOCKS[kind];
    this.#statements += 1;
    this.#later(
      this.#send<{ xid: string }>(statement(sql, [wanted])).then(({ rows }) => {
        this.#xid = rows[0]?.xid ?? this.#xid;
        if (always && rows.length !== wanted.length)
          this.#failure ??= new Error(`no row stands for '${kind}' ${wanted.join(', ')}`);
      }),
    );
    return Promise.resolve();
  }

  announce(announcement: Announcement): Promise<void> {
    this.#announced.push(announcement);
    return Promise.resolve();
  }

  /** Writes what was announced, for the server that runs beside this process. */
  async writeAnnounced(): Promise<void> {
    for (const one of this.#announced)
      await this.write('INSERT INTO announcements (what) VALUES ($1)', encodeAnnouncement(one));
  }

  /**
   * Resolves with the transaction's number, null when it has none because it wrote nothing; throws what is known to have failed.
   * Where a lock has told it, nothing is waited for: the commit goes out behind what was written last.
   */
  async number(): Promise<string | null> {
    if (this.#xid === null) await Promise.all(this.#asked);
    if (this.#failure !== null) throw this.#failure;
    if (this.#xid !== null) return this.#xid;
    const sql = 'SELECT pg_current_xact_id_if_assigned()::text AS xid';
    return (await this.get<{ xid: string | null }>(sql))?.xid ?? null;
  }

  #ask<R extends SqlRow>(sql: string, values: readonly SqlValue[]): Promise<QueryResult<R>> {
    if (WRITES.test(sql)) this.#locks.wrote();
    this.#statements += 1;
    return this.#send<R>(statement(sql, values));
  }

  async #send<R extends SqlRow>(query: QueryConfig<unknown[]>): Promise<QueryResult<R>> {
    if (this.#failure !== null) throw this.#failure;
    try {
      return await this.#client.query<R>(query);
    } catch (error) {
      this.#failure ??= asError(error);
      throw this.#failure;
    }
  }

  /** Whoever asks for something after it hears of its failure. */
  #later(sent: Promise<unknown>): void {
    this.#asked.push(sent.catch(() => undefined));
  }
}

type Parts = {
  readonly pool: Connections;
  readonly address: DatabaseAddress;
  readonly announcing: Announcing;
  readonly isolation: Isolation;
};

export class Transactions {
  readonly #parts: Parts;
  #is_away = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Whether there was no way to the database when it was tried last. */
  get is_away(): boolean {
    return this.#is_away;
  }

  /** Runs an operation; resolves with what became of it, and never throws. */
  async run(request: WriteRequest): Promise<WriteOutcome> {
    for (let attempt = 1; ; attempt += 1) {
      let client: Connection;
      try {
        client = await this.#parts.pool.connect();
        this.#is_away = false;
      } catch (error) {
        this.#is_away = true;
        return failed(request.number, error);
      }
      const outcome = await this.#attempt(client, request, attempt === ATTEMPTS_MAX);
      if (outcome !== null) return outcome;
      await sleep(AGAIN_MS * 2 ** attempt * spread(request.number));
    }
  }

  /** Resolves with null when it has to be tried again. */
  async #attempt(client: Connection, request: WriteRequest, last: boolean): Promise<WriteOutcome | null> {
    const { number, operation, args } = request;
    const tx = new Transaction(client, this.#parts.isolation);
    const time = { is_up: false };
    let deadline = setTimeout(() => {
      time.is_up = true;
      cutOff(client);
    }, TRANSACTION_MS);
    let lost: Error | undefined;
    try {
      // What crossed to this thread is what the operation of this name was asked with.
      const result: unknown = await OPERATIONS[operation](tx, args as never);
      if (isFailure(result)) {
        // What was asked for behind the refusal may have failed because of what it refuses.
        if (tx.failure !== null && isConflict(tx.failure)) throw tx.failure;
        await client.query({ text: 'ROLLBACK' });
        return { number, result };
      }
      const xid = await tx.number();
      const fault = ruleFault(OPERATIONS[operation].rule, tx.locked, tx.announced);
      if (fault !== null) {
        await client.query({ text: 'ROLLBACK' });
        return { number, error: `${operation}: ${fault}` };
      }
      if (this.#parts.announcing === 'written') await tx.writeAnnounced();
      clearTimeout(deadline);
      // From here on it may be done, whatever is heard of it.
      deadline = setTimeout(() => cutOff(client), TRANSACTION_MS);
      const done: WriteOutcome =
        tx.announced.length === 0 ? { number, result } : { number, result, announced: tx.announced };
      try {
        const { command } = await client.query({ text: 'COMMIT' });
        if (command === 'COMMIT') return done;
      } catch (error) {
        if (isConflict(error)) throw error;
        lost = asError(error);
        return xid === null ? failed(number, error) : await this.#becameOf({ xid, lost: client }, done);
      }
      // Something that wasn't waited for has failed, and the commit behind it became a rollback.
      throw tx.failure ?? new Error(`${operation}: was rolled back at its end`);
    } catch (error) {
      const cause = tx.failure ?? error;
      if (time.is_up) {
        lost = asError(cause);
        return { number, unavailable: `${operation} took longer than ${TRANSACTION_MS} ms` };
      }
      lost = await client.query({ text: 'ROLLBACK' }).then(
        () => undefined,
        (other: unknown) => asError(other),
      );
      if (isConflict(cause) && !last) return null;
      return failed(number, cause);
    } finally {
      clearTimeout(deadline);
      client.release(lost);
    }
  }

  /** Returns what to say of a commit that was not answered. */
  async #becameOf(commit: Commit, done: WriteOutcome): Promise<WriteOutcome> {
    const { number } = done;
    switch (await outcomeOf(this.#parts.address, commit, OUTCOME_MS)) {
      case 'committed':
        return done;
      case 'aborted':
        return { number, unavailable: 'the connection was lost; nothing was committed' };
      case null:
        return { number, unknown: `the connection was lost behind the commit of transaction ${commit.xid}` };
    }
  }
}

/** Returns a number between 0 and 1, far from those of the numbers beside this one: two that met don't meet again at once. */
const spread = (number: number): number => (number * GOLDEN_RATIO) % 1;
const GOLDEN_RATIO = 0.618_033_988_75;

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

function failed(number: number, error: unknown): WriteOutcome {
  return isUnavailable(error) || isConflict(error)
    ? { number, unavailable: describe(error) }
    : { number, error: describe(error) };
}
