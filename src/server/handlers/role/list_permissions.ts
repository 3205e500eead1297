import { KNOWN_PERMISSIONS } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';

export const list_permissions: Handler<'list_permissions'> = async ({ store }) => {
  const { roles } = await store.roles.current();
  const rolesWith = (asked: string): string[] =>
    roles.filter(({ permissions }) => permissions.includes(asked)).map(({ role }) => role);
  const ofServices = new Set(
    roles.flatMap(({ permissions }) => permissions).filter((permission) => permission.includes(':')),
  );
  return {
    permissions: [
      ...KNOWN_PERMISSIONS.map((known) => ({
        ...known,
        roles: [...known.roles, ...rolesWith(known.permission)],
      })),
      ...[...ofServices].sort().map((permission) => ({
        permission,
        kind: 'application' as const,
        meaning: null,
        roles: rolesWith(permission),
      })),
    ],
  };
};
