import { isFailure } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';

export const update_client_key: Handler<'update_client_key'> = async (
  { write, who },
  { key_id, permissions },
) => {
  const client_key = await write('update_client_key', { who, key_id, permissions });
  return isFailure(client_key) ? client_key : { client_key };
};
