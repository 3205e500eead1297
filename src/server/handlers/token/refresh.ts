import { fail, isFailure, type Device } from '../../../protocol/index.js';
import { tokenHash } from '../../crypto/index.js';
import { refreshUse, type RefreshTokenRow } from '../../store/index.js';
import type { Context, Handler } from '../handler.js';
import { exchange, isRepeatedRefusal, successor, withinBudget } from '../exchange.js';
import { goesOn } from '../replies.js';

export const refresh: Handler<'refresh'> = async (context, { refresh_token, device }) => {
  const { store, peer, at } = context;
  // Looked at before anything is written: what was answered already, and what was refused already, is known from here.
  const found = await store.read.sessions.refreshToken(tokenHash(refresh_token), at);
  const decide = () =>
    exchange(context, refresh_token, { by_session: null, unknown: fail('session_invalid'), device });
  // Only the operation says for good that there is none, and a database that can't be written says so to everybody.
  if (found === null) return decide();
  const use = refreshUse(found, peer.key_id, at);
  switch (use.kind) {
    case 'repeat':
      await goesOnElsewhere(context, found, device);
      return successor(context, refresh_token, found.session_id, use.salt);
    case 'foreign':
      return isRepeatedRefusal(context, found) ? fail('client_key_wrong') : decide();
    case 'reuse':
      return decide();
    case 'first':
      return withinBudget(context, found.session_id, decide);
  }
};

/**
 * A repeat writes nothing, unless it comes from another address: two parties that ask in the same moment look like one that asks
 * twice. That costs what an exchange costs, and a session without a budget for it goes on untold.
 */
async function goesOnElsewhere(
  context: Context<'refresh'>,
  { session_id }: RefreshTokenRow,
  device: Device | undefined,
): Promise<void> {
  const { store, throttle, at } = context;
  const live = await store.sessions.byId(session_id, at);
  if (live === null) return;
  await goesOn(context, live, { by: 'refresh', device }, async () => {
    const draw = await throttle.draw('refresh', session_id);
    if (isFailure(draw)) return false;
    draw.end();
    return true;
  });
}
