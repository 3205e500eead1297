/**
 * Tells whoever runs the server that connections were turned away for want of a place, and why: at once the first time,
 * then one line a minute with their number. A flood of them is no flood of lines.
 */
import type { Log } from '../runtime/index.js';

/** Which limit was in the way; the words stand in the log. */
export const CAPS = {
  strangers_of_address: 'connections of one address on which nobody is signed in',
  session: 'connections of one session',
  account: 'connections of one account',
  address: 'connections of one address that are signed in',
  signed_in: 'connections that are signed in',
  all: 'connections',
} as const;

export type Cap = keyof typeof CAPS;

const LINE_EVERY_MS = 60_000;

type Told = { at: number; turned_away: number; closed: number; last: object };

export class Crowding {
  readonly #log: Log;
  readonly #now: () => number;
  readonly #told = new Map<Cap, Told>();

  /** `now`: milliseconds of a clock that nobody sets. */
  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** Whoever comes was turned away. `who`: ids and address, for the log. */
  turnedAway(cap: Cap, who: object): void {
    this.#count(cap, who, 1, 0);
  }

  /** Another connection was closed in favour of whoever comes. */
  closed(cap: Cap, who: object): void {
    this.#count(cap, who, 0, 1);
  }

  /** Writes what is due; called now and then. */
  tell(): void {
    const now = this.#now();
    for (const [cap, told] of this.#told) {
      if (now - told.at < LINE_EVERY_MS) continue;
      if (told.turned_away + told.closed === 0) this.#told.delete(cap);
      else this.#write(cap, told, now);
    }
  }

  /** Writes what has not been told yet, whenever that was. */
  tellAll(): void {
    for (const [cap, told] of this.#told) {
      if (told.turned_away + told.closed > 0) this.#write(cap, told, this.#now());
    }
  }

  #count(cap: Cap, who: object, turned_away: number, closed: number): void {
    const known = this.#told.get(cap);
    const told = known ?? { at: 0, turned_away: 0, closed: 0, last: who };
    told.turned_away += turned_away;
    told.closed += closed;
    told.last = who;
    if (known !== undefined) return;
    this.#told.set(cap, told);
    this.#write(cap, told, this.#now());
  }

  #write(cap: Cap, told: Told, now: number): void {
    const { turned_away, closed, last } = told;
    this.#log.warn({ cap, turned_away, closed, ...last }, `too many ${CAPS[cap]}`);
    Object.assign(told, { at: now, turned_away: 0, closed: 0 });
  }
}
