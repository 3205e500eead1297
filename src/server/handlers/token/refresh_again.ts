import { fail } from '../../../protocol/index.js';
import { tokenHash } from '../../crypto/index.js';
import { refreshUse } from '../../store/index.js';
import type { Handler } from '../handler.js';
import { exchange, isRepeatedRefusal, successor, withinBudget } from '../exchange.js';

export const refresh_again: Handler<'refresh_again'> = async (context, { refresh_token }) => {
  const { store, peer, at, principal } = context;
  const { session_id } = principal.session;
  // Whoever asks is signed in, so a token that isn't there is none of this session: the session itself lives on.
  const decide = () =>
    exchange(context, refresh_token, { by_session: session_id, unknown: fail('not_found') });
  const found = await store.read.sessions.refreshToken(tokenHash(refresh_token), at);
  const own = found?.session_id === session_id ? found : null;
  // Only the operation says so for good, and that the session may still ask.
  if (own === null) return decide();
  const use = refreshUse(own, peer.key_id, at, true);
  if (use.kind === 'repeat') return successor(context, refresh_token, session_id, use.salt);
  if (use.kind === 'foreign' && isRepeatedRefusal(context, own)) return fail('client_key_wrong');
  return use.kind === 'first' ? withinBudget(context, session_id, decide) : decide();
};
