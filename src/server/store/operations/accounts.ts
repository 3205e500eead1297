/** Operations that make, change and remove accounts. Each is one transaction; a returned failure leaves nothing behind. */
import {
  fail,
  isFailure,
  type Account,
  type AccountStatus,
  type Device,
  type Failure,
} from '../../../protocol/index.js';
import { canonicalEmail, mayGrant } from '../../domain/index.js';
import type { Tx } from '../tx.js';
import { accountById, mustReadAccount } from '../records/accounts.js';
import { heldBy, roleExists } from '../records/roles.js';
import {
  changeTerms,
  emailIsTaken,
  insertAccount,
  lockEmail,
  lockNames,
  targetFor,
  type NewAccount,
  type ProfileValues,
} from './account_rows.js';
import { administratorExists, isLastAdministrator } from './administrators.js';
import { endSessions, insertSession, recordSignIn, type NewSession } from './session_rows.js';
import { audit, authorityOf, lockAccounts, signedInAs, type Who } from './who.js';
import { operation } from './operation.js';

/** Makes an account with a password and its first session; with a setup code also the first administrator. */
export const register_account = operation(
  // Its account is new; with a setup code it locks the server and the role as well.
  { locks: ['name', 'email'], may_announce: ['administrator_claimed'] },
  async (
    tx: Tx,
    args: {
      readonly who: Who;
      readonly account: NewAccount;
      readonly password_hash: string;
      readonly setup_code_hash: Uint8Array | null;
      readonly session: NewSession;
      readonly device: Device;
    },
  ): Promise<Account | Failure<'setup_code_invalid' | 'account_name_taken' | 'email_taken'>> => {
    const { account } = args;
    const who = signedInAs(args.who, account.account_id, args.session.session_id);
    let roles: readonly string[] = [];
    if (args.setup_code_hash !== null) {
      await tx.lock('server', 'setup');
      await tx.lock('role', 'admin');
      await lockNames(tx, account);
      const claimed = await tx.run(
        "DELETE FROM one_time_codes WHERE code_hash = $1 AND purpose = 'setup' AND expires_at > $2",
        args.setup_code_hash,
        who.at,
      );
      if (claimed !== 1 || (await administratorExists(tx))) return fail('setup_code_invalid');
      roles = ['admin'];
    }
    if (args.setup_code_hash === null) await lockNames(tx, account);
    const refused = await insertAccount(tx, who, account, 'active', args.password_hash, roles);
    if (refused !== null) return refused;
    await insertSession(tx, args.session, account.account_id, who, args.device);
    await recordSignIn(tx, who, account.account_id, {
      method: 'registration',
      failure: null,
      device: args.device,
    });
    await audit(tx, who, 'account_registered', account.account_id, { account_name: account.account_name });
    if (roles.length > 0) {
      await tx.write("DELETE FROM one_time_codes WHERE purpose = 'setup'");
      await audit(tx, who, 'administrator_claimed', account.account_id);
      await tx.announce({ kind: 'administrator_claimed' });
    }
    return mustReadAccount(tx, account.account_id);
  },
);

/** Makes an account without a password, and the code with which its owner chooses one. `not_found`: there is no such role. */
export const create_account = operation(
  { locks: ['role', 'name', 'email', 'account'] },
  async (
    tx: Tx,
    args: {
      readonly who: Who;
      readonly account: NewAccount;
      readonly roles: readonly string[];
      readonly code_hash: Uint8Array;
      readonly code_expires_at: number;
    },
  ): Promise<Account | Failure<'not_found' | 'account_name_taken' | 'email_taken' | 'forbidden'>> => {
    const { who, account } = args;
    await tx.lock('role', ...args.roles);
    await lockNames(tx, account);
    await lockAccounts(tx, who.actor);
    const authority = await authorityOf(who.actor);
    for (const role of args.roles) {
      if (!(await roleExists(tx, role))) return fail('not_found');
      if (!mayGrant(authority, await heldBy(tx, [role]))) return fail('forbidden');
    }
    const refused = await insertAccount(tx, who, account, 'pending', null, args.roles);
    if (refused !== null) return refused;
    await tx.write(
      `INSERT INTO one_time_codes (code_hash, purpose, account_id, created_at, expires_at)
     VALUES ($1, 'choose_password', $2, $3, $4)`,
      args.code_hash,
      account.account_id,
      who.at,
      args.code_expires_at,
    );
    await audit(tx, who, 'account_created', account.account_id, {
      account_name: account.account_name,
      roles: [...args.roles],
    });
    return mustReadAccount(tx, account.account_id);
  },
);

const PROFILE_COLUMNS = [
  'first_name',
  'last_name',
  'email',
  'phone',
  'bio',
  'picture_url',
  'locale',
] as const;

