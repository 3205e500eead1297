import { fail, isFailure, type Device, type Failure } from '../../../protocol/index.js';
import { tokenHash } from '../../crypto/index.js';
import { refreshUse, signedInAs, type RefreshTokenRow } from '../../store/index.js';
import type { Answer, Context, Handler } from '../handler.js';
import { accessToken, goesOn } from '../replies.js';

const SALT_BYTES = 16;

type Asking = Context<'refresh'>;

export const refresh: Handler<'refresh'> = async (context, { refresh_token, device }) => {
  const { store, peer, at } = context;
  // Looked at before anything is written: what was answered already, and what was refused already, is known from here.
  const found = await store.read.sessions.refreshToken(tokenHash(refresh_token), at);
  // Only the operation says for good that there is none, and a database that can't be written says so to everybody.
  if (found === null) return rotate(context, refresh_token, device);
  const use = refreshUse(found, peer.key_id, at);
  switch (use.kind) {
    case 'repeat':
      await goesOnElsewhere(context, found, device);
      return successor(context, refresh_token, found.session_id, use.salt);
    case 'foreign':
      return isRepeatedRefusal(context, found)
        ? fail('client_key_wrong')
        : rotate(context, refresh_token, device);
    case 'reuse':
      return rotate(context, refresh_token, device);
    case 'first':
      return withinBudget(context, found, () => rotate(context, refresh_token, device));
  }
};

/** Each exchange is a durable write and an audit row, so a session has only so many. */
async function withinBudget(
  { throttle }: Asking,
  { session_id }: RefreshTokenRow,
  next: () => Promise<Answer<'refresh'>>,
): Promise<Answer<'refresh'> | Failure<'throttled'>> {
  const draw = await throttle.draw('refresh', session_id);
  if (isFailure(draw)) return draw;
  try {
    return await next();
  } finally {
    draw.end();
  }
}

/**
 * A repeat writes nothing, unless it comes from another address: two parties that ask in the same moment look like one that asks
 * twice. That costs what an exchange costs, and a session without a budget for it goes on untold.
 */
async function goesOnElsewhere(
  context: Asking,
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

function isRepeatedRefusal(
  { refusals, peer, who }: Asking,
  { account_id, session_id }: RefreshTokenRow,
): boolean {
  return refusals.isRepeat({
    event: 'refresh_token_refused',
    who: signedInAs(who, account_id, session_id),
    target_id: account_id,
    details: { key_id: peer.key_id },
    subject: session_id,
  });
}

/** Decides again, in a transaction. */
async function rotate(
  context: Asking,
  refresh_token: string,
  device: Device | undefined,
): Promise<Answer<'refresh'>> {
  const { write, random, refresh_successors, settings, peer, at, who } = context;
  const salt = random.bytes(SALT_BYTES);
  const rotation = await write('rotate_refresh_token', {
    who,
    token_hash: tokenHash(refresh_token),
    key_id: peer.key_id,
    salt,
    successor_hash: tokenHash(refresh_successors.after(refresh_token, salt)),
    idle_expires_at: at + settings.session_life.idle_ms,
    device: device ?? null,
  });
  if (isFailure(rotation)) return rotation;
  // The session is alive, and whoever holds its token can go on through its own key.
  if (rotation.kind === 'foreign') return fail('client_key_wrong');
  if (rotation.kind !== 'rotated' && rotation.kind !== 'repeated') return fail('session_invalid');
  return successor(context, refresh_token, rotation.session_id, rotation.salt);
}

/** Returns what follows a token, and an access token with it. */
async function successor(
  context: Asking,
  refresh_token: string,
  session_id: string,
  salt: Uint8Array,
): Promise<Answer<'refresh'>> {
  const { store, refresh_successors, at } = context;
  const live = await store.sessions.byId(session_id, at);
  if (live === null) return fail('session_invalid');
  return {
    session_id,
    refresh_token: refresh_successors.after(refresh_token, salt),
    ...accessToken(context, live, session_id, live.session.expires_at),
  };
}
