/**
 * Does the same to many connections without keeping the others waiting: a little of it in each turn of the event loop.
 * What is asked for later is done later, so what a connection is told keeps its order.
 */

/** For how long one turn of the loop may be spent on it, milliseconds; requests have as long again (`turns.ts`). */
const SLICE_MS = 2;

type Job = {
  /** Does one more; false when there was none. */
  readonly next: () => boolean;
};

export class FanOut {
  readonly #now: () => number;
  #jobs: Job[] = [];
  /** When the work of this turn began; null before the first of it. */
  #began: number | null = null;
  #working = false;
  readonly #nextTurn = (): void => {
    this.#began = null;
    this.#work();
  };

  /** `now`: milliseconds of a clock that nobody sets. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Does `act` to each: at once as far as this turn has time for it, to the rest in the turns that follow. `many` is walked
   * as the work goes on; `done` is called behind the last.
   */
  each<T>(many: Iterable<T>, act: (one: T) => void, done: () => void = () => undefined): void {
    const walk = many[Symbol.iterator]();
    this.#jobs.push({
      next: () => {
        const step = walk.next();
        if (step.done === true) {
          done();
          return false;
        }
        act(step.value);
        return true;
      },
    });
    this.#work();
  }

  #work(): void {
    // Asked for in the middle of another job: the loop below is still running and comes to it.
    if (this.#working || this.#jobs.length === 0) return;
    if (this.#began === null) {
      this.#began = this.#now();
      setImmediate(this.#nextTurn);
    }
    const end = this.#began + SLICE_MS;
    this.#working = true;
    try {
      let job = this.#jobs[0];
      while (job !== undefined && this.#now() < end) {
        if (job.next()) continue;
        this.#jobs.shift();
        job = this.#jobs[0];
      }
    } finally {
      this.#working = false;
    }
  }
}
