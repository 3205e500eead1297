/** The doctor on the files that hold keys. Says whether they can be used, never what is in them. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CLIENT_KEY_FILE,
  codeOf,
  DataFolderError,
  MASTER_KEY_FILE,
  parseClientKey,
  parseServerSecret,
  parseSigningKey,
  readPrivate,
  SERVER_SECRET_FILE,
  SIGNING_KEY_FILE,
  type ServerFile,
} from '../data_folder/index.js';
import { LOCAL_KEY_ID } from '../../protocol/index.js';
import { mastersIn, opened } from '../key_ring/index.js';
import type { RingKey } from '../store/index.js';
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
  [CLIENT_KEY_FILE, MASTER_KEY_FILE, SIGNING_KEY_FILE, SERVER_SECRET_FILE].some((name) =>
    existsSync(join(folder, name)),
  );

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

/** `rings`: the keys that are sealed in the database; null where it could not be read. */
export function checkMasterKey(folder: string, rings: readonly RingKey[] | null): Finding {
  const check = 'master_key';
  try {
    const masters = mastersIn(folder, statSync(folder).uid);
    for (const ring of rings ?? []) opened(folder, masters, ring);
    if (masters.next !== null)
      return warning(
        check,
        'A change of the master key was broken off; everything still opens.',
        'The next start of the server finishes it, and so does: auth-server keys rotate-master',
      );
    if (masters.current === null)
      return warning(check, 'There is no master key yet.', 'The next start of the server makes it.');
    if (rings === null || rings.length === 0) return ok(check, 'There is a master key.');
    return ok(check, 'The master key opens the keys that are sealed in the database.');
  } catch (error) {
    // The sentence says what to do.
    const says =
      error instanceof DataFolderError ? error.message : `The master key can not be read (${codeOf(error)}).`;
    return failed(check, says, 'Nothing was changed.');
  }
}

/** Files of earlier releases, which the next start takes into the database. */
export function checkFormerKeys(folder: string): readonly Finding[] {
  return FORMER.filter(({ file }) => existsSync(join(folder, file))).map((file) =>
    checkFile({ folder, ...file }),
  );
}

const FORMER = [
  {
    check: 'signing_key',
    file: SIGNING_KEY_FILE,
    what: 'signing key of access tokens',
    usable: (text) => parseSigningKey(text) !== null,
    lost: 'then a new one is made, and access tokens in use stop working.',
  },
  {
    check: 'server_secret',
    file: SERVER_SECRET_FILE,
    what: 'server secret',
    usable: (text) => parseServerSecret(text) !== null,
    lost: 'then a new one is made.',
  },
] as const satisfies readonly Omit<KeyFile, 'folder'>[];
