import { CLIENT_KEY_BYTES, fail, isFailure } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';
import { withKey } from '../replies.js';

export const create_client_key: Handler<'create_client_key'> = async (
  { write, random, at, who },
  { name, expires_at = null, permissions = [] },
) => {
  if (expires_at !== null && expires_at <= at) {
    const message = 'The end of the key lies in the past.';
    return fail('invalid_params', { details: [{ path: 'expires_at', reason: 'in_the_past', message }] });
  }
  const key = random.bytes(CLIENT_KEY_BYTES);
  const key_id = random.id('k');
  const made = await write('create_client_key', { who, key_id, name, key, expires_at, permissions });
  return isFailure(made) ? made : withKey(made, key);
};
