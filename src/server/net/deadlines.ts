/**
 * The deadlines of one connection. Moments of the clock that nobody sets: a jump of the time of day ends no connection
 * and keeps none.
 */
import { LIMITS } from '../../protocol/index.js';
import type { ConnectionState } from './connection_state.js';

/** After the last frame a peer has this long to read it and hang up; an early reset would take the frame from it. */
const LINGER_MS = 1_000;

/** What a connection is to do: nothing, refuse its peer for being late, ask it for a sign of life, or let it go. */
export type Due = 'nothing' | 'refuse' | 'probe' | 'drop_silent' | 'drop_closed';

export class Deadlines {
  readonly #openedAt: number;
  #heardAt: number;
  #trustedAt: number;
  #partialSince: number | null = null;
  #probesMissed = 0;
  #closingSince = 0;

  /** All times: milliseconds of the clock that nobody sets. */
  constructor(now: number) {
    this.#openedAt = now;
    this.#heardAt = now;
    this.#trustedAt = now;
  }

  /** Something has arrived. `partial`: a frame has begun and isn't complete; `whole`: others were completed. */
  heard(now: number, partial: boolean, whole: boolean): void {
    this.#heardAt = now;
    this.#probesMissed = 0;
    if (!partial) this.#partialSince = null;
    else if (whole || this.#partialSince === null) this.#partialSince = now;
  }

  /** Reading goes on after a pause, in which the rest of a frame may well have arrived. */
  readsAgain(now: number): void {
    if (this.#partialSince !== null) this.#partialSince = now;
  }

  /** The peer has shown what it is here for: the time before a sign-in begins anew. */
  trusted(now: number): void {
    this.#trustedAt = now;
  }

  /** The same, by what was heard last. */
  trustedAsHeard(): void {
    this.#trustedAt = this.#heardAt;
  }

  /** The last frame was sent. Half a frame has no deadline of its own any more: the one for hanging up counts. */
  closing(now: number): void {
    this.#closingSince = now;
    this.#partialSince = null;
  }

  /** `reading`: whether the connection takes in what arrives. `busy`: whether it has requests in work. */
  due(state: ConnectionState, now: number, reading: boolean, busy: boolean): Due {
    if (reading && this.#partialSince !== null && now - this.#partialSince > LIMITS.frame_complete_ms)
      return 'refuse';
    switch (state) {
      case 'challenged':
      case 'greeted':
      case 'proving':
        return now - this.#openedAt > LIMITS.handshake_ms ? 'refuse' : 'nothing';
      case 'ready':
        return !busy && now - this.#trustedAt > LIMITS.before_sign_in_ms ? 'refuse' : 'nothing';
      case 'signed_in':
        return this.#keepAlive(now);
      case 'closing':
        return now - this.#closingSince > LINGER_MS ? 'drop_closed' : 'nothing';
      case 'closed':
        return 'nothing';
    }
  }

  #keepAlive(now: number): Due {
    if (now - this.#heardAt <= LIMITS.keep_alive_ms * (this.#probesMissed + 1)) return 'nothing';
    if (this.#probesMissed >= LIMITS.keep_alive_missed_max) return 'drop_silent';
    this.#probesMissed += 1;
    return 'probe';
  }
}
