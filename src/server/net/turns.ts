/**
 * Shares the event loop between connections. Whoever has something to do while there is time does it at once; the others
 * wait for the next turn of the loop, so that timers and new connections come through however much has arrived.
 *
 * libuv reads up to fifty thousand ready sockets before it lets anything else run, so the time has to be kept here.
 */

/** For how long connections may keep one turn of the loop busy, milliseconds. */
const TURN_MS = 3;
/** How much of it one of them has at once, milliseconds; a frame that was begun is finished. */
const SHARE_MS = 1;

export type Waiting = {
  /** Does what is waiting, as long as `goesOn`. */
  takeTurn(): void;
};

export class Turns {
  readonly #now: () => number;
  /** Who asks for little, and who kept the loop busy last time: those come behind, so that they slow down each other only. */
  #light: Waiting[] = [];
  #heavy: Waiting[] = [];
  /** When the connections' work in this turn began; null before the first of it. */
  #began: number | null = null;
  /** When the share of whoever is working now is used up. */
  #shareEnds = 0;
  readonly #nextTurn = (): void => this.#run();

  /** `now`: milliseconds of a clock that nobody sets. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Returns whether whoever asks may do its work now; otherwise it has to `wait`. `at`: the time, as just read. `heavy`:
   * whether it kept the loop busy last time.
   */
  hasTime(at: number, heavy = false): boolean {
    const began = this.#begin(at);
    const overtakes = this.#light.length > 0 || (heavy && this.#heavy.length > 0);
    if (overtakes || at - began >= TURN_MS) return false;
    this.#shareEnds = Math.min(at + SHARE_MS, began + TURN_MS);
    return true;
  }

  /** Returns whether whoever is working may take something more, or has to wait for its next turn. */
  goesOn(): boolean {
    const at = this.#now();
    if (this.#began === null) this.#shareEnds = this.#begin(at) + SHARE_MS;
    return at < this.#shareEnds;
  }

  /** Queues for a turn. */
  wait(one: Waiting, heavy = false): void {
    (heavy ? this.#heavy : this.#light).push(one);
    this.#begin(this.#now());
  }

  /** Counts the time of a turn from now on, until the next one begins. Returns when this one began. */
  #begin(at: number): number {
    if (this.#began !== null) return this.#began;
    this.#began = at;
    setImmediate(this.#nextTurn);
    return at;
  }

  #run(): void {
    this.#began = null;
    if (this.#light.length + this.#heavy.length === 0) return;
    const end = this.#now() + TURN_MS;
    // What begins to wait meanwhile is for the next turn.
    const [light, heavy] = [this.#light, this.#heavy];
    this.#light = [];
    this.#heavy = [];
    this.#light = this.#serve(light, end, 0).concat(this.#light);
    // However many there are in front of them, one of the heavy ones gets its turn.
    this.#heavy = this.#serve(heavy, end, 1).concat(this.#heavy);
    if (this.#light.length + this.#heavy.length > 0) this.#begin(end);
  }

  /** Gives turns as long as there is time, and to so many `atLeast`. Returns who is left. */
  #serve(queue: readonly Waiting[], end: number, atLeast: number): Waiting[] {
    let done = 0;
    for (let at = this.#now(); done < queue.length && (at < end || done < atLeast); at = this.#now()) {
      this.#shareEnds = at + SHARE_MS;
      queue[done]?.takeTurn();
      done += 1;
    }
    return queue.slice(done);
  }
}
