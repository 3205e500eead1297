import { isFailure } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';

export const delete_user: Handler<'delete_user'> = async ({ write, who }, { account_id }) => {
  const done = await write('delete_account', { who, account_id });
  return isFailure(done) ? done : { account_id, ended_sessions: done.ended_sessions };
};
