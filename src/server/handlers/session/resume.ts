import { fail, isFailure } from '../../../protocol/index.js';
import { tokenKey } from '../../crypto/index.js';
import type { Handler } from '../handler.js';
import { goesOn } from '../replies.js';

export const resume: Handler<'resume'> = async (context, { session_token, device }) => {
  const { store, throttle, peer, at } = context;
  const live = await store.sessions.byTokenKey(tokenKey(session_token), at);
  const account = live === null ? null : await store.read.accounts.byId(live.account_id);
  if (live === null || account === null) return fail('session_invalid');
  const { account_id, holding } = live;
  const { session_id } = live.session;
  const privileged = holding.held.has('users.suspend');
  const full = peer.roomFor({ account_id, session_id, privileged });
  if (full !== null) return full;
  const draw = await throttle.draw('resume', session_id);
  if (isFailure(draw)) return draw;
  draw.end();
  await goesOn(context, live, { by: 'resume', device }, () => Promise.resolve(true));
  // As it is shown from now on.
  const now = await store.sessions.byId(session_id, at);
  if (now === null) return fail('session_invalid');
  peer.adopt({ account_id, session_id });
  return { account, session: now.session };
};
