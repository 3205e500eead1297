/**
 * The file of the master key, under which all other keys in the database are sealed: who has the database alone has none of them.
 * While another is put in its place the two lie beside each other.
 */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../runtime/index.js';
import { codeOf, DataFolderError, meaningOf } from './file_faults.js';
import { keepNames, readPrivate, writePrivate } from './private_files.js';

export const MASTER_KEY_FILE = 'master_key';
/** The one that takes its place, as long as a key is still sealed under the other. */
export const NEXT_MASTER_KEY_FILE = 'master_key.next';
/** Held by whoever puts another in place. */
export const MASTER_KEY_LOCK_FILE = 'master_key.lock';
const KEY_BYTES = 32;

/** As they were found; null for what is missing. */
export type MasterKeyFiles = { readonly current: Buffer | null; readonly next: Buffer | null };

/**
 * Returns the master keys in the folder, and makes none. `owner`: whose they have to be, for whoever only looks; nothing is changed then.
 * Throws DataFolderError for a file that is damaged.
 */
export function masterKeysIn(folder: string, owner?: number): MasterKeyFiles {
  return {
    current: readKey(join(folder, MASTER_KEY_FILE), owner),
    next: readKey(join(folder, NEXT_MASTER_KEY_FILE), owner),
  };
}

/** Returns the key in a file's text, or null when it holds none. */
export function parseMasterKey(text: string): Buffer | null {
  const line = text.trim();
  const key = Buffer.from(line, 'base64url');
  // A cut line would be another key.
  return key.length === KEY_BYTES && key.toString('base64url') === line ? key : null;
}

function readKey(path: string, owner?: number): Buffer | null {
  const text = readPrivate(path, owner);
  if (text === null) return null;
  const key = parseMasterKey(text);
  if (key !== null) return key;
  throw new DataFolderError(
    `The file ${path} does not hold a master key: without it the keys in the database can not be opened. Put a copy of it in its place.`,
  );
}

/** Makes the first master key of a server. */
export function makeMasterKey(folder: string, random: Random): Buffer {
  return writeKey(join(folder, MASTER_KEY_FILE), random);
}

/** Makes the one that is to take its place. */
export function makeNextMasterKey(folder: string, random: Random): Buffer {
  return writeKey(join(folder, NEXT_MASTER_KEY_FILE), random);
}

function writeKey(path: string, random: Random): Buffer {
  const key = random.bytes(KEY_BYTES);
  writePrivate(path, `${key.toString('base64url')}\n`);
  return key;
}

/** Puts the next master key in the place of the one before, for good. */
export function takeNextMasterKey(folder: string): void {
  const path = join(folder, MASTER_KEY_FILE);
  try {
    renameSync(join(folder, NEXT_MASTER_KEY_FILE), path);
    keepNames(folder);
  } catch (error) {
    const code = codeOf(error);
    throw new DataFolderError(`The file ${path} can not be written (${code}). ${meaningOf(code)}`);
  }
}
