import { fail } from '../../../protocol/index.js';
import { tokenHash } from '../../crypto/index.js';
import { refreshUse } from '../../store/index.js';
import type { Handler } from '../handler.js';
import { exchange, isRepeatedRefusal, successor, withinBudget } from '../exchange.js';

export const refresh: Handler<'refresh'> = async (context, { refresh_token }) => {
  const { store, peer, at } = context;
  // Looked at before anything is written: what was answered already, and what was refused already, is known from here.
  const found = await store.read.sessions.refreshToken(tokenHash(refresh_token), at);
  const decide = () => exchange(context, refresh_token, null, fail('session_invalid'));
  // Only the operation says for good that there is none, and a database that can't be written says so to everybody.
  if (found === null) return decide();
  const use = refreshUse(found, peer.key_id, at);
  switch (use.kind) {
    case 'repeat':
      return successor(context, refresh_token, found.session_id, use.salt);
    case 'foreign':
      return isRepeatedRefusal(context, found) ? fail('client_key_wrong') : decide();
    case 'reuse':
      return decide();
    case 'first':
      return withinBudget(context, found.session_id, decide);
  }
};
