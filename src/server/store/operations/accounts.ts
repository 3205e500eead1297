/** Operations that make, change and remove accounts. Each is one transaction; a returned failure leaves nothing behind. */
import {
  fail,
  isFailure,
  permissionsOf,
  type Account,
  type AccountStatus,
  type Device,
  type Failure,
  type Role,
} from '../../../protocol/index.js';
import { canonicalEmail, mayActOn, mayGrant, nameSkeleton, searchTerms } from '../../domain/index.js';
import type { SqlValue, Tx } from '../engine.js';
import { accountById, rolesOf } from '../records.js';
import { endSessions, insertSession, recordSignIn, type NewSession } from './session_rows.js';
import { audit, type Who } from './who.js';

export type ProfileValues = {
  readonly first_name?: string | null | undefined;
  readonly last_name?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly phone?: string | null | undefined;
  readonly bio?: string | null | undefined;
  readonly picture_url?: string | null | undefined;
  readonly locale?: string | null | undefined;
};

export type NewAccount = ProfileValues & { readonly account_id: string; readonly account_name: string };

/** An account that must exist after what the transaction has done. */
async function mustRead(tx: Tx, accountId: string): Promise<Account> {
  const account = await accountById(tx, accountId);
  if (account === null) throw new Error('an account vanished inside its own transaction');
  return account;
}

async function emailIsTaken(tx: Tx, email: string | null | undefined, exceptId: string): Promise<boolean> {
  if (email === null || email === undefined) return false;
  const other = await tx.get<{ account_id: string }>(
    'SELECT account_id FROM accounts WHERE email_canonical = $1',
    canonicalEmail(email),
  );
  return other !== undefined && other.account_id !== exceptId;
}

/** Words by which `list_users` finds the account; called after every change of a name or address. */
async function indexTerms(tx: Tx, accountId: string): Promise<void> {
  const account = await mustRead(tx, accountId);
  await tx.run('DELETE FROM account_terms WHERE account_id = $1', accountId);
  for (const term of searchTerms(account)) {
    await tx.run('INSERT INTO account_terms (term, account_id) VALUES ($1, $2)', term, accountId);
  }
}

async function insertAccount(
  tx: Tx,
  who: Who,
  account: NewAccount,
  status: AccountStatus,
  passwordHash: string | null,
  roles: readonly Role[],
): Promise<Failure<'account_name_taken' | 'email_taken'> | null> {
  const skeleton = nameSkeleton(account.account_name);
  const taken = await tx.get(
    'SELECT 1 AS one FROM accounts WHERE account_name = $1 OR name_skeleton = $2',
    account.account_name,
    skeleton,
  );
  if (taken !== undefined) return fail('account_name_taken');
  if (await emailIsTaken(tx, account.email, account.account_id)) return fail('email_taken');
  await tx.run(
    `INSERT INTO accounts (account_id, account_name, first_name, last_name, email, email_canonical, phone, bio,
       picture_url, locale, status, password_hash, password_changed_at, created_at, updated_at, name_skeleton)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15)`,
    account.account_id,
    account.account_name,
    account.first_name ?? null,
    account.last_name ?? null,
    account.email ?? null,
    account.email ? canonicalEmail(account.email) : null,
    account.phone ?? null,
    account.bio ?? null,
    account.picture_url ?? null,
    account.locale ?? null,
    status,
    passwordHash,
    passwordHash === null ? null : who.at,
    who.at,
    skeleton,
  );
  for (const role of new Set<Role>(['user', ...roles])) {
    await tx.run('INSERT INTO account_roles (account_id, role) VALUES ($1, $2)', account.account_id, role);
  }
  await indexTerms(tx, account.account_id);
  return null;
}

/** Whether any account can administer, in whatever status. */
async function administratorExists(tx: Tx): Promise<boolean> {
  return (await tx.get("SELECT 1 AS one FROM account_roles WHERE role = 'admin'")) !== undefined;
}

/** True when `accountId` is the only active administrator. */
async function isLastAdministrator(tx: Tx, accountId: string): Promise<boolean> {
  const admins = await tx.all<{ account_id: string }>(
    `SELECT r.account_id FROM account_roles r JOIN accounts a ON a.account_id = r.account_id
     WHERE r.role = 'admin' AND a.status = 'active' LIMIT 2`,
  );
  return admins.length === 1 && admins[0]?.account_id === accountId;
}

/**
 * The target of an administrative act, or why the actor may not. The actor's roles are read inside the transaction:
 * what was true when the request was let in may have changed since.
 */
