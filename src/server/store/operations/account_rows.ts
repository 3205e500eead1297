/** What several operations on accounts read and write in the same way. */
import {
  fail,
  permissionsOf,
  type Account,
  type AccountStatus,
  type Failure,
  type Role,
} from '../../../protocol/index.js';
import { canonicalEmail, mayActOn, nameSkeleton, searchTerms } from '../../domain/index.js';
import type { Tx } from '../tx.js';
import { accountById, mustReadAccount } from '../records/accounts.js';
import { authorityOf, type Who } from './who.js';

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

/** Locks what a new account is called by, so that nobody takes it between the question and the answer. */
export async function lockNames(tx: Tx, account: NewAccount): Promise<void> {
  // Names that look alike are one; of those, equal ones are some.
  await tx.lock('name', nameSkeleton(account.account_name));
  await lockEmail(tx, account.email);
}

/** The same for an address; nothing where there is none. */
export async function lockEmail(tx: Tx, email: string | null | undefined): Promise<void> {
  if (email === null || email === undefined) await tx.lock('email');
  else await tx.lock('email', canonicalEmail(email));
}

/** Returns whether another account has this address. */
export async function emailIsTaken(
  tx: Tx,
  email: string | null | undefined,
  exceptId: string,
): Promise<boolean> {
  if (email === null || email === undefined) return false;
  const other = await tx.get<{ account_id: string }>(
    'SELECT account_id FROM accounts WHERE email_canonical = $1',
    canonicalEmail(email),
  );
  return other !== undefined && other.account_id !== exceptId;
}

/** Writes the words by which `list_users` finds the account; called after every change of what lists show. */
export async function indexTerms(tx: Tx, accountId: string): Promise<void> {
  const account = await mustReadAccount(tx, accountId);
  await tx.run('DELETE FROM account_terms WHERE account_id = $1', accountId);
  for (const term of searchTerms(account)) {
    await tx.run('INSERT INTO account_terms (term, account_id) VALUES ($1, $2)', term, accountId);
  }
}

/** Adds an account with its roles; `user` is always one. Refuses before it writes. */
export async function insertAccount(
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

/**
 * Returns the target of an administrative act, or why the actor may not. Both accounts are locked before.
 */
export async function targetFor(
  tx: Tx,
  who: Who,
  accountId: string,
): Promise<Account | Failure<'not_found' | 'forbidden'>> {
  const target = await accountById(tx, accountId);
  if (target === null) return fail('not_found');
  const authority = authorityOf(who.actor);
  return mayActOn(authority, permissionsOf(target.roles)) ? target : fail('forbidden');
}
