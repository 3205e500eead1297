import { isFailure } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';
import { endSessions } from '../replies.js';

export const delete_user: Handler<'delete_user'> = async (context, { account_id }) => {
  const { store, who } = context;
  const done = await store.run('delete_account', { who, account_id });
  if (isFailure(done)) return done;
  endSessions(context, done.ended_session_ids, 'account_deleted');
  return { account_id, ended_sessions: done.ended_session_ids.length };
};
