import { isFailure, type ResultOf } from '../../../protocol/index.js';
import { tokenKey } from '../../crypto/index.js';
import { addressKey } from '../../domain/index.js';
import type { LiveSession } from '../../store/index.js';
import { Lasting } from '../lasting.js';
import type { Answer, Context, Handler } from '../handler.js';
import { isSessionToken } from '../replies.js';

type Verdict = ResultOf<'verify_token'>;
type Told = Answer<'verify_token'>;

const INACTIVE = new Lasting<Verdict>({ active: false, subject: null });
/** Returns the answer about a session token, for as long as the session stays as it is. */
function activeSession(live: LiveSession): Lasting<Verdict> {
  // Nobody else keeps anything there.
  const known = live.derived as Lasting<Verdict> | null;
  if (known !== null) return known;
  const made = new Lasting(active('session', live, live.session.expires_at));
  live.derived = made;
  return made;
}

function active(kind: 'access' | 'session', live: LiveSession, expires_at: number): Verdict {
  const { account_id, account_name, holding, session } = live;
  return {
    active: true,
    subject: {
      kind,
      account_id,
      account_name,
      session_id: session.session_id,
      roles: [...holding.roles],
      permissions: [...holding.permissions],
      expires_at,
    },
  };
}

/** Returns the same, whether the session was in memory or had to be looked up. */
function answer(
  found: LiveSession | null | Promise<LiveSession | null>,
  tell: (live: LiveSession | null) => Told | Promise<Told>,
): Told | Promise<Told> {
  return found instanceof Promise ? found.then(tell) : tell(found);
}

/** A session token that isn't there was looked up in vain. An access token says by its signature that it is none. */
async function inVain({ throttle, peer }: Context<'verify_token'>): Promise<Answer<'verify_token'>> {
  const draw = await throttle.draw('token', addressKey(peer.address));
  if (isFailure(draw)) return draw;
  draw.end();
  return INACTIVE;
}

export const verify_token: Handler<'verify_token'> = (context, { token }) => {
  const { store, access_tokens, at } = context;
  if (isSessionToken(token)) {
    return answer(store.sessions.byTokenKey(tokenKey(token), at), (live) =>
      live === null ? inVain(context) : activeSession(live),
    );
  }
  const claims = access_tokens.verify(token, at);
  if (claims === null) return INACTIVE;
  // The signature says whose it was; the session says whether it still is.
  return answer(store.sessions.byId(claims.sid, at), (live) =>
    live?.account_id === claims.sub ? active('access', live, claims.exp * 1000) : INACTIVE,
  );
};
