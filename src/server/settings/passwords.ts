/**
 * Passwords of other systems among the settings: the files that they are read from, which have to be private, and texts that
 * may hold one, which are shown without it.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync, type Stats } from 'node:fs';
import { isUtf8 } from 'node:buffer';
import { codeOf, kindOf, meaningOf, OF_OTHERS, ownUser } from '../data_folder/index.js';
import { ConfigError } from './config_error.js';

/** No password that a person or a program makes is longer. */
const PASSWORD_BYTES_MAX = 1_024;
/** A file of root's may be read by a group: that is how credentials are handed to a service. */
const OF_OTHERS_WHEN_ROOTS = 0o037;

/**
 * Returns why a file with a password isn't private, as the end of a sentence; null when it is: ours and nobody else's to read, or
 * root's and at most to be read by a group, as libpq has it for keys. Always null where files have no such owners.
 */
function openness({ uid, mode }: Stats): string | null {
  const us = ownUser();
  if (us === null) return null;
  if (uid !== us && uid !== 0)
    return `belongs to user ${uid}, who knows what is in it: change its owner with chown`;
  const others = uid === us ? OF_OTHERS : OF_OTHERS_WHEN_ROOTS;
  if ((mode & others) === 0) return null;
  return `can be read or written by others (mode ${(mode & 0o777).toString(8)}): close it with chmod 600`;
}

/** Returns why a file may not hold a password, as a sentence; null when it may. */
export function passwordFileFault(what: string, path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  const reason = stats === undefined ? null : openness(stats);
  return reason === null ? null : `The ${what} ${path} holds a password and ${reason}.`;
}

/**
 * Returns the password in a file: its one line. A link may be followed, as those that hand out secrets make one; what is judged is
 * what is read. Throws ConfigError, in which nothing of it is repeated.
 */
export function readPasswordFile(path: string): string {
  const refuse = (reason: string): never => {
    throw new ConfigError(`The password file ${path} ${reason}.`);
  };
  let text: Buffer;
  try {
    // A pipe is waited for, as it was made on purpose and ends.
    const file = openSync(path, constants.O_RDONLY);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile() && !stats.isFIFO()) refuse(`is ${kindOf(stats)} and no file`);
      const reason = openness(stats);
      if (reason !== null) refuse(reason);
      if (stats.size > PASSWORD_BYTES_MAX) refuse('is far too large');
      text = readFileSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = codeOf(error);
    throw new ConfigError(
      code === 'ENOENT'
        ? `There is no password file ${path}.`
        : `The password file ${path} can not be read (${code}). ${meaningOf(code)}`,
    );
  }
  if (text.length > PASSWORD_BYTES_MAX) refuse('is far too large');
  if (!isUtf8(text)) refuse('is not UTF-8: save it as such');
  const line = text
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .replace(/\r?\n$/, '');
  if (line === '') refuse('is empty');
  if (/[\p{Cc}\u2028\u2029]/u.test(line)) refuse('holds more than the one line of a password');
  return line;
}

/** What stands between the name and the host of an address such as `postgres://name:password@host`; all of it, where no host follows. */
const OF_AN_ADDRESS = /(:\/\/[^\s/?#:@]*):(?:.*(?=@)|.*)/gs;

/** Other programs take `password` and `sslpassword` there, also with letters that are written as %70. */
const PARAMETERS_OF_AN_ADDRESS = /(postgres(?:ql)?:\/\/[^\s?]*\?)\S+/gi;
/** The other form of libpq, `host=… password='…'`, and what is said in `options`. */
const KEYWORD = /(pass[a-z]*\s*(?:=|%3d)\s*)(?:'(?:[^'\\]|\\.)*'?|[^\s&]*)/gi;

/** Returns a text without the passwords of the addresses in it. */
export const withoutPasswords = (text: string): string =>
  text
    .replace(OF_AN_ADDRESS, '$1:[hidden]')
    .replace(PARAMETERS_OF_AN_ADDRESS, '$1[hidden]')
    .replace(KEYWORD, '$1[hidden]');
