import { isFailure } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';
import { announceAccount } from '../replies.js';

export const unassign_role: Handler<'unassign_role'> = async (context, { account_id, role }) => {
  const { store, who } = context;
  const user = announceAccount(context, await store.run('unassign_role', { who, account_id, role }));
  return isFailure(user) ? user : { user };
};
