/** The lock of a data folder: held by the one server that uses it, and by whoever moves its database. */
import { StoreOpenError } from '../engine.js';
import { openDatabase, openError, sqliteCode, type SqliteDatabase } from './database.js';

/** Holds a lock that dies with the process, however it dies. */
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
