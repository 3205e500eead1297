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

/** Roles of an account, sorted; none when there is no such account. */
export async function rolesOf(reader: Reader, accountId: string): Promise<Role[]> {
  const rows = await reader.all<{ role: string }>(
    'SELECT role FROM account_roles WHERE account_id = $1 ORDER BY role',
    accountId,
  );
  return knownRoles(rows);
}

/** A name that isn't a role of this release gives nothing and is left out. */
function knownRoles(rows: readonly { readonly role: string | null }[]): Role[] {
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

/** Roles of an account, sorted; null when there is no such account. */
export async function rolesIfThere(reader: Reader, accountId: string): Promise<Role[] | null> {
  const rows = await reader.all<{ role: string | null }>(
    `SELECT r.role FROM accounts a LEFT JOIN account_roles r ON r.account_id = a.account_id
     WHERE a.account_id = $1 ORDER BY r.role`,
    accountId,
  );
  return rows.length === 0 ? null : knownRoles(rows);
}

/** A session for the wire. Its end is whichever of idle and absolute end comes first. */
export function toSession(row: SessionRow, currentId: string | null): Session {
  // Name by name: an object made with a rest has a shape of its own, and reading fifty thousand shapes is slow.
  return {
    session_id: row.session_id,
    current: row.session_id === currentId,
    client_name: row.client_name,
    client_version: row.client_version,
    os: row.os,
    host_name: row.host_name,
    address: row.address,
    created_at: row.created_at,
    last_active_at: row.last_active_at,
    expires_at: Math.min(row.expires_at, row.idle_expires_at),
  };
}

/** What makes a session live at a time. */
export const LIVE = 's.ended_at IS NULL AND s.expires_at > $2 AND s.idle_expires_at > $2';
