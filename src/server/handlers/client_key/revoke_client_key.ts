import { isFailure } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';

export const revoke_client_key: Handler<'revoke_client_key'> = async ({ write, who }, { key_id }) => {
  const client_key = await write('revoke_client_key', { who, key_id });
  return isFailure(client_key) ? client_key : { client_key };
};
