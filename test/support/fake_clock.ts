/** A clock that stands still until the test moves it. Begins at the real time, so that files and rows look ordinary. */
import type { Clock } from '../../src/server/runtime/index.js';

export class FakeClock implements Clock {
  #now: number;
  #passed = 0;

  constructor(now_ms = Date.now()) {
    this.#now = now_ms;
  }

  now(): number {
    return this.#now;
  }

  /** Moves on; deadlines notice it at the next sweep, a quarter of a second later at most. */
  advance(ms: number): void {
    this.#now += ms;
    this.#passed += ms;
  }

  /** Sets the time of day to another, as an administrator or a time server does; no time passes. */
  jump(ms: number): void {
    this.#now += ms;
  }

  passed(): number {
    return this.#passed;
  }
}

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;
