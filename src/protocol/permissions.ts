/**
 * What can be permitted, and the roles as named sets of it. The server's own permissions are a closed list; beside them
 * stand those of other services, which the server only keeps and tells. Whoever asks "may they?" asks for a permission,
 * never for a role.
 */

/** What the server itself asks for. */
export const PERMISSIONS = {
  'users.read': 'see all accounts',
  'users.create': 'create accounts',
  'users.update': "change other people's profiles",
  'users.suspend': 'suspend and resume accounts',
  'users.delete': 'delete accounts',
  'roles.assign': 'give and take roles',
  'roles.manage': 'make, change and delete roles',
  'clients.manage': 'make, rotate and revoke client keys',
  'server.read': 'see how the server is doing',
} as const;

export type Permission = keyof typeof PERMISSIONS;

export const PERMISSION_NAMES = Object.keys(PERMISSIONS) as readonly Permission[];

/**
 * What a program may do by its client key alone, with nobody signed in: what it is for, and what somebody has to hold who puts
 * it into a key. What everybody may do after the handshake is no part of it.
 */
export const CLIENT_PERMISSIONS = {
  'tokens.verify': { meaning: 'ask whether a token is good, and whose it is', needs: null },
  'permissions.check': { meaning: 'ask what accounts may do', needs: 'users.read' },
} as const satisfies Record<string, { readonly meaning: string; readonly needs: Permission | null }>;

export type ClientPermission = keyof typeof CLIENT_PERMISSIONS;

export const CLIENT_PERMISSION_NAMES = Object.keys(CLIENT_PERMISSIONS) as [
  ClientPermission,
  ...ClientPermission[],
];

/** What every service understands without agreeing on names of its own. */
export const COMMON_PERMISSIONS = {
  read: 'read content',
  write: 'create content',
  moderate: 'moderate content',
  admin: 'administer the service',
} as const;

export type CommonPermission = keyof typeof COMMON_PERMISSIONS;

export const COMMON_PERMISSION_NAMES = Object.keys(COMMON_PERMISSIONS) as readonly CommonPermission[];

/** A permission of another service: the name of the service, a colon, and what it permits there. */
export const APPLICATION_PERMISSION = /^[a-z][a-z0-9_.-]{0,30}:[a-z0-9][a-z0-9_.:-]{0,62}$/;

/** Stands among permissions for those of all services, whatever they are called: `admin` alone has it. */
export const EVERY_APPLICATION = '*';

/** What somebody may do: permissions of all three kinds by their names. */
export type Held = ReadonlySet<string>;

export const BUILT_IN_ROLES = {
  user: ['read', 'write'],
  moderator: ['read', 'write', 'moderate', 'users.read', 'users.suspend'],
  admin: [...COMMON_PERMISSION_NAMES, ...PERMISSION_NAMES, EVERY_APPLICATION],
} as const satisfies Record<string, readonly (Permission | CommonPermission | typeof EVERY_APPLICATION)[]>;

export type BuiltInRole = keyof typeof BUILT_IN_ROLES;

export const BUILT_IN_ROLE_NAMES = Object.keys(BUILT_IN_ROLES) as [BuiltInRole, ...BuiltInRole[]];

/** What a role can be called. */
export const ROLE_NAME = /^[a-z][a-z0-9_-]{1,31}$/;

export function isBuiltInRole(role: string): role is BuiltInRole {
  return Object.hasOwn(BUILT_IN_ROLES, role);
}

/**
 * Returns the one role that lists show of an account: the highest of the built-in ones that it holds, which permits all that
 * the others do. Their names in the order of the alphabet are their ranks from the highest on, so that a list sorted by it
 * needs no other.
 */
export function shownRole(roles: readonly string[]): BuiltInRole {
  return BUILT_IN_ROLE_NAMES.findLast((role) => roles.includes(role)) ?? 'user';
}

/** Returns whether a permission is among these. */
export function holds(held: Held, permission: string): boolean {
  return held.has(permission) || (permission.includes(':') && held.has(EVERY_APPLICATION));
}

/** Returns whether all of these permissions are among those. */
export function holdsAll(held: Held, permissions: Iterable<string>): boolean {
  for (const permission of permissions) if (!holds(held, permission)) return false;
  return true;
}

/** Returns the server's own permissions among these, sorted. */
export function serverPermissions(held: Held): readonly Permission[] {
  return PERMISSION_NAMES.filter((permission) => held.has(permission)).sort();
}

/**
 * Returns all that a set of roles permits together. `permits`: what a role that isn't built in permits; a name that nobody
 * knows gives nothing.
 */
export function permissionsOf(
  roles: readonly string[],
  permits: (role: string) => Iterable<string> = () => [],
): Held {
  return new Set(roles.flatMap((role) => (isBuiltInRole(role) ? BUILT_IN_ROLES[role] : [...permits(role)])));
}
