/** The doctor on the files that hold keys. Says whether they can be used, never what is in them. */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CLIENT_KEY_FILE,
  codeOf,
  parseClientKey,
  SERVER_SECRET_FILE,
  SIGNING_KEY_FILE,
  type ServerFile,
} from '../data_folder/index.js';
import { LOCAL_KEY_ID } from '../../protocol/index.js';
import { failed, ok, warning, type Finding } from './finding.js';
import { takesKey } from './running_server.js';

const SECRET_BYTES = 32;

/** Returns the text of a file; null when there is none; false when it can't be read. */
function read(path: string): string | null | false {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? null : false;
  }
}

type KeyFile = {
  readonly check: string;
  readonly path: string;
  readonly what: string;
  readonly usable: (text: string) => boolean;
  readonly lost: string;
};

function checkFile({ check, path, what, usable, lost }: KeyFile): Finding {
  const text = read(path);
  if (text === null)
    return warning(check, `There is no ${what} yet.`, 'The next start of the server makes it.');
  if (text === false)
    return failed(check, `The ${what} ${path} can not be read.`, 'Run this as the owner of the data folder.');
  if (usable(text)) return ok(check, `The ${what} can be used.`);
  return failed(
    check,
    `The file ${path} does not hold a ${what}.`,
    `Put a copy in its place, or remove it: ${lost}`,
  );
}

/** `server`: the one that runs on this folder and has read the file at its start; it is asked. */
export async function checkClientKey(folder: string, server: ServerFile | null): Promise<Finding> {
  const path = join(folder, CLIENT_KEY_FILE);
  const finding = checkClientKeyFile(path);
  const text = finding.level === 'ok' ? read(path) : null;
  const key = typeof text === 'string' ? parseClientKey(text) : null;
  if (server === null || key === null || (await takesKey(server, key)) !== false) return finding;
  return failed(
    'client_key',
    `The running server does not take the client key in ${path}: the file was changed after its start.`,
    'Start the server again, or put the old file in its place.',
  );
}

function checkClientKeyFile(path: string): Finding {
  return checkFile({
    check: 'client_key',
    path,
    what: 'client key of this machine',
    usable: (text) => parseClientKey(text)?.key_id === LOCAL_KEY_ID,
    lost: 'then a new one is made, and copies of the old one stop working.',
  });
}

export function checkSigningKey(folder: string): Finding {
  return checkFile({
    check: 'signing_key',
    path: join(folder, SIGNING_KEY_FILE),
    what: 'signing key of access tokens',
    usable: isEd25519,
    lost: 'then a new one is made, and access tokens in use stop working.',
  });
}

export function checkServerSecret(folder: string): Finding {
  return checkFile({
    check: 'server_secret',
    path: join(folder, SERVER_SECRET_FILE),
    what: 'server secret',
    usable: (text) => Buffer.from(text.trim(), 'base64url').length === SECRET_BYTES,
    lost: 'then a new one is made.',
  });
}

function isEd25519(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}
