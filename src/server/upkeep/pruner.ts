/** Removes what nobody needs any more, once an hour, in pieces that hold up nobody. */
import type { Clock, Log } from '../runtime/index.js';
import { ANNOUNCEMENTS_KEPT_MS, type Store } from '../store/index.js';

const DAY_MS = 86_400_000;
const PRUNE_EVERY_MS = 3_600_000;
/** Ended sessions are kept for the owner's and the administrators' questions about last month. */
const ENDED_SESSION_DAYS = 90;
/** A counter that nobody added to for this long is forgotten. */
const GUESSES_REMEMBERED_DAYS = 30;
/** Second use of an exchanged refresh token ends its session for this long; after it the token is only refused. */
const ROTATED_TOKEN_DAYS = 30;

type Parts = {
  readonly store: Store;
  /** How long sign-ins are kept. */
  readonly sign_in_history_days: number;
  readonly clock: Clock;
  readonly log: Log;
};

export class Pruner {
  readonly #parts: Parts;
  readonly #timer: NodeJS.Timeout;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#timer = setInterval(() => {
      this.#prune().catch((error: unknown) =>
        parts.log.error({ reason: String(error) }, 'cleaning up failed'),
      );
    }, PRUNE_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #prune(): Promise<void> {
    const { store, sign_in_history_days, clock } = this.#parts;
    const at = clock.now();
    const before = {
      at,
      ended_before: at - ENDED_SESSION_DAYS * DAY_MS,
      sign_ins_before: at - sign_in_history_days * DAY_MS,
      counters_before: at - GUESSES_REMEMBERED_DAYS * DAY_MS,
      rotated_before: at - ROTATED_TOKEN_DAYS * DAY_MS,
      announced_before: at - ANNOUNCEMENTS_KEPT_MS,
    };
    while (await store.run('prune', before));
  }
}
