/**
 * Group commit: all writes that wait are run in one transaction, committed once, then answered. One fsync pays for the
 * whole group, and nothing is answered before it is on disk. An operation that has to be undone takes nothing with it:
 * the group is run again with a savepoint around each.
 */
import { isFailure } from '../../../protocol/index.js';
import { encodeAnnouncement, type Announcement } from '../announcements.js';
import type { Tx } from '../tx.js';
import { LockWatch } from '../lock_order.js';
import { OPERATIONS, type OperationName } from '../operations/index.js';
import { ruleFault } from '../operations/operation.js';
import { sqliteCode, type SqliteDatabase } from './database.js';
import { sqliteTx, type TxWatch } from './statements.js';
import type { WriteOutcome, WriteRequest } from '../writer/messages.js';

/** A group is bounded so that the first in it doesn't wait for a long queue behind it. */
export const GROUP_MAX = 256;

/** Codes that mean "the disk, not us": refuse and try again later. */
function isUnavailable(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== null && /^SQLITE_(FULL|IOERR|BUSY|READONLY|CANTOPEN|NOMEM|LOCKED)/.test(code);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Takes up to so many writes that wait. */
export type TakeMore = (most: number) => readonly WriteRequest[];

/**
 * Where announcements go. `collected`: they come back with the outcome, for the server's own operations. `written`: they are
 * rows, for a server that runs beside this process.
 */
export type Announcing = 'collected' | 'written';

const DONE = Promise.resolve();

/** Watches the one transaction that runs at a time. */
class OperationWatch implements TxWatch {
  /** Statements that wrote, since the start. */
  writes = 0;
  #announced: Announcement[] = [];
  readonly #locks = new LockWatch();
  readonly #write: ((one: Announcement) => void) | null;

  constructor(db: SqliteDatabase, announcing: Announcing) {
    if (announcing === 'collected') {
      this.#write = null;
      return;
    }
    const insert = db.prepare<[string]>('INSERT INTO announcements (what) VALUES (?)');
    this.#write = (one) => void insert.run(encodeAnnouncement(one));
  }

  begin(): void {
    this.#locks.begin();
    if (this.#announced.length > 0) this.#announced = [];
  }

  /** Returns what the operation, which has succeeded, has left out; null when all is well. */
  faultOf(operation: OperationName): string | null {
    const fault = ruleFault(OPERATIONS[operation].rule, this.#locks.has, this.#announced);
    return fault === null ? null : `${operation}: ${fault}`;
  }

  /** Returns what the operation has announced. */
  get announced(): readonly Announcement[] {
    return this.#announced;
  }

  wrote(): void {
    this.writes += 1;
    this.#locks.wrote();
  }

  lock: TxWatch['lock'] = (kind) => {
    try {
      // One transaction writes at a time, so nobody has to wait; only the order is looked at.
      this.#locks.take(kind);
      return DONE;
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  };

  announce: TxWatch['announce'] = (announcement) => {
    this.#announced.push(announcement);
    if (this.#write !== null) {
      try {
        this.#write(announcement);
        this.writes += 1;
      } catch (error) {
        return Promise.reject(error instanceof Error ? error : new Error(String(error)));
      }
    }
    return DONE;
  };
}

export class GroupCommit {
  readonly #db: SqliteDatabase;
  readonly #tx: Tx;
  readonly #watch: OperationWatch;
  #commitMs = 0;
  readonly #say: (words: 'BEGIN IMMEDIATE' | 'COMMIT' | 'SAVEPOINT operation' | 'RELEASE operation') => void;

  constructor(db: SqliteDatabase, announcing: Announcing) {
    this.#db = db;
    this.#watch = new OperationWatch(db, announcing);
    this.#tx = sqliteTx(db, this.#watch);
    const statements = new Map<string, { run(): unknown }>();
    this.#say = (words) => {
      let statement = statements.get(words);
      if (statement === undefined) {
        statement = db.prepare(words);
        statements.set(words, statement);
      }
      statement.run();
    };
  }

  /** Returns how long the last commit took, milliseconds: nearly all of it is the disk. */
  get commitMs(): number {
    return this.#commitMs;
  }

  /**
   * Runs what `takeMore` gives as one group. It is asked again before the commit, so that a write which arrived meanwhile
   * shares the fsync.
   */
  async commit(takeMore: TakeMore): Promise<readonly WriteOutcome[]> {
    const taken = [...takeMore(GROUP_MAX)];
    try {
      this.#say('BEGIN IMMEDIATE');
      let outcomes = await this.#runAll(taken, takeMore, false);
      if (outcomes === null) {
        this.#rollBack();
        this.#say('BEGIN IMMEDIATE');
        outcomes = await this.#runAll(taken, takeMore, true);
      }
      if (outcomes === null) throw new Error('the transaction was ended by SQLite');
      const began = performance.now();
      this.#say('COMMIT');
      this.#commitMs = performance.now() - began;
      return outcomes;
    } catch (error) {
      this.#rollBack();
      // Nothing of the group is on disk, so nothing of it happened, whatever a member had answered.
      const reason = describe(error);
      return taken.map(({ number }) => ({ number, unavailable: reason }));
    }
  }

  #rollBack(): void {
    if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
  }

  /**
   * Runs what is taken and what comes meanwhile. Operations refuse before they write, so there is nearly never anything
   * to undo, and savepoints cost a third: without them null, as soon as one that wrote has to be undone.
   */
  async #runAll(
    taken: WriteRequest[],
    takeMore: TakeMore,
    savepoints: boolean,
  ): Promise<WriteOutcome[] | null> {
    const outcomes: WriteOutcome[] = [];
    for (;;) {
      if (outcomes.length === taken.length) taken.push(...takeMore(GROUP_MAX - taken.length));
      const next = taken[outcomes.length];
      if (next === undefined) return outcomes;
      if (savepoints) this.#say('SAVEPOINT operation');
      const before = this.#watch.writes;
      let outcome: WriteOutcome;
      try {
        outcome = this.#outcomeOf(next, await this.#operate(next));
      } catch (error) {
        outcome = failedOutcome(next.number, error);
      }
      // A full disk makes SQLite end the whole transaction by itself.
      if (!this.#db.inTransaction) return null;
      if (savepoints) {
        if (!isDone(outcome)) this.#db.exec('ROLLBACK TO operation');
        this.#say('RELEASE operation');
      } else if (!isDone(outcome) && this.#watch.writes > before) return null;
      outcomes.push(outcome);
    }
  }

  #outcomeOf({ number, operation }: WriteRequest, result: unknown): WriteOutcome {
    // One that refuses is undone, and has announced nothing.
    if (isFailure(result)) return { number, result };
    const fault = this.#watch.faultOf(operation);
    if (fault !== null) throw new Error(fault);
    const { announced } = this.#watch;
    return announced.length === 0 ? { number, result } : { number, result, announced };
  }

  #operate({ operation, args }: WriteRequest): Promise<unknown> {
    this.#watch.begin();
    // The name was checked against the table; the arguments were typed where they were sent.
    const run = OPERATIONS[operation] as (tx: Tx, args: unknown) => Promise<unknown>;
    return run(this.#tx, args);
  }
}

function failedOutcome(number: number, error: unknown): WriteOutcome {
  return isUnavailable(error) ? { number, unavailable: describe(error) } : { number, error: describe(error) };
}

const isDone = (outcome: WriteOutcome): boolean => 'result' in outcome && !isFailure(outcome.result);
