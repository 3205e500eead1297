/**
 * Which engine the tests run on, and where the database of a data folder comes from: for a server in this process, and for
 * programs, which are told of it in their environment.
 */
import { resolve } from 'node:path';
import type { CommandName } from '../../src/server/commands/command_line.js';
import { freshDatabase, freshDatabaseNow, type FreshDatabase } from './fresh_database.js';
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

function remember(folder: string, made: FreshDatabase): FreshDatabase {
  used.set(resolve(folder), made);
  return made;
}

/** Returns the address of the database of a data folder, made when it is asked for first; null on SQLite, where it is a file. */
export async function databaseOf(folder: string): Promise<string | null> {
  if (ENGINE === 'sqlite') return null;
  const made = used.get(resolve(folder)) ?? remember(folder, await freshDatabase());
  return made.url;
}

/** Says that a copy of a data folder belongs to the same database, where that is no file which was copied with it. */
export function sameDatabase(folder: string, copy: string): void {
  const made = used.get(resolve(folder));
  if (made !== undefined) remember(copy, made);
}

type Environment = Readonly<Record<string, string | undefined>>;

type FirstWord<Name extends string> = Name extends `${infer First} ${string}` ? First : Name;
/** A command of auth-server begins with one of these; without any of them it serves. */
const COMMAND_WORDS: Readonly<Record<FirstWord<CommandName>, true>> = {
  client: true,
  doctor: true,
  keys: true,
  migrate: true,
  move: true,
  recover: true,
  unlock: true,
};

/**
 * Returns what a program that works on a data folder needs in its environment: nothing on SQLite, the address of the folder's
 * database on another engine. `empty`: when it has none yet, it gets one without tables, and not one like a server's.
 */
export function environmentFor(
  folder: string,
  options: { readonly empty?: boolean; readonly by_socket?: boolean } = {},
): Readonly<Record<string, string>> {
  if (ENGINE === 'sqlite') return {};
  const { empty = false, by_socket = false } = options;
  const made = used.get(resolve(folder)) ?? remember(folder, freshDatabaseNow({ empty }));
  return { AUTH_DATABASE: by_socket ? made.socket_url : made.url };
}

/** The same for a command line, by the data folder that it names; nothing where it or `given` says which database is meant. */
export function environmentOf(
  words: readonly string[],
  given: Environment = {},
): Readonly<Record<string, string>> {
  const at = words.indexOf('--data');
  const folder = at === -1 ? undefined : words[at + 1];
  if (folder === undefined || words.includes('--database') || given['AUTH_DATABASE'] !== undefined) return {};
  return environmentFor(folder, {
    // A folder that no server has used has nothing for a command, neither a file nor tables.
    empty: words.some((word) => Object.hasOwn(COMMAND_WORDS, word)),
    // A program in a network of its own reaches nothing else of this machine.
    by_socket: words.includes('netns'),
  });
}

/** The address of a folder whose database is there, for who may do everything in it. */
export function urlOf(folder: string): string {
  const made = used.get(resolve(folder));
  if (made === undefined) throw new Error(`${folder} has no database`);
  return made.superuser_url;
}

/** Drops the database of a folder that is gone. */
export async function leaveFolder(folder: string): Promise<void> {
  const made = used.get(resolve(folder));
  if (made === undefined) return;
  used.delete(resolve(folder));
  leaveDatabase(made.superuser_url);
  await made[Symbol.asyncDispose]();
}

/** Drops whatever is still there, when a file of tests is over. */
export async function leaveFolders(): Promise<void> {
  for (const folder of [...used.keys()]) await leaveFolder(folder);
}
