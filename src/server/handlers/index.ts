/** One handler for each action of the table, by the same nouns: a missing one doesn't compile, and one too many neither. */
import type { ActionName } from '../../protocol/index.js';
import { ACCOUNT_HANDLERS } from './account/index.js';
import { CLIENT_KEY_HANDLERS } from './client_key/index.js';
import { CONNECTION_HANDLERS } from './connection/index.js';
import { ROLE_HANDLERS } from './role/index.js';
import { SERVER_HANDLERS } from './server/index.js';
import { SESSION_HANDLERS } from './session/index.js';
import { THROTTLE_HANDLERS } from './throttle/index.js';
import { TOKEN_HANDLERS } from './token/index.js';
import { USER_HANDLERS } from './user/index.js';
import type { Handler } from './handler.js';

export const HANDLERS: { readonly [A in ActionName]: Handler<A> } = {
  ...CONNECTION_HANDLERS,
  ...SERVER_HANDLERS,
  ...ACCOUNT_HANDLERS,
  ...SESSION_HANDLERS,
  ...TOKEN_HANDLERS,
  ...USER_HANDLERS,
  ...ROLE_HANDLERS,
  ...THROTTLE_HANDLERS,
  ...CLIENT_KEY_HANDLERS,
};

export { Lasting } from './lasting.js';
export type {
  AfterReply,
  Answer,
  Context,
  Guess,
  GuessGuard,
  Refusal,
  RefusalCounts,
  Handler,
  Peer,
  Principal,
  ServerSettings,
  Services,
} from './handler.js';
