/** Opens SQLite files, and sets and asserts what durability rests on. */
import { accessSync, closeSync, constants, fchmodSync, openSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { codeOf, meaningOf } from '../../data_folder/index.js';
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

/** SQLite's words for what the system has words for, too. Of the others nobody knows which of several it is. */
const SYSTEM_CODES: Readonly<Record<string, string>> = {
  SQLITE_READONLY: 'EACCES',
  SQLITE_READONLY_DIRECTORY: 'EACCES',
  SQLITE_READONLY_CANTINIT: 'EACCES',
  SQLITE_PERM: 'EACCES',
  SQLITE_FULL: 'ENOSPC',
  SQLITE_CANTOPEN_SYMLINK: 'ELOOP',
};

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
    if (!options.readonly) prepareFile(path);
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

/** Throws StoreOpenError for a file that can't be written: SQLite would open it to read, and fail later. */
export function assertWritable(path: string): void {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw unwritable(path, codeOf(error));
  }
}

/** Makes a database's file when it is missing, for its owner alone: SQLite gives its logs the same rights. */
export function prepareFile(path: string): void {
  try {
    makeFile(path);
  } catch (error) {
    throw unwritable(path, codeOf(error));
  }
  assertWritable(path);
}

const unwritable = (path: string, code: string, meaning = code): StoreOpenError =>
  new StoreOpenError(
    'unwritable',
    `The database ${path} can not be opened for writing (${code}). ${meaningOf(meaning)}`,
  );

/** Makes an empty file, which is an empty database to SQLite, unless there is one. */
export function makeFile(path: string): void {
  try {
    const file = openSync(path, 'wx', 0o600);
    try {
      fchmodSync(file, 0o600);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** Returns true when there is no database at a path, or an empty file. Opening it could throw away a log beside it. */
export function isEmptyFile(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0;
}

/** Returns true for a database without a single table: what a server leaves before it has made its own. */
export const holdsNothing = (db: SqliteDatabase): boolean =>
  db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;

/** The sentence for a database that has to be there and isn't. */
export const gone = (path: string): StoreOpenError =>
  new StoreOpenError(
    'gone',
    `The database ${path} is missing or empty, but the keys beside it say that a server was here: nobody would find an account. ` +
      'Put a backup in its place. To begin a new server, choose another folder with --data, or move this one away.',
  );

/** Returns the sentence for an error met while opening. */
export function openError(error: unknown, path: string): StoreOpenError {
  if (error instanceof StoreOpenError) return error;
  const code = sqliteCode(error);
  if (code === 'SQLITE_NOTADB' || code?.startsWith('SQLITE_CORRUPT') === true) {
    return damaged(path);
  }
  if (code !== null && /^SQLITE_(READONLY|CANTOPEN|PERM|IOERR|FULL)/.test(code)) {
    return unwritable(path, code, SYSTEM_CODES[code]);
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

/** Throws StoreOpenError when the file's structure is damaged: better no answers than wrong ones. `whole`: however large it is. */
export function assertSound(db: SqliteDatabase, path: string, { whole = false } = {}): void {
  const bytes = Number(pragma(db, 'page_count')) * Number(pragma(db, 'page_size'));
  if (!whole && bytes > CHECKED_AT_START_BYTES_MAX) return;
  if (pragma(db, 'quick_check(1)') !== 'ok') throw damaged(path);
}

const damaged = (path: string): StoreOpenError =>
  new StoreOpenError(
    'not_a_database',
    `The database ${path} is damaged or is no database. Put a backup in its place, or move it away to start anew.`,
  );
