/** Brings a PostgreSQL database to the schema that this program knows; refuses and leaves alone what it doesn't. */
import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { StoreOpenError } from '../../engine.js';
import { MIGRATION_NAMES, type MigrationName } from '../../migration_names.js';
import { placeOf, type DatabaseAddress } from '../address.js';
import { newer } from '../faults.js';
import { askedStatistics } from './asked_statistics.js';
import { clientPermissions } from './client_permissions.js';
import { first } from './first.js';
import { keyRing } from './key_ring.js';
import { ownRoles } from './own_roles.js';

/** The database was there with the tenth: the first has in it what those before did on SQLite. */
const HAS_IT = '';

const STEPS: Readonly<Record<MigrationName, string>> = {
  first,
  tokens_and_throttles: HAS_IT,
  client_keys: HAS_IT,
  name_skeletons: HAS_IT,
  announcements: HAS_IT,
  shown_roles: HAS_IT,
  device_tokens: HAS_IT,
  session_places: HAS_IT,
  shown_orders: HAS_IT,
  plain_skeletons: HAS_IT,
  asked_statistics: askedStatistics,
  key_ring: keyRing,
  own_roles: ownRoles,
  client_permissions: clientPermissions,
};

const hashOf = (sql: string): string => createHash('sha256').update(sql).digest('hex');

type Applied = { readonly version: number; readonly hash: string };

/** Returns how many steps a database has taken; 0 when it is empty. Throws StoreOpenError when its history is not ours. */
export async function schemaVersion(client: Client, address: DatabaseAddress): Promise<number> {
  // A number whatever the client makes of truth.
  const { rows: tables } = await client.query<{ there: number }>(
    "SELECT (to_regclass('migrations') IS NOT NULL)::int AS there",
  );
  if (tables[0]?.there !== 1) return 0;
  const known = MIGRATION_NAMES.length;
  const { rows: ends } = await client.query<{ newest: number }>(
    'SELECT coalesce(max(version), 0)::int AS newest FROM migrations',
  );
  const newest = ends[0]?.newest ?? 0;
  // Before anything else is read: what a newer release keeps there is its own affair.
  if (newest > known) throw new StoreOpenError('newer', newer(address, newest, known));
  const { rows } = await client.query<Applied>(
    'SELECT version::int AS version, hash FROM migrations ORDER BY version',
  );
  for (const [at, { version, hash }] of rows.entries()) {
    const name = MIGRATION_NAMES[at];
    if (version === at + 1 && name !== undefined && hashOf(STEPS[name]) === hash) continue;
    throw new StoreOpenError(
      'changed_migration',
      `The database '${address.database}' on ${placeOf(address)} has a history that this release does not know (schema step ${version}). ` +
        'Start the release that made it, or put a backup in its place.',
    );
  }
  return rows.length;
}

/** Takes the steps that are missing, all in one transaction; returns how many the database had. It is nobody else's meanwhile. */
export async function migrate(client: Client, address: DatabaseAddress, now_ms: number): Promise<number> {
  const from = await schemaVersion(client, address);
  if (from === MIGRATION_NAMES.length) return from;
  await client.query('BEGIN');
  try {
    await client.query(`CREATE TABLE IF NOT EXISTS migrations (
      version bigint PRIMARY KEY, name text NOT NULL, hash text NOT NULL, applied_at bigint NOT NULL)`);
    for (const [at, name] of MIGRATION_NAMES.entries()) {
      if (at < from) continue;
      const sql = STEPS[name];
      if (sql !== HAS_IT) await client.query(sql);
      await client.query('INSERT INTO migrations (version, name, hash, applied_at) VALUES ($1, $2, $3, $4)', [
        at + 1,
        name,
        hashOf(sql),
        now_ms,
      ]);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
  return from;
}
