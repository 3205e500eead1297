/** Handlers of the actions in `protocol/actions/account.ts`: a missing one doesn't compile. */
import type { HandlersOf } from '../handler.js';
import { change_password } from './change_password.js';
import { confirm_password } from './confirm_password.js';
import { get_profile } from './get_profile.js';
import { redeem_code } from './redeem_code.js';
import { register } from './register.js';
import { update_profile } from './update_profile.js';

export const ACCOUNT_HANDLERS: HandlersOf<'account'> = {
  register,
  redeem_code,
  get_profile,
  update_profile,
  confirm_password,
  change_password,
};
