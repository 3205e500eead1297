/** A look into, and a hand in, the database of a test server, past the server's own code. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { ENGINE, urlOf } from './engine.js';
import { openDoor } from './postgres_door.js';

type Values<B> = B extends unknown[] ? B : [B];

export type PreparedStatement<B, R> = {
  get(...values: Values<B>): R | undefined;
  all(...values: Values<B>): R[];
  run(...values: Values<B>): { readonly changes: number };
  /** Gives the first column of each row instead of the row. */
  pluck(): PreparedStatement<B, R>;
};

/** What tests ask of either engine. `?` and `@name` stand for values. */
export type OpenedDatabase = Disposable & {
  prepare<B extends unknown[] | object = unknown[], R = unknown>(sql: string): PreparedStatement<B, R>;
  /** Carries out several statements. */
  exec(sql: string): void;
  /** Returns a function that does all of its work, or nothing. */
  transaction<R>(work: () => R): () => R;
};

/** Opens the database of a data folder beside the server that uses it, on the engine of this run. */
export function openBeside(folder: string): OpenedDatabase {
  // It has these methods and more.
  return ENGINE === 'sqlite' ? (openFile(folder) as OpenedDatabase) : openDoor(urlOf(folder));
}

/** Opens the file that SQLite keeps in a data folder. For what is about SQLite. */
export function openFile(folder: string): Database.Database & Disposable {
  const db = new Database(join(folder, 'portcullis.db'));
  db.pragma('busy_timeout = 5000');
  return Object.assign(db, { [Symbol.dispose]: () => void db.close() });
}

/** Names of the tables, in order. */
export function tablesOf(db: OpenedDatabase): string[] {
  const sql =
    ENGINE === 'sqlite'
      ? "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
      : "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
  return db.prepare<[], string>(sql).pluck().all();
}

/** Names of a table's columns, in order. */
export function columnsOf(db: OpenedDatabase, table: string): string[] {
  const sql =
    ENGINE === 'sqlite'
      ? 'SELECT name FROM pragma_table_info(?) ORDER BY cid'
      : 'SELECT attname FROM pg_attribute WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum';
  return db.prepare<[string], string>(sql).pluck().all(table);
}

/** Keeps everybody else from writing, but not from reading, until it is disposed of. */
export function holdWrites(folder: string): Disposable {
  const db = openBeside(folder);
  db.exec(
    ENGINE === 'sqlite'
      ? 'BEGIN IMMEDIATE'
      : `BEGIN; LOCK TABLE ${tablesOf(db).join(', ')} IN EXCLUSIVE MODE`,
  );
  return {
    [Symbol.dispose]: () => {
      db.exec('ROLLBACK');
      db[Symbol.dispose]();
    },
  };
}

/** From here on nobody checks whether the rows of this connection refer to rows that are there. */
export function ignoreReferences(db: OpenedDatabase): void {
  db.exec(ENGINE === 'sqlite' ? 'PRAGMA foreign_keys = OFF' : "SET session_replication_role = 'replica'");
}

/** What is wrong with the database of a data folder, as it says itself; nothing when it is whole. */
export function unsound(folder: string): unknown[] {
  if (ENGINE === 'sqlite') {
    using file = openFile(folder);
    const said = file.pragma('integrity_check') as { integrity_check: string }[];
    return said.filter(({ integrity_check }) => integrity_check !== 'ok');
  }
  using db = openBeside(folder);
  // Every reference is looked at anew: the database takes the rule back and in again.
  const rules = db
    .prepare<[], { on: string; name: string; rule: string }>(
      `SELECT conrelid::regclass::text AS on, conname AS name, pg_get_constraintdef(oid) AS rule
       FROM pg_constraint WHERE contype = 'f'`,
    )
    .all();
  db.exec('BEGIN');
  for (const { on, name, rule } of rules)
    db.exec(`ALTER TABLE ${on} DROP CONSTRAINT ${name}, ADD CONSTRAINT ${name} ${rule}`);
  db.exec('ROLLBACK');
  return [];
}

/** What changes whenever somebody else has written. */
export function changesSeen(db: OpenedDatabase): string {
  if (ENGINE === 'sqlite') return String(db.prepare('PRAGMA data_version').pluck().get());
  const of = (table: string): unknown => db.prepare(`SELECT ctid, xmin FROM ${table} ORDER BY ctid`).all();
  return JSON.stringify(tablesOf(db).map(of));
}

export type AuditRow = {
  seq: number;
  at: number;
  event: string;
  actor_id: string | null;
  target_id: string | null;
  session_id: string | null;
  address: string | null;
  details: string;
};

/** The audit log after `seq`, oldest first. */
export function auditRows(folder: string, after = 0): AuditRow[] {
  using db = openBeside(folder);
  return db.prepare<[number], AuditRow>('SELECT * FROM audit_events WHERE seq > ? ORDER BY seq').all(after);
}

/** The number of the newest audit row, 0 when there is none. */
export function lastAuditSeq(folder: string): number {
  using db = openBeside(folder);
  return db.prepare<[], { seq: number | null }>('SELECT max(seq) AS seq FROM audit_events').get()?.seq ?? 0;
}
