/** What a database engine is to the store, and how it fails. */
import type { ResultOf } from '../../protocol/index.js';
import type { Announcement } from './announcements.js';
import type { OperationArgs, OperationName, OperationResult } from './operations/index.js';
import type { NotAdmitted } from './operations/who.js';
import type { Reader } from './tx.js';

/** A database that was brought up to date, and the copy that was made before. */
export type Migrated = {
  readonly backup_path: string;
  readonly migrated_from: number;
  readonly schema_version: number;
};

/** Commits since the start, and what was in them. */
export type Commits = { readonly groups: number; readonly operations: number; readonly largest: number };

/** What the database is, how many connections to it there can be, and how many writes are not answered yet. */
export type Load = Readonly<ResultOf<'server_stats'>['database']>;

/** An open database. */
export type Engine = {
  /** Reads what is committed. Statements live as long as the engine. */
  readonly reader: Reader;
  /**
   * Reads by which it shows as well that this process still has the database, which it can lose while it runs; and how often it
   * did. Null where the process has it as long as it lives.
   */
  readonly held: (Reader & { readonly losses: number }) | null;
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
  readonly load: Load;
  /** Returns false when certainly nobody has written since it was asked last, so that there is nothing to look for. */
  changedElsewhere(): boolean;
  /** Finishes what waits to be written, then closes. Reading ends at once. */
  close(): Promise<void>;
};

/** Why a store can't be opened. Each code has one sentence that says what to do. */
export type OpenFault =
  | 'gone'
  | 'newer'
  | 'changed_migration'
  | 'not_a_database'
  | 'unwritable'
  | 'in_use'
  | 'failed'
  // Of a move from one engine to the other:
  | 'not_empty'
  | 'differs'
  | 'unfit'
  // Of a database that is a server of its own:
  | 'unreachable'
  | 'not_ready'
  | 'not_let_in'
  | 'no_database'
  | 'too_old'
  | 'wrong_encoding'
  | 'no_right'
  | 'pooled'
  | 'full'
  | 'tls';

export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';
  readonly fault: OpenFault;
  constructor(fault: OpenFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/**
 * Whoever acts may not any more: their session, account, permission or client key has ended since the request was let in.
 * Nothing of the operation happened.
 */
export class NotAdmittedError extends Error {
  override readonly name = 'NotAdmittedError';
  readonly failure: NotAdmitted;
  constructor(failure: NotAdmitted) {
    super(failure.failed);
    this.failure = failure;
  }
}

/**
 * The connection was lost behind the commit, and the database could not be asked in time whether it was done: the operation
 * happened as a whole, or not at all.
 */
export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError';
}

/** The database can't be written at the moment; nothing of the operation happened. */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';
}
