import { isFailure } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';

export const suspend_user: Handler<'suspend_user'> = async ({ write, who }, { account_id, reason }) => {
  const done = await write('suspend_account', { who, account_id, reason: reason ?? null });
  return isFailure(done) ? done : { user: done.account, ended_sessions: done.ended_sessions };
};
