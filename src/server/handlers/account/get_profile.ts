import { fail } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';

export const get_profile: Handler<'get_profile'> = async ({ store, principal }) => {
  const account = await store.read.accounts.byId(principal.account_id);
  return account === null ? fail('session_invalid') : { account };
};
