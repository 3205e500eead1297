/**
 * Slows down guessing at passwords. An attempt is counted before the check: in memory while it is being checked, in the
 * database with its verdict, so that neither a hundred tries at once nor a restart gets around the wait. Strangers are counted by
 * account and address and share an allowance; a known device and a live session are counted by themselves, so that no stranger
 * keeps them out.
 */
import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { fail, isFailure, type Failure } from '../../protocol/index.js';
import {
  accountSubject,
  ADDRESSES_OF_A_NETWORK,
  addressKey,
  FREE_GUESSES,
  guessWait,
  halfFor,
  networkKey,
  networkOf,
  ownPlace,
  UNDECIDED_MS,
  type GuessPlace,
} from '../domain/index.js';
import type { Guess, GuessGuard } from '../handlers/index.js';
import type { Clock } from '../runtime/index.js';
import type { Store } from '../store/index.js';

/** A person signs in to a few accounts from one address; a machine tries many. */
const ACCOUNTS_PER_ADDRESS = { points: 10, duration: 600 } as const;

/** Returns the counter of a name that no account has: it waits like any other. The name itself is not kept. */
export function nameSubject(canonicalName: string): string {
  return `name:${createHash('sha256').update(canonicalName).digest('base64url')}`;
}

/** What counts how many accounts are tried from somewhere. */
type Place = { readonly key: string; readonly accounts: RateLimiterMemory };

/** What the guard reads. */
type Guesses = { readonly read: Pick<Store['read'], 'guesses'> };

type Counter = { readonly failures: number; readonly last_failure_at: number } | null;

