/** Operations on the password of an account, by its owner. */
import { fail, isFailure, type Account, type Device, type Failure } from '../../../protocol/index.js';
import type { GuessPlace } from '../../domain/index.js';
import type { Tx } from '../tx.js';
import { targetFor } from './account_rows.js';
import { mustReadAccount } from '../records/accounts.js';
import { removeDevices } from './device_rows.js';
import { forgetAllFailures, forgetFailures } from './guess_rows.js';
import { endSessions, insertSession, recordSignIn, type NewSession } from './session_rows.js';
import { audit, lockAccounts, signedInAs, type Who } from './who.js';
import { operation } from './operation.js';

/** Notes that someone signed in typed the right password again; clears the wrong guesses before it. */
export const record_password_confirmed = operation(
  { locks: ['account'] },
  async (
    tx: Tx,
    args: { readonly who: Who; readonly account_id: string; readonly place: GuessPlace },
  ): Promise<null> => {
    await lockAccounts(tx, args.who.actor, args.account_id);
    await forgetFailures(tx, args.place);
    await audit(tx, args.who, 'password_confirmed', args.account_id);
    return null;
  },
);

/** Changes a password and ends every other session of the account; returns how many. */
export const change_password = operation(
  { locks: ['account'], may_announce: ['sessions_ended'] },
  async (
    tx: Tx,
    args: {
      readonly who: Who;
      readonly account_id: string;
      readonly verified_hash: string;
      readonly new_hash: string;
      readonly keep_session_id: string;
      readonly place: GuessPlace;
    },
  ): Promise<number | Failure<'current_password_wrong'>> => {
    await lockAccounts(tx, args.who.actor, args.account_id);
    const changed = await tx.run(
      `UPDATE accounts SET password_hash = $3, password_changed_at = $4, updated_at = $4, version = version + 1
     WHERE account_id = $1 AND password_hash = $2`,
      args.account_id,
      args.verified_hash,
      args.new_hash,
      args.who.at,
    );
    if (changed !== 1) return fail('current_password_wrong');
    await forgetFailures(tx, args.place);
    await tx.write(
      "DELETE FROM one_time_codes WHERE account_id = $1 AND purpose = 'choose_password'",
      args.account_id,
    );
    const ended = await endSessions(tx, args.who, args.account_id, 'password_changed', args.keep_session_id);
    await audit(tx, args.who, 'password_changed', args.account_id, { sessions: ended });
    return ended;
  },
);

/** Uses up a one-time code: sets the password, ends older sessions, forgets devices and wrong guesses, begins a session. */
export const redeem_code = operation(
  { locks: ['account'], may_announce: ['sessions_ended'] },
  async (
    tx: Tx,
    args: {
      readonly who: Who;
      readonly account_id: string;
      readonly code_hash: Uint8Array;
      readonly password_hash: string;
      readonly session: NewSession;
      readonly device: Device;
    },
  ): Promise<Account | Failure<'code_invalid'>> => {
    const who = signedInAs(args.who, args.account_id, args.session.session_id);
    await tx.lock('account', args.account_id);
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
    await tx.write(
      "DELETE FROM one_time_codes WHERE account_id = $1 AND purpose = 'choose_password'",
      args.account_id,
    );
    await forgetAllFailures(tx, args.account_id);
    await endSessions(tx, who, args.account_id, 'password_changed', null);
    await removeDevices(tx, args.account_id, null);
    await insertSession(tx, args.session, args.account_id, who, args.device);
    await recordSignIn(tx, who, args.account_id, { method: 'code', failure: null, device: args.device });
    await audit(tx, who, 'code_redeemed', args.account_id);
    return mustReadAccount(tx, args.account_id);
  },
);

/**
 * Makes a one-time code with which the owner of an account chooses another password; an earlier one is void. Until it is used
 * nothing changes for whoever is signed in.
 */
export const create_recovery_code = operation(
  { locks: ['account'] },
  async (
    tx: Tx,
    args: {
      readonly who: Who;
      readonly account_id: string;
      readonly code_hash: Uint8Array;
      readonly code_expires_at: number;
    },
  ): Promise<Account | Failure<'not_found' | 'forbidden' | 'wrong_status'>> => {
    const { who, account_id, code_expires_at } = args;
    await lockAccounts(tx, who.actor, account_id);
    const target = await targetFor(tx, who, account_id);
    if (isFailure(target)) return target;
    // Its code would be refused.
    if (target.status === 'suspended') return fail('wrong_status');
    await tx.write(
      "DELETE FROM one_time_codes WHERE account_id = $1 AND purpose = 'choose_password'",
      account_id,
    );
    await tx.write(
      `INSERT INTO one_time_codes (code_hash, purpose, account_id, created_at, expires_at)
     VALUES ($1, 'choose_password', $2, $3, $4)`,
      args.code_hash,
      account_id,
      who.at,
      code_expires_at,
    );
    await audit(tx, who, 'recovery_code_created', account_id, { expires_at: code_expires_at });
    return target;
  },
);
