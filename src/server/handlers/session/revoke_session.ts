import { isFailure } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';
import { endSessions } from '../replies.js';

export const revoke_session: Handler<'revoke_session'> = async (context, { session_id }) => {
  const { store, principal, who } = context;
  const { account_id } = principal;
  const revoked = await store.run('revoke_session', { who, account_id, session_id, reason: 'revoked' });
  if (!isFailure(revoked)) endSessions(context, [session_id], 'revoked');
  return revoked;
};
