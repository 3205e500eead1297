import { fail } from '../../../protocol/index.js';
import { tokenHash } from '../../crypto/index.js';
import { refreshUse } from '../../store/index.js';
import type { Handler } from '../handler.js';
import { exchange, successor, withinBudget } from '../exchange.js';

export const refresh_again: Handler<'refresh_again'> = async (context, { refresh_token }) => {
  const { store, peer, at, principal } = context;
  const { session_id } = principal.session;
  const found = await store.read.sessions.refreshToken(tokenHash(refresh_token), at);
  // Whoever asks is signed in, so it is the token that is none of this session: their session lives on.
  const own = found?.session_id === session_id ? found : null;
  if (own === null) return fail('not_found');
  const use = refreshUse(own, peer.key_id, at, true);
  if (use.kind === 'repeat') return successor(context, refresh_token, session_id, use.salt);
  const decide = () => exchange(context, refresh_token, { by_session: session_id });
  return use.kind === 'first' ? withinBudget(context, session_id, decide) : decide();
};
