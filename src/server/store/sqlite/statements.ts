/** SQLite behind the interface of operations: prepared statements, values by position. */
import type Database from 'better-sqlite3';
import type { Reader, SqlRow, SqlValue, Tx } from '../tx.js';
import type { SqliteDatabase } from './database.js';

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

  get(values: readonly SqlValue[]): SqlRow | undefined {
    // Raw rows are lists of values.
    const row = this.#statement.get(this.#arrange(values)) as SqlValue[] | undefined;
    return row === undefined ? undefined : this.#named(row);
  }

  all(values: readonly SqlValue[]): SqlRow[] {
    return (this.#statement.all(this.#arrange(values)) as SqlValue[][]).map((row) => this.#named(row));
  }

  run(values: readonly SqlValue[]): number {
    return this.#statement.run(this.#arrange(values)).changes;
  }

  #arrange(values: readonly SqlValue[]): SqlValue[] {
    if (this.#order === null) return values as SqlValue[];
    // A number that has no value is a fault in the SQL, which SQLite tells by the missing parameter.
    const arranged: SqlValue[] = [];
    for (const at of this.#order) if (at < values.length) arranged.push(values[at] ?? null);
    return arranged;
  }

  #named(values: readonly SqlValue[]): SqlRow {
    const row: SqlRow = {};
    for (let at = 0; at < this.#columns.length; at += 1) {
      const name = this.#columns[at];
      if (name !== undefined) row[name] = values[at] ?? null;
    }
    return row;
  }
}

/** Questions to lists are put together of parts: far fewer are asked again and again than could be asked once. */
const STATEMENTS_MAX = 1_000;

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
      const [oldest] = this.#prepared.keys();
      if (oldest !== undefined && this.#prepared.size >= STATEMENTS_MAX) this.#prepared.delete(oldest);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}

/** What is told of what an operation does with its transaction. */
export type TxWatch = Pick<Tx, 'lock' | 'announce'> & {
  /** A statement may have changed something. */
  wrote(): void;
};

/** Returns the interface of operations over an open database. Every text handed in must be a constant: each is kept for ever. */
export function sqliteTx(db: SqliteDatabase, watch: TxWatch): Tx {
  const statements = new Statements(db);
  /** Returns a statement whose rows are asked for: with RETURNING it can be one that writes. */
  const prepare = (sql: string): Prepared => {
    const statement = statements.of(sql);
    if (statement.writes) watch.wrote();
    return statement;
  };
  const write = (sql: string, values: readonly SqlValue[]): number => {
    // One that fails is undone by SQLite itself, and one that changes no row has written nothing.
    const changes = statements.of(sql).run(values);
    if (changes > 0) watch.wrote();
    return changes;
  };
  return {
    ...reading(prepare),
    waits: false,
    run: (sql, ...values) => settle(() => write(sql, values)),
    write: (sql, ...values) => settle(() => void write(sql, values)),
    lock: watch.lock,
    announce: watch.announce,
  };
}

/** Reads what is committed, outside of transactions. */
export function sqliteReader(db: SqliteDatabase): Reader {
  const statements = new Statements(db);
  return reading((sql) => statements.of(sql));
}

function reading(prepare: (sql: string) => Prepared): Reader {
  return {
    // The casts hold as far as the SQL does: the caller names the columns it selects.
    get: <R extends object = SqlRow>(sql: string, ...values: readonly SqlValue[]) =>
      settle(() => prepare(sql).get(values) as R | undefined),
    all: <R extends object = SqlRow>(sql: string, ...values: readonly SqlValue[]) =>
      settle(() => prepare(sql).all(values) as R[]),
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
