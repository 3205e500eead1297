/** Files that the server on this machine leaves for us in its data folder: believed only when nobody else put them there. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { AddressError } from './errors.js';

/** A pipe that nobody writes to would be waited for without the last. Windows has neither, which leaves nothing to add. */
const CAREFULLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Returns the file's bytes, or null when there is no such file. Throws AddressError when it can't be read, or when it is a link,
 * no file, or somebody else's: whoever put it there would get what is sent by it, a password among the first.
 */
export function readOwnFile(path: string): Buffer | null {
  try {
    const file = openSync(path, CAREFULLY);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile() || stats.uid !== (process.geteuid?.() ?? stats.uid))
        throw new AddressError('not_ours', { path });
      return readFileSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof AddressError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw code === 'ELOOP'
      ? new AddressError('not_ours', { path })
      : new AddressError('unreadable', { path, cause: code });
  }
}
