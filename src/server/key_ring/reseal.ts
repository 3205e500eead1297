/**
 * Puts another master key in the place of the one before: the new one is written beside it, keys are sealed anew in slices, and when
 * none is left the new one takes the other's name. Broken off anywhere, everything still opens, and whoever does it next goes on.
 */
import { sealKey, type MasterKey } from '../crypto/index.js';
import { join } from 'node:path';
import {
  DataFolderError,
  makeNextMasterKey,
  MASTER_KEY_LOCK_FILE,
  takeNextMasterKey,
} from '../data_folder/index.js';
import type { Random } from '../runtime/index.js';
import { lockFile, StoreOpenError, type Store, type Who } from '../store/index.js';
import { mastersIn, opened, type Masters } from './masters.js';

/** Keys in one transaction: a slice takes a few milliseconds. */
const SLICE = 256;

type Parts = {
  readonly store: Store;
  readonly folder: string;
  readonly random: Random;
  readonly who: Who;
  /** Told how many keys are sealed under the new master key, and how many aren't yet. */
  readonly progress?: (done: number, left: number) => void;
};

export type NewMaster = {
  readonly master_id: string;
  /** How many keys were sealed anew. */
  readonly keys: number;
};

/** Puts a new master key in the place of the one in the folder. Throws DataFolderError when that one doesn't open what is sealed. */
export async function rotateMasterKey(parts: Parts): Promise<NewMaster> {
  const { folder, store } = parts;
  using _held = hold(folder);
  const masters = mastersIn(folder);
  if (masters.next !== null) return await finish(parts);
  if (masters.current === null)
    throw new DataFolderError(`There is no master key in ${folder}: start auth-server once, it makes one.`);
  // Nothing is begun that could not be ended.
  for (const ring of await store.read.key_ring.ofServer()) opened(folder, masters, ring);
  makeNextMasterKey(folder, parts.random);
  return await finish(parts);
}

/** Goes on with what was broken off. Returns null when nothing was, or another process is at it. */
export async function finishMasterKey(parts: Parts): Promise<NewMaster | null> {
  try {
    using _held = hold(parts.folder);
    return mastersIn(parts.folder).next === null ? null : await finish(parts);
  } catch (error) {
    if (error instanceof StoreOpenError && error.fault === 'in_use') return null;
    throw error;
  }
}

/** One at a time: whoever is late would put a key in place under which not all is sealed yet. Throws StoreOpenError. */
function hold(folder: string): Disposable {
  return lockFile(
    join(folder, MASTER_KEY_LOCK_FILE),
    'Another process is putting a new master key in place. Wait until it is done.',
  );
}

async function finish(parts: Parts): Promise<NewMaster> {
  const masters = mastersIn(parts.folder);
  const { next } = masters;
  if (next === null) throw new DataFolderError(`The next master key in ${parts.folder} is gone.`);
  let keys = 0;
  for (let left = await resealSlice(parts, masters, next); left !== null;) {
    keys += left.done;
    parts.progress?.(keys, left.rest);
    if (left.rest === 0) break;
    left = await resealSlice(parts, masters, next);
  }
  takeNextMasterKey(parts.folder);
  return { master_id: next.master_id, keys };
}

/** Returns null when nothing was left. */
async function resealSlice(
  { store, folder, random, who }: Parts,
  masters: Masters,
  next: MasterKey,
): Promise<{ readonly done: number; readonly rest: number } | null> {
  const rings = await store.read.key_ring.sealedOtherwise(next.master_id, SLICE);
  if (rings.length === 0) return null;
  const keys = rings.map((ring) => ({
    key_id: ring.key_id,
    was: ring.master_id,
    sealed: sealKey(next, ring, opened(folder, masters, ring), random),
  }));
  const rest = await store.run('reseal_ring_keys', { who, master_id: next.master_id, keys });
  return { done: keys.length, rest };
}
