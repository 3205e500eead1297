/** Which engine the tests run on, and where the database of a data folder comes from. */
import pg from 'pg';
import type { DatabaseAddress } from '../../src/server/store/index.js';
import { migrate } from '../../src/server/store/postgres/migrations/index.js';
import { freshDatabase, type FreshDatabase } from './fresh_database.js';
import { leaveDatabase, openDoor } from './postgres_door.js';

export type EngineName = 'sqlite' | 'postgres';

/** What this run is on: PORTCULLIS_TEST_ENGINE. */
export const ENGINE: EngineName =
  process.env['PORTCULLIS_TEST_ENGINE'] === 'postgres' ? 'postgres' : 'sqlite';

/**
 * For tests of what only SQLite has: `describe.runIf(onSqlite('its files are damaged'))`. On another engine they count as
 * skipped. The reason is for whoever reads the test.
 */
export function onSqlite(reason: string): boolean {
  if (reason === '') throw new Error('say why');
  return ENGINE === 'sqlite';
}

/** For tests that kill the program: it is started on SQLite, because it can not be told of another database yet. */
export const PROGRAMS_HAVE_IT = onSqlite('no setting of the program names a database');

/** For tests that act as the host does beside a running server. */
export const HOST_HAS_IT = onSqlite('commands of the host open the file');

/** What a database holds when nobody has used it is kept beside it, and comes back when it is wiped. */
const KEEP = `
CREATE SCHEMA kept;
DO $$ DECLARE name text; filled bool;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', name) INTO filled;
    IF filled THEN EXECUTE format('CREATE TABLE kept.%1$I AS TABLE public.%1$I', name); END IF;
  END LOOP;
END $$;
CREATE FUNCTION kept.wipe() RETURNS void LANGUAGE plpgsql AS $$ DECLARE name text;
BEGIN
  -- Neither triggers nor references: every table is emptied.
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DELETE FROM public.%I', name);
    IF to_regclass(format('kept.%I', name)) IS NOT NULL THEN
      EXECUTE format('INSERT INTO public.%1$I SELECT * FROM kept.%1$I', name);
    END IF;
  END LOOP;
  FOR name IN SELECT format('%I.%I', schemaname, sequencename) FROM pg_sequences WHERE schemaname = 'public' LOOP
    PERFORM setval(name, 1, false);
  END LOOP;
END $$;
CREATE FUNCTION kept.shape() RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(c.oid || c.relname || c.relnatts, ' ' ORDER BY c.oid)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' $$;
CREATE TABLE kept.shape AS SELECT kept.shape() AS shape;
`;

/** Whose database is which, by data folder. */
const used = new Map<string, FreshDatabase>();
/** Databases that were used and wiped. */
const clean: FreshDatabase[] = [];

async function newDatabase(): Promise<FreshDatabase> {
  const made = await freshDatabase();
  await asked(made.url, (client) => migrate(client, { url: made.url }, 1));
  await asked(made.superuser_url, (client) => client.query(KEEP));
  return made;
}

async function asked(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** Returns where the database of a data folder is. It is made when it is asked for first; null on SQLite, where it is a file. */
export async function databaseOf(folder: string): Promise<DatabaseAddress | null> {
  if (ENGINE === 'sqlite') return null;
  let database = used.get(folder);
  if (database === undefined) {
    database = clean.pop() ?? (await newDatabase());
    used.set(folder, database);
  }
  return { url: database.url };
}

/** The address of the same for who may do everything, of a folder whose database is there. */
export function urlOf(folder: string): string {
  const database = used.get(folder);
  if (database === undefined) throw new Error(`${folder} has no database`);
  return database.superuser_url;
}

/** Empties a database; returns false for one that is not as it was made, or that a server still holds. */
function wiped(url: string): boolean {
  using db = openDoor(url);
  const sound = db
    .prepare<[], number>(
      `SELECT shape = kept.shape() AND NOT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory'
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) FROM kept.shape`,
    )
    .pluck()
    .get();
  if (sound === 1) db.exec('SELECT kept.wipe()');
  return sound === 1;
}

/** Takes back the database of a folder that is gone, for the next. */
export async function leaveFolder(folder: string): Promise<void> {
  const database = used.get(folder);
  if (database === undefined) return;
  used.delete(folder);
  if (wiped(database.superuser_url)) clean.push(database);
  else {
    leaveDatabase(database.superuser_url);
    await database[Symbol.asyncDispose]();
  }
}

/** Takes back whatever is still in use, when a file of tests is over. */
export async function leaveFolders(): Promise<void> {
  for (const folder of [...used.keys()]) await leaveFolder(folder);
}
