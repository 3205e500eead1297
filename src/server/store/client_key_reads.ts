/** What the server reads about client keys: for the handshake, for the watch over live connections, and for the list. */
import { LIMITS, type ClientKeyEndReason, type ClientKeyRecord } from '../../protocol/index.js';
import {
  CLIENT_KEY_COLUMNS,
  clientKeyById,
  KEY_LIVES,
  secretsOf,
  toClientKey,
  VALID,
  type ClientKeyRow,
} from './client_key_records.js';
import type { Reader } from './engine.js';

/** A key that is valid for a handshake now. */
export type ValidSecret = {
  readonly secret_id: number;
  readonly key: Buffer;
  /** At most a minute old. */
  readonly last_used_at: number | null;
};

export class ClientKeyReads {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** The keys that are valid under an id, none to two. One statement, whether the id is known or not. */
  async validSecrets(keyId: string, at: number): Promise<ValidSecret[]> {
    return this.#reader.all<ValidSecret>(
      `SELECT s.secret_id, s.key, s.last_used_at FROM client_key_secrets s
       JOIN client_keys k ON k.key_id = s.key_id WHERE ${VALID} AND s.key_id = $2 ORDER BY s.secret_id LIMIT 2`,
      at,
      keyId,
    );
  }

  /** The ids of all secrets that are valid at a time. */
  async validSecretIds(at: number): Promise<ReadonlySet<number>> {
    const rows = await this.#reader.all<{ secret_id: number }>(
      `SELECT s.secret_id FROM client_key_secrets s JOIN client_keys k ON k.key_id = s.key_id WHERE ${VALID}`,
      at,
    );
    return new Set(rows.map(({ secret_id }) => secret_id));
  }

  /** Why a secret of this id, which is not valid any more, has ended. */
  async endReason(keyId: string, at: number): Promise<ClientKeyEndReason> {
    const row = await this.#reader.get<Pick<ClientKeyRow, 'revoked_at' | 'expires_at'>>(
      'SELECT revoked_at, expires_at FROM client_keys WHERE key_id = $1',
      keyId,
    );
    // Gone altogether: it had ended long ago.
    if (row?.revoked_at !== null) return 'revoked';
    return row.expires_at !== null && row.expires_at <= at ? 'expired' : 'rotated';
  }

  async byId(keyId: string, at: number): Promise<ClientKeyRecord | null> {
    return clientKeyById(this.#reader, keyId, at);
  }

  /** Live keys, newest first, then those that have ended; not more than fit into one reply. */
  async all(at: number): Promise<ClientKeyRecord[]> {
    const rows = await this.#reader.all<ClientKeyRow>(
      `SELECT ${CLIENT_KEY_COLUMNS} FROM client_keys k
       ORDER BY (${KEY_LIVES}) DESC, k.created_at DESC, k.key_id LIMIT ${LIMITS.client_keys_max}`,
      at,
    );
    return Promise.all(
      rows.map(async (row) => toClientKey(row, await secretsOf(this.#reader, row.key_id), at)),
    );
  }
}
