/** The server's own keys at a start: opened, made when there are none, and taken over from the files of earlier releases. */
import { masterKeyOf, sealKey, type MasterKey } from '../crypto/index.js';
import { makeMasterKey, removeFormerKeys, type FormerKeys } from '../data_folder/index.js';
import type { Clock, Log, Random } from '../runtime/index.js';
import type { RingKey, Store } from '../store/index.js';
import { mastersIn, opened, type Masters } from './masters.js';
import { KEY_PURPOSES, PURPOSES, type KeyPurpose } from './purposes.js';
import { finishMasterKey } from './reseal.js';

/** The keys that are used now. All of them are secret. */
export type ServerKeys = Readonly<Record<KeyPurpose, Buffer>>;

type Parts = {
  readonly store: Store;
  readonly folder: string;
  /** What an earlier release kept in files. */
  readonly former: FormerKeys;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

/** As often as another process may put a new master key in the place of the one that was just read. */
const ATTEMPTS_MAX = 3;

/**
 * Returns the server's keys. Throws DataFolderError when the master key is missing or another one: nothing is made in the place of a
 * key that can't be opened.
 */
export async function openKeyRing(parts: Parts): Promise<ServerKeys> {
  const { store, folder, log } = parts;
  for (let attempt = 1; ; attempt += 1) {
    const masters = mastersIn(folder);
    const found = await store.read.key_ring.ofServer();
    // All are looked at before anything is made.
    const keys = openAll(folder, masters, found);
    const missing = KEY_PURPOSES.filter((purpose) => !keys.has(purpose));
    if (missing.length > 0) {
      const master = newestOf(masters) ?? masterKeyOf(makeMasterKey(folder, parts.random));
      const made = missing.map((purpose) => makeKey(parts, master, purpose));
      const kept = await store.run('keep_ring_keys', { keys: made });
      // Sealed under a master key that has had its day meanwhile.
      if (kept === null && attempt < ATTEMPTS_MAX) continue;
      if (kept === null) throw new Error('the master key changes all the time');
      for (const [purpose, key] of openAll(folder, mastersIn(folder), kept)) keys.set(purpose, key);
    }
    // Only now: what is in the database is on its disk.
    const removed = removeFormerKeys(folder);
    if (removed.length > 0)
      log.info(
        { removed },
        'keys are in the database now, sealed under the master key; their files were removed',
      );
    if (masters.next !== null) {
      const finished = await finishMasterKey({ ...parts, who: systemAt(parts.clock) });
      if (finished !== null)
        log.info(finished, 'a change of the master key that was broken off was finished');
    }
    return {
      access_tokens: mustHave(keys, 'access_tokens'),
      page_cursors: mustHave(keys, 'page_cursors'),
      refresh_successors: mustHave(keys, 'refresh_successors'),
    };
  }
}

const systemAt = (clock: Clock) =>
  ({ at: clock.now(), actor: { kind: 'system' }, address: 'console' }) as const;

const newestOf = ({ current, next }: Masters): MasterKey | null => next ?? current;

/** The keys that are used now, by what they are for. */
function openAll(folder: string, masters: Masters, rings: readonly RingKey[]): Map<string, Buffer> {
  return new Map(
    rings
      .map((ring) => ({ ring, key: opened(folder, masters, ring) }))
      .filter(({ ring }) => ring.state === 'current')
      .map(({ ring, key }) => [ring.purpose, key]),
  );
}

function makeKey({ former, clock, random }: Parts, master: MasterKey, purpose: KeyPurpose): RingKey {
  const key = PURPOSES[purpose].former(former) ?? PURPOSES[purpose].make(random);
  const about = { key_id: random.id('r'), purpose, account_id: null };
  const { master_id } = master;
  const sealed = sealKey(master, about, key, random);
  return { ...about, state: 'current', created_at: clock.now(), master_id, sealed };
}

function mustHave(keys: ReadonlyMap<string, Buffer>, purpose: KeyPurpose): Buffer {
  const key = keys.get(purpose);
  if (key === undefined) throw new Error(`the key ring has no key for ${purpose}`);
  return key;
}
