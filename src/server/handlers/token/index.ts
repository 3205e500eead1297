/** Handlers of the actions in `protocol/actions/token.ts`: a missing one doesn't compile. */
import type { HandlersOf } from '../handler.js';
import { get_signing_keys } from './get_signing_keys.js';
import { refresh } from './refresh.js';
import { refresh_again } from './refresh_again.js';
import { verify_token } from './verify_token.js';

export const TOKEN_HANDLERS: HandlersOf<'token'> = {
  get_signing_keys,
  refresh,
  refresh_again,
  verify_token,
};
