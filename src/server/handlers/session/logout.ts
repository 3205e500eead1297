import type { Handler } from '../handler.js';

export const logout: Handler<'logout'> = async (context) => {
  const { write, principal, who } = context;
  const { session_id } = principal.session;
  // That it had ended already is what was asked for.
  await write('revoke_session', {
    who,
    account_id: principal.account_id,
    session_id,
    reason: 'signed_out',
  });
  // Not the end of this connection, unlike of all others of the session.
  context.afterReply({ then: 'sign_out' });
  return {};
};
