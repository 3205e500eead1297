/**
 * What a database engine is to the store, and the small interface through which operations talk to it. It is the same for
 * every engine: `$1`, `$2` … stand for the parameters in order, times are integers in Unix milliseconds, truth is 0 or 1.
 */
import type { Announcement } from './announcements.js';
import type { LockKind } from './lock_order.js';
import type { OperationArgs, OperationName, OperationResult } from './operations/index.js';

export type SqlValue = string | number | null | Uint8Array;
export type SqlRow = Record<string, SqlValue>;

/** Reading, outside or inside a transaction. */
export type Reader = {
  get<R extends object = SqlRow>(sql: string, ...values: readonly SqlValue[]): Promise<R | undefined>;
  all<R extends object = SqlRow>(sql: string, ...values: readonly SqlValue[]): Promise<R[]>;
};

/** Reading and writing inside one transaction. */
export type Tx = Reader & {
  /** Runs a statement that returns no rows; returns the number of rows it changed. */
  run(sql: string, ...values: readonly SqlValue[]): Promise<number>;
  /**
   * Waits until no other transaction holds these rows, and keeps them until the end of this one. Before the first write,
   * each kind once, kinds in the order of LOCK_ORDER: whoever asks otherwise has a fault, on every engine. Nothing where
   * only one transaction writes at a time. What was read before may have changed meanwhile: read it after.
   */
  lock(kind: LockKind, ...ids: readonly string[]): Promise<void>;
  /** Says what this transaction makes stale, or what live connections must hear. Heard only if it is committed. */
  announce(announcement: Announcement): Promise<void>;
};

/** A database that was brought up to date, and the copy that was made before. */
export type Migrated = {
  readonly backup_path: string;
  readonly migrated_from: number;
  readonly schema_version: number;
};

/** Commits since the start, and what was in them. */
export type Commits = { readonly groups: number; readonly operations: number; readonly largest: number };

/** An open database. */
export type Engine = {
  /** Reads what is committed. Statements live as long as the engine. */
  readonly reader: Reader;
  /**
   * Runs an operation as one transaction; resolves with its result when it is on disk. Throws StorageUnavailableError when
   * it could not be written, and plain Error when the operation has a fault; in both cases nothing of it happened.
   * `onDisk` is told first, in the tick in which the outcome arrives, what the operation has announced.
   */
  run<O extends OperationName>(
    operation: O,
    args: OperationArgs<O>,
    onDisk: (announced: readonly Announcement[]) => void,
  ): Promise<OperationResult<O>>;
  /** What opening did to an older database; null when there was nothing to do. */
  readonly migrations: Migrated | null;
  readonly commits: Commits;
  /** False when certainly nobody has written since it was asked last, so that there is nothing to look for. */
  changedElsewhere(): boolean;
  /** Finishes what waits to be written, then closes. Reading ends at once. */
  close(): Promise<void>;
};

/** Why a store can't be opened. Each code has one sentence that says what to do. */
export type OpenFault = 'newer' | 'changed_migration' | 'not_a_database' | 'unwritable' | 'in_use' | 'failed';

export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';
  readonly fault: OpenFault;
  constructor(fault: OpenFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** The database can't be written at the moment; nothing of the operation happened. */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';
}
