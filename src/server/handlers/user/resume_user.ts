import { isFailure } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';

export const resume_user: Handler<'resume_user'> = async ({ store, who }, { account_id }) => {
  const user = await store.run('resume_account', { who, account_id });
  return isFailure(user) ? user : { user };
};
