/** The only place that reads the time of day. */

export type Clock = {
  /** Unix milliseconds. */
  now(): number;
};

export const systemClock: Clock = { now: () => Date.now() };
