/** How rows become the contract's accounts and sessions. Private columns (hashes) never pass through here. */
import { ROLE_NAMES, type Account, type Role, type Session } from '../../protocol/index.js';
import type { Reader } from './engine.js';

export const ACCOUNT_COLUMNS = `a.account_id, a.account_name, a.first_name, a.last_name, a.email, a.phone, a.bio,
  a.picture_url, a.locale, a.status, a.created_at, a.updated_at, a.last_seen_at, a.password_changed_at, a.version`;

export type AccountRow = Omit<Account, 'roles' | 'last_seen_at'> & { readonly last_seen_at: number };

export const SESSION_COLUMNS = `s.session_id, s.account_id, s.client_name, s.client_version, s.os, s.host_name,
  s.address, s.created_at, s.last_active_at, s.idle_expires_at, s.expires_at`;

export type SessionRow = Omit<Session, 'current'> & {
  readonly account_id: string;
  readonly idle_expires_at: number;
};

/** Roles of an account, sorted. A name that isn't a role of this release gives nothing and is left out. */
export async function rolesOf(reader: Reader, accountId: string): Promise<Role[]> {
  const rows = await reader.all<{ role: string }>(
    'SELECT role FROM account_roles WHERE account_id = $1 ORDER BY role',
    accountId,
  );
  const roles: Role[] = [];
  for (const { role } of rows) {
    const known = ROLE_NAMES.find((name) => name === role);
    if (known !== undefined) roles.push(known);
  }
  return roles;
}

export async function toAccount(reader: Reader, row: AccountRow): Promise<Account> {
  const roles = await rolesOf(reader, row.account_id);
  return { ...row, roles, last_seen_at: row.last_seen_at === 0 ? null : row.last_seen_at };
}

export async function accountById(reader: Reader, accountId: string): Promise<Account | null> {
  const row = await reader.get<AccountRow>(
    `SELECT ${ACCOUNT_COLUMNS} FROM accounts a WHERE a.account_id = $1`,
    accountId,
  );
  return row === undefined ? null : toAccount(reader, row);
}

export async function accountExists(reader: Reader, accountId: string): Promise<boolean> {
  const row = await reader.get('SELECT 1 AS one FROM accounts WHERE account_id = $1', accountId);
  return row !== undefined;
}

/** A session for the wire. Its end is whichever of idle and absolute end comes first. */
export function toSession(row: SessionRow, currentId: string | null): Session {
  const { account_id: _account, idle_expires_at, ...rest } = row;
  return {
    ...rest,
    expires_at: Math.min(row.expires_at, idle_expires_at),
    current: row.session_id === currentId,
  };
}

/** What makes a session live at a time. */
export const LIVE = 's.ended_at IS NULL AND s.expires_at > $2 AND s.idle_expires_at > $2';
