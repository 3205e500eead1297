/** How long to wait before connecting again. Pure: randomness is handed in. */

/** The first wait's upper bound: short enough that a restarted server is found at once. */
export const BACKOFF_BASE_MS = 500;
/** No wait is longer: a person sits in front of it. */
export const BACKOFF_MAX_MS = 15_000;

/**
 * Returns the wait in milliseconds after the `failures`-th failure in a row (1 for the first): uniform between 0 and
 * 0.5 s · 2^(failures - 1), at most 15 s. Full jitter, so that a thousand clients don't come back in step.
 * `random` is uniform in [0, 1).
 */
export function backoffMs(failures: number, random: number): number {
  const bound_ms = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** Math.max(0, failures - 1));
  return Math.floor(random * bound_ms);
}
