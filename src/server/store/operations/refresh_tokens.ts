/** Operations on refresh tokens: one live token for each session, rotated in one transaction. */
import { fail, type Device, type Failure } from '../../../protocol/index.js';
import { REFRESH_TOKEN, refreshUse, type RefreshTokenRow } from '../records/refresh_tokens.js';
import type { Tx } from '../tx.js';
import { noteActivity } from './activity_rows.js';
import { announceEnded, insertRefreshToken } from './session_rows.js';
import { audit, signedInAs, type Who } from './who.js';
import { operation } from './operation.js';

export type Rotation =
  /** The successor under `salt` is the live one: just made, or made a moment ago for somebody who asks again. */
  | {
      readonly kind: 'rotated' | 'repeated';
      readonly session_id: string;
      readonly salt: Uint8Array;
    }
  /** A second use: the session was ended. */
  | { readonly kind: 'reused'; readonly session_id: string }
  /** The token belongs to another client key. Nothing was changed but the audit log. */
  | { readonly kind: 'foreign' };

const IS_THERE = 'SELECT 1 AS one FROM refresh_tokens WHERE token_hash = $1';

/**
 * Exchanges a refresh token. A token has one successor for ever: a second use within the grace time of the first is told the
 * same, and so is one by the session itself while the successor is unused; any other second use means that two parties hold
 * the token, and ends the session.
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
      readonly device: Device | null;
      /** The session that asks for its own tokens; null when whoever asks has shown nothing but the token. */
      readonly by_session: string | null;
    },
  ): Promise<Rotation | Failure<'session_invalid' | 'not_found'>> => {
    const { at } = args.who;
    const owner = await tx.get<{ session_id: string; account_id: string }>(
      `SELECT t.session_id, s.account_id FROM refresh_tokens t JOIN sessions s ON s.session_id = t.session_id
     WHERE t.token_hash = $1`,
      args.token_hash,
    );
    if (owner === undefined) return fail('not_found');
    const { by_session } = args;
    if (by_session !== null && by_session !== owner.session_id) return fail('not_found');
    await tx.lock('account', owner.account_id);
    await tx.lock('session', owner.session_id);
    const row = await tx.get<RefreshTokenRow>(REFRESH_TOKEN, args.token_hash, at);
    if (row === undefined) {
      // Before it was locked it was there. It may have gone with its account, or for its age.
      const gone = tx.waits && (await tx.get(IS_THERE, args.token_hash)) === undefined;
      return fail(gone ? 'not_found' : 'session_invalid');
    }
    const { session_id, account_id } = row;
    const who = signedInAs(args.who, account_id, session_id);
    const use = refreshUse(row, args.key_id, at, by_session !== null);
    if (use.kind === 'foreign') {
      await audit(tx, who, 'refresh_token_refused', account_id, { key_id: args.key_id });
      return { kind: 'foreign' };
    }
    if (use.kind === 'first') {
      await tx.write(
        'UPDATE refresh_tokens SET rotated_at = $2, successor_salt = $3, successor_hash = $4 WHERE token_hash = $1',
        args.token_hash,
        at,
        args.salt,
        args.successor_hash,
      );
      await insertRefreshToken(tx, args.successor_hash, session_id, at);
      await noteActivity(tx, who, {
        account_id,
        session_id,
        idle_expires_at: args.idle_expires_at,
        device: args.device,
        by: 'refresh',
      });
      await audit(tx, who, 'tokens_refreshed', account_id);
      await tx.announce({ kind: 'session_changed', session_id });
      return { kind: 'rotated', session_id, salt: args.salt };
    }
    if (use.kind === 'repeat') return { kind: 'repeated', session_id, salt: use.salt };
    await tx.write(
      "UPDATE sessions SET ended_at = $2, end_reason = 'token_reused' WHERE session_id = $1 AND ended_at IS NULL",
      session_id,
      at,
    );
    await audit(tx, who, 'refresh_token_reused', account_id);
    await announceEnded(tx, account_id, [session_id], 'token_reused');
    return { kind: 'reused', session_id };
  },
);
