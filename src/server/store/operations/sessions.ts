/** Operations that begin, keep and end sessions, and those that change the password behind them. */
import {
  fail,
  type Account,
  type Device,
  type Failure,
  type SessionEndReason,
  type SignInFailure,
} from '../../../protocol/index.js';
import { GUESSES_MAX } from '../../domain/index.js';
import type { Tx } from '../engine.js';
import { accountById } from '../records.js';
import { endSessions, insertSession, recordSignIn, type NewSession } from './session_rows.js';
import { countFailure, forgetFailures } from './guesses.js';
import { audit, type Who } from './who.js';

/** An account whose session has begun, and older sessions that ended for it. */
export type Begun = { readonly account: Account; readonly ended_session_ids: readonly string[] };

/**
 * Begins a session after a right password. The account's state is read again here: it may have been suspended while
 * the hash was being computed, or its password changed.
 */
export async function begin_session(
  tx: Tx,
  args: {
    readonly who: Who;
    readonly account_id: string;
    /** The hash that the password was right for. */
    readonly verified_hash: string;
    /** A stronger hash of the same password, when the stored one was outdated. */
    readonly better_hash: string | null;
    readonly session: NewSession;
    readonly device: Device;
    /** The counter of wrong guesses that a right one clears. */
    readonly subject: string;
  },
): Promise<Begun | Failure<'invalid_credentials' | 'account_suspended'>> {
  const row = await tx.get<{ password_hash: string | null; status: string }>(
    'SELECT password_hash, status FROM accounts WHERE account_id = $1',
    args.account_id,
  );
  if (row?.password_hash !== args.verified_hash) return fail('invalid_credentials');
  if (row.status === 'suspended') return fail('account_suspended');
  const who: Who = { ...args.who, actor_id: args.account_id, session_id: args.session.session_id };
  if (args.better_hash !== null) {
    await tx.run(
      'UPDATE accounts SET password_hash = $2 WHERE account_id = $1',
      args.account_id,
      args.better_hash,
    );
  }
  await forgetFailures(tx, args.subject);
  const replaced = await insertSession(tx, args.session, args.account_id, who, args.device);
  await recordSignIn(tx, who, args.account_id, { method: 'password', failure: null, device: args.device });
  await audit(tx, who, 'signed_in', args.account_id);
  const account = await accountById(tx, args.account_id);
  return account === null ? fail('invalid_credentials') : { account, ended_session_ids: replaced };
}

/** Records a refused sign-in: for the owner's history when the account exists, and for the audit log always. */
export async function record_sign_in_refused(
  tx: Tx,
  args: {
    readonly who: Who;
    readonly account_id: string | null;
    readonly failure: SignInFailure;
    readonly device: Device;
    /** The counter that this guess adds to; null when it was no guess. */
    readonly subject: string | null;
  },
): Promise<null> {
  if (args.subject !== null) await countFailure(tx, args.subject, args.who.at);
  // The same statements for unknown names: that an account exists must not show in the time of the write.
  const known = await recordSignIn(tx, args.who, args.account_id ?? '', {
    method: 'password',
    failure: args.failure,
    device: args.device,
  });
  await audit(tx, args.who, 'sign_in_refused', known ? args.account_id : null, { failure: args.failure });
  return null;
}

/** Notes that a session and its account are active, and moves the idle end. Never shortens anything. */
export async function touch_session(
  tx: Tx,
  args: { readonly session_id: string; readonly at: number; readonly idle_expires_at: number },
): Promise<null> {
  const touched = await tx.run(
    `UPDATE sessions SET last_active_at = $2, idle_expires_at = $3
     WHERE session_id = $1 AND ended_at IS NULL AND last_active_at < $2`,
    args.session_id,
    args.at,
    args.idle_expires_at,
  );
  if (touched === 1) {
    await tx.run(
      `UPDATE accounts SET last_seen_at = $2 WHERE last_seen_at < $2
       AND account_id = (SELECT account_id FROM sessions WHERE session_id = $1)`,
      args.session_id,
      args.at,
    );
  }
  return null;
}

/** Ends one live session of an account. */
export async function revoke_session(
  tx: Tx,
  args: {
    readonly who: Who;
    readonly account_id: string;
    readonly session_id: string;
    readonly reason: SessionEndReason;
  },
): Promise<{ readonly session_id: string } | Failure<'not_found'>> {
  const ended = await tx.run(
    `UPDATE sessions SET ended_at = $3, end_reason = $4
     WHERE session_id = $1 AND account_id = $2 AND ended_at IS NULL`,
    args.session_id,
    args.account_id,
    args.who.at,
    args.reason,
  );
  if (ended !== 1) return fail('not_found');
  await audit(
    tx,
    args.who,
    args.reason === 'signed_out' ? 'signed_out' : 'session_revoked',
    args.account_id,
    {
      revoked_session_id: args.session_id,
      reason: args.reason,
    },
  );
  return { session_id: args.session_id };
}

/** Ends all live sessions of an account, or all but one; gives their ids. */
export async function end_all_sessions(
  tx: Tx,
  args: { readonly who: Who; readonly account_id: string; readonly keep_session_id: string | null },
): Promise<readonly string[]> {
  const ended = await endSessions(tx, args.who, args.account_id, 'signed_out', args.keep_session_id);
  await audit(tx, args.who, 'signed_out_everywhere', args.account_id, { sessions: ended.length });
  return ended;
}

