/**
 * What the client remembers of its sign-in, so that it can continue after a reconnect. In memory only; who wants to
 * keep the token longer reads it and is responsible for it.
 */
import {
  ACTIONS,
  type Account,
  type ActionName,
  type ActionSpec,
  type ResultOf,
  type SessionEndReason,
} from '../protocol/index.js';

/** Returns true when the reply to this action changes who is signed in, or how that is proved. */
export function changesSession(action: ActionName): boolean {
  const { identity, ends_own_session, result }: ActionSpec = ACTIONS[action];
  return identity !== null || ends_own_session !== undefined || 'refresh_token' in result.shape;
}

type Tokens = Pick<ResultOf<'refresh'>, 'access_token' | 'access_token_expires_at' | 'refresh_token'>;

/** A refresh token comes with an access token; their schemas have accepted both. */
const holdsTokens = (result: object): result is Tokens => 'refresh_token' in result;

/** Returns why a call of an action that succeeded has ended the session that it came on; null when it hasn't. */
function endOfOwnSession(
  { identity, ends_own_session: ends }: ActionSpec,
  params: object,
  session_id: string | null,
): SessionEndReason | null {
  if (identity === 'ends') return 'signed_out';
  if (ends === undefined) return null;
  const ended =
    'unless' in ends
      ? Reflect.get(params, ends.unless) !== true
      : Reflect.get(params, ends.if_named_in) === session_id;
  return ended ? ends.reason : null;
}

/** The session token, the session's id and the account, as last heard from the server. */
export class KeptSession {
  token: string | null;
  account: Account | null = null;
  /** The newest access token, and its end in Unix milliseconds. */
  access: { readonly token: string; readonly expires_at: number } | null = null;
  /** The one refresh token that still works. */
  refresh_token: string | null = null;
  #session_id: string | null = null;

  constructor(token: string | null) {
    this.token = token;
  }

  /** Forgets everything. */
  forget(): void {
    this.token = null;
    this.account = null;
    this.#session_id = null;
    this.access = null;
    this.refresh_token = null;
  }

  /**
   * Learns from a result that its action's schema accepted. Returns whether the connection is signed in now, why it is
   * signed out now, or null when it is as it was.
   */
  learn(
    action: ActionName,
    params: object,
    result: ResultOf<ActionName>,
  ): 'signed_in' | SessionEndReason | null {
    const spec: ActionSpec = ACTIONS[action];
    if (holdsTokens(result)) this.#keep(result);
    // What a permission opens is about other people; without one, an account is that of whoever asks.
    if ('account' in result && typeof spec.access === 'string') this.account = result.account;
    if (spec.identity !== 'begins') return endOfOwnSession(spec, params, this.#session_id);
    if ('session' in result) this.#session_id = result.session.session_id;
    // A session that was begun elsewhere goes on with the token that was sent.
    const from: object = 'session_token' in result ? result : params;
    if ('session_token' in from && typeof from.session_token === 'string') this.token = from.session_token;
    return 'signed_in';
  }

  #keep(tokens: Tokens): void {
    this.access = { token: tokens.access_token, expires_at: tokens.access_token_expires_at };
    this.refresh_token = tokens.refresh_token;
  }
}