async function targetFor(
  tx: Tx,
  who: Who,
  accountId: string,
): Promise<Account | Failure<'not_found' | 'forbidden'>> {
  const target = await accountById(tx, accountId);
  if (target === null) return fail('not_found');
  const actorRoles = who.actor_id === null ? [] : await rolesOf(tx, who.actor_id);
  if (!mayActOn(permissionsOf(actorRoles), permissionsOf(target.roles))) return fail('forbidden');
  return target;
}

/** Makes an account with a password and its first session; with a setup code also the first administrator. */
export async function register_account(
  tx: Tx,
  args: {
    readonly who: Who;
    readonly account: NewAccount;
    readonly password_hash: string;
    readonly setup_code_hash: Uint8Array | null;
    readonly session: NewSession;
    readonly device: Device;
  },
): Promise<Account | Failure<'setup_code_invalid' | 'account_name_taken' | 'email_taken'>> {
  const { account } = args;
  const who: Who = { ...args.who, actor_id: account.account_id, session_id: args.session.session_id };
  let roles: readonly Role[] = [];
  if (args.setup_code_hash !== null) {
    const claimed = await tx.run(
      "DELETE FROM one_time_codes WHERE code_hash = $1 AND purpose = 'setup' AND expires_at > $2",
      args.setup_code_hash,
      who.at,
    );
    if (claimed !== 1 || (await administratorExists(tx))) return fail('setup_code_invalid');
    roles = ['admin'];
  }
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
    await tx.run("DELETE FROM one_time_codes WHERE purpose = 'setup'");
    await audit(tx, who, 'administrator_claimed', account.account_id);
  }
  return mustRead(tx, account.account_id);
}

