import type { Handler } from '../handler.js';

export const logout: Handler<'logout'> = async (context) => {
  const { store, principal, peer, live, who } = context;
  const { session_id } = principal.session;
  // That it had ended already is what was asked for.
  await store.run('revoke_session', {
    who,
    account_id: principal.account_id,
    session_id,
    reason: 'signed_out',
  });
  live.endSessions([session_id], 'signed_out', peer);
  context.afterReply({ then: 'sign_out' });
  return {};
};
