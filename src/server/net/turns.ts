/**
 * Shares the event loop between connections. Whoever has something to do while there is time does it at once; the others
 * wait for the next turn of the loop, so that timers and new connections come through however much has arrived.
 *
 * libuv reads up to fifty thousand ready sockets before it lets anything else run, so the time has to be kept here.
 */

/** For how long connections may keep one turn of the loop busy, milliseconds. */
const TURN_MS = 3;

export type Waiting = {
  /** Does what is waiting, or as much of it as one connection may do in one turn. */
  takeTurn(): void;
};

export class Turns {
  readonly #now: () => number;
  #waiting: Waiting[] = [];
  /** When the connections' work in this turn began; null before the first of it. */
  #began: number | null = null;
  readonly #nextTurn = (): void => this.#run();

  /** `now`: milliseconds of a clock that nobody sets. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Returns whether whoever asks may do its work now; otherwise it has to `wait`. `at`: the time, as just read. */
  hasTime(at: number): boolean {
    this.#begin(at);
    return this.#waiting.length === 0 && at - (this.#began ?? at) < TURN_MS;
  }

  /** Queues for a turn. */
  wait(one: Waiting): void {
    this.#waiting.push(one);
    this.#begin(this.#now());
  }

  /** Counts the time of a turn from now on, until the next one begins. */
  #begin(at: number): void {
    if (this.#began !== null) return;
    this.#began = at;
    setImmediate(this.#nextTurn);
  }

  #run(): void {
    this.#began = null;
    const queue = this.#waiting;
    if (queue.length === 0) return;
    const end = this.#now() + TURN_MS;
    let done = 0;
    // What begins to wait meanwhile is for the next turn.
    this.#waiting = [];
    do {
      queue[done]?.takeTurn();
      done += 1;
    } while (done < queue.length && this.#now() < end);
    if (done < queue.length) this.#waiting = queue.slice(done).concat(this.#waiting);
    if (this.#waiting.length > 0) this.#begin(end);
  }
}
