/** Actions about roles: giving and taking them, and making roles of one's own. */
import * as z from 'zod';
import { defineAction } from '../define_action.js';
import { EXAMPLE_AT, exampleUser, exampleUserAt } from '../examples.js';
import {
  account,
  accountId,
  permission,
  personText,
  role,
  roleHeld,
  roleRecord,
  TOKEN_LENGTH_MAX,
} from '../fields.js';
import { LIMITS } from '../limits.js';
import {
  BUILT_IN_ROLE_NAMES,
  BUILT_IN_ROLES,
  COMMON_PERMISSIONS,
  PERMISSIONS,
  type BuiltInRole,
} from '../permissions.js';
import { secret } from '../secret.js';

const oneUser = z.object({ user: account });
const oneRole = z.object({ role: roleRecord });

const description = personText(LIMITS.role_description_length_max, 'what the role is for');
const permissions = z
  .array(permission)
  .max(LIMITS.role_permissions_max)
  .describe('all that it permits; only what the caller holds');

/** How lists show the roles that nobody can change. */
export const BUILT_IN_ROLE_RECORDS = BUILT_IN_ROLE_NAMES.map((name) => ({
  role: name,
  description: null,
  built_in: true,
  permissions: [...BUILT_IN_ROLES[name]].sort(),
  created_at: null,
  updated_at: null,
  version: 1,
}));

/** Returns which built-in roles permit something, in their order. */
const builtInWith = (asked: string): BuiltInRole[] =>
  BUILT_IN_ROLE_NAMES.filter((name) => BUILT_IN_ROLES[name].some((one) => one === asked));

export const PERMISSION_KINDS = ['server', 'common', 'application'] as const;

/** The permissions that there always are, with what they mean and the built-in roles that have them. */
export const KNOWN_PERMISSIONS = [
  ...Object.entries(PERMISSIONS).map(([name, meaning]) => ({ name, kind: 'server' as const, meaning })),
  ...Object.entries(COMMON_PERMISSIONS).map(([name, meaning]) => ({
    name,
    kind: 'common' as const,
    meaning,
  })),
].map(({ name, kind, meaning }) => ({
  permission: name,
  kind,
  meaning: meaning,
  roles: builtInWith(name),
}));

const exampleRole = {
  role: 'editor',
  description: 'writes and tidies the wiki',
  built_in: false,
  permissions: ['users.read', 'wiki:write'],
  created_at: EXAMPLE_AT,
  updated_at: EXAMPLE_AT,
  version: 1,
};

