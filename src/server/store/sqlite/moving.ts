/** A SQLite file as one side of a move. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StoreOpenError } from '../engine.js';
import type { SourceSide, TargetSide } from '../moving/side.js';
import { assertSound, gone, isEmptyFile, openDatabase, openError, type SqliteDatabase } from './database.js';
import { DATABASE_FILE, LOCK_FILE } from './file_names.js';
import { lockFolder } from './folder_lock.js';
import { isCurrent, migrate, pendingMigrations } from './migrations/index.js';
import { Sqlite } from './moving_side.js';

/** Where a moved database is until all of it is there. */
const DRAFT_FILE = 'portcullis.db.moving';
/** What SQLite keeps beside a file. */
const BESIDE = ['-wal', '-shm', '-journal'] as const;

/** Runs with the folder locked as a running server locks it, in one transaction in which nobody else writes to the file. */
async function inTransaction<T>(
  db: SqliteDatabase,
  path: string,
  work: (side: Sqlite) => Promise<T>,
): Promise<T> {
  try {
    db.exec('BEGIN IMMEDIATE');
  } catch (error) {
    throw openError(error, path);
  }
  const result = await work(new Sqlite(db, path));
  db.exec('COMMIT');
  return result;
}

/** Lets `work` read the database of a folder that no server uses. Throws StoreOpenError. */
export async function movesFromFolder<T>(
  folder: string,
  work: (source: SourceSide) => Promise<T>,
): Promise<T> {
  const path = join(folder, DATABASE_FILE);
  if (!existsSync(path))
    throw new StoreOpenError(
      'failed',
      `There is no database ${path}. Name the folder of the one to move with --data.`,
    );
  const lock = lockFolder(join(folder, LOCK_FILE));
  try {
    if (isEmptyFile(path)) throw gone(path);
    const db = openDatabase(path, { readonly: false });
    try {
      assertSound(db, path, { whole: true });
      if (!isCurrent(db))
        throw new StoreOpenError(
          'changed_migration',
          `The database ${path} has the schema of another release. Start this auth-server once to bring it up to date, then ` +
            'stop it and move it.',
        );
      return await inTransaction(db, path, work);
    } finally {
      db.close();
    }
  } finally {
    lock.close();
  }
}

/**
 * Lets `work` fill a new database in a folder that no server uses and that has none. It is made under another name: until all of
 * it is there, there is none. Throws StoreOpenError.
 */
export async function movesToFolder<T>(
  folder: string,
  now_ms: number,
  work: (target: TargetSide) => Promise<T>,
): Promise<T> {
  const path = join(folder, DATABASE_FILE);
  const lock = lockFolder(join(folder, LOCK_FILE));
  try {
    for (const file of [path, ...BESIDE.map((end) => path + end)]) {
      // SQLite would read into the new file what is left beside it of another.
      if (!isEmptyFile(file))
        throw new StoreOpenError(
          'not_empty',
          `There is already ${file}: nothing was changed. Move it away, or name another folder with --data.`,
        );
    }
    const draft = join(folder, DRAFT_FILE);
    removeDatabase(draft);
    try {
      const db = openDatabase(draft, { readonly: false });
      let result: T;
      try {
        migrate(db, pendingMigrations(db, draft), now_ms);
        fillFast(db);
        result = await inTransaction(db, draft, work);
        // As every file of a server is; whoever opens it finds it so.
        db.pragma('journal_mode = WAL');
      } finally {
        db.close();
      }
      sync(draft, 'r+');
      for (const end of BESIDE) rmSync(path + end, { force: true });
      renameSync(draft, path);
      syncFolder(folder);
      return result;
    } catch (error) {
      removeDatabase(draft);
      throw error instanceof StoreOpenError ? error : openError(error, path);
    }
  } finally {
    lock.close();
  }
}

function removeDatabase(path: string): void {
  for (const end of ['', ...BESIDE]) rmSync(path + end, { force: true });
}

/**
 * Nobody takes a draft for a database, and one that was broken off is removed: what guards a file against that is left out, which
 * would write everything twice. It is brought to the disk before it gets its name.
 */
function fillFast(db: SqliteDatabase): void {
  // Not straight from the one to the other: SQLite keeps a log in memory then.
  db.pragma('journal_mode = DELETE');
  db.pragma('journal_mode = OFF');
  db.pragma('synchronous = OFF');
  db.pragma('foreign_keys = OFF');
  db.pragma(`cache_size = -${CACHE_KB}`);
}

/** For the pages that rows are added to, and twice as much while an index is sorted. */
const CACHE_KB = 32 * 1024;

/** The new name has to outlast a power cut. Where folders can't be opened, as on Windows, nothing can be done. */
function syncFolder(folder: string): void {
  try {
    sync(folder, 'r');
  } catch {
    return;
  }
}

function sync(path: string, how: 'r' | 'r+'): void {
  const opened = openSync(path, how);
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
