/** A SQLite file as one side of a move. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StoreOpenError } from '../engine.js';
import { OF_AN_ENGINE, PAGE, type MovedTable, type Row, type Side, type TargetSide } from '../moving/side.js';
import { assertSound, gone, isEmptyFile, openDatabase, openError, type SqliteDatabase } from './database.js';
import { DATABASE_FILE, LOCK_FILE } from './file_names.js';
import { lockFolder } from './folder_lock.js';
import { isCurrent, migrate, pendingMigrations } from './migrations/index.js';

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
export async function movesFromFolder<T>(folder: string, work: (source: Side) => Promise<T>): Promise<T> {
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
      assertSound(db, path);
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
        result = await inTransaction(db, draft, work);
        db.pragma('wal_checkpoint(TRUNCATE)');
      } finally {
        db.close();
      }
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

/** The new name has to outlast a power cut. Where folders can't be opened, as on Windows, nothing can be done. */
function syncFolder(folder: string): void {
  let opened: number;
  try {
    opened = openSync(folder, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

class Sqlite implements TargetSide {
  readonly #db: SqliteDatabase;
  readonly #path: string;

  constructor(db: SqliteDatabase, path: string) {
    this.#db = db;
    this.#path = path;
  }

  columns(table: string): Promise<readonly string[]> {
    return this.#told((db) =>
      db
        .prepare<[string], string>('SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid')
        .pluck()
        .all(table),
    );
  }

  count(table: string): Promise<number> {
    return this.#told((db) => db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0);
  }

  page({ table, key }: MovedTable, columns: readonly string[], last: Row | null): Promise<readonly Row[]> {
    const after = last === null ? '' : `WHERE (${key.join(', ')}) > (${key.map(() => '?').join(', ')})`;
    // Whole numbers as they are: a double would round those that it can't hold, on both sides alike.
    return this.#told((db) =>
      db
        .prepare<unknown[], Row>(
          `SELECT ${columns.join(', ')} FROM ${table} ${after} ORDER BY ${key.join(', ')} LIMIT ${PAGE}`,
        )
        .safeIntegers(true)
        .raw(true)
        .all(...(last ?? [])),
    );
  }

  highest(table: string, column: string): Promise<number> {
    return this.#told((db) => {
      const given = db.prepare<[string], number>('SELECT seq FROM sqlite_sequence WHERE name = ?').pluck();
      const there = db.prepare<[], number | null>(`SELECT max(${column}) FROM ${table}`).pluck();
      return Math.max(given.get(table) ?? 0, there.get() ?? 0);
    });
  }

  occupied(): Promise<string | null> {
    return this.#told((db) => {
      const tables = db
        .prepare<[], string>(
          "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'",
        )
        .pluck()
        .all();
      const found = tables.find(
        (table) =>
          !OF_AN_ENGINE.includes(table) && db.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() !== undefined,
      );
      return found ?? null;
    });
  }

  add(table: string, columns: readonly string[], rows: readonly Row[]): Promise<void> {
    return this.#told((db) => {
      const places = columns.map(() => '?').join(', ');
      const insert = db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`);
      for (const row of rows) insert.run(...row);
    });
  }

  numberAfter(table: string, _column: string, highest: number): Promise<void> {
    return this.#told((db) => {
      const keeps = db
        .prepare("SELECT 1 FROM sqlite_schema WHERE name = ? AND sql LIKE '%AUTOINCREMENT%'")
        .get(table);
      // Any other table goes on behind the highest that is there.
      if (keeps === undefined || highest === 0) return;
      db.prepare('DELETE FROM sqlite_sequence WHERE name = ?').run(table);
      db.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(table, highest);
    });
  }

  /** Errors of the file get its sentence here: around it they would be taken for the other side's. */
  #told<T>(ask: (db: SqliteDatabase) => T): Promise<T> {
    try {
      return Promise.resolve(ask(this.#db));
    } catch (error) {
      return Promise.reject(openError(error, this.#path));
    }
  }
}
