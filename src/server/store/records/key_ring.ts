/** Rows of the key ring. What is in them is sealed: nobody here can read a key. */
import type { Reader } from '../tx.js';

/** `next`: known to others, not used yet. `retired`: not used any more, but what it made is still good. */
export const KEY_STATES = ['next', 'current', 'retired'] as const;
export type KeyState = (typeof KEY_STATES)[number];

export type RingKey = {
  readonly key_id: string;
  readonly purpose: string;
  /** Whose it is; null for the server's own. */
  readonly account_id: string | null;
  readonly state: KeyState;
  /** Unix milliseconds. */
  readonly created_at: number;
  /** Names the master key under which it is sealed. */
  readonly master_id: string;
  readonly sealed: Uint8Array;
};

export const RING_COLUMNS = 'key_id, purpose, account_id, state, created_at, master_id, sealed';

/** Returns the server's own keys, those of a purpose together, oldest first. */
export async function ringKeysOfServer(reader: Reader): Promise<RingKey[]> {
  return reader.all<RingKey>(
    `SELECT ${RING_COLUMNS} FROM ring_keys WHERE account_id IS NULL ORDER BY purpose, created_at, key_id`,
  );
}
