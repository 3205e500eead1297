/** What the server reads about client keys: for the handshake, for the watch over live connections, and for the list. */
import {
  LIMITS,
  type ClientKeyEndReason,
  type ClientKeyRecord,
  type ClientPermission,
} from '../../../protocol/index.js';
import type { Reader } from '../tx.js';
import {
  clientKeyById,
  clientPermissionsIn,
  KEY_LIVES,
  KEY_WITH_SECRET_COLUMNS,
  toClientKeys,
  VALID,
  type ClientKeyRow,
  type KeyWithSecretRow,
} from '../records/client_keys.js';

/** A key that is valid for a handshake now. */
export type ValidSecret = {
  readonly secret_id: number;
  readonly key: Buffer;
  /** When it ends by itself, Unix milliseconds; null for no end. */
  readonly ends_at: number | null;
  /** At most a minute old. */
  readonly last_used_at: number | null;
  /** What it permits with nobody signed in. */
  readonly permissions: readonly ClientPermission[];
};

export class ClientKeyReads {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Returns the keys that are valid under an id, none to two. One statement, whether the id is known or not. */
  async validSecrets(keyId: string, at: number): Promise<ValidSecret[]> {
    type ValidRow = Omit<ValidSecret, 'ends_at' | 'permissions'> &
      Pick<KeyWithSecretRow, 'expires_at' | 'not_after' | 'permissions'>;
    const rows = await this.#reader.all<ValidRow>(
      `SELECT s.secret_id, s.key, s.not_after, k.expires_at, s.last_used_at, k.permissions FROM client_key_secrets s
       JOIN client_keys k ON k.key_id = s.key_id WHERE ${VALID} AND s.key_id = $2 ORDER BY s.secret_id LIMIT 2`,
      at,
      keyId,
    );
    return rows.map(({ secret_id, key, not_after, expires_at, last_used_at, permissions }) => ({
      secret_id,
      key,
      ends_at: earlier(not_after, expires_at),
      last_used_at,
      permissions: clientPermissionsIn(permissions),
    }));
  }

  /** Returns what a key permits with nobody signed in; nothing for one that isn't there. */
  async permissionsOf(keyId: string): Promise<readonly ClientPermission[]> {
    const row = await this.#reader.get<{ permissions: string }>(
      'SELECT permissions FROM client_keys WHERE key_id = $1',
      keyId,
    );
    return row === undefined ? [] : clientPermissionsIn(row.permissions);
  }

  /** Returns why a secret of this id, which is not valid any more, has ended. */
  async endReason(keyId: string, at: number): Promise<ClientKeyEndReason> {
    const row = await this.#reader.get<Pick<ClientKeyRow, 'revoked_at' | 'expires_at'>>(
      'SELECT revoked_at, expires_at FROM client_keys WHERE key_id = $1',
      keyId,
    );
    // Gone altogether: it had ended long ago.
    if (row?.revoked_at !== null) return 'revoked';
    return row.expires_at !== null && row.expires_at <= at ? 'expired' : 'rotated';
  }

  /** Returns a client key as it stands at a time; null when there is none of that id. */
  async byId(keyId: string, at: number): Promise<ClientKeyRecord | null> {
    return clientKeyById(this.#reader, keyId, at);
  }

  /** Returns live keys, newest first, then those that have ended; not more than fit into one reply. */
  async all(at: number): Promise<ClientKeyRecord[]> {
    const order = `(${KEY_LIVES}) DESC, k.created_at DESC, k.key_id`;
    const rows = await this.#reader.all<KeyWithSecretRow>(
      `SELECT ${KEY_WITH_SECRET_COLUMNS} FROM (
         SELECT k.* FROM client_keys k ORDER BY ${order} LIMIT ${LIMITS.client_keys_max}) k
       LEFT JOIN client_key_secrets s ON s.key_id = k.key_id ORDER BY ${order}, s.secret_id`,
      at,
    );
    return toClientKeys(rows, at);
  }
}

function earlier(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}