/** Notes that someone signed in typed the right password again; clears the wrong guesses before it. */
export async function record_password_confirmed(
  tx: Tx,
  args: { readonly who: Who; readonly account_id: string; readonly subject: string },
): Promise<null> {
  await forgetFailures(tx, args.subject);
  await audit(tx, args.who, 'password_confirmed', args.account_id);
  return null;
}

/** Changes a password and ends every other session of the account. */
export async function change_password(
  tx: Tx,
  args: {
    readonly who: Who;
    readonly account_id: string;
    readonly verified_hash: string;
    readonly new_hash: string;
    readonly keep_session_id: string;
    readonly subject: string;
  },
): Promise<readonly string[] | Failure<'current_password_wrong'>> {
  const changed = await tx.run(
    `UPDATE accounts SET password_hash = $3, password_changed_at = $4, updated_at = $4, version = version + 1
     WHERE account_id = $1 AND password_hash = $2`,
    args.account_id,
    args.verified_hash,
    args.new_hash,
    args.who.at,
  );
  if (changed !== 1) return fail('current_password_wrong');
  await forgetFailures(tx, args.subject);
  await tx.run(
    "DELETE FROM one_time_codes WHERE account_id = $1 AND purpose = 'choose_password'",
    args.account_id,
  );
  const ended = await endSessions(tx, args.who, args.account_id, 'password_changed', args.keep_session_id);
  await audit(tx, args.who, 'password_changed', args.account_id, { sessions: ended.length });
  return ended;
}

/** Uses up a one-time code: sets the password, ends older sessions, begins a new one. */
export async function redeem_code(
  tx: Tx,
  args: {
    readonly who: Who;
    readonly account_id: string;
    readonly code_hash: Uint8Array;
    readonly password_hash: string;
    readonly session: NewSession;
    readonly device: Device;
    readonly subject: string;
  },
): Promise<
  { readonly account: Account; readonly ended_session_ids: readonly string[] } | Failure<'code_invalid'>
> {
  const who: Who = { ...args.who, actor_id: args.account_id, session_id: args.session.session_id };
  const used = await tx.run(
    `DELETE FROM one_time_codes
     WHERE code_hash = $1 AND account_id = $2 AND purpose = 'choose_password' AND expires_at > $3`,
    args.code_hash,
    args.account_id,
    who.at,
  );
  if (used !== 1) return fail('code_invalid');
  const set = await tx.run(
    `UPDATE accounts SET password_hash = $2, password_changed_at = $3, updated_at = $3, status = 'active',
       version = version + 1 WHERE account_id = $1 AND status <> 'suspended'`,
    args.account_id,
    args.password_hash,
    who.at,
  );
  if (set !== 1) return fail('code_invalid');
  await tx.run(
    "DELETE FROM one_time_codes WHERE account_id = $1 AND purpose = 'choose_password'",
    args.account_id,
  );
  await forgetFailures(tx, args.subject);
  const ended = await endSessions(tx, who, args.account_id, 'password_changed', null);
  await insertSession(tx, args.session, args.account_id, who, args.device);
  await recordSignIn(tx, who, args.account_id, { method: 'code', failure: null, device: args.device });
  await audit(tx, who, 'code_redeemed', args.account_id);
  const account = await accountById(tx, args.account_id);
  return account === null ? fail('code_invalid') : { account, ended_session_ids: ended };
}

/** Rows removed at once, so that cleaning never holds up other writes for long. */
const PRUNE_ROWS_MAX = 500;

/**
 * Removes what is older than each of the times: ended sessions, sign-ins, counters of wrong guesses (but for passwords
 * that wait for an administrator), exchanged refresh tokens; and codes past their end.
 */
export async function prune(
  tx: Tx,
  args: {
    readonly at: number;
    readonly ended_before: number;
    readonly sign_ins_before: number;
    readonly counters_before: number;
    readonly rotated_before: number;
  },
): Promise<number> {
  const sessions = await tx.run(
    `DELETE FROM sessions WHERE session_id IN (
       SELECT session_id FROM sessions WHERE ended_at < $1 OR expires_at < $1 LIMIT ${PRUNE_ROWS_MAX})`,
    args.ended_before,
  );
  const signIns = await tx.run(
    `DELETE FROM sign_ins WHERE sign_in_id IN (SELECT sign_in_id FROM sign_ins WHERE at < $1 LIMIT ${PRUNE_ROWS_MAX})`,
    args.sign_ins_before,
  );
  const codes = await tx.run('DELETE FROM one_time_codes WHERE expires_at < $1', args.at);
  const counters = await tx.run(
    `DELETE FROM guess_counters WHERE subject IN (
       SELECT subject FROM guess_counters WHERE last_failure_at < $1 AND failures < ${GUESSES_MAX}
       LIMIT ${PRUNE_ROWS_MAX})`,
    args.counters_before,
  );
  // A token that was exchanged so long ago is refused whether or not we remember whose it was.
  const rotated = await tx.run(
    `DELETE FROM refresh_tokens WHERE token_hash IN (
       SELECT token_hash FROM refresh_tokens WHERE rotated_at < $1 LIMIT ${PRUNE_ROWS_MAX})`,
    args.rotated_before,
  );
  return Math.max(sessions, signIns, codes, counters, rotated);
}
