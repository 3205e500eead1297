/** Handlers of the actions in `protocol/actions/role.ts`: a missing one doesn't compile. */
import type { HandlersOf } from '../handler.js';
import { assign_role } from './assign_role.js';
import { unassign_role } from './unassign_role.js';

export const ROLE_HANDLERS: HandlersOf<'role'> = {
  assign_role,
  unassign_role,
};
