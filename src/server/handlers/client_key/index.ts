/** Handlers of the actions in `protocol/actions/client_key.ts`: a missing one doesn't compile. */
import type { HandlersOf } from '../handler.js';
import { create_client_key } from './create_client_key.js';
import { list_client_keys } from './list_client_keys.js';
import { revoke_client_key } from './revoke_client_key.js';
import { rotate_client_key } from './rotate_client_key.js';
import { update_client_key } from './update_client_key.js';

export const CLIENT_KEY_HANDLERS: HandlersOf<'client_key'> = {
  create_client_key,
  list_client_keys,
  update_client_key,
  rotate_client_key,
  revoke_client_key,
};
