import type { ResultOf } from '../../protocol/index.js';
import { tokenKey } from '../crypto/index.js';
import type { LiveSession } from '../store/index.js';
import { lasting } from './lasting.js';
import type { Handler } from './handler.js';

const INACTIVE: ResultOf<'verify_token'> = lasting({ active: false, subject: null });
const SESSION_TOKEN = /^pcs_[A-Za-z0-9_-]{43}$/;

/** The answer about a session token, for as long as the session stays as it is. */
const ANSWERS = new WeakMap<LiveSession, ResultOf<'verify_token'>>();

function activeSession(live: LiveSession): ResultOf<'verify_token'> {
  let known = ANSWERS.get(live);
  if (known === undefined) {
    known = lasting(active('session', live, live.session.expires_at));
    ANSWERS.set(live, known);
  }
  return known;
}

function active(kind: 'access' | 'session', live: LiveSession, expires_at: number): ResultOf<'verify_token'> {
  const { account_id, account_name, roles, permissions, session } = live;
  return {
    active: true,
    subject: {
      kind,
      account_id,
      account_name,
      session_id: session.session_id,
      roles: [...roles],
      permissions: [...permissions].sort(),
      expires_at,
    },
  };
}

/** The same, whether the session was in memory or had to be looked up. */
function answer(
  found: LiveSession | null | Promise<LiveSession | null>,
  tell: (live: LiveSession | null) => ResultOf<'verify_token'>,
): ResultOf<'verify_token'> | Promise<ResultOf<'verify_token'>> {
  return found instanceof Promise ? found.then(tell) : tell(found);
}

export const verify_token: Handler<'verify_token'> = ({ store, access_tokens, at }, { token }) => {
  if (SESSION_TOKEN.test(token)) {
    return answer(store.sessions.byTokenKey(tokenKey(token), at), (live) =>
      live === null ? INACTIVE : activeSession(live),
    );
  }
  const claims = access_tokens.verify(token, at);
  if (claims === null) return INACTIVE;
  // The signature says whose it was; the session says whether it still is.
  return answer(store.sessions.byId(claims.sid, at), (live) =>
    live?.account_id === claims.sub ? active('access', live, claims.exp * 1000) : INACTIVE,
  );
};
