import { isFailure } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';
import { endSessions } from '../replies.js';

export const suspend_user: Handler<'suspend_user'> = async (context, { account_id, reason }) => {
  const { store, who } = context;
  const done = await store.run('suspend_account', { who, account_id, reason: reason ?? null });
  if (isFailure(done)) return done;
  endSessions(context, done.ended_session_ids, 'account_suspended');
  return { user: done.account, ended_sessions: done.ended_session_ids.length };
};
