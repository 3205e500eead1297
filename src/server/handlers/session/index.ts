/** Handlers of the actions in `protocol/actions/session.ts`: a missing one doesn't compile. */
import type { HandlersOf } from '../handler.js';
import { authenticate } from './authenticate.js';
import { list_sessions } from './list_sessions.js';
import { login_history } from './login_history.js';
import { logout } from './logout.js';
import { logout_all } from './logout_all.js';
import { resume } from './resume.js';
import { revoke_session } from './revoke_session.js';
import { whoami } from './whoami.js';

export const SESSION_HANDLERS: HandlersOf<'session'> = {
  authenticate,
  resume,
  whoami,
  list_sessions,
  revoke_session,
  logout,
  logout_all,
  login_history,
};
