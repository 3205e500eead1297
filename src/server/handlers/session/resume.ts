import { fail, isFailure } from '../../../protocol/index.js';
import { tokenKey } from '../../crypto/index.js';
import type { Handler } from '../handler.js';

export const resume: Handler<'resume'> = async ({ store, throttle, peer, at }, { session_token }) => {
  const live = await store.sessions.byTokenKey(tokenKey(session_token), at);
  const account = live === null ? null : await store.read.accounts.byId(live.account_id);
  if (live === null || account === null) return fail('session_invalid');
  const { account_id, session, permissions } = live;
  const { session_id } = session;
  const full = peer.roomFor({ account_id, session_id, privileged: permissions.has('users.suspend') });
  if (full !== null) return full;
  const draw = await throttle.draw('resume', session_id);
  if (isFailure(draw)) return draw;
  draw.end();
  peer.adopt({ account_id, session_id });
  return { account, session: live.session };
};
