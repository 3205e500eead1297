/**
 * The named operations: all that ever writes to the database. Each is a function of a transaction and plain arguments,
 * runs on the writer thread in one transaction with its audit row, and either happens as a whole or not at all. An
 * operation that returns a failure is rolled back like one that throws.
 */
import * as accounts from './accounts.js';
import * as clientKeys from './client_keys.js';
import * as guesses from './guesses.js';
import * as refreshTokens from './refresh_tokens.js';
import * as sessions from './sessions.js';

export const OPERATIONS = {
  register_account: accounts.register_account,
  create_account: accounts.create_account,
  update_profile: accounts.update_profile,
  suspend_account: accounts.suspend_account,
  resume_account: accounts.resume_account,
  delete_account: accounts.delete_account,
  assign_role: accounts.assign_role,
  unassign_role: accounts.unassign_role,
  replace_setup_code: accounts.replace_setup_code,
  begin_session: sessions.begin_session,
  record_sign_in_refused: sessions.record_sign_in_refused,
  touch_session: sessions.touch_session,
  revoke_session: sessions.revoke_session,
  record_password_confirmed: sessions.record_password_confirmed,
  change_password: sessions.change_password,
  redeem_code: sessions.redeem_code,
  end_all_sessions: sessions.end_all_sessions,
  rotate_refresh_token: refreshTokens.rotate_refresh_token,
  clear_throttle: guesses.clear_throttle,
  create_client_key: clientKeys.create_client_key,
  rotate_client_key: clientKeys.rotate_client_key,
  revoke_client_key: clientKeys.revoke_client_key,
  touch_client_key: clientKeys.touch_client_key,
  prune: sessions.prune,
} as const;

export type OperationName = keyof typeof OPERATIONS;
export type OperationArgs<O extends OperationName> = Parameters<(typeof OPERATIONS)[O]>[1];
export type OperationResult<O extends OperationName> = Awaited<ReturnType<(typeof OPERATIONS)[O]>>;
