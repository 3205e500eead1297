/** A look into, and a hand in, the database file of a test server, past the server's own code. */
import { join } from 'node:path';
import Database from 'better-sqlite3';

export type OpenedDatabase = Database.Database & Disposable;

/** Opens the database of a data folder beside the server that uses it. */
export function openBeside(folder: string): OpenedDatabase {
  const db = new Database(join(folder, 'portcullis.db'));
  db.pragma('busy_timeout = 5000');
  return Object.assign(db, { [Symbol.dispose]: () => void db.close() });
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
