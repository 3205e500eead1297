/** One handler for each action of the table: a missing one doesn't compile. */
import type { ActionName } from '../../protocol/index.js';
import { assign_role } from './assign_role.js';
import { authenticate } from './authenticate.js';
import { change_password } from './change_password.js';
import { create_user } from './create_user.js';
import { delete_user } from './delete_user.js';
import { get_profile } from './get_profile.js';
import { get_user } from './get_user.js';
import type { Handler } from './handler.js';
import { list_sessions } from './list_sessions.js';
import { list_users } from './list_users.js';
import { login_history } from './login_history.js';
import { probe } from './probe.js';
import { quit } from './quit.js';
import { redeem_code } from './redeem_code.js';
import { register } from './register.js';
import { resume } from './resume.js';
import { resume_user } from './resume_user.js';
import { revoke_session } from './revoke_session.js';
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
  unassign_role,
};

export type {
  Answer,
  Context,
  Handler,
  LiveConnections,
  Peer,
  Principal,
  ServerSettings,
  Services,
} from './handler.js';
