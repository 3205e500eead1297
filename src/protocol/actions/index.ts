/** The action table: every action of the protocol under its wire name. All else derives from it. */
import type * as z from 'zod';
import type { ActionSpec, ErrorOfSpec } from '../define_action.js';
import * as account from './account.js';
import * as client_key from './client_key.js';
import * as connection from './connection.js';
import * as server from './server.js';
import * as session from './session.js';
import * as user from './user.js';

export const ACTIONS = {
  probe: connection.probe,
  server_info: connection.server_info,
  quit: connection.quit,
  register: account.register,
  authenticate: account.authenticate,
  resume: account.resume,
  refresh: account.refresh,
  verify_token: account.verify_token,
  redeem_code: account.redeem_code,
  whoami: account.whoami,
  get_profile: account.get_profile,
  update_profile: account.update_profile,
  confirm_password: account.confirm_password,
  change_password: account.change_password,
  list_sessions: session.list_sessions,
  revoke_session: session.revoke_session,
  logout: session.logout,
  logout_all: session.logout_all,
  login_history: session.login_history,
  list_users: user.list_users,
  get_user: user.get_user,
  create_user: user.create_user,
  update_user: user.update_user,
  suspend_user: user.suspend_user,
  resume_user: user.resume_user,
  delete_user: user.delete_user,
  clear_throttle: user.clear_throttle,
  assign_role: user.assign_role,
  unassign_role: user.unassign_role,
  server_stats: server.server_stats,
  create_client_key: client_key.create_client_key,
  list_client_keys: client_key.list_client_keys,
  rotate_client_key: client_key.rotate_client_key,
  revoke_client_key: client_key.revoke_client_key,
} as const satisfies Record<string, ActionSpec>;

export type ActionName = keyof typeof ACTIONS;
/** What a caller sends. */
export type ParamsOf<A extends ActionName> = z.input<(typeof ACTIONS)[A]['params']>;
/** What a handler gets: params after validation. */
export type ParsedParamsOf<A extends ActionName> = z.output<(typeof ACTIONS)[A]['params']>;
export type ResultOf<A extends ActionName> = z.output<(typeof ACTIONS)[A]['result']>;
/** Every code that a call can be refused with. */
export type ErrorOf<A extends ActionName> = ErrorOfSpec<(typeof ACTIONS)[A]>;
/** The codes that the action's entry itself declares. */
export type DeclaredErrorOf<A extends ActionName> = (typeof ACTIONS)[A]['errors'][number];

export const ACTION_NAMES = Object.keys(ACTIONS) as readonly ActionName[];

/** True for a wire name of the table. */
export function isActionName(value: unknown): value is ActionName {
  return typeof value === 'string' && Object.hasOwn(ACTIONS, value);
}

export { LOCAL_CLIENT_KEY, LOCAL_KEY_ID, type ClientKeyRecord } from './client_key.js';
export type UserSort = (typeof user.USER_SORTS)[number];
export type SignInMethod = (typeof session.SIGN_IN_METHODS)[number];
export type SignInFailure = (typeof session.SIGN_IN_FAILURES)[number];