/** Makes an account without a password, and the code with which its owner chooses one. */
export async function create_account(
  tx: Tx,
  args: {
    readonly who: Who;
    readonly account: NewAccount;
    readonly roles: readonly Role[];
    readonly code_hash: Uint8Array;
    readonly code_expires_at: number;
  },
): Promise<Account | Failure<'account_name_taken' | 'email_taken' | 'forbidden'>> {
  const { who, account } = args;
  const actor = permissionsOf(who.actor_id === null ? [] : await rolesOf(tx, who.actor_id));
  if (!args.roles.every((role) => mayGrant(actor, role))) return fail('forbidden');
  const refused = await insertAccount(tx, who, account, 'pending', null, args.roles);
  if (refused !== null) return refused;
  await tx.run(
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
  return mustRead(tx, account.account_id);
}

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
export async function update_profile(
  tx: Tx,
  args: {
    readonly who: Who;
    readonly account_id: string;
    readonly changes: ProfileValues;
    readonly version: number | null;
    readonly administrative: boolean;
  },
): Promise<Account | Failure<'not_found' | 'forbidden' | 'stale_version' | 'email_taken'>> {
  const { who, changes } = args;
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
  const value = (name: (typeof PROFILE_COLUMNS)[number]): SqlValue =>
    changes[name] === undefined ? before[name] : changes[name];
  const email = changes.email === undefined ? before.email : changes.email;
  await tx.run(
    `UPDATE accounts SET first_name = $2, last_name = $3, email = $4, email_canonical = $5, phone = $6, bio = $7,
       picture_url = $8, locale = $9, updated_at = $10, version = version + 1 WHERE account_id = $1`,
    before.account_id,
    value('first_name'),
    value('last_name'),
    email,
    email === null ? null : canonicalEmail(email),
    value('phone'),
    value('bio'),
    value('picture_url'),
    value('locale'),
    who.at,
  );
  await indexTerms(tx, before.account_id);
  await audit(tx, who, args.administrative ? 'account_updated' : 'profile_updated', before.account_id, {
    fields: changed,
  });
  return mustRead(tx, before.account_id);
}

type Ended = { readonly account: Account; readonly ended_session_ids: readonly string[] };

/** Suspends an account and ends its sessions. */
export async function suspend_account(
  tx: Tx,
  args: { readonly who: Who; readonly account_id: string; readonly reason: string | null },
): Promise<Ended | Failure<'not_found' | 'forbidden' | 'wrong_status' | 'last_administrator'>> {
  const target = await targetFor(tx, args.who, args.account_id);
  if (isFailure(target)) return target;
  if (target.status === 'suspended') return fail('wrong_status');
  if (await isLastAdministrator(tx, target.account_id)) return fail('last_administrator');
  await setStatus(tx, args.who, target.account_id, 'suspended');
  const ended = await endSessions(tx, args.who, target.account_id, 'account_suspended', null);
  await audit(tx, args.who, 'account_suspended', target.account_id, {
    reason: args.reason,
    sessions: ended.length,
  });
  return { account: await mustRead(tx, target.account_id), ended_session_ids: ended };
}

/** Lifts a suspension. An account that never had a password goes back to `pending`. */
export async function resume_account(
  tx: Tx,
  args: { readonly who: Who; readonly account_id: string },
): Promise<Account | Failure<'not_found' | 'forbidden' | 'wrong_status'>> {
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
  return mustRead(tx, target.account_id);
}

async function setStatus(tx: Tx, who: Who, accountId: string, status: AccountStatus): Promise<void> {
  await tx.run(
    'UPDATE accounts SET status = $2, updated_at = $3, version = version + 1 WHERE account_id = $1',
    accountId,
    status,
    who.at,
  );
}

/** Removes an account with its sessions, history and codes. The audit log keeps what it says. */
export async function delete_account(
  tx: Tx,
  args: { readonly who: Who; readonly account_id: string },
): Promise<Ended | Failure<'not_found' | 'forbidden' | 'last_administrator'>> {
  const target = await targetFor(tx, args.who, args.account_id);
  if (isFailure(target)) return target;
  if (await isLastAdministrator(tx, target.account_id)) return fail('last_administrator');
  const ended = await endSessions(tx, args.who, target.account_id, 'account_deleted', null);
  await tx.run('DELETE FROM accounts WHERE account_id = $1', target.account_id);
  await audit(tx, args.who, 'account_deleted', target.account_id, { account_name: target.account_name });
  return { account: target, ended_session_ids: ended };
}

/** Gives a role. `wrong_status`: the account has it already. */
export async function assign_role(
  tx: Tx,
  args: { readonly who: Who; readonly account_id: string; readonly role: Role },
): Promise<Account | Failure<'not_found' | 'forbidden' | 'wrong_status'>> {
  const target = await targetFor(tx, args.who, args.account_id);
  if (isFailure(target)) return target;
  const actor = permissionsOf(args.who.actor_id === null ? [] : await rolesOf(tx, args.who.actor_id));
  if (!mayGrant(actor, args.role)) return fail('forbidden');
  if (target.roles.includes(args.role)) return fail('wrong_status');
  await tx.run('INSERT INTO account_roles (account_id, role) VALUES ($1, $2)', target.account_id, args.role);
  return roleChanged(tx, args.who, target.account_id, 'role_assigned', args.role);
}

/** Takes a role away. `wrong_status`: the account doesn't have it, or it is `user`. */
export async function unassign_role(
  tx: Tx,
  args: { readonly who: Who; readonly account_id: string; readonly role: Role },
): Promise<Account | Failure<'not_found' | 'forbidden' | 'wrong_status' | 'last_administrator'>> {
  const target = await targetFor(tx, args.who, args.account_id);
  if (isFailure(target)) return target;
  if (args.role === 'user' || !target.roles.includes(args.role)) return fail('wrong_status');
  if (args.role === 'admin' && (await isLastAdministrator(tx, target.account_id)))
    return fail('last_administrator');
  await tx.run('DELETE FROM account_roles WHERE account_id = $1 AND role = $2', target.account_id, args.role);
  return roleChanged(tx, args.who, target.account_id, 'role_unassigned', args.role);
}

async function roleChanged(
  tx: Tx,
  who: Who,
  accountId: string,
  event: 'role_assigned' | 'role_unassigned',
  role: Role,
): Promise<Account> {
  await tx.run(
    'UPDATE accounts SET updated_at = $2, version = version + 1 WHERE account_id = $1',
    accountId,
    who.at,
  );
  await audit(tx, who, event, accountId, { role });
  return mustRead(tx, accountId);
}

/** Puts a new setup code in the place of any older one. False when an administrator exists: then there is none. */
export async function replace_setup_code(
  tx: Tx,
  args: { readonly at: number; readonly code_hash: Uint8Array; readonly expires_at: number },
): Promise<boolean> {
  await tx.run("DELETE FROM one_time_codes WHERE purpose = 'setup'");
  if (await administratorExists(tx)) return false;
  await tx.run(
    `INSERT INTO one_time_codes (code_hash, purpose, account_id, created_at, expires_at)
     VALUES ($1, 'setup', NULL, $2, $3)`,
    args.code_hash,
    args.at,
    args.expires_at,
  );
  return true;
}
