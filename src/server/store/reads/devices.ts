/** Devices on which somebody has signed in before. */
import { DEVICE_KNOWN_MS } from '../../domain/index.js';
import type { Reader } from '../tx.js';

/** A device that proved to be known, and whose account it may guess at on its own ladder. */
export type KnownDevice = { readonly device_id: string; readonly account_id: string };

export class DeviceReads {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Returns the device of a token that was given to this client key and used lately; null when there is none. */
  async byToken(token_hash: Uint8Array, key_id: string, at: number): Promise<KnownDevice | null> {
    const row = await this.#reader.get<KnownDevice>(
      `SELECT device_id, account_id FROM devices WHERE token_hash = $1 AND key_id = $2 AND last_used_at > $3`,
      token_hash,
      key_id,
      at - DEVICE_KNOWN_MS,
    );
    return row ?? null;
  }
}
