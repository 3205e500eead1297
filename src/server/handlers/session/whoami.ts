import { fail, serverPermissions } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';

export const whoami: Handler<'whoami'> = async ({ store, principal }) => {
  const account = await store.read.accounts.byId(principal.account_id);
  if (account === null) return fail('session_invalid');
  return { account, session: principal.session, permissions: [...serverPermissions(principal.permissions)] };
};
