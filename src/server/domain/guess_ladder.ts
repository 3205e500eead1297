/**
 * How long someone has to wait after wrong guesses, and how many guesses of strangers an account takes. Everything here ends by
 * itself. The values stand in SECURITY.md, which says what they are for.
 */

/** Guesses that cost no wait: people mistype. */
export const FREE_GUESSES = 3;
const STEP_MS = 1_000;
/** Nobody waits longer than this for the ladder, however many guesses there were. */
export const WAIT_MS_MAX = 900_000;

/**
 * Milliseconds until the next guess is looked at; 0 is now. After the free ones the wait doubles from one second up to
 * fifteen minutes, and stays there. A last failure in the future means that the clock was set back: that makes nobody wait,
 * because nobody knows for how long.
 */
export function guessWait(failures: number, last_failure_at: number, now: number): number {
  if (failures < FREE_GUESSES || last_failure_at > now) return 0;
  const step = Math.min(WAIT_MS_MAX, STEP_MS * 2 ** (failures - FREE_GUESSES));
  return Math.max(0, last_failure_at + step - now);
}

/**
 * Wrong guesses of strangers, from wherever they come, that an account takes within ALLOWANCE_MS. Half of them are kept for
 * networks from which nothing was guessed wrong for CLEAN_MS: whoever comes from one of these is not kept out by those who
 * come again and again.
 */
export const ALLOWANCE = { kept: 5, open: 5 } as const;
export const ALLOWANCE_MS = 900_000;
export const CLEAN_MS = 86_400_000;

/** Which half of the allowance a guess draws from. */
export type Half = keyof typeof ALLOWANCE;

/** A wrong guess that still counts. */
export type RecentGuess = { readonly half: Half; readonly at: number };

/** What is told while guesses that are being checked are in the way: their verdicts will be there in about this time. */
export const UNDECIDED_MS = 1_000;

/**
 * Returns the half that a guess may draw from, or how many milliseconds to wait. `recent`: what counts, oldest first;
 * `undecided`: guesses that are being checked. Whoever is clean may draw from both halves, the kept one first.
 */
export function halfFor(asked: {
  readonly clean: boolean;
  readonly recent: readonly RecentGuess[];
  readonly undecided: Readonly<Record<Half, number>>;
  readonly now: number;
}): { readonly half: Half } | { readonly wait_ms: number } {
  let wait_ms = ALLOWANCE_MS;
  for (const half of asked.clean ? (['kept', 'open'] as const) : (['open'] as const)) {
    const used = asked.recent.filter((guess) => guess.half === half);
    if (used.length + asked.undecided[half] < ALLOWANCE[half]) return { half };
    // So many have to be forgotten until there is room for one.
    const last = used[used.length - ALLOWANCE[half]];
    wait_ms = Math.min(wait_ms, last === undefined ? UNDECIDED_MS : last.at + ALLOWANCE_MS - asked.now);
  }
  return { wait_ms };
}

/**
 * Returns the network of an address key, as far as one customer can reach: of an IPv6 address the /48, because many a
 * customer has all of its /64s.
 */
export function networkOf(addressKey: string): string {
  return /^[0-9a-f]{16}\/64$/.test(addressKey) ? `${addressKey.slice(0, 12)}/48` : addressKey;
}

/**
 * Where a guess is counted. What a stranger guesses is counted for the account and the address; a device that is known and a
 * session that is live have a ladder of their own, wherever they are.
 */
export type GuessPlace = {
  /** An account, a name that no account has, a device or a session. */
  readonly subject: string;
  /** Key of the stranger's address; empty for a device or a session. */
  readonly address: string;
  /** Its network; empty likewise. */
  readonly network: string;
  /** The half of the account's allowance that it draws from; null for a device or a session. */
  readonly half: Half | null;
};

/** Returns what strangers' guesses at an account are counted under, whichever of its names was typed. */
export const accountSubject = (account_id: string): string => `account:${account_id}`;
/** Returns what guesses on a known device are counted under. */
export const deviceSubject = (device_id: string): string => `device:${device_id}`;
/** Returns what guesses inside a live session are counted under. */
export const sessionSubject = (session_id: string): string => `session:${session_id}`;

/** Returns the place of guesses that are counted for a device or a session alone. */
export const ownPlace = (subject: string): GuessPlace => ({ subject, address: '', network: '', half: null });
