/** The doctor on the files that hold keys. Says whether they can be used, never what is in them. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CLIENT_KEY_FILE,
  codeOf,
  DataFolderError,
  parseClientKey,
  parseServerSecret,
  parseSigningKey,
  readPrivate,
  SERVER_SECRET_FILE,
  SIGNING_KEY_FILE,
  type ServerFile,
} from '../data_folder/index.js';
import { LOCAL_KEY_ID } from '../../protocol/index.js';
import { failed, ok, warning, type Finding } from './finding.js';
import { takesKey } from './running_server.js';

type KeyFile = {
  readonly check: string;
  readonly folder: string;
  readonly file: string;
  readonly what: string;
  readonly usable: (text: string) => boolean;
  readonly lost: string;
};

function checkFile({ check, folder, file, what, usable, lost }: KeyFile): Finding {
  const path = join(folder, file);
  let text: string | null;
  try {
    text = readPrivate(path, statSync(folder).uid);
  } catch (error) {
    const remedy = 'Run this as the owner of the data folder.';
    return failed(check, error instanceof DataFolderError ? error.message : codeOf(error), remedy);
  }
  if (text === null)
    return warning(check, `There is no ${what} yet.`, 'The next start of the server makes it.');
  if (usable(text)) return ok(check, `The ${what} can be used.`);
  return failed(
    check,
    `The file ${path} does not hold a ${what}.`,
    `Put a copy in its place, or remove it: ${lost}`,
  );
}

/** Returns whether any key lies in the folder, whatever it is worth. */
export const keysIn = (folder: string): boolean =>
  [CLIENT_KEY_FILE, SIGNING_KEY_FILE, SERVER_SECRET_FILE].some((name) => existsSync(join(folder, name)));

/** `server`: the one that runs on this folder and has read the file at its start; it is asked. */
export async function checkClientKey(folder: string, server: ServerFile | null): Promise<Finding> {
  const finding = checkClientKeyFile(folder);
  const path = join(folder, CLIENT_KEY_FILE);
  const text = finding.level === 'ok' ? readPrivate(path, statSync(folder).uid) : null;
  const key = text === null ? null : parseClientKey(text);
  if (server === null || key === null || (await takesKey(server, key)) !== false) return finding;
  return failed(
    'client_key',
    `The running server does not take the client key in ${path}: the file was changed after its start.`,
    'Start the server again, or put the old file in its place.',
  );
}

function checkClientKeyFile(folder: string): Finding {
  return checkFile({
    check: 'client_key',
    folder,
    file: CLIENT_KEY_FILE,
    what: 'client key of this machine',
    usable: (text) => parseClientKey(text)?.key_id === LOCAL_KEY_ID,
    lost: 'then a new one is made, and copies of the old one stop working.',
  });
}

export function checkSigningKey(folder: string): Finding {
  return checkFile({
    check: 'signing_key',
    folder,
    file: SIGNING_KEY_FILE,
    what: 'signing key of access tokens',
    usable: (text) => parseSigningKey(text) !== null,
    lost: 'then a new one is made, and access tokens in use stop working.',
  });
}

export function checkServerSecret(folder: string): Finding {
  return checkFile({
    check: 'server_secret',
    folder,
    file: SERVER_SECRET_FILE,
    what: 'server secret',
    usable: (text) => parseServerSecret(text) !== null,
    lost: 'then a new one is made.',
  });
}
