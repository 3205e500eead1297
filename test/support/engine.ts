/** Which engine the tests run on, and where the database of a data folder comes from. */
import { freshDatabase, type FreshDatabase } from './fresh_database.js';
import { leaveDatabase } from './postgres_door.js';

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

/** Whose database is which, by data folder. */
const used = new Map<string, FreshDatabase>();

/** Returns the address of the database of a data folder, made when it is asked for first; null on SQLite, where it is a file. */
export async function databaseOf(folder: string): Promise<string | null> {
  if (ENGINE === 'sqlite') return null;
  let made = used.get(folder);
  if (made === undefined) {
    made = await freshDatabase();
    used.set(folder, made);
  }
  return made.url;
}

/** The address of a folder whose database is there, for who may do everything in it. */
export function urlOf(folder: string): string {
  const made = used.get(folder);
  if (made === undefined) throw new Error(`${folder} has no database`);
  return made.superuser_url;
}

/** Drops the database of a folder that is gone. */
export async function leaveFolder(folder: string): Promise<void> {
  const made = used.get(folder);
  if (made === undefined) return;
  used.delete(folder);
  leaveDatabase(made.superuser_url);
  await made[Symbol.asyncDispose]();
}

/** Drops whatever is still there, when a file of tests is over. */
export async function leaveFolders(): Promise<void> {
  for (const folder of [...used.keys()]) await leaveFolder(folder);
}
