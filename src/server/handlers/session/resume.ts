import { fail } from '../../../protocol/index.js';
import { tokenKey } from '../../crypto/index.js';
import type { Handler } from '../handler.js';

export const resume: Handler<'resume'> = async ({ store, peer, at }, { session_token }) => {
  const live = await store.sessions.byTokenKey(tokenKey(session_token), at);
  const account = live === null ? null : await store.read.accounts.byId(live.account_id);
  if (live === null || account === null) return fail('session_invalid');
  const { account_id, session, permissions } = live;
  const full = peer.roomFor({
    account_id,
    session_id: session.session_id,
    privileged: permissions.has('users.suspend'),
  });
  if (full !== null) return full;
  peer.adopt({ account_id: live.account_id, session_id: live.session.session_id });
  return { account, session: live.session };
};
