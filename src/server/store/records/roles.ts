/** How rows become roles, and what roles permit. A name that is no role any more gives nothing. */
import { isBuiltInRole, permissionsOf, type Held, type RoleRecord } from '../../../protocol/index.js';
import type { Reader } from '../tx.js';

/** A role beside one of its permissions: a row for each, one with null for a role that permits nothing. */
export type RoleRow = Omit<RoleRecord, 'built_in' | 'permissions'> & { readonly permission: string | null };

export const ROLE_COLUMNS = 'o.role, o.description, o.created_at, o.updated_at, o.version, p.permission';
export const ROLE_TABLES = 'roles o LEFT JOIN role_permissions p ON p.role = o.role';

/** Returns roles in the order of their rows. The rows of one stand together, its permissions in order. */
export function toRoles(rows: readonly RoleRow[]): RoleRecord[] {
  const roles: (RoleRecord & { permissions: string[] })[] = [];
  for (const { permission, ...row } of rows) {
    if (roles.at(-1)?.role !== row.role) roles.push({ ...row, built_in: false, permissions: [] });
    if (permission !== null) roles.at(-1)?.permissions.push(permission);
  }
  return roles;
}

/** Returns a role of one's own; null when there is none of that name. */
export async function roleByName(reader: Reader, role: string): Promise<RoleRecord | null> {
  const rows = await reader.all<RoleRow>(
    `SELECT ${ROLE_COLUMNS} FROM ${ROLE_TABLES} WHERE o.role = $1 ORDER BY p.permission`,
    role,
  );
  return toRoles(rows)[0] ?? null;
}

/** Returns whether there is a role of this name. */
export async function roleExists(reader: Reader, role: string): Promise<boolean> {
  return (
    isBuiltInRole(role) ||
    (await reader.get('SELECT 1 AS one FROM roles WHERE role = $1', role)) !== undefined
  );
}

/** Returns the roles among the rows of a left join, in their order, each once. */
export function rolesAmong(rows: readonly { readonly role: string | null }[]): string[] {
  const roles: string[] = [];
  for (const { role } of rows) if (role !== null && roles.at(-1) !== role) roles.push(role);
  return roles;
}

/** Returns what the rows of a left join permit that name a role, and what it permits besides if it isn't built in. */
export function heldAmong(
  rows: readonly { readonly role: string | null; readonly permission: string | null }[],
): Held {
  const others = new Map<string, string[]>();
  for (const { role, permission } of rows)
    if (role !== null && permission !== null) others.set(role, [...(others.get(role) ?? []), permission]);
  return permissionsOf(rolesAmong(rows), (role) => others.get(role) ?? []);
}

/** Returns what roles permit together. Asks only for those that aren't built in. */
export async function heldBy(reader: Reader, roles: readonly string[]): Promise<Held> {
  const own = roles.filter((role) => !isBuiltInRole(role));
  const rows = await Promise.all(
    own.map((role) =>
      reader.all<{ permission: string }>('SELECT permission FROM role_permissions WHERE role = $1', role),
    ),
  );
  const permits = new Map(own.map((role, at) => [role, rows[at]?.map(({ permission }) => permission) ?? []]));
  return permissionsOf(roles, (role) => permits.get(role) ?? []);
}

/** Returns the roles of an account, sorted; null when there is no such account. */
export async function rolesIfThere(reader: Reader, accountId: string): Promise<string[] | null> {
  const rows = await reader.all<{ role: string | null }>(
    `SELECT r.role FROM accounts a LEFT JOIN account_roles r ON r.account_id = a.account_id
     WHERE a.account_id = $1 ORDER BY r.role`,
    accountId,
  );
  return rows.length === 0 ? null : rolesAmong(rows);
}
