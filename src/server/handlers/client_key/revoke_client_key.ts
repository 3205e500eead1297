import { isFailure } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';

export const revoke_client_key: Handler<'revoke_client_key'> = async (
  { store, live, peer, who, afterReply },
  { key_id },
) => {
  const client_key = await store.run('revoke_client_key', { who, key_id });
  if (isFailure(client_key)) return client_key;
  live.endClientKey(key_id, 'revoked', peer);
  if (peer.key_id === key_id) afterReply({ then: 'end_client_key', key_id, reason: 'revoked' });
  return { client_key };
};