export const ROLE_ACTIONS = {
  list_roles: defineAction({
    summary: 'All roles with what they permit: the three that are built in, then those of one’s own by name.',
    notes:
      'Every account holds `user`. What an account may do is what all its roles permit together. The permissions of the server ' +
      'itself are a closed list; those of other services are any names with a colon, which the server keeps and tells and never asks for.',
    params: z.strictObject({}),
    result: z.object({ roles: z.array(roleRecord).describe('the roles') }),
    access: { permission: 'users.read' },
    identity: null,
    renews: ['session'],
    bucket: 'list',
    audit: null,
    logs: [],
    errors: [],
    response: 200,
    alert: 'roles',
    example: { params: {}, result: { roles: [...BUILT_IN_ROLE_RECORDS, exampleRole] } },
  }),

  list_permissions: defineAction({
    summary:
      'All permissions that there are: the server’s own, those that all services understand, and those in roles.',
    params: z.strictObject({}),
    result: z.object({
      permissions: z
        .array(
          z.object({
            permission: z.string().describe('its name'),
            kind: z
              .enum(PERMISSION_KINDS)
              .describe('asked for by the server itself, understood by all services, or of one service'),
            meaning: z.string().nullable().describe('what it permits; null for one of a service'),
            roles: z.array(z.string()).describe('the roles that permit it by its name'),
          }),
        )
        .describe('the server’s own, the common ones, then those of services by name'),
    }),
    access: { permission: 'users.read' },
    identity: null,
    renews: ['session'],
    bucket: 'list',
    audit: null,
    logs: [],
    errors: [],
    response: 200,
    alert: 'permissions',
    example: {
      params: {},
      result: {
        permissions: [
          ...KNOWN_PERMISSIONS.map((one) =>
            one.permission === 'users.read' ? { ...one, roles: [...one.roles, 'editor'] } : one,
          ),
          { permission: 'wiki:write', kind: 'application', meaning: null, roles: ['editor'] },
        ],
      },
    },
  }),

  create_role: defineAction({
    summary: 'Makes a role. Nobody puts a permission into it that they do not hold.',
    params: z.strictObject({ role, description: description.optional(), permissions }),
    result: oneRole,
    access: { permission: 'roles.manage' },
    identity: null,
    renews: ['session'],
    bucket: 'write',
    audit: 'role_created',
    logs: ['role', 'permissions'],
    errors: ['role_taken', 'limit_reached'],
    response: 201,
    alert: 'role created',
    example: {
      params: {
        role: 'editor',
        description: 'writes and tidies the wiki',
        permissions: ['users.read', 'wiki:write'],
      },
      result: { role: exampleRole },
    },
  }),

  update_role: defineAction({
    summary:
      'Changes what a role permits and what is said of it: what is left out stays, a description that is null goes.',
    notes:
      'It counts from the next call of everybody who holds it; they get `account_changed`. Nobody changes a role that has a permission ' +
      'which they do not hold, before or after it. Built-in roles stay as they are.',
    params: z.strictObject({
      role,
      description: description.nullable().optional(),
      permissions: permissions.optional(),
      version: z
        .int()
        .optional()
        .describe('the version that was edited; left out, the change wins over any other'),
    }),
    result: oneRole,
    access: { permission: 'roles.manage' },
    identity: null,
    renews: ['session'],
    bucket: 'write',
    audit: 'role_updated',
    logs: ['role', 'permissions', 'version'],
    errors: ['not_found', 'role_built_in', 'stale_version'],
    response: 200,
    alert: 'role updated',
    example: {
      params: { role: 'editor', permissions: ['wiki:write'], version: 1 },
      result: { role: { ...exampleRole, permissions: ['wiki:write'], version: 2 } },
    },
  }),

  delete_role: defineAction({
    summary: 'Deletes a role that nobody holds.',
    params: z.strictObject({ role }),
    result: z.object({ role: roleHeld }),
    access: { permission: 'roles.manage' },
    identity: null,
    renews: ['session'],
    bucket: 'write',
    audit: 'role_deleted',
    logs: ['role'],
    errors: ['not_found', 'role_built_in', 'role_in_use'],
    response: 200,
    alert: 'role deleted',
    example: { params: { role: 'editor' }, result: { role: 'editor' } },
  }),

  assign_role: defineAction({
    summary: 'Gives a role. Only someone who holds every permission of the role can give it.',
    params: z.strictObject({ account_id: accountId, role }),
    result: oneUser,
    access: { permission: 'roles.assign' },
    identity: null,
    renews: ['session'],
    bucket: 'write',
    audit: 'role_assigned',
    logs: ['account_id', 'role'],
    errors: ['not_found', 'wrong_status', 'limit_reached'],
    response: 200,
    alert: 'role assigned',
    example: {
      params: { account_id: exampleUser.account_id, role: 'moderator' },
      result: { user: { ...exampleUserAt(2), roles: ['moderator', 'user'] } },
    },
  }),

  unassign_role: defineAction({
    summary: 'Takes a role away. The role `user` and the last administrator’s `admin` stay.',
    params: z.strictObject({ account_id: accountId, role }),
    result: oneUser,
    access: { permission: 'roles.assign' },
    identity: null,
    renews: ['session'],
    bucket: 'write',
    audit: 'role_unassigned',
    logs: ['account_id', 'role'],
    errors: ['not_found', 'wrong_status', 'last_administrator'],
    response: 200,
    alert: 'role taken',
    example: {
      params: { account_id: exampleUser.account_id, role: 'moderator' },
      result: { user: exampleUserAt(3) },
    },
  }),

  check_permission: defineAction({
    summary: 'Says which accounts hold which permissions, and by which role: for other services.',
    notes:
      'Each question names a permission and whom it is about: an account, or whoever a token stands for. The answers come in the order of the ' +
      'questions and are current: a role that was changed a moment ago is asked as it is now, and a session that has ended or an account ' +
      'that is not active holds nothing. `by` is a role that permits it, a built-in one if there is one. Session tokens that are not there ' +
      'are counted as in `verify_token`.',
    params: z.strictObject({
      questions: z
        .array(
          z.strictObject({
            permission,
            account_id: accountId.optional().describe('whom it is about; or `token`'),
            token: secret(z.string().min(1).max(TOKEN_LENGTH_MAX))
              .optional()
              .describe('an access token or a session token; or `account_id`'),
          }),
        )
        .min(1)
        .max(LIMITS.questions_max)
        .describe('what is asked; each names an account or a token, and not both'),
    }),
    result: z.object({
      answers: z
        .array(
          z.object({
            active: z
              .boolean()
              .describe('whether the account is active, and its session if a token was shown'),
            held: z.boolean().describe('whether it holds the permission'),
            by: roleHeld.nullable().describe('a role that permits it; null when it does not hold it'),
          }),
        )
        .describe('one for each question, in their order'),
    }),
    access: { client: 'permissions.check' },
    identity: null,
    renews: ['connection'],
    bucket: 'token',
    audit: null,
    logs: [],
    errors: [],
    response: 200,
    alert: 'permissions',
    example: {
      params: {
        questions: [
          { account_id: exampleUser.account_id, permission: 'write' },
          { account_id: exampleUser.account_id, permission: 'wiki:write' },
        ],
      },
      result: {
        answers: [
          { active: true, held: true, by: 'user' },
          { active: true, held: false, by: null },
        ],
      },
    },
  }),
};
