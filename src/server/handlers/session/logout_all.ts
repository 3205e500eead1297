import type { Handler } from '../handler.js';
import { endSessions } from '../replies.js';

export const logout_all: Handler<'logout_all'> = async (context, { keep_current = false }) => {
  const { store, principal, who } = context;
  const keep_session_id = keep_current ? principal.session.session_id : null;
  const ended = await store.run('end_all_sessions', {
    who,
    account_id: principal.account_id,
    keep_session_id,
  });
  endSessions(context, ended, 'signed_out');
  return { ended_sessions: ended.length };
};
