import type { Handler } from '../handler.js';

export const revoke_session: Handler<'revoke_session'> = ({ write, principal, who }, { session_id }) =>
  write('revoke_session', { who, account_id: principal.account_id, session_id, reason: 'revoked' });
