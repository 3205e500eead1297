/**
 * Group commit: all writes that wait are run, each in its savepoint, in one transaction, committed once, then answered.
 * One fsync pays for the whole group, and nothing is answered before it is on disk.
 */
import { isFailure } from '../../protocol/index.js';
import type { Tx } from './engine.js';
import { OPERATIONS, type OperationName } from './operations/index.js';
import { sqliteCode, type SqliteDatabase } from './sqlite.js';
import type { WriteOutcome, WriteRequest } from './writer_messages.js';

/** A group is bounded so that the first in it doesn't wait for a long queue behind it. */
const GROUP_MAX = 256;

/** Codes that mean "the disk, not us": refuse and try again later. */
function isUnavailable(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== null && /^SQLITE_(FULL|IOERR|BUSY|READONLY|CANTOPEN|NOMEM|LOCKED)/.test(code);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** An operation by its name. The name was checked against the table; the arguments were typed where they were sent. */
async function runOperation(tx: Tx, name: OperationName, args: unknown): Promise<unknown> {
  const operation = OPERATIONS[name] as (tx: Tx, args: unknown) => Promise<unknown>;
  return operation(tx, args);
}

/**
 * Runs what `takeMore` gives as one group. It is asked again before the commit, so that a write which arrived meanwhile
 * shares the fsync.
 */
export async function commitGroup(
  db: SqliteDatabase,
  tx: Tx,
  takeMore: (most: number) => readonly WriteRequest[],
): Promise<readonly WriteOutcome[]> {
  const outcomes: WriteOutcome[] = [];
  let group = [...takeMore(GROUP_MAX)];
  const taken = [...group];
  try {
    db.exec('BEGIN IMMEDIATE');
    while (group.length > 0) {
      for (const request of group) {
        outcomes.push(await runInSavepoint(db, tx, request));
        // A full disk makes SQLite end the whole transaction by itself.
        if (!db.inTransaction) throw new Error('the transaction was ended by SQLite');
      }
      group = [...takeMore(GROUP_MAX - taken.length)];
      taken.push(...group);
    }
    db.exec('COMMIT');
    return outcomes;
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    // Nothing of the group is on disk, so nothing of it happened, whatever a member had answered.
    const reason = describe(error);
    return taken.map(({ number }) => ({ number, unavailable: reason }));
  }
}

async function runInSavepoint(db: SqliteDatabase, tx: Tx, request: WriteRequest): Promise<WriteOutcome> {
  const { number } = request;
  try {
    db.exec('SAVEPOINT operation');
    const result = await runOperation(tx, request.operation, request.args);
    if (isFailure(result)) db.exec('ROLLBACK TO operation');
    db.exec('RELEASE operation');
    return { number, result };
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK TO operation; RELEASE operation');
    return isUnavailable(error)
      ? { number, unavailable: describe(error) }
      : { number, error: describe(error) };
  }
}
