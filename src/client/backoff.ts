/**
 * How long to wait before connecting again. Pure: randomness is handed in, uniform in [0, 1). Two cases that cost different
 * things: where nothing listens, a try costs nobody anything, and somebody waits for the server to be back; where a server
 * turned the client away or didn't get round to it, every try is work for it, and others are waiting as well.
 */

/** Waits while nothing listens, at least and at most: with a handshake after it, a client is back within 2 s. */
export const KNOCK_MS_MIN = 500;
export const KNOCK_MS_MAX = 1_500;

/** The upper bound of the wait after the first failure: short enough that a restarted server is found at once. */
export const BACKOFF_BASE_MS = 500;
/** No wait is longer: a person sits in front of it. */
export const BACKOFF_MAX_MS = 15_000;

/** What is added to a pause that the server has named, at most: it named the same to everybody. */
export const PAUSE_JITTER_MS = 500;

/**
 * Returns the wait in milliseconds while nothing listens: always the same bounds, however long it has lasted. Ten thousand
 * clients that lost a server together knock at different times, and come back spread over a second and a half.
 */
export function knockMs(random: number): number {
  return KNOCK_MS_MIN + Math.floor(random * (KNOCK_MS_MAX - KNOCK_MS_MIN));
}

/**
 * Returns the wait in milliseconds after the `failures`-th failure in a row (1 for the first) with somebody there: uniform
 * between 0 and 0.5 s · 2^(failures - 1), at most 15 s. Full jitter, so that a thousand clients don't come back in step.
 */
export function backoffMs(failures: number, random: number): number {
  const bound_ms = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** Math.max(0, failures - 1));
  return Math.floor(random * bound_ms);
}

/** Returns the wait in milliseconds for a pause that the server asked for: that, and a part of our own. */
export function pauseMs(asked_ms: number, random: number): number {
  return asked_ms + Math.floor(random * PAUSE_JITTER_MS);
}
