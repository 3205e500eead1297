/** How long sessions live. All times are Unix milliseconds. */

export type SessionLife = {
  /** A session ends when nothing happened for this long, milliseconds. */
  readonly idle_ms: number;
  /** A session ends this long after sign-in, whatever happens, milliseconds. */
  readonly absolute_ms: number;
};

/** How often a session's activity is written: often enough for people, seldom enough for the disk. */
export const TOUCH_EVERY_MS = 60_000;

/** Returns both ends of a session that begins now. */
export function sessionEnds(life: SessionLife, now: number): { idle_expires_at: number; expires_at: number } {
  return { idle_expires_at: now + life.idle_ms, expires_at: now + life.absolute_ms };
}
