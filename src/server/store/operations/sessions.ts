/** Operations that begin, keep and end sessions. */
import {
  fail,
  type Account,
  type Device,
  type Failure,
  type SessionEndReason,
  type SignInFailure,
  type SignInMethod,
} from '../../../protocol/index.js';
import type { GuessPlace } from '../../domain/index.js';
import type { Tx } from '../tx.js';
import { mustReadAccount } from '../records/accounts.js';
import { noteActivity, type Activity } from './activity_rows.js';
import { removeDeviceOf, removeDevices } from './device_rows.js';
import { countFailure, forgetFailures } from './guess_rows.js';
import {
  announceEnded,
  endSessions,
  insertSession,
  recordSignIn,
  recordSignInIfThere,
  type NewSession,
} from './session_rows.js';
import { audit, lockAccounts, signedInAs, type Who } from './who.js';
import { operation } from './operation.js';

type SessionBegun = {
  readonly account: Account;
  /** The device that it began on: the one whose token was shown, or the new one. */
  readonly device_id: string;
};

/**
 * Begins a session after a right password. The account's state is read again here: it may have been suspended while
 * the hash was being computed, or its password changed.
 */
export const begin_session = operation(
  { locks: ['account'], may_announce: ['sessions_ended'] },
  async (
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
      /** Where the wrong guesses are counted that a right one clears. */
      readonly place: GuessPlace;
    },
  ): Promise<SessionBegun | Failure<'invalid_credentials' | 'account_suspended'>> => {
    await tx.lock('account', args.account_id);
    const row = await tx.get<{ password_hash: string | null; status: string }>(
      'SELECT password_hash, status FROM accounts WHERE account_id = $1',
      args.account_id,
    );
    if (row?.password_hash !== args.verified_hash) return fail('invalid_credentials');
    if (row.status === 'suspended') return fail('account_suspended');
    const who = signedInAs(args.who, args.account_id, args.session.session_id);
    if (args.better_hash !== null) {
      await tx.write(
        'UPDATE accounts SET password_hash = $2 WHERE account_id = $1',
        args.account_id,
        args.better_hash,
      );
    }
    await forgetFailures(tx, args.place);
    const device_id = await insertSession(tx, args.session, args.account_id, who, args.device);
    await recordSignIn(tx, who, args.account_id, { method: 'password', failure: null, device: args.device });
    await audit(tx, who, 'signed_in', args.account_id);
    return { account: await mustReadAccount(tx, args.account_id), device_id };
  },
);

/** Records a refused sign-in: for the owner's history when the account exists, and for the audit log always. */
export const record_sign_in_refused = operation(
  { locks: ['account'] },
  async (
    tx: Tx,
    args: {
      readonly who: Who;
      readonly account_id: string | null;
      readonly method: SignInMethod;
      readonly failure: SignInFailure;
      readonly device: Device;
      /** Where this guess is counted; null when it was no guess. */
      readonly place: GuessPlace | null;
      /** Whether the audit log gets a row for it: repeats are counted, and told of by `record_repeated_refusals`. */
      readonly audited: boolean;
    },
  ): Promise<null> => {
    // Also for a name that nobody has: the same statements, the same time.
    await tx.lock('account', args.account_id ?? '');
    if (args.place !== null) await countFailure(tx, args.place, args.who.at);
    // The same statements for unknown names: that an account exists must not show in the time of the write.
    const known = await recordSignInIfThere(tx, args.who, args.account_id ?? '', {
      method: args.method,
      failure: args.failure,
      device: args.device,
    });
    if (args.audited)
      await audit(tx, args.who, 'sign_in_refused', known ? args.account_id : null, { failure: args.failure });
    return null;
  },
);

/** Notes that a session is used: by whom is asked in front of it, when and where from says `who`. */
export const touch_session = operation(
  { locks: ['account', 'session'], may_announce: ['session_changed'] },
  async (tx: Tx, args: Activity & { readonly who: Who }): Promise<null> => {
    const { who, account_id, session_id } = args;
    await lockAccounts(tx, who.actor, account_id);
    await tx.lock('session', session_id);
    if (await noteActivity(tx, who, args)) await tx.announce({ kind: 'session_changed', session_id });
    return null;
  },
);

/** Ends one live session of an account. */
export const revoke_session = operation(
  { locks: ['account', 'session'], announces: ['sessions_ended'] },
  async (
    tx: Tx,
    args: {
      readonly who: Who;
      readonly account_id: string;
      readonly session_id: string;
      readonly reason: SessionEndReason;
    },
  ): Promise<{ readonly session_id: string } | Failure<'not_found'>> => {
    await lockAccounts(tx, args.who.actor, args.account_id);
    await tx.lock('session', args.session_id);
    const ended = await tx.run(
      `UPDATE sessions SET ended_at = $3, end_reason = $4
     WHERE session_id = $1 AND account_id = $2 AND ended_at IS NULL`,
      args.session_id,
      args.account_id,
      args.who.at,
      args.reason,
    );
    if (ended !== 1) return fail('not_found');
    // Whoever only signs out comes again; whoever wants a session gone may have lost the device.
    if (args.reason === 'revoked') await removeDeviceOf(tx, args.session_id);
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
    await announceEnded(tx, args.account_id, [args.session_id], args.reason);
    return { session_id: args.session_id };
  },
);

/** Ends all live sessions of an account, or all but one, and forgets the devices of the others; returns how many sessions. */
export const end_all_sessions = operation(
  { locks: ['account'], may_announce: ['sessions_ended'] },
  async (
    tx: Tx,
    args: { readonly who: Who; readonly account_id: string; readonly keep_session_id: string | null },
  ): Promise<number> => {
    await lockAccounts(tx, args.who.actor, args.account_id);
    const ended = await endSessions(tx, args.who, args.account_id, 'signed_out', args.keep_session_id);
    await removeDevices(tx, args.account_id, args.keep_session_id);
    await audit(tx, args.who, 'signed_out_everywhere', args.account_id, { sessions: ended });
    return ended;
  },
);
