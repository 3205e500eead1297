/** How rows become roles. A name that isn't a role of this release gives nothing and is left out. */
import { ROLE_NAMES, type Role } from '../../../protocol/index.js';
import type { Reader } from '../tx.js';

const KNOWN: ReadonlyMap<string, Role> = new Map(ROLE_NAMES.map((name) => [name, name]));

/** Returns the role of a name, or null. */
export const knownRole = (name: string | null): Role | null =>
  name === null ? null : (KNOWN.get(name) ?? null);

/** Returns the roles among the rows of a left join, in their order. */
export function rolesAmong(rows: readonly { readonly role: string | null }[]): Role[] {
  const roles: Role[] = [];
  for (const { role } of rows) {
    const known = knownRole(role);
    if (known !== null) roles.push(known);
  }
  return roles;
}

/** Returns the roles of an account, sorted; null when there is no such account. */
export async function rolesIfThere(reader: Reader, accountId: string): Promise<Role[] | null> {
  const rows = await reader.all<{ role: string | null }>(
    `SELECT r.role FROM accounts a LEFT JOIN account_roles r ON r.account_id = a.account_id
     WHERE a.account_id = $1 ORDER BY r.role`,
    accountId,
  );
  return rows.length === 0 ? null : rolesAmong(rows);
}
