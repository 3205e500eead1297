/**
 * The data folder as it is found at a start: whose it is, who else gets at it, and whether what lies under the names that we
 * use can be believed. What can be put right is put right; the rest is refused. See docs/adr/0025-whose-the-data-folder-is.md.
 */
import { accessSync, constants, mkdirSync, readdirSync, realpathSync, statSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { codeOf, DataFolderError, meaningOf, ownUser } from './file_faults.js';
import { closeToOthers, distrust, kindOf, lookAt } from './private_files.js';

/** The names under which something is read or written here; a draft is always made anew. */
const USED =
  /^(client_key\.json|server\.json|setup_code|connection_string|master_key(\.(next|lock))?|signing_key\.pem|server_secret|tls_(cert|key)\.pem|(portcullis|lock)\.db(-wal|-shm|-journal)?)$/;
export const BACKUPS_FOLDER = 'backups';
const CONFIG_FILE = 'config.json';
const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/** Returns whether something is read or written under this name in a data folder. */
export const isUsed = (name: string): boolean => USED.test(name);

/** Something that others could get at until now: its path, and its mode as it was. */
export type Repaired = { readonly path: string; readonly mode: string };

/**
 * Makes the folder when it is missing, and makes sure that it is ours alone and can be written. Returns what had to be put
 * right. Throws DataFolderError.
 */
export function prepareDataFolder(folder: string): readonly Repaired[] {
  try {
    makeFolders(folder);
    return secureDataFolder(folder);
  } catch (error) {
    throw asSentence(folder, error);
  }
}

/** The same for a folder that must be there already, for commands. Nothing to do when it isn't: that is told elsewhere. */
export function secureExistingFolder(folder: string): readonly Repaired[] {
  try {
    return lookAt(folder) === null ? [] : secureDataFolder(folder);
  } catch (error) {
    throw asSentence(folder, error);
  }
}

function asSentence(folder: string, error: unknown): DataFolderError {
  if (error instanceof DataFolderError) return error;
  const code = codeOf(error);
  return new DataFolderError(
    `The data folder ${folder} can not be written (${code}). ${meaningOf(code)} Choose another folder with --data otherwise.`,
  );
}

/**
 * Makes each missing folder of a path. By hand: Node's own way of doing so never ends where the system says that something is
 * missing which is there, as in /proc.
 */
function makeFolders(folder: string): void {
  const missing: string[] = [];
  let path = resolve(folder);
  while (statSync(path, { throwIfNoEntry: false }) === undefined) {
    // A link that leads nowhere is there, and nothing can be made in its place.
    if (lookAt(path) !== null) throw new DataFolderError(`${path} is a symbolic link that leads nowhere.`);
    missing.push(path);
    if (dirname(path) === path) break;
    path = dirname(path);
  }
  for (const one of missing.reverse()) {
    try {
      mkdirSync(one, { mode: 0o700 });
    } catch (error) {
      // Another process may have been quicker.
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
}

function secureDataFolder(folder: string): readonly Repaired[] {
  const stats = ownFolder(folder);
  const repaired: Repaired[] = [];
  const closed = (path: string, found: Stats, others?: number): void => {
    const mode = closeToOthers(path, found, others);
    if (mode !== null) repaired.push({ path, mode });
  };
  // The folder first: from then on nobody else can put anything into it.
  closed(folder, stats);
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (USED.test(name)) {
      const found = trusted(path);
      if (found !== null) closed(path, found);
    } else if (name === BACKUPS_FOLDER) secureBackups(path, closed);
    else if (name === CONFIG_FILE) secureConfig(path, closed);
  }
  return repaired;
}

/** Returns what the folder is, if it is ours. A link to it may be followed when it is ours, too: it was made to be. */
function ownFolder(folder: string): Stats {
  const stats = statSync(folder);
  if (!stats.isDirectory()) {
    throw new DataFolderError(
      `The data folder ${folder} can not be written (it is ${kindOf(stats)}). Choose a folder with --data.`,
    );
  }
  const us = ownUser();
  if (us === null) return stats;
  const link = lookAt(folder);
  if (link !== null && link.uid !== us && link.uid !== 0) throw foreign(folder, link.uid, us);
  if (stats.uid !== us) throw foreign(folder, stats.uid, us);
  return stats;
}

const foreign = (folder: string, uid: number, us: number): DataFolderError =>
  new DataFolderError(
    `The data folder ${folder} belongs to user ${uid}, and this runs as user ${us}: whoever owns the folder gets at every key ` +
      `in it. Run as its owner (sudo -u '#${uid}', docker run --user ${uid}), change its owner with chown -R ${us}, or name a ` +
      'folder inside it with --data: that is made and is yours.',
  );

/** Returns what a file is, or null when it is gone by now: SQLite takes its logs away when the last who has them open closes. */
function trusted(path: string): Stats | null {
  const stats = lookAt(path);
  if (stats === null) return null;
  const reason = distrust(path, stats);
  if (reason !== null) throw new DataFolderError(reason);
  return stats;
}

type Closed = (path: string, found: Stats, others?: number) => void;

/** Copies of the database hold what the database holds. */
function secureBackups(path: string, closed: Closed): void {
  const stats = lookAt(path);
  if (stats?.isDirectory() !== true || ![stats.uid, null].includes(ownUser())) {
    throw new DataFolderError(
      `The folder ${path} is no folder of yours: copies of the database go there before it is changed. Remove it.`,
    );
  }
  closed(path, stats);
  for (const name of readdirSync(path)) {
    const copy = lookAt(join(path, name));
    if (copy?.isFile() === true && copy.uid === stats.uid) closed(join(path, name), copy);
  }
}

/** Settings are no secret and may be the administrator's, also by a link; but nobody else decides who may register. */
function secureConfig(path: string, closed: Closed): void {
  const us = ownUser();
  const link = lookAt(path);
  const stats = statSync(path, { throwIfNoEntry: false });
  for (const { uid } of [link, stats].filter((one) => one !== null && one !== undefined)) {
    if (us === null || uid === us || uid === 0) continue;
    throw new DataFolderError(
      `The settings ${path} belong to user ${uid} and are not used by user ${us}. Remove them, or change their owner with chown.`,
    );
  }
  if (link?.isFile() === true && link.uid === us) closed(path, link, WRITABLE_BY_OTHERS);
}

/**
 * Returns the folder above the data folder in which others may rename things, and so put another data folder in its place;
 * null when there is none.
 */
export function replaceableIn(folder: string): string | null {
  const us = ownUser();
  if (us === null) return null;
  let path = realpathSync(folder);
  while (dirname(path) !== path) {
    const below = statSync(path);
    path = dirname(path);
    const { uid, mode } = statSync(path);
    if (uid !== us && uid !== 0) return path;
    // In a sticky folder only the owner of a thing, and of the folder, may rename it.
    if ((mode & WRITABLE_BY_OTHERS) !== 0 && ((mode & STICKY) === 0 || ![us, 0].includes(below.uid)))
      return path;
  }
  return null;
}
