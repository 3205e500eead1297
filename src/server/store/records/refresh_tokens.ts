/** Refresh tokens as they are stored, and what offering one means. */
import { LIVE } from './sessions.js';

/** Who asks again so soon after the first exchange, milliseconds, is an honest client: its reply was lost, or another of its runs was first. */
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
  /** The reply was lost, or another run of the same client was quicker: the successor was made under this salt. */
  | { readonly kind: 'repeat'; readonly salt: Uint8Array }
  /** Two parties hold it. */
  | { readonly kind: 'reuse' }
  /** It comes with a client key that it doesn't belong to. */
  | { readonly kind: 'foreign' };

/**
 * Returns what it means that a token is offered with a client key at a time. Within the grace time a repeat is told its own
 * successor, whatever became of that: one step and never the live end of the chain, so nobody gets further by asking.
 * `by_session`: the connection is signed in with the very session of the token, which proves as much as the token did; then
 * a successor that nobody has used is told at any time.
 */
export function refreshUse(row: RefreshTokenRow, key_id: string, at: number, by_session = false): RefreshUse {
  if (row.key_id !== key_id) return { kind: 'foreign' };
  if (row.rotated_at === null) return { kind: 'first' };
  if (row.successor_at === null || row.successor_salt === null) return { kind: 'reuse' };
  const since = at - row.rotated_at;
  // A clock that went back makes `since` negative; that is no proof of haste.
  const soon = since >= 0 && since <= SAME_SUCCESSOR_MS;
  const unused = row.successor_rotated_at === null;
  return soon || (by_session && unused) ? { kind: 'repeat', salt: row.successor_salt } : { kind: 'reuse' };
}
