/** Locks that die with the process that holds them, however it dies. */
import Database from 'better-sqlite3';
import { StoreOpenError } from '../engine.js';
import { openDatabase, openError, prepareFile, sqliteCode, type SqliteDatabase } from './database.js';

/** The lock of a data folder: held by the one server that uses it, and by whoever moves its database. */
export function lockFolder(path: string): SqliteDatabase {
  try {
    const lock = openDatabase(path, { readonly: false });
    lock.pragma('busy_timeout = 0');
    lock.pragma('locking_mode = EXCLUSIVE');
    lock.exec('BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held (one INTEGER); COMMIT; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    if (
      sqliteCode(error)?.startsWith('SQLITE_BUSY') === true ||
      (error instanceof StoreOpenError && error.fault === 'in_use')
    ) {
      throw new StoreOpenError(
        'in_use',
        'Another auth-server uses this data folder. Stop it, or choose another folder with --data.',
      );
    }
    throw openError(error, path);
  }
}

/** Holds a file that is nothing but a lock; never waits. Throws StoreOpenError with the sentence `taken` when another has it. */
export function lockFile(path: string, taken: string): Disposable {
  prepareFile(path);
  const lock = new Database(path, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return { [Symbol.dispose]: () => void lock.close() };
  } catch (error) {
    lock.close();
    if (sqliteCode(error)?.startsWith('SQLITE_BUSY') === true) throw new StoreOpenError('in_use', taken);
    throw openError(error, path);
  }
}
