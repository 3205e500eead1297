import { LOCAL_CLIENT_KEY } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';

export const list_client_keys: Handler<'list_client_keys'> = async ({ store, at }) => ({
  client_keys: [LOCAL_CLIENT_KEY, ...(await store.read.client_keys.all(at))],
});
