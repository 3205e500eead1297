/** Commands by which administrators look after roles of their own: what they are called, and what each permits. */
import {
  APPLICATION_PERMISSION,
  COMMON_PERMISSION_NAMES,
  PERMISSION_NAMES,
  ROLE_NAME,
  type RoleRecord,
} from '../../protocol/index.js';
import { cleanResult } from '../reach/index.js';
import { oneCall, ownRun, type CommandSpec } from './command.js';
import type { CommandContext } from './context.js';
import { OwnRefusal, UsageError, withMeant } from './errors.js';
import { FACTS } from './facts.js';
import { table, titles, when } from './layout.js';

const ROLE = { name: 'ROLE' } as const;
const PERMISSIONS = { name: 'PERMISSION', many: true } as const;
const KNOWN = [...PERMISSION_NAMES, ...COMMON_PERMISSION_NAMES];

/** The name of a role, whether or not there is one: the server knows. */
export function roleOf(text: string): string {
  if (ROLE_NAME.test(text)) return text;
  throw new UsageError(
    withMeant((words) => words('says', 'roles_are', FACTS), text, FACTS.roles.split(', ')),
  );
}

/** Permissions as typed. One without a colon has to be there: a slip of the fingers would permit nothing, for ever. */
export function permissionsOf(texts: readonly string[]): string[] {
  for (const text of texts) {
    if (KNOWN.some((name) => name === text) || APPLICATION_PERMISSION.test(text)) continue;
    throw new UsageError(
      withMeant((words) => words('says', 'permissions_are', { typed: text }), text, KNOWN),
    );
  }
  return [...texts];
}

const permissionsText = (permissions: readonly string[]): string =>
  permissions.length === 0 ? '-' : permissions.join(' ');

const roleText = ({ role, permissions }: RoleRecord): string => `${role}: ${permissionsText(permissions)}`;

/** Returns a role as it is now, to be changed. */
async function current(context: CommandContext): Promise<RoleRecord> {
  const role = roleOf(context.arg(0));
  const { roles } = await context.call('list_roles', {});
  const found = roles.find((one) => one.role === role);
  if (found !== undefined) return found;
  throw new OwnRefusal('not_found', (words) => words('says', 'no_role', { role }));
}

export const ROLE_COMMANDS: readonly CommandSpec[] = [
  oneCall({
    name: 'roles list',
    action: 'list_roles',
    params: () => ({}),
    show: ({ roles }, { columns, words }) =>
      table(
        titles(words, ['role', 'changed', 'permissions', 'description']),
        roles.map(({ role, description, permissions, updated_at }) => [
          role,
          when(updated_at),
          permissionsText(permissions),
          description ?? '-',
        ]),
        columns,
      ),
  }),
  oneCall({
    name: 'roles permissions',
    action: 'list_permissions',
    params: () => ({}),
    show: ({ permissions }, { columns, words }) =>
      table(
        titles(words, ['permission', 'roles', 'meaning']),
        permissions.map(({ permission, meaning, roles }) => [
          permission,
          roles.join(' ') || '-',
          meaning ?? '-',
        ]),
        columns,
      ),
  }),
  oneCall({
    name: 'roles create',
    args: [ROLE, { ...PERMISSIONS, optional: true }],
    flags: { description: { value: 'TEXT', text: 'roles create description' } },
    action: 'create_role',
    params: (context) => {
      const description = context.text('description');
      return {
        role: roleOf(context.arg(0)),
        permissions: permissionsOf(context.args.slice(1)),
        ...(description === null ? {} : { description }),
      };
    },
    show: ({ role }) => roleText(role),
  }),
  ...(['give', 'take'] as const).map((verb) =>
    ownRun({
      name: `roles ${verb}`,
      args: [ROLE, PERMISSIONS],
      actions: ['list_roles', 'update_role'],
      run: async (context) => {
        const asked = permissionsOf(context.args.slice(1));
        const { role, permissions: before, version } = await current(context);
        const permissions =
          verb === 'give'
            ? [...new Set([...before, ...asked])]
            : before.filter((permission) => !asked.includes(permission));
        // What is there was read a moment ago: whoever was faster is not overruled.
        const json = await context.call('update_role', { role, permissions, version });
        return { json, text: roleText(cleanResult(json).role) };
      },
    }),
  ),
  oneCall({
    name: 'roles describe',
    args: [ROLE, { name: 'TEXT', optional: true }],
    action: 'update_role',
    params: (context) => ({ role: roleOf(context.arg(0)), description: context.args[1] ?? null }),
    show: ({ role }) => `${role.role}: ${role.description ?? '-'}`,
  }),
  oneCall({
    name: 'roles delete',
    args: [ROLE],
    action: 'delete_role',
    params: (context) => ({ role: roleOf(context.arg(0)) }),
    show: ({ role }, { words }) => words('says', 'role_deleted', { role }),
  }),
];
