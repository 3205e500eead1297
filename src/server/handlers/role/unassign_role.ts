import { isFailure } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';

export const unassign_role: Handler<'unassign_role'> = async ({ write, who }, { account_id, role }) => {
  const user = await write('unassign_role', { who, account_id, role });
  return isFailure(user) ? user : { user };
};