/** Changes an account's own profile, or (with `administrative`) somebody else's. */
export const update_profile = operation(
  { locks: ['email', 'account'], may_announce: ['profile_changed'] },
  async (
    tx: Tx,
    args: {
      readonly who: Who;
      readonly account_id: string;
      readonly changes: ProfileValues;
      readonly version: number | null;
      readonly administrative: boolean;
    },
  ): Promise<Account | Failure<'not_found' | 'forbidden' | 'stale_version' | 'email_taken'>> => {
    const { who, changes } = args;
    await lockEmail(tx, changes.email);
    await lockAccounts(tx, who.actor, args.account_id);
    const before = args.administrative
      ? await targetFor(tx, who, args.account_id)
      : ((await accountById(tx, args.account_id)) ?? fail('not_found'));
    if (isFailure(before)) return before;
    if (args.version !== null && args.version !== before.version) return fail('stale_version');
    if (await emailIsTaken(tx, changes.email, before.account_id)) return fail('email_taken');
    const changed = PROFILE_COLUMNS.filter(
      (name) => changes[name] !== undefined && changes[name] !== before[name],
    );
    if (changed.length === 0) return before;
    const value = (name: (typeof PROFILE_COLUMNS)[number]): string | null =>
      changes[name] === undefined ? before[name] : changes[name];
    // Its row is held, and whoever gives or takes roles holds it, too: so it will be.
    const after: Account = {
      ...before,
      first_name: value('first_name'),
      last_name: value('last_name'),
      email: value('email'),
      phone: value('phone'),
      bio: value('bio'),
      picture_url: value('picture_url'),
      locale: value('locale'),
      updated_at: who.at,
      version: before.version + 1,
    };
    await tx.write(
      `UPDATE accounts SET first_name = $2, last_name = $3, email = $4, email_canonical = $5, phone = $6, bio = $7,
       picture_url = $8, locale = $9, updated_at = $10, version = $11 WHERE account_id = $1`,
      after.account_id,
      after.first_name,
      after.last_name,
      after.email,
      after.email === null ? null : canonicalEmail(after.email),
      after.phone,
      after.bio,
      after.picture_url,
      after.locale,
      after.updated_at,
      after.version,
    );
    await changeTerms(tx, before, after);
    await audit(tx, who, args.administrative ? 'account_updated' : 'profile_updated', before.account_id, {
      fields: changed,
    });
    await tx.announce({ kind: 'profile_changed', account_id: before.account_id });
    return after;
  },
);

type Ended = { readonly account: Account; readonly ended_sessions: number };

/** Suspends an account and ends its sessions. */
export const suspend_account = operation(
  { locks: ['role', 'account'], announces: ['account_changed'], may_announce: ['sessions_ended'] },
  async (
    tx: Tx,
    args: { readonly who: Who; readonly account_id: string; readonly reason: string | null },
  ): Promise<Ended | Failure<'not_found' | 'forbidden' | 'wrong_status' | 'last_administrator'>> => {
    await tx.lock('role', 'admin');
    await lockAccounts(tx, args.who.actor, args.account_id);
    const target = await targetFor(tx, args.who, args.account_id);
    if (isFailure(target)) return target;
    if (target.status === 'suspended') return fail('wrong_status');
    if (await isLastAdministrator(tx, target.account_id)) return fail('last_administrator');
    const ended = await endSessions(tx, args.who, target.account_id, 'account_suspended', null);
    await setStatus(tx, args.who, target.account_id, 'suspended');
    await audit(tx, args.who, 'account_suspended', target.account_id, {
      reason: args.reason,
      sessions: ended,
    });
    return { account: await mustReadAccount(tx, target.account_id), ended_sessions: ended };
  },
);

/** Lifts a suspension. An account that never had a password goes back to `pending`. */
export const resume_account = operation(
  { locks: ['account'], announces: ['account_changed'] },
  async (
    tx: Tx,
    args: { readonly who: Who; readonly account_id: string },
  ): Promise<Account | Failure<'not_found' | 'forbidden' | 'wrong_status'>> => {
    await lockAccounts(tx, args.who.actor, args.account_id);
    const target = await targetFor(tx, args.who, args.account_id);
    if (isFailure(target)) return target;
    if (target.status !== 'suspended') return fail('wrong_status');
    await setStatus(
      tx,
      args.who,
      target.account_id,
      target.password_changed_at === null ? 'pending' : 'active',
    );
    await audit(tx, args.who, 'account_resumed', target.account_id);
    return mustReadAccount(tx, target.account_id);
  },
);

/** Sets the status of an account. What ends with it is announced before. */
async function setStatus(tx: Tx, who: Who, accountId: string, status: AccountStatus): Promise<void> {
  await tx.write(
    'UPDATE accounts SET status = $2, updated_at = $3, version = version + 1 WHERE account_id = $1',
    accountId,
    status,
    who.at,
  );
  await tx.announce({ kind: 'account_changed', account_id: accountId });
}

/** Removes an account with its sessions, history and codes. The audit log keeps what it says. */
export const delete_account = operation(
  { locks: ['role', 'account'], announces: ['account_changed'], may_announce: ['sessions_ended'] },
  async (
    tx: Tx,
    args: { readonly who: Who; readonly account_id: string },
  ): Promise<Ended | Failure<'not_found' | 'forbidden' | 'last_administrator'>> => {
    await tx.lock('role', 'admin');
    await lockAccounts(tx, args.who.actor, args.account_id);
    const target = await targetFor(tx, args.who, args.account_id);
    if (isFailure(target)) return target;
    if (await isLastAdministrator(tx, target.account_id)) return fail('last_administrator');
    const ended = await endSessions(tx, args.who, target.account_id, 'account_deleted', null);
    await tx.write('DELETE FROM accounts WHERE account_id = $1', target.account_id);
    await audit(tx, args.who, 'account_deleted', target.account_id, { account_name: target.account_name });
    await tx.announce({ kind: 'account_changed', account_id: target.account_id });
    return { account: target, ended_sessions: ended };
  },
);
