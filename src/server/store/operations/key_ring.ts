/** Operations on the key ring. They come with keys that are sealed already: the master key never gets here. */
import { RING_COLUMNS, ringKeysOfServer, type RingKey } from '../records/key_ring.js';
import type { Tx } from '../tx.js';
import { operation, ownOperation } from './operation.js';
import { audit, type Who } from './who.js';

/**
 * Keeps keys of the server whose purpose has none yet. Returns all that there are then: another process may have been first, and
 * what it keeps is what counts. Null, and nothing kept, when they come sealed under a master key that nothing else is sealed under
 * any more: another one has taken its place meanwhile.
 */
export const keep_ring_keys = ownOperation(
  { locks: ['server'] },
  async (tx: Tx, args: { readonly keys: readonly RingKey[] }): Promise<readonly RingKey[] | null> => {
    await tx.lock('server', 'key_ring');
    const before = await ringKeysOfServer(tx);
    const masters = new Set(before.map(({ master_id }) => master_id));
    if (before.length > 0 && args.keys.some(({ master_id }) => !masters.has(master_id))) return null;
    const there = new Set(before.map(({ purpose }) => purpose));
    for (const key of args.keys) {
      if (there.has(key.purpose)) continue;
      await tx.write(
        `INSERT INTO ring_keys (${RING_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        key.key_id,
        key.purpose,
        key.account_id,
        key.state,
        key.created_at,
        key.master_id,
        key.sealed,
      );
    }
    return ringKeysOfServer(tx);
  },
);

/** A key as it was read, and what stands in its place now. */
export type Resealed = {
  readonly key_id: string;
  readonly was: string;
  readonly sealed: Uint8Array;
};

/**
 * Puts keys in the place of those that were sealed under another master key. Returns how many are still sealed otherwise; when
 * none is, the audit log has it. A key that somebody else has sealed anew meanwhile, or taken away, is left alone.
 */
export const reseal_ring_keys = operation(
  { locks: ['server'] },
  async (
    tx: Tx,
    args: { readonly who: Who; readonly master_id: string; readonly keys: readonly Resealed[] },
  ): Promise<number> => {
    await tx.lock('server', 'key_ring');
    for (const { key_id, was, sealed } of args.keys) {
      await tx.write(
        'UPDATE ring_keys SET master_id = $3, sealed = $4 WHERE key_id = $1 AND master_id = $2',
        key_id,
        was,
        args.master_id,
        sealed,
      );
    }
    const rest = await tx.get<{ keys: number }>(
      'SELECT count(*) AS keys FROM ring_keys WHERE master_id <> $1',
      args.master_id,
    );
    const left = rest?.keys ?? 0;
    if (left === 0 && args.keys.length > 0)
      await audit(tx, args.who, 'master_key_rotated', null, { master_id: args.master_id });
    return left;
  },
);

/** Takes all keys out of the ring: nobody opens them any more. Returns how many there were. */
export const discard_ring_keys = operation(
  { locks: ['server'] },
  async (tx: Tx, args: { readonly who: Who }): Promise<number> => {
    await tx.lock('server', 'key_ring');
    const keys = await tx.run('DELETE FROM ring_keys');
    if (keys > 0) await audit(tx, args.who, 'server_keys_discarded', null, { keys });
    return keys;
  },
);
