import type { Handler } from '../handler.js';

export const logout_all: Handler<'logout_all'> = async (
  { write, principal, who },
  { keep_current = false },
) => {
  const { account_id, session } = principal;
  const keep_session_id = keep_current ? session.session_id : null;
  return { ended_sessions: await write('end_all_sessions', { who, account_id, keep_session_id }) };
};
