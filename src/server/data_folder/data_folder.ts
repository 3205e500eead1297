/**
 * The data folder: made on the first start, readable by its owner alone. Holds the database, the local client key, the master
 * key, the line that takes a UI here by TLS and, until there is an administrator, the setup code.
 */
import { createPrivateKey } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CLIENT_KEY_BYTES } from '../../protocol/index.js';
import type { Random } from '../runtime/index.js';
import { DataFolderError } from './file_faults.js';
import { masterKeysIn, type MasterKeyFiles } from './master_key.js';
import { readPrivate, writePrivate } from './private_files.js';

export const CLIENT_KEY_FILE = 'client_key.json';
export const SETUP_CODE_FILE = 'setup_code';
export const CONNECTION_STRING_FILE = 'connection_string';
export const SIGNING_KEY_FILE = 'signing_key.pem';
export const SERVER_SECRET_FILE = 'server_secret';

export type ClientKey = { readonly key_id: string; readonly key: Buffer };

/** What releases kept in files that keep it sealed in the database since. */
export type FormerKeys = {
  /** The Ed25519 key that signs access tokens, as PKCS #8 PEM. */
  readonly signing_key: string | null;
  /** 32 random bytes from which keys were derived. */
  readonly server_secret: Buffer | null;
};

/** Keys as they were found; null for what is missing. All of it is secret. */
export type KeptKeys = {
  /** With which clients on this machine prove themselves. */
  readonly client_key: ClientKey | null;
  readonly master: MasterKeyFiles;
  readonly former: FormerKeys;
};

/** Returns the keys in the folder, and makes none. Throws DataFolderError for one that is damaged. */
export function keptKeys(folder: string): KeptKeys {
  return {
    client_key: kept(folder, CLIENT_KEY_FILE, parseClientKey, (path) => [
      `The file ${path} does not hold a client key.`,
      'then a new key is made and every client needs it.',
    ]),
    master: masterKeysIn(folder),
    former: {
      signing_key: kept(folder, SIGNING_KEY_FILE, parseSigningKey, (path) => [
        `The file ${path} does not hold an Ed25519 private key.`,
        'then a new key is made and access tokens in use stop working.',
      ]),
      server_secret: kept(folder, SERVER_SECRET_FILE, parseServerSecret, (path) => [
        `The file ${path} is damaged.`,
        'then a new secret is made, refresh tokens that are just being exchanged stop working, and lists are read from their first ' +
          'page again.',
      ]),
    },
  };
}

function kept<T>(
  folder: string,
  name: string,
  parse: (text: string) => T | null,
  say: (path: string) => readonly [fault: string, removed: string],
): T | null {
  const path = join(folder, name);
  const text = readPrivate(path);
  if (text === null) return null;
  const parsed = parse(text);
  if (parsed !== null) return parsed;
  const [fault, removed] = say(path);
  throw new DataFolderError(`${fault} Put a copy of it in its place, or remove it: ${removed}`);
}

/** Returns true when a server has been here: its keys are made after its database, and none of them alone. */
export const hasKeys = ({ client_key, master, former }: KeptKeys): boolean =>
  [client_key, ...Object.values(master), ...Object.values(former)].some((key) => key !== null);

/** Returns the key of clients on this machine, made when it is missing. Only beside a database: see `hasKeys`. */
export function localClientKey(folder: string, found: KeptKeys, random: Random): ClientKey {
  return found.client_key ?? newClientKey(join(folder, CLIENT_KEY_FILE), random);
}

/** Takes the files away whose keys are in the database now. Returns the names of those that were there. */
export function removeFormerKeys(folder: string): readonly string[] {
  const there = [SIGNING_KEY_FILE, SERVER_SECRET_FILE].filter((name) => existsSync(join(folder, name)));
  for (const name of there) rmSync(join(folder, name), { force: true });
  return there;
}

function newClientKey(path: string, random: Random): ClientKey {
  const key = random.bytes(CLIENT_KEY_BYTES);
  writePrivate(path, `${JSON.stringify({ key_id: 'local', key: key.toString('base64url') })}\n`);
  return { key_id: 'local', key };
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

/** Returns the key in a file's text as it is, or null when it holds no Ed25519 private key. */
export function parseSigningKey(pem: string): string | null {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'ed25519' ? pem : null;
  } catch {
    return null;
  }
}

const SERVER_SECRET_BYTES = 32;

/** Returns the secret in a file's text, or null when it holds none. */
export function parseServerSecret(text: string): Buffer | null {
  const secret = Buffer.from(text.trim(), 'base64url');
  return secret.length === SERVER_SECRET_BYTES ? secret : null;
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
