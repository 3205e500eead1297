/** Actions by which administrators give and take roles. */
import * as z from 'zod';
import { defineAction } from '../define_action.js';
import { exampleUser, exampleUserAt } from '../examples.js';
import { account, accountId, role } from '../fields.js';

const oneUser = z.object({ user: account });

export const ROLE_ACTIONS = {
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
    errors: ['not_found', 'wrong_status'],
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
};
