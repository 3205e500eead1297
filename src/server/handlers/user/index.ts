/** Handlers of the actions in `protocol/actions/user.ts`: a missing one doesn't compile. */
import type { HandlersOf } from '../handler.js';
import { create_user } from './create_user.js';
import { delete_user } from './delete_user.js';
import { get_user } from './get_user.js';
import { list_users } from './list_users.js';
import { resume_user } from './resume_user.js';
import { suspend_user } from './suspend_user.js';
import { update_user } from './update_user.js';

export const USER_HANDLERS: HandlersOf<'user'> = {
  list_users,
  get_user,
  create_user,
  update_user,
  suspend_user,
  resume_user,
  delete_user,
};
