/** How rows become the contract's accounts. Private columns (hashes) never pass through here. */
import type { Account } from '../../../protocol/index.js';
import type { Reader } from '../tx.js';

export const ACCOUNT_COLUMNS = `a.account_id, a.account_name, a.first_name, a.last_name, a.email, a.phone, a.bio,
  a.picture_url, a.locale, a.status, a.created_at, a.updated_at, a.last_seen_at, a.password_changed_at, a.version`;

/** An account beside one of its roles: one row for each, from one statement, so that both are of one moment. */
export type AccountRow = Omit<Account, 'roles' | 'last_seen_at'> & {
  readonly last_seen_at: number;
  readonly role: string | null;
};

/** Returns accounts in the order of their rows. The rows of one stand together, its roles in order. */
export function toAccounts(rows: readonly AccountRow[]): Account[] {
  const accounts: Account[] = [];
  let last = '';
  let roles: string[] = [];
  for (const row of rows) {
    if (row.account_id !== last) {
      last = row.account_id;
      roles = [];
      accounts.push(toAccount(row, roles));
    }
    if (row.role !== null) roles.push(row.role);
  }
  return accounts;
}

/** Returns an account with these roles. Name by name: an object made with a rest has a shape of its own, which is slow to make and to read. */
function toAccount(row: Omit<AccountRow, 'role'>, roles: string[]): Account {
  return {
    account_id: row.account_id,
    account_name: row.account_name,
    first_name: row.first_name,
    last_name: row.last_name,
    email: row.email,
    phone: row.phone,
    bio: row.bio,
    picture_url: row.picture_url,
    locale: row.locale,
    status: row.status,
    roles,
    created_at: row.created_at,
    updated_at: row.updated_at,
    last_seen_at: row.last_seen_at === 0 ? null : row.last_seen_at,
    password_changed_at: row.password_changed_at,
    version: row.version,
  };
}

/** Returns an account, or null when there is none of that id. */
export async function accountById(reader: Reader, accountId: string): Promise<Account | null> {
  const rows = await reader.all<AccountRow>(
    `SELECT ${ACCOUNT_COLUMNS}, r.role FROM accounts a LEFT JOIN account_roles r ON r.account_id = a.account_id
     WHERE a.account_id = $1 ORDER BY r.role`,
    accountId,
  );
  return toAccounts(rows)[0] ?? null;
}

/** The same for an account that must be there after what the transaction has done. */
export async function mustReadAccount(reader: Reader, accountId: string): Promise<Account> {
  const account = await accountById(reader, accountId);
  if (account === null) throw new Error('an account vanished inside its own transaction');
  return account;
}
