/** How rows become the contract's client keys. The key itself never passes through here. */
import type { ClientKeyRecord } from '../../protocol/index.js';
import type { Reader } from './engine.js';

export type ClientKeyRow = {
  readonly key_id: string;
  readonly name: string;
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

export const CLIENT_KEY_COLUMNS = 'k.key_id, k.name, k.created_at, k.expires_at, k.revoked_at';
const SECRET_COLUMNS =
  's.secret_id, s.key_id, s.slot, s.created_at, s.not_before, s.not_after, s.last_used_at';

/** What makes a secret `s` of a key `k` valid at time $1. */
export const VALID = `k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $1)
  AND s.not_before <= $1 AND (s.not_after IS NULL OR s.not_after > $1)`;

/** What makes a key `k` live at time $1. */
export const KEY_LIVES = 'k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $1)';

export type Slots = { readonly current: SecretRow | null; readonly next: SecretRow | null };

/** Current and next key at a time: once the current one has ended, the next one is the current one. */
export function slotsAt(secrets: readonly SecretRow[], at: number): Slots {
  const current = secrets.find(({ slot }) => slot === 'current') ?? null;
  const next = secrets.find(({ slot }) => slot === 'next') ?? null;
  const over = current === null || (current.not_after !== null && current.not_after <= at);
  return next !== null && over ? { current: next, next: null } : { current, next };
}

export function toClientKey(row: ClientKeyRow, secrets: readonly SecretRow[], at: number): ClientKeyRecord {
  const { current, next } = slotsAt(secrets, at);
  const used = secrets.flatMap(({ last_used_at }) => (last_used_at === null ? [] : [last_used_at]));
  return {
    key_id: row.key_id,
    name: row.name,
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

export async function secretsOf(reader: Reader, keyId: string): Promise<SecretRow[]> {
  return reader.all<SecretRow>(
    `SELECT ${SECRET_COLUMNS} FROM client_key_secrets s WHERE s.key_id = $1 ORDER BY s.secret_id`,
    keyId,
  );
}

/** A client key as it stands at a time; null when there is none of that id. */
export async function clientKeyById(
  reader: Reader,
  keyId: string,
  at: number,
): Promise<ClientKeyRecord | null> {
  const row = await reader.get<ClientKeyRow>(
    `SELECT ${CLIENT_KEY_COLUMNS} FROM client_keys k WHERE k.key_id = $1`,
    keyId,
  );
  return row === undefined ? null : toClientKey(row, await secretsOf(reader, keyId), at);
}
