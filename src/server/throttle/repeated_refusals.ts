/**
 * A flood of the same refusal is one audit row a minute. The first is written at once, in the transaction of what it
 * tells of; those that follow within a minute are counted in memory and written as one row with their `count`. A server that
 * is killed loses that count and no more.
 */
import type { Refusal, RefusalCounts } from '../handlers/index.js';
import { addressKey } from '../domain/index.js';
import type { Clock, Log } from '../runtime/index.js';
import type { Store } from '../store/index.js';

const ROW_EVERY_MS = 60_000;
const LOOK_EVERY_MS = 1_000;
/** Refusals of so many kinds are told apart at once; more than that are written one by one, which a few limits bound. */
const KINDS_MAX = 10_000;

type Counted = { readonly refusal: Refusal; since: number; count: number };

export class RepeatedRefusals implements RefusalCounts {
  readonly #parts: { readonly store: Store; readonly clock: Clock; readonly log: Log };
  readonly #counted = new Map<string, Counted>();
  readonly #timer: NodeJS.Timeout;

  constructor(parts: { store: Store; clock: Clock; log: Log }) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.#write(ROW_EVERY_MS), LOOK_EVERY_MS);
    // A start that fails leaves nothing to wait for.
    this.#timer.unref();
  }

  isRepeat(refusal: Refusal): boolean {
    const { event, who, subject, details } = refusal;
    // A slip of whoever is signed in is another matter than a stranger's guess.
    const session = who.actor.kind === 'session' ? who.actor.session_id : '';
    const key = [event, addressKey(who.address), session, subject, JSON.stringify(details)].join(' ');
    const known = this.#counted.get(key);
    if (known !== undefined) {
      known.count += 1;
      return true;
    }
    if (this.#counted.size < KINDS_MAX)
      this.#counted.set(key, { refusal, since: this.#parts.clock.passed(), count: 0 });
    return false;
  }

  /** Writes down what was counted, and counts no more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#write(0);
  }

  /** Writes a row for each kind of refusal whose minute is over, and forgets those that have stopped. Never rejects. */
  async #write(after_ms: number): Promise<void> {
    const { store, clock, log } = this.#parts;
    const passed = clock.passed();
    const rows: Promise<unknown>[] = [];
    for (const [key, counted] of this.#counted) {
      if (passed - counted.since < after_ms) continue;
      const { count } = counted;
      if (count === 0) {
        this.#counted.delete(key);
        continue;
      }
      counted.since = passed;
      counted.count = 0;
      const { event, who, target_id, details } = counted.refusal;
      const row = { event, who: { ...who, at: clock.now() }, target_id, details, count };
      rows.push(
        store.run('record_repeated_refusals', row).catch((error: unknown) => {
          // Told of by the next row: a full disk forgets nothing that memory still has.
          counted.count += count;
          log.error({ reason: String(error) }, 'repeated refusals can not be written down');
        }),
      );
    }
    await Promise.all(rows);
  }
}
