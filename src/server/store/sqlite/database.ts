/** Opens SQLite files, and sets and asserts what durability rests on. */
import Database from 'better-sqlite3';
import { StoreOpenError } from '../engine.js';

export type SqliteDatabase = Database.Database;

/** How long a statement waits for another process (a backup, a curious sqlite3 shell), milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

/** Returns the primary result code of an error thrown by SQLite, or null. */
export function sqliteCode(error: unknown): string | null {
  if (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('SQLITE_')
  ) {
    return error.code;
  }
  return null;
}

function pragma(db: SqliteDatabase, name: string): unknown {
  return db.pragma(name, { simple: true });
}

/**
 * Opens a database file. On every open, because reopening a WAL file gives `synchronous=NORMAL`, which may lose the
 * last acknowledged commits when the power goes.
 */
export function openDatabase(path: string, options: { readonly: boolean }): SqliteDatabase {
  let db: SqliteDatabase;
  try {
    db = new Database(path, { readonly: options.readonly, fileMustExist: options.readonly });
  } catch (error) {
    throw openError(error, path);
  }
  try {
    db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    if (!options.readonly) db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('trusted_schema = OFF');
    const settings = {
      journal_mode: pragma(db, 'journal_mode'),
      synchronous: pragma(db, 'synchronous'),
      foreign_keys: pragma(db, 'foreign_keys'),
    };
    if (settings.journal_mode !== 'wal' || settings.synchronous !== 2 || settings.foreign_keys !== 1) {
      throw new StoreOpenError(
        'failed',
        `The database ${path} does not take the settings that durability needs.`,
      );
    }
  } catch (error) {
    db.close();
    throw openError(error, path);
  }
  return db;
}

/** Returns the sentence for an error met while opening. */
export function openError(error: unknown, path: string): StoreOpenError {
  if (error instanceof StoreOpenError) return error;
  const code = sqliteCode(error);
  if (code === 'SQLITE_NOTADB' || code?.startsWith('SQLITE_CORRUPT') === true) {
    return damaged(path);
  }
  if (code !== null && /^SQLITE_(READONLY|CANTOPEN|PERM|IOERR|FULL)/.test(code)) {
    return new StoreOpenError(
      'unwritable',
      `The database ${path} can not be opened for writing (${code}). Check the folder's owner, permissions and free space.`,
    );
  }
  if (code?.startsWith('SQLITE_BUSY') === true) {
    return new StoreOpenError(
      'in_use',
      `The database ${path} is locked by another program. Stop it, then start again.`,
    );
  }
  return new StoreOpenError('failed', `The database ${path} can not be opened: ${String(error)}`);
}

/**
 * Checking 100 MB takes about 0.15 s, so a start stays below two seconds. A larger file is looked at by
 * `auth-server doctor`, which the administrator can run while the server works.
 */
const CHECKED_AT_START_BYTES_MAX = 1024 * 1024 * 1024;

/** Throws StoreOpenError when the file's structure is damaged: better no answers than wrong ones. */
export function assertSound(db: SqliteDatabase, path: string): void {
  const bytes = Number(pragma(db, 'page_count')) * Number(pragma(db, 'page_size'));
  if (bytes > CHECKED_AT_START_BYTES_MAX) return;
  if (pragma(db, 'quick_check(1)') !== 'ok') throw damaged(path);
}

const damaged = (path: string): StoreOpenError =>
  new StoreOpenError(
    'not_a_database',
    `The database ${path} is damaged or is no database. Put a backup in its place, or move it away to start anew.`,
  );
