/** The master keys that lie in a data folder, and what is said when none of them opens what is in the database. */
import { join } from 'node:path';
import { masterKeyOf, openKey, type MasterKey } from '../crypto/index.js';
import { DataFolderError, MASTER_KEY_FILE, masterKeysIn } from '../data_folder/index.js';
import type { RingKey } from '../store/index.js';

export type Masters = {
  readonly current: MasterKey | null;
  /** The one that is taking its place. */
  readonly next: MasterKey | null;
};

/** `owner`: see `masterKeysIn`. Throws DataFolderError for a file that is damaged. */
export function mastersIn(folder: string, owner?: number): Masters {
  const { current, next } = masterKeysIn(folder, owner);
  return {
    current: current === null ? null : masterKeyOf(current),
    next: next === null ? null : masterKeyOf(next),
  };
}

const LOST =
  'Nobody else has it. If it is lost for good, `auth-server keys discard` says what that costs, and what is left.';

/** Returns a key of the ring. Throws DataFolderError with what to do when none of these master keys opens it. */
export function opened(folder: string, { current, next }: Masters, ring: RingKey): Buffer {
  const path = join(folder, MASTER_KEY_FILE);
  const masters = [next, current].filter((master) => master !== null);
  if (masters.length === 0)
    throw new DataFolderError(
      `The file ${path} is missing: the keys in the database are sealed under it, and nothing opens them without. Put a copy of it in ` +
        `its place. ${LOST}`,
    );
  const master = masters.find(({ master_id }) => master_id === ring.master_id);
  if (master === undefined)
    throw new DataFolderError(
      `The keys in the database are sealed under the master key ${ring.master_id}, and ${path} holds another one ` +
        `(${masters.map(({ master_id }) => master_id).join(', ')}). Put the file that belongs to this database in its place. ${LOST}`,
    );
  const key = openKey(master, ring, ring.sealed);
  if (key !== null) return key;
  throw new DataFolderError(
    `The key '${ring.key_id}' (${ring.purpose}) in the database was changed since it was sealed. Put a backup of the database in its place.`,
  );
}
