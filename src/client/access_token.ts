/** Keeps one access token fresh: refreshed once, however many wait for it. Knows no socket. */
import type { ErrorOf } from '../protocol/index.js';
import type { CallOutcome } from './calls.js';
import { CallError } from './errors.js';
import type { KeptSession } from './kept_session.js';

/** An access token closer to its end than this is refreshed: it has to survive the way to another service. */
const SPARE_MS = 30_000;

type Parts = {
  readonly session: KeptSession;
  /** Unix milliseconds. */
  readonly now_ms: () => number;
  readonly refresh: (refresh_token: string) => Promise<CallOutcome<'refresh'>>;
  /** As the session itself: right at any time, however long ago the token was sent. */
  readonly refreshAgain: (refresh_token: string) => Promise<CallOutcome<'refresh_again'>>;
};

export class AccessTokenSource {
  readonly #parts: Parts;
  #refreshing: Promise<string> | null = null;
  /** A token that was sent without a reply: it may be spent, and sent as if it weren't it would end the session. */
  #sent: string | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Returns a token that is good for a while. Rejects with CallError. */
  get(): Promise<string> {
    const { session, now_ms } = this.#parts;
    if (session.access !== null && session.access.expires_at - now_ms() > SPARE_MS) {
      return Promise.resolve(session.access.token);
    }
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<string> {
    const { refresh_token } = this.#parts.session;
    if (refresh_token === null) {
      throw new CallError<ErrorOf<'whoami'>>({
        code: 'unauthenticated',
        error: 'There is no refresh token: sign in first.',
        details: [],
        retry_after_ms: null,
      });
    }
    const first = await this.#exchange(refresh_token);
    const outcome = isLost(first) ? await this.#exchange(refresh_token) : first;
    if (outcome.ok) return outcome.result.access_token;
    throw new CallError<ErrorOf<'refresh' | 'refresh_again'>>(outcome);
  }

  async #exchange(refresh_token: string): Promise<CallOutcome<'refresh' | 'refresh_again'>> {
    const { refresh, refreshAgain } = this.#parts;
    const outcome = await (this.#sent === refresh_token ? refreshAgain : refresh)(refresh_token);
    if (isLost(outcome)) this.#sent = refresh_token;
    return outcome;
  }
}

/** How a call ends that the server may have done. */
const LOST: readonly string[] = [
  'connection_lost',
  'request_timeout',
  'aborted',
  'invalid_reply',
  'outcome_unknown',
];
const isLost = (outcome: CallOutcome<'refresh' | 'refresh_again'>): boolean =>
  !outcome.ok && LOST.includes(outcome.code);
