/** Refresh tokens as they are stored, and what offering one means. */
import { LIVE } from './sessions.js';

/** An honest client whose reply was lost sends the same token again within this time, milliseconds. */
const SAME_SUCCESSOR_MS = 10_000;

export type RefreshTokenRow = {
  readonly session_id: string;
  readonly account_id: string;
  /** The client key with which its session began. */
  readonly key_id: string;
  /** When it was exchanged; null while it is the live one. */
  readonly rotated_at: number | null;
  readonly successor_salt: Uint8Array | null;
  /** When its successor was made; null when there is none. */
  readonly successor_at: number | null;
  readonly successor_rotated_at: number | null;
};

/** The token with digest $1, when its session is live at time $2. */
export const REFRESH_TOKEN = `SELECT t.session_id, s.account_id, s.key_id, t.rotated_at, t.successor_salt,
    n.created_at AS successor_at, n.rotated_at AS successor_rotated_at
  FROM refresh_tokens t JOIN sessions s ON s.session_id = t.session_id
    JOIN accounts a ON a.account_id = s.account_id
    LEFT JOIN refresh_tokens n ON n.token_hash = t.successor_hash
  WHERE t.token_hash = $1 AND ${LIVE} AND a.status = 'active'`;

export type RefreshUse =
  /** It is the live one. */
  | { readonly kind: 'first' }
  /** The reply was lost: the successor, made under this salt a moment ago, is unused. */
  | { readonly kind: 'repeat'; readonly salt: Uint8Array }
  /** Two parties hold it. */
  | { readonly kind: 'reuse' }
  /** It comes with a client key that it doesn't belong to. */
  | { readonly kind: 'foreign' };

/** Returns what it means that a token is offered with a client key at a time. */
export function refreshUse(row: RefreshTokenRow, key_id: string, at: number): RefreshUse {
  if (row.key_id !== key_id) return { kind: 'foreign' };
  if (row.rotated_at === null) return { kind: 'first' };
  const since = at - row.rotated_at;
  // A clock that went back makes `since` negative; that is no proof of haste.
  const soon = since >= 0 && since <= SAME_SUCCESSOR_MS;
  const unused = row.successor_at !== null && row.successor_rotated_at === null;
  return soon && unused && row.successor_salt !== null
    ? { kind: 'repeat', salt: row.successor_salt }
    : { kind: 'reuse' };
}
