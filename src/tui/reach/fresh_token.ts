/**
 * The one road on which a kept refresh token is exchanged: read, sent and replaced in one turn, so that no two programs of one
 * person send it, and written down before it is sent, so that one that was stopped in between is known to have been.
 */
import type { ServerAddress } from '../../client/index.js';
import type { Keep, StoredSession } from '../keep/index.js';
import { type OneShot, Refusal } from './one_shot.js';

/** Whoever asks so soon after another gets the same token: so many exchanges of a session a server allows, and no more. */
const SAME_TOKEN_MS = 10_000;
/** It has to survive the way to another service. */
const SPARE_MS = 30_000;

export type FreshToken = {
  readonly session_id: string;
  readonly access_token: string;
  /** Unix milliseconds. */
  readonly access_token_expires_at: number;
};

type Parts = {
  readonly keep: Keep;
  readonly address: ServerAddress;
  /** The session whose token it is to be, as it is kept now. Throws where there is none. */
  readonly session: () => StoredSession;
  /** With a token the line is signed in, unless the server no longer knows the token. */
  readonly open: (session_token: string | null) => Promise<OneShot>;
  readonly now: () => number;
};

/** Returns an access token of a kept session; null where no refresh token is kept. Throws Refusal and KeepError. */
export function freshToken(parts: Parts): Promise<FreshToken | null> {
  const { keep, address, open } = parts;
  return keep.inTurn(async () => {
    const session = parts.session();
    const { refresh_token, session_token } = session;
    if (refresh_token === null) return null;
    const just_made = await justMade(parts, session);
    if (just_made !== null) return just_made;
    keep.exchangeBegins(address, session);
    // After a turn that was never finished the token may be spent: only the session itself may ask for its successor then.
    const again = session.sent_at !== null;
    const line = await open(again ? session_token : null);
    try {
      if (again && !line.signed_in)
        throw new Refusal('session_invalid', 'The session has ended, or the token is unknown.');
      const result = await line.call(again ? 'refresh_again' : 'refresh', { refresh_token });
      const { session_id, access_token, access_token_expires_at } = result;
      keep.exchanged(address, session, {
        refresh_token: result.refresh_token,
        access_token,
        expires_at: access_token_expires_at,
      });
      return { session_id, access_token, access_token_expires_at };
    } finally {
      await line.close();
    }
  });
}

/** Returns the token of whoever had the turn before, when that is a moment ago and the server still takes it. */
async function justMade({ open, now }: Parts, { access }: StoredSession): Promise<FreshToken | null> {
  const at = now();
  if (access === null || at < access.made_at || at - access.made_at > SAME_TOKEN_MS) return null;
  if (access.expires_at - at < SPARE_MS) return null;
  const line = await open(null);
  try {
    const { subject } = await line.call('verify_token', { token: access.token });
    return subject === null
      ? null
      : {
          session_id: subject.session_id,
          access_token: access.token,
          access_token_expires_at: access.expires_at,
        };
  } finally {
    await line.close();
  }
}
