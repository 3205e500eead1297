/**
 * The data folder: made on the first start, readable by its owner alone. Holds the database, the local client key, the
 * server's own keys, the line that takes a UI here by TLS and, until there is an administrator, the setup code.
 */
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { dirname, join } from 'node:path';
import { CLIENT_KEY_BYTES } from '../../protocol/index.js';
import type { Random } from '../runtime/index.js';

export const CLIENT_KEY_FILE = 'client_key.json';
export const SETUP_CODE_FILE = 'setup_code';
export const CONNECTION_STRING_FILE = 'connection_string';
export const SIGNING_KEY_FILE = 'signing_key.pem';
export const SERVER_SECRET_FILE = 'server_secret';

/** A folder or file that can't be used; the message says what to do. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError';
}

export type ClientKey = { readonly key_id: string; readonly key: Buffer };

/** Returns Node's code of an error, or its text. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error);

/** Makes the folder when it is missing, and makes sure that it can be written. */
export function prepareDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!statSync(folder).isDirectory()) throw new DataFolderError(`${folder} is not a folder.`);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new DataFolderError(
      `The data folder ${folder} can not be written (${codeOf(error)}). ` +
        'Change its owner or permissions, or choose another folder with --data.',
    );
  }
}

/**
 * Writes a file for its owner alone, as a whole or not at all: also when the power fails, unless `lasting` is false. The
 * draft is always a new file, so that neither a link nor the rights of one that was left there can let others read it.
 * See docs/adr/0014-files-of-the-data-folder.md.
 */
export function writePrivate(path: string, text: string, { lasting = true } = {}): void {
  const draft = `${path}.new`;
  try {
    rmSync(draft, { force: true });
    const file = openSync(draft, 'wx', 0o600);
    try {
      // The process's umask can take rights away from what was asked for.
      fchmodSync(file, 0o600);
      writeFileSync(file, text);
      if (lasting) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
    if (lasting) keepNames(dirname(path));
  } catch (error) {
    throw new DataFolderError(
      `The file ${path} can not be written (${codeOf(error)}). Check the folder's owner, permissions and free space.`,
    );
  }
}

/** Systems and file systems on which a folder can't be synchronised say so by one of these, and have nothing like it. */
const NO_FOLDER_SYNC: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EPERM', 'EISDIR', 'EBADF']);

/** Makes new names in a folder last: without this a file that is on disk can be nowhere to be found after the power failed. */
function keepNames(folder: string): void {
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

/** Returns the file's text, or null when there is none. Takes away rights of others that crept in. */
export function readPrivate(path: string): string | null {
  try {
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw new DataFolderError(
      `The file ${path} can not be read (${codeOf(error)}). Check its owner and permissions.`,
    );
  }
}

/** Returns the key with which clients on this machine prove themselves; made when it is missing. */
export function localClientKey(folder: string, random: Random): ClientKey {
  const path = join(folder, CLIENT_KEY_FILE);
  const text = readPrivate(path);
  if (text === null) {
    const key = random.bytes(CLIENT_KEY_BYTES);
    writePrivate(path, `${JSON.stringify({ key_id: 'local', key: key.toString('base64url') })}\n`);
    return { key_id: 'local', key };
  }
  const parsed = parseClientKey(text);
  if (parsed === null) {
    throw new DataFolderError(
      `The file ${path} does not hold a client key. Put a copy of it in its place, or remove it: then a new key is made ` +
        'and every client needs it.',
    );
  }
  return parsed;
}

/** Returns the client key in a file's text, or null when it holds none. */
export function parseClientKey(text: string): ClientKey | null {
  try {
    const { key_id, key } = JSON.parse(text) as Record<string, unknown>;
    if (typeof key_id !== 'string' || typeof key !== 'string') return null;
    const bytes = Buffer.from(key, 'base64url');
    return bytes.length === CLIENT_KEY_BYTES ? { key_id, key: bytes } : null;
  } catch {
    return null;
  }
}

/** Returns the Ed25519 key that signs access tokens, as PKCS #8 PEM; made when it is missing. */
export function signingKey(folder: string): string {
  const path = join(folder, SIGNING_KEY_FILE);
  const text = readPrivate(path);
  if (text !== null) {
    if (isEd25519(text)) return text;
    throw new DataFolderError(
      `The file ${path} does not hold an Ed25519 private key. Put a copy of it in its place, or remove it: then a new ` +
        'key is made and access tokens in use stop working.',
    );
  }
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  writePrivate(path, pem);
  return pem;
}

function isEd25519(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}

const SERVER_SECRET_BYTES = 32;

/** Returns 32 random bytes from which the server derives keys that never leave it; made when they are missing. */
export function serverSecret(folder: string, random: Random): Buffer {
  const path = join(folder, SERVER_SECRET_FILE);
  const text = readPrivate(path);
  if (text === null) {
    const secret = random.bytes(SERVER_SECRET_BYTES);
    writePrivate(path, `${secret.toString('base64url')}\n`);
    return secret;
  }
  const secret = Buffer.from(text.trim(), 'base64url');
  if (secret.length === SERVER_SECRET_BYTES) return secret;
  throw new DataFolderError(
    `The file ${path} is damaged. Put a copy of it in its place, or remove it: then a new secret is made and refresh ` +
      'tokens that are just being exchanged stop working, and lists are read from their first page again.',
  );
}

/** Leaves the setup code where the UI on the same machine finds it. Returns the file's path. */
export function writeSetupCode(folder: string, code: string): string {
  const path = join(folder, SETUP_CODE_FILE);
  writePrivate(path, `${code}\n`);
  return path;
}

/** Leaves the line that takes a UI to this server. It holds the client key. At most starts it is there already. */
export function writeConnectionString(folder: string, text: string): void {
  const path = join(folder, CONNECTION_STRING_FILE);
  if (readPrivate(path) !== `${text}\n`) writePrivate(path, `${text}\n`);
}

export function removeConnectionString(folder: string): void {
  rmSync(join(folder, CONNECTION_STRING_FILE), { force: true });
}

export function removeSetupCode(folder: string): void {
  rmSync(join(folder, SETUP_CODE_FILE), { force: true });
}
