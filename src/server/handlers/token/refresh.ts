import { fail, isFailure } from '../../../protocol/index.js';
import { tokenHash } from '../../crypto/index.js';
import type { Handler } from '../handler.js';
import { accessToken } from '../replies.js';

const SALT_BYTES = 16;

export const refresh: Handler<'refresh'> = async (context, { refresh_token }) => {
  const { store, write, random, refresh_successors, settings, peer, at, who } = context;
  const salt = random.bytes(SALT_BYTES);
  const rotation = await write('rotate_refresh_token', {
    who,
    token_hash: tokenHash(refresh_token),
    key_id: peer.key_id,
    salt,
    successor_hash: tokenHash(refresh_successors.after(refresh_token, salt)),
    idle_expires_at: at + settings.session_life.idle_ms,
  });
  if (isFailure(rotation)) return rotation;
  // The session is alive, and whoever holds its token can go on through its own key.
  if (rotation.kind === 'foreign') return fail('client_key_wrong');
  if (rotation.kind === 'reused') return fail('session_invalid');
  const live = await store.sessions.byId(rotation.session_id, at);
  if (live === null) return fail('session_invalid');
  return {
    session_id: rotation.session_id,
    refresh_token: refresh_successors.after(refresh_token, rotation.salt),
    ...accessToken(context, live, rotation.session_id, live.session.expires_at),
  };
};
