/** What several operations on accounts read and write in the same way. */
import { fail, type Account, type AccountStatus, type Failure } from '../../../protocol/index.js';
import { canonicalEmail, mayActOn, nameSkeleton, searchTerms } from '../../domain/index.js';
import type { Tx } from '../tx.js';
import { accountById } from '../records/accounts.js';
import { heldBy } from '../records/roles.js';
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

/** Rows that one statement adds: most accounts need one or two of it, and all together are so many texts. */
const TERM_ROWS = 8;

/** Adds the words by which `list_users` finds an account that has none. */
async function insertTerms(tx: Tx, accountId: string, terms: readonly string[]): Promise<void> {
  for (let from = 0; from < terms.length; from += TERM_ROWS) {
    const some = terms.slice(from, from + TERM_ROWS);
    const rows = some.map((_, at) => `($${at + 1}, $${some.length + 1})`).join(', ');
    await tx.write(`INSERT INTO account_terms (term, account_id) VALUES ${rows}`, ...some, accountId);
  }
}

/** Writes them anew after a change of what lists show. `before`, `after`: the account as it was and as it is. */
export async function changeTerms(tx: Tx, before: Account, after: Account): Promise<void> {
  const [old, terms] = [new Set(searchTerms(before)), searchTerms(after)];
  if (terms.length === old.size && terms.every((term) => old.has(term))) return;
  await tx.write('DELETE FROM account_terms WHERE account_id = $1', after.account_id);
  await insertTerms(tx, after.account_id, terms);
}

/** Adds an account with its roles; `user` is always one. Refuses before it writes. */
export async function insertAccount(
  tx: Tx,
  who: Who,
  account: NewAccount,
  status: AccountStatus,
  passwordHash: string | null,
  roles: readonly string[],
): Promise<Failure<'account_name_taken' | 'email_taken'> | null> {
  const { account_id, account_name } = account;
  const skeleton = nameSkeleton(account_name);
  const [same_name, same_email] = await Promise.all([
    tx.get(
      'SELECT 1 AS one FROM accounts WHERE account_name = $1 OR name_skeleton = $2',
      account_name,
      skeleton,
    ),
    emailIsTaken(tx, account.email, account_id),
  ]);
  if (same_name !== undefined) return fail('account_name_taken');
  if (same_email) return fail('email_taken');
  const first_name = account.first_name ?? null;
  const last_name = account.last_name ?? null;
  const email = account.email ?? null;
  const phone = account.phone ?? null;
  await tx.write(
    `INSERT INTO accounts (account_id, account_name, first_name, last_name, email, email_canonical, phone, bio,
       picture_url, locale, status, password_hash, password_changed_at, created_at, updated_at, name_skeleton)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15)`,
    account_id,
    account_name,
    first_name,
    last_name,
    email,
    email === null ? null : canonicalEmail(email),
    phone,
    account.bio ?? null,
    account.picture_url ?? null,
    account.locale ?? null,
    status,
    passwordHash,
    passwordHash === null ? null : who.at,
    who.at,
    skeleton,
  );
  for (const role of new Set(['user', ...roles])) {
    await tx.write('INSERT INTO account_roles (account_id, role) VALUES ($1, $2)', account_id, role);
  }
  await insertTerms(tx, account_id, searchTerms({ account_name, first_name, last_name, email, phone }));
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
  const authority = await authorityOf(who.actor);
  return mayActOn(authority, await heldBy(tx, target.roles)) ? target : fail('forbidden');
}
