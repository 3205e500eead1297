/**
 * The small interface through which operations and reads talk to a database. It is the same for every engine: `$1`, `$2` …
 * stand for the parameters in order, times are integers in Unix milliseconds, truth is 0 or 1.
 */
import type { Announcement } from './announcements.js';
import type { LockKind } from './lock_order.js';

export type SqlValue = string | number | null | Uint8Array;
export type SqlRow = Record<string, SqlValue>;

/** Reading, outside or inside a transaction. */
export type Reader = {
  get<R extends object = SqlRow>(sql: string, ...values: readonly SqlValue[]): Promise<R | undefined>;
  all<R extends object = SqlRow>(sql: string, ...values: readonly SqlValue[]): Promise<R[]>;
};

/** Reading and writing inside one transaction. */
export type Tx = Reader & {
  /** Whether others write meanwhile, so that a lock may have to wait, and what was read before it may not be true after. */
  readonly waits: boolean;
  /** Runs a statement that returns no rows; returns the number of rows it changed. */
  run(sql: string, ...values: readonly SqlValue[]): Promise<number>;
  /**
   * The same where nobody asks for the number. Where the database is another machine's, the answer isn't waited for: what is
   * asked next is answered behind it, and if it fails, so does the transaction.
   */
  write(sql: string, ...values: readonly SqlValue[]): Promise<void>;
  /**
   * Waits until no other transaction holds these rows, and keeps them until the end of this one. Before the first write,
   * each kind once, kinds in the order of LOCK_ORDER: whoever asks otherwise has a fault, on every engine. Nothing where
   * only one transaction writes at a time. What was read before may have changed meanwhile: read it after.
   */
  lock(kind: LockKind, ...ids: readonly string[]): Promise<void>;
  /** Says what this transaction makes stale, or what live connections must hear. Heard only if it is committed. */
  announce(announcement: Announcement): Promise<void>;
};
