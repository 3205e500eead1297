import { isFailure } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';

export const resume_user: Handler<'resume_user'> = async ({ write, who }, { account_id }) => {
  const user = await write('resume_account', { who, account_id });
  return isFailure(user) ? user : { user };
};
