/** What is said about files and folders that can't be used: what the system answered, in words, and what to do. */

/** A folder or file that can't be used; the message says what to do. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError';
}

/** Returns Node's code of an error, or its text. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error);

/** Returns the user that this process acts as; null on systems that have no such numbers. */
export const ownUser = (): number | null => process.geteuid?.() ?? null;

/** How a disk or a network drive says that it isn't there. */
const NO_ANSWER: ReadonlySet<string> = new Set([
  'EIO',
  'ENODEV',
  'ENXIO',
  'ENOTCONN',
  'ESTALE',
  'ETIMEDOUT',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'EREMOTEIO',
]);

/** Returns what an error code of the system means for a file, as a sentence that says where to look. */
export function meaningOf(code: string): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM': {
      const user = ownUser();
      const who = user === null ? 'this user' : `user ${user}`;
      return `Check owner and permissions: ${who} has no permission.`;
    }
    case 'EROFS':
      return 'Check the file system: it is mounted for reading only, so nobody has permission to write.';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'Make room: there is no free space.';
    case 'ENAMETOOLONG':
      return 'The path is too long.';
    case 'ENOTDIR':
      return 'A part of its path is no folder.';
    case 'ENOENT':
      return 'A part of its path is not there and can not be made.';
    case 'ELOOP':
      return 'It is a symbolic link, or links lead in a circle: that is not followed here.';
    default:
      return NO_ANSWER.has(code)
        ? 'Check the disk or network drive: it does not answer.'
        : 'Check the owner, permissions and free space.';
  }
}
