import { isFailure } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';

export const assign_role: Handler<'assign_role'> = async ({ write, who }, { account_id, role }) => {
  const user = await write('assign_role', { who, account_id, role });
  return isFailure(user) ? user : { user };
};