export class LadderGuard implements GuessGuard {
  readonly #store: Guesses;
  readonly #clock: Clock;
  readonly #enabled: boolean;
  /** Guesses that are being checked, by everything that they are counted under. */
  readonly #undecided = new Map<string, number>();
  /** Questions to the database that are under way, each with the guesses that have ended since it was asked. */
  readonly #asking = new Set<{ readonly ended: (() => void)[] }>();
  readonly #accountsPerAddress = new RateLimiterMemory({ ...ACCOUNTS_PER_ADDRESS, keyPrefix: 'accounts' });
  readonly #accountsPerNetwork = new RateLimiterMemory({
    points: ACCOUNTS_PER_ADDRESS.points * ADDRESSES_OF_A_NETWORK,
    duration: ACCOUNTS_PER_ADDRESS.duration,
    keyPrefix: 'accounts of network',
  });
  readonly #tried = new RateLimiterMemory({
    points: 1,
    duration: ACCOUNTS_PER_ADDRESS.duration,
    keyPrefix: 'tried',
  });

  constructor(parts: { store: Guesses; clock: Clock; enabled: boolean }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#enabled = parts.enabled;
  }

  subjectOf(accountId: string | null, canonicalName: string): string {
    // Made for an account as well, so that the time of a refusal doesn't say which of both it was.
    const unknown = nameSubject(canonicalName);
    return accountId === null ? unknown : accountSubject(accountId);
  }

  async begin(subject: string, address: string): Promise<Guess | Failure<'throttled'>> {
    const key = addressKey(address);
    const network = networkOf(key);
    if (!this.#enabled) return this.#guess({ subject, address: key, network, half: 'open' }, []);
    const now = this.#clock.now();
    const asked = this.#store.read.guesses.ofStranger({ subject, address: key, network, now });
    const judged = await this.#judge(asked, ({ counter, clean, recent }) => {
      const pair = `pair ${key} ${subject}`;
      const half = halfFor({
        // Its first guess may turn out wrong.
        clean: clean && !this.#undecided.has(`network ${network}`),
        recent,
        undecided: { kept: this.#count(`kept ${subject}`), open: this.#count(`open ${subject}`) },
        now,
      });
      const wait = Math.max(this.#wait(counter, pair, now), 'half' in half ? 0 : half.wait_ms);
      if (wait > 0 || !('half' in half)) return fail('throttled', { retry_after_ms: wait });
      const counted = [pair, `${half.half} ${subject}`, `network ${network}`];
      // Counted before anything else is awaited, so that guesses at once see each other.
      for (const name of counted) add(this.#undecided, name, 1);
      return { half, counted };
    });
    if (isFailure(judged)) return judged;
    const { half, counted } = judged;
    const places = this.#placesOf(key);
    const tried: Place[] = [];
    for (const one of places) {
      const refused = await this.#countAccount(one, subject, tried);
      if (refused === null) continue;
      for (const earlier of tried) await this.#giveBack(earlier, subject);
      for (const name of counted) add(this.#undecided, name, -1);
      return refused;
    }
    const checking = places.map((one) => `address ${one.key}`);
    for (const name of checking) add(this.#undecided, name, 1);
    return this.#guess(
      { subject, address: key, network, half: half.half },
      [...counted, ...checking],
      async () => {
        for (const one of places) await this.#giveBack(one, subject);
      },
    );
  }

  async beginOwn(subject: string): Promise<Guess | Failure<'throttled'>> {
    const place = ownPlace(subject);
    if (!this.#enabled) return this.#guess(place, []);
    const wait_ms = await this.#judge(this.#store.read.guesses.ofOwn(subject), (counter) => {
      const wait = this.#wait(counter, subject, this.#clock.now());
      if (wait === 0) add(this.#undecided, subject, 1);
      return wait;
    });
    return wait_ms > 0 ? fail('throttled', { retry_after_ms: wait_ms }) : this.#guess(place, [subject]);
  }

  /**
   * Judges by what the database says. The answer may be from before a guess was written down that has ended by the time it is
   * here: such a guess counts as undecided until everything that was asked before its end is judged.
   */
  async #judge<T, R>(asked: Promise<T>, judge: (found: T) => R): Promise<R> {
    const asking: { readonly ended: (() => void)[] } = { ended: [] };
    this.#asking.add(asking);
    try {
      return judge(await asked);
    } finally {
      this.#asking.delete(asking);
      for (const release of asking.ended) release();
    }
  }

  #count(name: string): number {
    return this.#undecided.get(name) ?? 0;
  }

  /** What the ladder says: of what is in the database, and of what is being checked. */
  #wait(counter: Counter, name: string, now: number): number {
    const failures = counter?.failures ?? 0;
    const wait = counter === null ? 0 : guessWait(failures, counter.last_failure_at, now);
    const undecided = this.#count(name);
    return wait === 0 && undecided > 0 && failures + undecided >= FREE_GUESSES ? UNDECIDED_MS : wait;
  }

  /** A guess that is being checked, counted under these names until it ends. */
  #guess(
    place: GuessPlace,
    counted: readonly string[],
    succeeded = (): Promise<void> => Promise.resolve(),
  ): Guess {
    let ended = false;
    return {
      place,
      succeeded,
      end: () => {
        if (ended) return;
        ended = true;
        let left = this.#asking.size;
        const release = (): void => {
          left -= 1;
          if (left > 0) return;
          for (const name of counted) add(this.#undecided, name, -1);
        };
        if (left === 0) release();
        for (const { ended: waiting } of this.#asking) waiting.push(release);
      },
    };
  }

  /** Where the accounts that an address tries are counted: for itself, and for the network around it. */
  #placesOf(key: string): readonly Place[] {
    const own = { key, accounts: this.#accountsPerAddress };
    const network = networkKey(key);
    return network === null ? [own] : [{ key: network, accounts: this.#accountsPerNetwork }, own];
  }

  /** Counts an account once for each place that tries it; adds the place to `counted` when it is for the first time. */
  async #countAccount(place: Place, subject: string, counted: Place[]): Promise<Failure<'throttled'> | null> {
    const { key, accounts } = place;
    if (!(await consumed(this.#tried, `${key} ${subject}`)).ok) return null;
    const count = await consumed(accounts, key);
    if (count.ok) {
      counted.push(place);
      return null;
    }
    await this.#tried.delete(`${key} ${subject}`);
    await accounts.reward(key);
    // Those that are being checked may turn out right and make room: no reason to send anybody away for ten minutes.
    const checking = this.#count(`address ${key}`) > 0;
    return fail('throttled', { retry_after_ms: checking ? UNDECIDED_MS : count.wait_ms });
  }

  /** Given back once, as it was counted once: two at the same time earn nobody a free one. */
  async #giveBack({ key, accounts }: Place, subject: string): Promise<void> {
    if (await this.#tried.delete(`${key} ${subject}`)) await accounts.reward(key);
  }
}

/** Adds to a count that is forgotten when it is back at zero. */
function add(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}

/** Takes a point, or tells how long there is none. */
async function consumed(
  limiter: RateLimiterMemory,
  key: string,
): Promise<{ readonly ok: true } | { readonly ok: false; readonly wait_ms: number }> {
  try {
    await limiter.consume(key);
    return { ok: true };
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return { ok: false, wait_ms: refusal.msBeforeNext };
    throw refusal;
  }
}
