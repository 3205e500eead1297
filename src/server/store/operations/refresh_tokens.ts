/** Operations on refresh tokens: one live token for each session, rotated in one transaction. */
import { fail, type Failure } from '../../../protocol/index.js';
import type { Tx } from '../tx.js';
import { announceEnded, insertRefreshToken } from './session_rows.js';
import { audit, signedInAs, type Who } from './who.js';
import { operation } from './operation.js';

/** An honest client whose reply was lost sends the same token again within this time, milliseconds. */
const SAME_SUCCESSOR_MS = 10_000;

export type Rotation =
  /** The successor under `salt` is the live one: the one just made, or one made a moment ago. */
  | {
      readonly kind: 'rotated';
      readonly session_id: string;
      readonly account_id: string;
      readonly salt: Uint8Array;
    }
  /** A second use: the session was ended. */
  | { readonly kind: 'reused'; readonly session_id: string }
  /** The token belongs to another client key. Nothing was changed but the audit log. */
  | { readonly kind: 'foreign' };

type TokenRow = {
  readonly session_id: string;
  readonly account_id: string;
  readonly key_id: string;
  readonly rotated_at: number | null;
  readonly successor_salt: Uint8Array | null;
  readonly successor_hash: Uint8Array | null;
};

/**
 * Exchanges a refresh token. Exactly one successor of a token is ever alive: a second use within the grace time gets the
 * same one as long as that is unused; any other second use means that two parties hold the token, and ends the session.
 */
export const rotate_refresh_token = operation(
  { locks: ['account', 'session'], may_announce: ['session_changed', 'sessions_ended'] },
  async (
    tx: Tx,
    args: {
      readonly who: Who;
      readonly token_hash: Uint8Array;
      readonly key_id: string;
      readonly salt: Uint8Array;
      readonly successor_hash: Uint8Array;
      readonly idle_expires_at: number;
    },
  ): Promise<Rotation | Failure<'session_invalid'>> => {
    const { at } = args.who;
    const owner = await tx.get<{ session_id: string; account_id: string }>(
      `SELECT t.session_id, s.account_id FROM refresh_tokens t JOIN sessions s ON s.session_id = t.session_id
     WHERE t.token_hash = $1`,
      args.token_hash,
    );
    if (owner === undefined) return fail('session_invalid');
    await tx.lock('account', owner.account_id);
    await tx.lock('session', owner.session_id);
    const row = await tx.get<TokenRow>(
      `SELECT t.session_id, s.account_id, s.key_id, t.rotated_at, t.successor_salt, t.successor_hash
     FROM refresh_tokens t JOIN sessions s ON s.session_id = t.session_id
       JOIN accounts a ON a.account_id = s.account_id
     WHERE t.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.idle_expires_at > $2
       AND a.status = 'active'`,
      args.token_hash,
      at,
    );
    if (row === undefined) return fail('session_invalid');
    const { session_id, account_id } = row;
    const who = signedInAs(args.who, account_id, session_id);
    if (row.key_id !== args.key_id) {
      await audit(tx, who, 'refresh_token_refused', account_id, { key_id: args.key_id });
      return { kind: 'foreign' };
    }
    if (row.rotated_at === null) {
      await tx.run(
        'UPDATE refresh_tokens SET rotated_at = $2, successor_salt = $3, successor_hash = $4 WHERE token_hash = $1',
        args.token_hash,
        at,
        args.salt,
        args.successor_hash,
      );
      await insertRefreshToken(tx, args.successor_hash, session_id, at);
      await tx.run(
        'UPDATE sessions SET last_active_at = $2, idle_expires_at = $3 WHERE session_id = $1 AND last_active_at <= $2',
        session_id,
        at,
        args.idle_expires_at,
      );
      await audit(tx, who, 'tokens_refreshed', account_id);
      await tx.announce({ kind: 'session_changed', session_id });
      return { kind: 'rotated', session_id, account_id, salt: args.salt };
    }
    const since = at - row.rotated_at;
    // A clock that went back makes `since` negative; that is no proof of haste.
    if (
      since >= 0 &&
      since <= SAME_SUCCESSOR_MS &&
      row.successor_salt !== null &&
      row.successor_hash !== null
    ) {
      const successor = await tx.get<{ rotated_at: number | null }>(
        'SELECT rotated_at FROM refresh_tokens WHERE token_hash = $1',
        row.successor_hash,
      );
      if (successor?.rotated_at === null) {
        return { kind: 'rotated', session_id, account_id, salt: row.successor_salt };
      }
    }
    await tx.run(
      "UPDATE sessions SET ended_at = $2, end_reason = 'token_reused' WHERE session_id = $1 AND ended_at IS NULL",
      session_id,
      at,
    );
    await audit(tx, who, 'refresh_token_reused', account_id);
    await announceEnded(tx, account_id, [session_id], 'token_reused');
    return { kind: 'reused', session_id };
  },
);
