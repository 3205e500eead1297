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
]);

/** True when the reply to this action changes who is signed in. */
export const changesSession = (action: ActionName): boolean => CHANGES_SESSION.has(action);

/** The session token, the session's id and the account, as last heard from the server. */
export class KeptSession {
  token: string | null;
  account: Account | null = null;
  #session_id: string | null = null;

  constructor(token: string | null) {
    this.token = token;
  }

  /** Forgets everything. */
  forget(): void {
    this.token = null;
    this.account = null;
    this.#session_id = null;
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
        const { account, session, session_token } = ACTIONS[action].result.parse(result);
        this.token = session_token;
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
      case 'revoke_session':
        return ACTIONS.revoke_session.result.parse(result).session_id === this.#session_id
          ? 'signed_out'
          : null;
      default:
        return null;
    }
  }
}
