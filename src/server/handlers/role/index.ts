/** Handlers of the actions in `protocol/actions/role.ts`: a missing one doesn't compile. */
import type { HandlersOf } from '../handler.js';
import { assign_role } from './assign_role.js';
import { check_permission } from './check_permission.js';
import { create_role } from './create_role.js';
import { delete_role } from './delete_role.js';
import { list_permissions } from './list_permissions.js';
import { list_roles } from './list_roles.js';
import { unassign_role } from './unassign_role.js';
import { update_role } from './update_role.js';

export const ROLE_HANDLERS: HandlersOf<'role'> = {
  list_roles,
  list_permissions,
  create_role,
  update_role,
  delete_role,
  assign_role,
  unassign_role,
  check_permission,
};
