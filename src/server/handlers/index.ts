/** One handler for each action of the table: a missing one doesn't compile. */
import type { ActionName } from '../../protocol/index.js';
import { assign_role } from './assign_role.js';
import { authenticate } from './authenticate.js';
import { change_password } from './change_password.js';
import { confirm_password } from './confirm_password.js';
import { create_user } from './create_user.js';
import { create_client_key } from './create_client_key.js';
import { delete_user } from './delete_user.js';
import { get_profile } from './get_profile.js';
import { get_user } from './get_user.js';
import type { Handler } from './handler.js';
import { clear_throttle } from './clear_throttle.js';
import { logout_all } from './logout_all.js';
import { logout } from './logout.js';
import { verify_token } from './verify_token.js';
import { refresh } from './refresh.js';
import { list_client_keys } from './list_client_keys.js';
import { list_sessions } from './list_sessions.js';
import { list_users } from './list_users.js';
import { login_history } from './login_history.js';
import { probe } from './probe.js';
import { quit } from './quit.js';
import { redeem_code } from './redeem_code.js';
import { register } from './register.js';
import { resume } from './resume.js';
import { resume_user } from './resume_user.js';
import { revoke_client_key } from './revoke_client_key.js';
import { rotate_client_key } from './rotate_client_key.js';
import { revoke_session } from './revoke_session.js';
import { server_stats } from './server_stats.js';
import { server_info } from './server_info.js';
import { suspend_user } from './suspend_user.js';
import { unassign_role } from './unassign_role.js';
import { update_profile } from './update_profile.js';
import { update_user } from './update_user.js';
import { whoami } from './whoami.js';

export const HANDLERS: { readonly [A in ActionName]: Handler<A> } = {
  probe,
  server_info,
  quit,
  register,
  authenticate,
  resume,
  redeem_code,
  whoami,
  get_profile,
  update_profile,
  confirm_password,
  change_password,
  list_sessions,
  revoke_session,
  login_history,
  list_users,
  get_user,
  create_user,
  update_user,
  suspend_user,
  resume_user,
  delete_user,
  assign_role,
  refresh,
  verify_token,
  logout,
  logout_all,
  clear_throttle,
  unassign_role,
  server_stats,
  create_client_key,
  list_client_keys,
  rotate_client_key,
  revoke_client_key,
};

export { Lasting } from './lasting.js';
export type {
  AfterReply,
  Answer,
  Context,
  Guess,
  GuessGuard,
  Handler,
  Peer,
  Principal,
  ServerSettings,
  Services,
} from './handler.js';
