/**
 * What the client remembers of its sign-in, so that it can continue after a reconnect. In memory only; who wants to
 * keep the token longer reads it and is responsible for it.
 */
import { ACTIONS, type Account, type ActionName } from '../protocol/index.js';

/** Actions whose reply changes who is signed in: it counts even when nobody waits for it any more. */
const CHANGES_SESSION: ReadonlySet<ActionName> = new Set<ActionName>([
  'register',
  'authenticate',
  'redeem_code',
  'resume',
  'revoke_session',
  'refresh',
  'logout',
  'logout_all',
]);

/** True when the reply to this action changes who is signed in. */
export const changesSession = (action: ActionName): boolean => CHANGES_SESSION.has(action);

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
   * Learns from a result that its action's schema accepted. Tells whether the connection is signed in now, signed out
   * now, or as it was (null).
   */
  learn(action: ActionName, params: object, result: object): 'signed_in' | 'signed_out' | null {
    switch (action) {
      case 'register':
      case 'authenticate':
      case 'redeem_code': {
        const { account, session, session_token, ...tokens } = ACTIONS[action].result.parse(result);
        this.token = session_token;
        this.#keep(tokens);
        this.account = account;
        this.#session_id = session.session_id;
        return 'signed_in';
      }
      case 'resume': {
        const { account, session } = ACTIONS.resume.result.parse(result);
        this.token = ACTIONS.resume.params.parse(params).session_token;
        this.account = account;
        this.#session_id = session.session_id;
        return 'signed_in';
      }
      case 'whoami':
      case 'get_profile':
      case 'update_profile':
        this.account = ACTIONS[action].result.parse(result).account;
        return null;
      case 'refresh':
        this.#keep(ACTIONS.refresh.result.parse(result));
        return null;
      case 'logout':
        return 'signed_out';
      case 'logout_all':
        return ACTIONS.logout_all.params.parse(params).keep_current === true ? null : 'signed_out';
      case 'revoke_session':
        return ACTIONS.revoke_session.result.parse(result).session_id === this.#session_id
          ? 'signed_out'
          : null;
      default:
        return null;
    }
  }

  #keep(tokens: { access_token: string; access_token_expires_at: number; refresh_token: string }): void {
    this.access = { token: tokens.access_token, expires_at: tokens.access_token_expires_at };
    this.refresh_token = tokens.refresh_token;
  }
}
