import { fail } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';

export const get_user: Handler<'get_user'> = async ({ store, at }, { account_id }) => {
  const user = await store.read.accounts.byId(account_id);
  if (user === null) return fail('not_found');
  return { user, live_sessions: await store.read.sessions.countOf(account_id, at) };
};
