/**
 * The closed list of permissions, and the roles as named sets of them. Roles of one's own making come later; whoever
 * asks "may they?" asks for a permission, never for a role.
 */

export const PERMISSIONS = {
  'users.read': 'see all accounts',
  'users.create': 'create accounts',
  'users.update': "change other people's profiles",
  'users.suspend': 'suspend and resume accounts',
  'users.delete': 'delete accounts',
  'roles.assign': 'give and take roles',
  'clients.manage': 'make, rotate and revoke client keys',
  'server.read': 'see how the server is doing',
} as const;

export type Permission = keyof typeof PERMISSIONS;

export const PERMISSION_NAMES = Object.keys(PERMISSIONS) as readonly Permission[];

export const ROLES = {
  user: [],
  moderator: ['users.read', 'users.suspend'],
  admin: [
    'users.read',
    'users.create',
    'users.update',
    'users.suspend',
    'users.delete',
    'roles.assign',
    'clients.manage',
    'server.read',
  ],
} as const satisfies Record<string, readonly Permission[]>;

export type Role = keyof typeof ROLES;

export const ROLE_NAMES = Object.keys(ROLES) as [Role, ...Role[]];

/**
 * Returns the one role that lists show of an account: the highest that it holds, which permits all that the others do.
 * Its names in the order of the alphabet are its ranks from the highest on, so that a list sorted by it needs no other.
 */
export function shownRole(roles: readonly Role[]): Role {
  return ROLE_NAMES.findLast((role) => roles.includes(role)) ?? 'user';
}

/** Returns all permissions that a set of roles gives together. Unknown names give nothing. */
export function permissionsOf(roles: readonly string[]): ReadonlySet<Permission> {
  const permissions = new Set<Permission>();
  for (const role of roles) {
    if (!Object.hasOwn(ROLES, role)) continue;
    for (const permission of ROLES[role as Role]) permissions.add(permission);
  }
  return permissions;
}
