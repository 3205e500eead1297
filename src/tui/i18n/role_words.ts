/** What roles and permissions are called: words for those that are built in, and for others the names that people gave them. */
import {
  COMMON_PERMISSION_NAMES,
  isBuiltInRole,
  PERMISSION_NAMES,
  type CommonPermission,
  type Permission,
} from '../../protocol/index.js';
import type { Translate } from './words.js';

/** Returns what a role is called. */
export const roleWord = (t: Translate, role: string): string =>
  isBuiltInRole(role) ? t(`role_${role}`) : role;

const known = (permission: string): permission is Permission | CommonPermission =>
  [...PERMISSION_NAMES, ...COMMON_PERMISSION_NAMES].some((name) => name === permission);

/** Returns what a permission permits. */
export function permissionWord(t: Translate, permission: string): string {
  if (permission === '*') return t('permission_every_application');
  return known(permission) ? t(`permission_${permission}`) : permission;
}
