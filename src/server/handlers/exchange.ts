/** What both ways of exchanging a refresh token do: the transaction, the budget, the answer. */
import { fail, isFailure, type Device, type Failure, type ResultOf } from '../../protocol/index.js';
import { tokenHash } from '../crypto/index.js';
import type { Context } from './handler.js';
import { accessToken } from './replies.js';
import { signedInAs, type RefreshTokenRow } from '../store/index.js';

const SALT_BYTES = 16;

type Asking = Context<'refresh'>;
type Tokens = ResultOf<'refresh'>;

/**
 * Returns the tokens that a token is exchanged for, as a transaction decides. `by_session`: the session that asks for its own;
 * `device`: what the session shows from now on; `unknown`: what is said where there is no such token.
 */
export async function exchange<E extends 'session_invalid' | 'not_found'>(
  context: Asking | Context<'refresh_again'>,
  refresh_token: string,
  how: {
    readonly by_session: string | null;
    readonly unknown: Failure<E>;
    readonly device?: Device | undefined;
  },
): Promise<Tokens | Failure<E | 'session_invalid' | 'client_key_wrong'>> {
  const { write, random, refresh_successors, settings, peer, at, who } = context;
  const salt = random.bytes(SALT_BYTES);
  const rotation = await write('rotate_refresh_token', {
    who,
    token_hash: tokenHash(refresh_token),
    key_id: peer.key_id,
    salt,
    successor_hash: tokenHash(refresh_successors.after(refresh_token, salt)),
    idle_expires_at: at + settings.session_life.idle_ms,
    by_session: how.by_session,
    device: how.device ?? null,
  });
  if (isFailure(rotation)) return rotation.failed === 'not_found' ? how.unknown : fail('session_invalid');
  // The session is alive, and whoever holds its token can go on through its own key.
  if (rotation.kind === 'foreign') return fail('client_key_wrong');
  if (rotation.kind !== 'rotated' && rotation.kind !== 'repeated') return fail('session_invalid');
  return successor(context, refresh_token, rotation.session_id, rotation.salt);
}

/** Returns what follows a token, and an access token with it. */
export async function successor(
  context: Asking | Context<'refresh_again'>,
  refresh_token: string,
  session_id: string,
  salt: Uint8Array,
): Promise<Tokens | Failure<'session_invalid'>> {
  const { store, refresh_successors, at } = context;
  const live = await store.sessions.byId(session_id, at);
  if (live === null) return fail('session_invalid');
  return {
    session_id,
    refresh_token: refresh_successors.after(refresh_token, salt),
    ...accessToken(context, live, session_id, live.session.expires_at),
  };
}

/** Each exchange is a durable write and an audit row, so a session has only so many. */
export async function withinBudget<T>(
  { throttle }: Asking | Context<'refresh_again'>,
  session_id: string,
  next: () => Promise<T>,
): Promise<T | Failure<'throttled'>> {
  const draw = await throttle.draw('refresh', session_id);
  if (isFailure(draw)) return draw;
  try {
    return await next();
  } finally {
    draw.end();
  }
}

/** Whether the audit log has a row of this refusal already: the token is offered with a client key that it doesn't belong to. */
export function isRepeatedRefusal(
  { refusals, peer, who }: Asking | Context<'refresh_again'>,
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
