/**
 * Files that are their owner's alone, and are believed only when they are: a regular file, ours, not reached by a symbolic
 * link. Whoever else could have put a file there knows the key in it, or learns what is written to it.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, DataFolderError, meaningOf, ownUser } from './file_faults.js';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
export const OF_OTHERS = 0o077;
/** Far more than any file here has; a file that grew to gigabytes is none of ours. */
const FILE_BYTES_MAX = 1024 * 1024;

/** Returns a word for what is there, when it is no file. */
export function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return stats.isFile() ? 'a file' : 'a device';
}

/** Returns why a file isn't believed, as a sentence that says what to do; null when it is. */
export function distrust(path: string, stats: Stats, owner = ownUser()): string | null {
  if (!stats.isFile()) {
    return `The file ${path} is ${kindOf(stats)} and is not used. Put a file in its place, or remove it.`;
  }
  if (owner === null || stats.uid === owner) return null;
  return (
    `The file ${path} belongs to user ${stats.uid} and is not used by user ${owner}: whoever put it there knows what is ` +
    'in it. Remove it, or change its owner with chown when it is yours.'
  );
}

/** Returns what lies at a path, links not followed; null when there is nothing. */
export function lookAt(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Takes a file's or folder's rights away from everybody but its owner. Returns what they were, such as `644`, or null when
 * there was nothing to take. Throws DataFolderError where that doesn't help.
 */
export function closeToOthers(path: string, stats: Stats, others = OF_OTHERS): string | null {
  if (ownUser() === null || (stats.mode & others) === 0) return null;
  const was = (stats.mode & 0o777).toString(8);
  const wanted = stats.isDirectory() ? FOLDER_MODE : FILE_MODE;
  // Only taken away, never given: a file that its owner made read-only stays so.
  try {
    chmodSync(path, stats.mode & 0o777 & ~others);
    if ((statSync(path).mode & others) === 0) return was;
  } catch (error) {
    // What is gone by now nobody can get at.
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
  throw new DataFolderError(
    `Others on this machine can get at ${path} (mode ${was}), and that can not be changed: the file system keeps no ` +
      `permissions, or a mount option sets them. Make it ${wanted.toString(8)} there, or choose another folder with --data.`,
  );
}

/**
 * Writes a file for its owner alone, as a whole or not at all: also when the power fails, unless `lasting` is false. The
 * draft is always a new file (O_EXCL, which follows no link), so that neither a link nor the rights of one that was left
 * there can let others read it. See docs/adr/0014-files-of-the-data-folder.md.
 */
export function writePrivate(path: string, text: string, { lasting = true } = {}): void {
  const draft = `${path}.new`;
  try {
    assertOwnFolder(dirname(path));
    rmSync(draft, { force: true });
    const file = openSync(draft, 'wx', FILE_MODE);
    try {
      // The process's umask can take rights away from what was asked for.
      fchmodSync(file, FILE_MODE);
      writeFileSync(file, text);
      if (lasting) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
    if (lasting) keepNames(dirname(path));
  } catch (error) {
    if (error instanceof DataFolderError) throw error;
    const code = codeOf(error);
    throw new DataFolderError(`The file ${path} can not be written (${code}). ${meaningOf(code)}`);
  }
}

/** The folder may have been replaced since the start, where others can rename it. */
function assertOwnFolder(folder: string): void {
  const { uid } = statSync(folder);
  const us = ownUser();
  if (us === null || uid === us) return;
  throw new DataFolderError(
    `The folder ${folder} belongs to user ${uid}; user ${us} writes no secret into it.`,
  );
}

/** Systems and file systems on which a folder can't be synchronised say so by one of these, and have nothing like it. */
const NO_FOLDER_SYNC: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EPERM', 'EISDIR', 'EBADF']);

/** Makes new names in a folder last: without this a file that is on disk can be nowhere to be found after the power failed. */
export function keepNames(folder: string): void {
  try {
    const opened = openSync(folder, 'r');
    try {
      fsyncSync(opened);
    } finally {
      closeSync(opened);
    }
  } catch (error) {
    if (!NO_FOLDER_SYNC.has(codeOf(error))) throw error;
  }
}

/** A pipe that nobody writes to would be waited for without the last. Windows has neither, which leaves nothing to add. */
const CAREFULLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Returns the file's text, or null when there is none. Follows no link, waits for nobody, believes no file of another user, and
 * takes away rights of others that crept in. `owner`: whose it has to be, for whoever only looks; nothing is changed then.
 */
export function readPrivate(path: string, owner?: number): string | null {
  try {
    const file = openSync(path, CAREFULLY);
    try {
      const stats = fstatSync(file);
      const reason = distrust(path, stats, owner ?? ownUser());
      if (reason !== null) throw new DataFolderError(reason);
      if (stats.size > FILE_BYTES_MAX) throw new DataFolderError(`The file ${path} is far too large.`);
      if (owner === undefined && (stats.mode & OF_OTHERS) !== 0) fchmodSync(file, stats.mode & 0o700);
      return readFileSync(file, 'utf8');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof DataFolderError) throw error;
    const code = codeOf(error);
    if (code === 'ENOENT') return null;
    throw new DataFolderError(`The file ${path} can not be read (${code}). ${meaningOf(code)}`);
  }
}
