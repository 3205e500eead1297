import { isFailure } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';
import { announceAccount } from '../replies.js';

export const assign_role: Handler<'assign_role'> = async (context, { account_id, role }) => {
  const { store, who } = context;
  const user = announceAccount(context, await store.run('assign_role', { who, account_id, role }));
  return isFailure(user) ? user : { user };
};
