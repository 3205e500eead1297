/** SQLite behind the engine interface. Opens files, sets and asserts what durability rests on, keeps statements. */
import Database from 'better-sqlite3';
import { StoreOpenError, type Reader, type Row, type SqlValue, type Tx } from './engine.js';

export type SqliteDatabase = Database.Database;

/** How long a statement waits for another process (a backup, a curious sqlite3 shell), milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

/** The primary result code of an error thrown by SQLite, or null. */
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

/** The sentence for an error met while opening. */
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

/**
 * One statement. Values go to SQLite by position and rows come back as lists: names would be looked up, and made into
 * strings anew, for every row, which is most of what a point select costs.
 */
class Prepared {
  readonly writes: boolean;
  readonly #statement: Database.Statement<[SqlValue[]]>;
  /** Which of the values stands at each `?`; null when they stand in order. */
  readonly #order: readonly number[] | null;
  readonly #columns: readonly string[];

  constructor(db: SqliteDatabase, sql: string) {
    const order: number[] = [];
    const text = sql.replace(/\$(\d+)/g, (_, number: string) => {
      order.push(Number(number) - 1);
      return '?';
    });
    this.#statement = db.prepare<[SqlValue[]]>(text);
    this.#order = order.every((value, at) => value === at) ? null : order;
    this.writes = !this.#statement.readonly;
    if (this.#statement.reader) this.#statement.raw(true);
    this.#columns = this.#statement.reader ? this.#statement.columns().map(({ name }) => name) : [];
  }

  get(values: readonly SqlValue[]): Row | undefined {
    // Raw rows are lists of values.
    const row = this.#statement.get(this.#arrange(values)) as SqlValue[] | undefined;
    return row === undefined ? undefined : this.#named(row);
  }

  all(values: readonly SqlValue[]): Row[] {
    return (this.#statement.all(this.#arrange(values)) as SqlValue[][]).map((row) => this.#named(row));
  }

  run(values: readonly SqlValue[]): number {
    return this.#statement.run(this.#arrange(values)).changes;
  }

  #arrange(values: readonly SqlValue[]): SqlValue[] {
    if (this.#order === null) return values as SqlValue[];
    // A number that has no value is a fault in the SQL, which SQLite tells by the missing parameter.
    return this.#order.flatMap((at) => (at < values.length ? [values[at] ?? null] : []));
  }

  #named(values: readonly SqlValue[]): Row {
    const row: Row = {};
    for (let at = 0; at < this.#columns.length; at += 1) {
      const name = this.#columns[at];
      if (name !== undefined) row[name] = values[at] ?? null;
    }
    return row;
  }
}

/** Prepared statements that live as long as the database: preparing costs more than a point select. */
class Statements {
  readonly #db: SqliteDatabase;
  readonly #prepared = new Map<string, Prepared>();

  constructor(db: SqliteDatabase) {
    this.#db = db;
  }

  of(sql: string): Prepared {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = new Prepared(this.#db, sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}

/**
 * The engine interface over an open database. Every text handed in must be a constant: each is kept for ever. `onWrite`
 * is told of every statement that may have changed something.
 */
export function sqliteTx(db: SqliteDatabase, onWrite: () => void = () => undefined): Tx {
  const statements = new Statements(db);
  /** A statement whose rows are asked for: with RETURNING it can be one that writes. */
  const prepare = (sql: string): Prepared => {
    const statement = statements.of(sql);
    if (statement.writes) onWrite();
    return statement;
  };
  const write = (sql: string, values: readonly SqlValue[]): number => {
    // One that fails is undone by SQLite itself, and one that changes no row has written nothing.
    const changes = statements.of(sql).run(values);
    if (changes > 0) onWrite();
    return changes;
  };
  return {
    // The casts hold as far as the SQL does: the caller names the columns it selects.
    get: <R extends object = Row>(sql: string, ...values: readonly SqlValue[]) =>
      settle(() => prepare(sql).get(values) as R | undefined),
    all: <R extends object = Row>(sql: string, ...values: readonly SqlValue[]) =>
      settle(() => prepare(sql).all(values) as R[]),
    run: (sql, ...values) => settle(() => write(sql, values)),
  };
}

/** SQLite answers at once; the interface is asynchronous for the engines that don't. */
function settle<T>(work: () => T): Promise<T> {
  try {
    return Promise.resolve(work());
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}

export function sqliteReader(db: SqliteDatabase): Reader {
  return sqliteTx(db);
}
