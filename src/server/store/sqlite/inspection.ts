/** A look at a database file for `auth-server doctor`. Reads only, and leaves no file behind that was not there. */
import { existsSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { RING_COLUMNS, type RingKey } from '../records/key_ring.js';
import { formerForms, type FormerForm, type FormRow } from '../former_forms.js';
import { hasHistory, MIGRATIONS, pendingOf } from './migrations/index.js';
import { assertWritable, openDatabase, openError, type SqliteDatabase } from './database.js';

export type Inspection = {
  /** The sentence for a database that can't be opened or read; everything else is then as far as it was found. */
  readonly fault: string | null;
  /** What SQLite found to be wrong with the file; empty when nothing. */
  readonly damage: readonly string[];
  /** Rows that point to rows which aren't there. */
  readonly orphans: number;
  readonly schema_version: number;
  readonly schema_version_known: number;
  /** Null when the schema is, or can be brought, up to date. */
  readonly schema_fault: string | null;
  readonly journal_mode: string;
  readonly wal_bytes: number;
  readonly newest_audit_at: number | null;
  readonly administrators: number;
  readonly setup_code_expires_at: number | null;
  /** Accounts whose name or address nobody could take today as it is stored: they work, and can't be told from others as well. */
  readonly former_forms: readonly FormerForm[];
  /** The server's own keys, sealed. */
  readonly ring_keys: readonly RingKey[];
};

const NOTHING: Inspection = {
  fault: null,
  damage: [],
  orphans: 0,
  schema_version: 0,
  schema_version_known: MIGRATIONS.length,
  schema_fault: null,
  journal_mode: '',
  wal_bytes: 0,
  newest_audit_at: null,
  administrators: 0,
  setup_code_expires_at: null,
  former_forms: [],
  ring_keys: [],
};

/**
 * Opens without leaving traces. A read-only connection to a WAL database makes the files -wal and -shm and can't remove
 * them; a writing one removes what it made when it is the last. So: read-only beside a WAL that is there (also one that a
 * crash left, which is then not touched), and a writing one that is told not to write where there is none. Throws SQLite's
 * errors and StoreOpenError.
 */
export function openToLook(path: string): SqliteDatabase {
  if (existsSync(`${path}-wal`)) return new Database(path, { readonly: true, fileMustExist: true });
  // Of a file that can't be written SQLite would leave logs that can't be written either.
  assertWritable(path);
  const db = new Database(path, { fileMustExist: true });
  db.pragma('query_only = ON');
  return db;
}

const simple = (db: SqliteDatabase, pragma: string): unknown => db.pragma(pragma, { simple: true });

/** Looks at a database. Never throws. `thorough` also compares every index with its table. */
export function inspectDatabase(path: string, options: { readonly thorough: boolean }): Inspection {
  let found = NOTHING;
  let db: SqliteDatabase | null = null;
  try {
    db = openToLook(path);
    db.pragma('busy_timeout = 5000');
    const wal = `${path}-wal`;
    const checked = db.pragma(options.thorough ? 'integrity_check' : 'quick_check', { simple: false });
    found = {
      ...found,
      journal_mode: String(simple(db, 'journal_mode')),
      wal_bytes: existsSync(wal) ? statSync(wal).size : 0,
      damage: texts(checked).filter((text) => text !== 'ok'),
      orphans: (db.pragma('foreign_key_check') as unknown[]).length,
    };
    found = { ...found, ...schemaOf(db, path) };
    if (found.schema_version > 0) found = { ...found, ...contentOf(db) };
    // Columns of the newest schema; before, the next start brings the forms up to date.
    if (found.schema_version === MIGRATIONS.length)
      found = { ...found, former_forms: formerForms(formRows(db)), ring_keys: ringKeys(db) };
    return found;
  } catch (error) {
    return { ...found, fault: openError(error, path).message };
  } finally {
    db?.close();
  }
}

/** Returns the one column of each row of a check. */
function texts(rows: unknown): string[] {
  return (rows as Record<string, unknown>[]).map((row) => String(Object.values(row)[0]));
}

function schemaOf(db: SqliteDatabase, path: string): Pick<Inspection, 'schema_version' | 'schema_fault'> {
  if (!hasHistory(db)) return { schema_version: 0, schema_fault: null };
  const version = db.prepare<[], number | null>('SELECT max(version) FROM migrations').pluck().get() ?? 0;
  try {
    pendingOf(db, path);
    return { schema_version: version, schema_fault: null };
  } catch (error) {
    return { schema_version: version, schema_fault: openError(error, path).message };
  }
}

/** Tables of the first schema only: an older database is looked at as well. */
function contentOf(
  db: SqliteDatabase,
): Pick<Inspection, 'newest_audit_at' | 'administrators' | 'setup_code_expires_at'> {
  const number = (sql: string): number | null => db.prepare<[], number | null>(sql).pluck().get() ?? null;
  return {
    newest_audit_at: number('SELECT at FROM audit_events ORDER BY seq DESC LIMIT 1'),
    administrators:
      number(
        `SELECT count(*) FROM account_roles r JOIN accounts a ON a.account_id = r.account_id
         WHERE r.role = 'admin' AND a.status = 'active'`,
      ) ?? 0,
    setup_code_expires_at: number("SELECT max(expires_at) FROM one_time_codes WHERE purpose = 'setup'"),
  };
}

/** As long as nobody looks like them those in ASCII are left out; so few rows are looked at. */
const formRows = (db: SqliteDatabase): Iterable<FormRow> =>
  db
    .prepare<[], FormRow>(
      `SELECT account_id, account_name, name_skeleton, email, email_canonical FROM accounts
       WHERE account_name GLOB '*[^ -~]*' OR email GLOB '*[^ -~]*' OR instr(name_skeleton, char(0)) > 0`,
    )
    .iterate();

const ringKeys = (db: SqliteDatabase): RingKey[] =>
  db.prepare<[], RingKey>(`SELECT ${RING_COLUMNS} FROM ring_keys WHERE account_id IS NULL`).all();

/** Returns whether the settings that durability rests on can be had on this file. Changes nothing on a WAL database. */
export function durabilityFault(path: string): string | null {
  try {
    // Asserts journal_mode and synchronous, as the server does at every open.
    openDatabase(path, { readonly: existsSync(`${path}-wal`) }).close();
    return null;
  } catch (error) {
    return openError(error, path).message;
  }
}
