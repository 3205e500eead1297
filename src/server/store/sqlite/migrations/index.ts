/**
 * Brings a database to the schema that this program knows. What was applied is recorded with the hash of its text: a
 * database that is newer, or whose history differs, is refused and left alone.
 */
import { createHash } from 'node:crypto';
import { StoreOpenError } from '../../engine.js';
import type { SqliteDatabase } from '../database.js';
import { MIGRATION_NAMES, type MigrationName } from '../../migration_names.js';
import { announcements } from './announcements.js';
import { clientPermissions } from './client_permissions.js';
import { clientKeys } from './client_keys.js';
import { deviceTokens } from './device_tokens.js';
import { first } from './first.js';
import { keyRing } from './key_ring.js';
import { fillNameSkeletons, nameSkeletons } from './name_skeletons.js';
import { fillSearchTerms } from './search_terms.js';
import { ownRoles } from './own_roles.js';
import { plainSkeletons } from './plain_skeletons.js';
import { sessionPlaces } from './session_places.js';
import { shownOrders } from './shown_orders.js';
import { shownRoles } from './shown_roles.js';
import { tokensAndThrottles } from './tokens_and_throttles.js';

export type Step = {
  readonly sql: string;
  /** What SQL can't say, run after it in the same transaction. */
  readonly fill?: (db: SqliteDatabase) => void;
};
type Migration = Step & { readonly version: number; readonly name: string };

/** The forms of names and addresses are others again since then, and the words by which accounts are found. */
const fillAll = (db: SqliteDatabase): void => {
  fillNameSkeletons(db);
  fillSearchTerms(db);
};

const STEPS: Readonly<Record<MigrationName, Step>> = {
  first: { sql: first },
  tokens_and_throttles: { sql: tokensAndThrottles },
  client_keys: { sql: clientKeys },
  name_skeletons: { sql: nameSkeletons, fill: fillNameSkeletons },
  // The unique form of some e-mail addresses is another one since then: what was stored is found again by what is typed.
  announcements: { sql: announcements, fill: fillNameSkeletons },
  shown_roles: { sql: shownRoles, fill: fillAll },
  device_tokens: { sql: deviceTokens },
  session_places: { sql: sessionPlaces },
  shown_orders: { sql: shownOrders },
  plain_skeletons: { sql: plainSkeletons },
  // What PostgreSQL has to be told here, SQLite does by itself.
  asked_statistics: { sql: '' },
  key_ring: { sql: keyRing },
  own_roles: { sql: ownRoles },
  client_permissions: { sql: clientPermissions },
};

export const MIGRATIONS: readonly Migration[] = MIGRATION_NAMES.map((name, at) => ({
  version: at + 1,
  name,
  ...STEPS[name],
}));

/** The newest schema that this program knows, on every engine. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Of the text that was applied. A `fill` is known by the migration's name: its code follows the release. */
const hashOf = ({ name, sql, fill }: Migration): string =>
  createHash('sha256')
    .update(fill === undefined ? sql : `${sql}\nfill ${name}`)
    .digest('hex');

type Applied = { version: number; hash: string };

/** Migrations that `db` lacks. Throws StoreOpenError when the database isn't one that can be brought up to date. */
export function pendingMigrations(db: SqliteDatabase, path: string): readonly Migration[] {
  db.exec(`CREATE TABLE IF NOT EXISTS migrations (
    version INTEGER PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT`);
  return pendingOf(db, path);
}

/** The same for a database that is only looked at, and that has the table of what was applied. */
export function pendingOf(db: SqliteDatabase, path: string): readonly Migration[] {
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
    if (known === undefined || hashOf(known) !== hash) {
      throw new StoreOpenError(
        'changed_migration',
        `The database ${path} has a history that this release does not know (schema step ${version}). ` +
          'Start the release that made it, or put a backup in its place.',
      );
    }
  }
  return MIGRATIONS.slice(applied.length);
}

/** Returns whether any migration was ever applied to it, or is about to be. */
export const hasHistory = (db: SqliteDatabase): boolean =>
  db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'").get() !== undefined;

/** Returns how many steps a database that is only looked at has taken. Throws StoreOpenError when its history is not ours. */
export const stepsTaken = (db: SqliteDatabase, path: string): number =>
  hasHistory(db) ? MIGRATIONS.length - pendingOf(db, path).length : 0;

/** Returns true when the database has exactly the schema of this program. */
export function isCurrent(db: SqliteDatabase): boolean {
  try {
    return stepsTaken(db, '') === MIGRATIONS.length;
  } catch (error) {
    if (error instanceof StoreOpenError) return false;
    throw error;
  }
}

/**
 * Applies all that is pending in one transaction, together with the record of it: when a step fails, the database is what
 * it was, and the release that made it still opens it.
 */
export function migrate(db: SqliteDatabase, pending: readonly Migration[], now_ms: number): void {
  if (pending.length === 0) return;
  db.transaction(() => {
    const record = db.prepare('INSERT INTO migrations (version, name, hash, applied_at) VALUES (?, ?, ?, ?)');
    for (const migration of pending) {
      const { version, name, sql, fill } = migration;
      db.exec(sql);
      fill?.(db);
      record.run(version, name, hashOf(migration), now_ms);
    }
  }).immediate();
}
