/** How rows become the contract's client keys. The key itself never passes through here. */
import {
  CLIENT_PERMISSION_NAMES,
  type ClientKeyRecord,
  type ClientPermission,
} from '../../../protocol/index.js';
import type { Reader } from '../tx.js';

export type ClientKeyRow = {
  readonly key_id: string;
  readonly name: string;
  /** Names with spaces between them. */
  readonly permissions: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
};

export type SecretRow = {
  readonly secret_id: number;
  readonly key_id: string;
  readonly slot: 'current' | 'next';
  readonly created_at: number;
  readonly not_before: number;
  readonly not_after: number | null;
  readonly last_used_at: number | null;
};

const CLIENT_KEY_COLUMNS = 'k.key_id, k.name, k.permissions, k.created_at, k.expires_at, k.revoked_at';
const SECRET_COLUMNS =
  's.secret_id, s.key_id, s.slot, s.created_at, s.not_before, s.not_after, s.last_used_at';

/** What makes a secret `s` of a key `k` valid at time $1. */
export const VALID = `k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $1)
  AND s.not_before <= $1 AND (s.not_after IS NULL OR s.not_after > $1)`;

/** What makes a key `k` live at time $1. */
export const KEY_LIVES = 'k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $1)';

export type Slots = { readonly current: SecretRow | null; readonly next: SecretRow | null };

/** Returns the current and the next key at a time: once the current one has ended, the next one is the current one. */
export function slotsAt(secrets: readonly SecretRow[], at: number): Slots {
  const current = secrets.find(({ slot }) => slot === 'current') ?? null;
  const next = secrets.find(({ slot }) => slot === 'next') ?? null;
  const over = current === null || (current.not_after !== null && current.not_after <= at);
  return next !== null && over ? { current: next, next: null } : { current, next };
}

/** Returns the permissions in a column, sorted. One that this release doesn't know permits nothing. */
export const clientPermissionsIn = (text: string): ClientPermission[] =>
  CLIENT_PERMISSION_NAMES.filter((name) => text.split(' ').includes(name)).sort();

function toClientKey(row: ClientKeyRow, secrets: readonly SecretRow[], at: number): ClientKeyRecord {
  const { current, next } = slotsAt(secrets, at);
  const used = secrets.flatMap(({ last_used_at }) => (last_used_at === null ? [] : [last_used_at]));
  return {
    key_id: row.key_id,
    name: row.name,
    permissions: clientPermissionsIn(row.permissions),
    created_at: row.created_at,
    expires_at: row.expires_at,
    revoked_at: row.revoked_at,
    last_used_at: used.length === 0 ? null : Math.max(...used),
    current: current === null ? null : dates(current),
    next: next === null ? null : dates(next),
  };
}

function dates(secret: SecretRow): NonNullable<ClientKeyRecord['current']> {
  const { created_at, not_before, not_after, last_used_at } = secret;
  return { created_at, not_before, not_after, last_used_at };
}

/** Returns the secrets of a key, oldest first: one or two, none when there is no such key. */
export async function secretsOf(reader: Reader, keyId: string): Promise<SecretRow[]> {
  return reader.all<SecretRow>(
    `SELECT ${SECRET_COLUMNS} FROM client_key_secrets s WHERE s.key_id = $1 ORDER BY s.secret_id`,
    keyId,
  );
}

/** A key beside one of its secrets: one row for each, from one statement. The names of both tables' columns differ. */
export type KeyWithSecretRow = ClientKeyRow & {
  readonly secret_id: number | null;
  readonly slot: 'current' | 'next';
  readonly secret_created_at: number;
  readonly not_before: number;
  readonly not_after: number | null;
  readonly last_used_at: number | null;
};

export const KEY_WITH_SECRET_COLUMNS = `${CLIENT_KEY_COLUMNS}, s.secret_id, s.slot, s.created_at AS secret_created_at,
  s.not_before, s.not_after, s.last_used_at`;

/** Returns keys in the order of their rows, as they stand at a time. The rows of one stand together. */
export function toClientKeys(rows: readonly KeyWithSecretRow[], at: number): ClientKeyRecord[] {
  const keys: { row: ClientKeyRow; secrets: SecretRow[] }[] = [];
  for (const row of rows) {
    if (keys.at(-1)?.row.key_id !== row.key_id) keys.push({ row, secrets: [] });
    const { secret_id, key_id, slot, secret_created_at, not_before, not_after, last_used_at } = row;
    if (secret_id === null) continue;
    keys.at(-1)?.secrets.push({
      secret_id,
      key_id,
      slot,
      created_at: secret_created_at,
      not_before,
      not_after,
      last_used_at,
    });
  }
  return keys.map(({ row, secrets }) => toClientKey(row, secrets, at));
}

/** Returns a client key as it stands at a time; null when there is none of that id. */
export async function clientKeyById(
  reader: Reader,
  keyId: string,
  at: number,
): Promise<ClientKeyRecord | null> {
  const rows = await reader.all<KeyWithSecretRow>(
    `SELECT ${KEY_WITH_SECRET_COLUMNS} FROM client_keys k LEFT JOIN client_key_secrets s ON s.key_id = k.key_id
     WHERE k.key_id = $1 ORDER BY s.secret_id`,
    keyId,
  );
  return toClientKeys(rows, at)[0] ?? null;
}
