/** How long someone has to wait after wrong guesses. The values stand in SECURITY.md, which says what they are for. */

/** Guesses that cost no wait: people mistype. */
export const FREE_GUESSES = 3;
const STEP_MS = 1_000;
/** Nobody is kept out for longer than this by what somebody else does. */
export const WAIT_MS_MAX = 900_000;
/** So many wrong ones in a row are no mistyping: the password is of no use until an administrator clears it. */
export const GUESSES_MAX = 100;

/**
 * Milliseconds until the next guess is looked at; 0 is now. After the free ones the wait doubles from one second up to
 * fifteen minutes. A clock that went back makes nobody wait longer than one full step.
 */
export function guessWait(failures: number, last_failure_at: number, now: number): number {
  if (failures < FREE_GUESSES) return 0;
  if (failures >= GUESSES_MAX) return WAIT_MS_MAX;
  const step = Math.min(WAIT_MS_MAX, STEP_MS * 2 ** (failures - FREE_GUESSES));
  return Math.min(step, Math.max(0, last_failure_at + step - now));
}
