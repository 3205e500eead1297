/**
 * Brings a database to the schema that this program knows. What was applied is recorded with the hash of its text: a
 * database that is newer, or whose history differs, is refused and left alone.
 */
import { createHash } from 'node:crypto';
import { StoreOpenError } from '../engine.js';
import type { SqliteDatabase } from '../sqlite.js';
import { first } from './first.js';

export type Migration = { readonly version: number; readonly name: string; readonly sql: string };

export const MIGRATIONS: readonly Migration[] = [{ version: 1, name: 'first', sql: first }];

const hashOf = (sql: string): string => createHash('sha256').update(sql).digest('hex');

type Applied = { version: number; hash: string };

/** Migrations that `db` lacks. Throws StoreOpenError when the database isn't one that can be brought up to date. */
export function pendingMigrations(db: SqliteDatabase, path: string): readonly Migration[] {
  db.exec(`CREATE TABLE IF NOT EXISTS migrations (
    version INTEGER PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT`);
  const applied = db.prepare<[], Applied>('SELECT version, hash FROM migrations ORDER BY version').all();
  const newest = applied.at(-1)?.version ?? 0;
  if (newest > MIGRATIONS.length) {
    throw new StoreOpenError(
      'newer',
      `The database ${path} was made by a newer release (schema ${newest}, this one knows ${MIGRATIONS.length}). ` +
        'Start that release, or give this one another folder with --data.',
    );
  }
  for (const { version, hash } of applied) {
    const known = MIGRATIONS.find((migration) => migration.version === version);
    if (known === undefined || hashOf(known.sql) !== hash) {
      throw new StoreOpenError(
        'changed_migration',
        `The database ${path} has a history that this release does not know (schema step ${version}). ` +
          'Start the release that made it, or put a backup in its place.',
      );
    }
  }
  return MIGRATIONS.slice(applied.length);
}

/** Applies each migration in a transaction of its own, together with the record of it. */
export function migrate(db: SqliteDatabase, pending: readonly Migration[], now_ms: number): void {
  for (const { version, name, sql } of pending) {
    db.transaction(() => {
      db.exec(sql);
      db.prepare('INSERT INTO migrations (version, name, hash, applied_at) VALUES (?, ?, ?, ?)').run(
        version,
        name,
        hashOf(sql),
        now_ms,
      );
    }).immediate();
  }
}
