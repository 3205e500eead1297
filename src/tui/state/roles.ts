/** What roles permit, as far as they are known: to an account, to whoever is at the keyboard, and in which groups. Pure. */
import {
  BUILT_IN_ROLES,
  COMMON_PERMISSION_NAMES,
  EVERY_APPLICATION,
  isBuiltInRole,
  PERMISSION_NAMES,
  permissionsOf,
  type Held,
  type RoleRecord,
} from '../../protocol/index.js';
import type { PersonState } from './person.js';

/** All roles of the server; null before they were read. */
type KnownRoles = readonly RoleRecord[] | null;

export const roleOf = (roles: KnownRoles, name: string): RoleRecord | null =>
  roles?.find(({ role }) => role === name) ?? null;

/** Returns what a role permits; null for one of which nobody knows here. */
export const permitsOf = (roles: KnownRoles, name: string): readonly string[] | null =>
  roleOf(roles, name)?.permissions ?? (isBuiltInRole(name) ? BUILT_IN_ROLES[name] : null);

/** Returns all that the person may do. The server's own permissions it has said itself; the others follow from the roles. */
export function heldBy({ session, roles }: PersonState): Held {
  if (session === null) return new Set();
  const all = permissionsOf(session.account.roles, (name) => permitsOf(roles, name) ?? []);
  return new Set([...session.permissions, ...all]);
}

export const PERMISSION_GROUPS = ['server', 'common', 'services'] as const;
export type PermissionGroup = (typeof PERMISSION_GROUPS)[number];

/** Returns permissions by what asks for them, each group in its own order; all services together come before single ones. */
export function grouped(
  permissions: Iterable<string>,
): readonly { readonly group: PermissionGroup; readonly permissions: readonly string[] }[] {
  const there = new Set(permissions);
  const known: readonly string[] = [...PERMISSION_NAMES, ...COMMON_PERMISSION_NAMES, EVERY_APPLICATION];
  const services = [...there].filter((permission) => !known.includes(permission)).sort();
  const groups = {
    server: PERMISSION_NAMES.filter((permission) => there.has(permission)),
    common: COMMON_PERMISSION_NAMES.filter((permission) => there.has(permission)),
    services: [...(there.has(EVERY_APPLICATION) ? [EVERY_APPLICATION] : []), ...services],
  };
  return PERMISSION_GROUPS.map((group) => ({ group, permissions: groups[group] })).filter(
    ({ permissions: found }) => found.length > 0,
  );
}

/** Who has one of these can get all others, for themselves or for somebody else. */
const GRAVE: readonly string[] = ['roles.assign', 'roles.manage', 'clients.manage'];

export const isGrave = (permissions: Iterable<string>): boolean =>
  [...permissions].some((permission) => GRAVE.includes(permission));
