/**
 * Slows down guessing at passwords. An attempt is counted before the check: in memory while it is being checked, in the
 * database with its verdict, so that neither a hundred tries at once nor a restart gets around the wait.
 */
import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { fail, type Failure } from '../../protocol/index.js';
import { ADDRESSES_OF_A_NETWORK, addressKey, FREE_GUESSES, guessWait, networkKey } from '../domain/index.js';
import type { Guess, GuessGuard } from '../handlers/index.js';
import type { Clock } from '../runtime/index.js';
import type { Store } from '../store/index.js';

/** A person signs in to a few accounts from one address; a machine tries many. */
const ACCOUNTS_PER_ADDRESS = { points: 10, duration: 600 } as const;
/** What is told while other guesses at the same account are still being checked. */
const PENDING_WAIT_MS = 1_000;

/** Returns the counter of an account, whichever of its names was typed. */
export function accountSubject(accountId: string): string {
  return `account:${accountId}`;
}

/** Returns the counter of a name that no account has: it waits like any other. The name itself is not kept. */
export function nameSubject(canonicalName: string): string {
  return `name:${createHash('sha256').update(canonicalName).digest('base64url')}`;
}

/** What counts how many accounts are tried from somewhere. */
type Place = { readonly key: string; readonly accounts: RateLimiterMemory };

export class LadderGuard implements GuessGuard {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #enabled: boolean;
  /** Guesses that are being checked, by account and by address. */
  readonly #pending = new Map<string, number>();
  readonly #checking = new Map<string, number>();
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

  constructor(parts: { store: Store; clock: Clock; enabled: boolean }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#enabled = parts.enabled;
  }

  subjectOf(accountId: string | null, canonicalName: string): string {
    return accountId === null ? nameSubject(canonicalName) : accountSubject(accountId);
  }

  async begin(subject: string, address: string): Promise<Guess | Failure<'throttled'>> {
    if (!this.#enabled) return { succeeded: () => Promise.resolve(), end: () => undefined };
    const counter = await this.#store.read.accounts.guessCounter(subject);
    const pending = this.#pending.get(subject) ?? 0;
    const failures = counter?.failures ?? 0;
    const wait = counter === null ? 0 : guessWait(failures, counter.last_failure_at, this.#clock.now());
    if (wait > 0) return fail('throttled', { retry_after_ms: wait });
    if (pending > 0 && failures + pending >= FREE_GUESSES) {
      return fail('throttled', { retry_after_ms: PENDING_WAIT_MS });
    }
    // Counted before anything is awaited, so that guesses at once see each other.
    add(this.#pending, subject, 1);
    const places = this.#placesOf(addressKey(address));
    const counted: Place[] = [];
    for (const place of places) {
      const refused = await this.#countAccount(place, subject, counted);
      if (refused === null) continue;
      for (const earlier of counted) await this.#giveBack(earlier, subject);
      add(this.#pending, subject, -1);
      return refused;
    }
    let ended = false;
    for (const { key } of places) add(this.#checking, key, 1);
    return {
      succeeded: async () => {
        for (const place of places) await this.#giveBack(place, subject);
      },
      end: () => {
        if (ended) return;
        ended = true;
        add(this.#pending, subject, -1);
        for (const { key } of places) add(this.#checking, key, -1);
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
    const checking = (this.#checking.get(key) ?? 0) > 0;
    return fail('throttled', { retry_after_ms: checking ? PENDING_WAIT_MS : count.wait_ms });
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
