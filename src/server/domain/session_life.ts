/** How long sessions live. All times are Unix milliseconds. */

export type SessionLife = {
  /** A session ends when nothing happened for this long, milliseconds. */
  readonly idle_ms: number;
  /** A session ends this long after sign-in, whatever happens, milliseconds. */
  readonly absolute_ms: number;
};

/** How often a session's activity is written: often enough for people, seldom enough for the disk. */
export const TOUCH_EVERY_MS = 60_000;

/**
 * How often a session is told to go on from a new place, in the history of its account: 20 times in 24 hours. A phone on its
 * way changes its network a few times a day; of somebody who shows a token from a thousand addresses, twenty rows say enough.
 */
export const NEW_PLACES = 20;
export const NEW_PLACES_MS = 86_400_000;
/** Places of a session that are remembered; the one used longest ago makes room, and would be told as new again. */
export const PLACES_MAX = 50;

/** Returns both ends of a session that begins now. */
export function sessionEnds(life: SessionLife, now: number): { idle_expires_at: number; expires_at: number } {
  return { idle_expires_at: now + life.idle_ms, expires_at: now + life.absolute_ms };
}
