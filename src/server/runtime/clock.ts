/** The only place that reads a clock. */

export type Clock = {
  /** Returns the time of day: Unix milliseconds. Jumps when somebody sets it. */
  now(): number;
  /** Milliseconds since some moment, whatever happens to the time of day: for deadlines, never for anything kept. */
  passed(): number;
};

export const systemClock: Clock = { now: () => Date.now(), passed: () => performance.now() };
