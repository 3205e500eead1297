/**
 * Slows down guessing at passwords. An attempt is counted before the check: in memory while it is being checked, in the
 * database with its verdict, so that neither a hundred tries at once nor a restart gets around the wait.
 */
import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { fail, type Failure } from '../../protocol/index.js';
import { addressKey, FREE_GUESSES, guessWait } from '../domain/index.js';
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

export class LadderGuard implements GuessGuard {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #enabled: boolean;
  /** Guesses that are being checked, by account and by address. */
  readonly #pending = new Map<string, number>();
  readonly #checking = new Map<string, number>();
  readonly #accountsPerAddress = new RateLimiterMemory({ ...ACCOUNTS_PER_ADDRESS, keyPrefix: 'accounts' });
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
    const key = addressKey(address);
    const refused = await this.#countAccount(key, subject);
    if (refused !== null) {
      add(this.#pending, subject, -1);
      return refused;
    }
    let ended = false;
    add(this.#checking, key, 1);
    return {
      succeeded: async () => {
        // Given back once, as it was counted once: two at the same time earn nobody a free one.
        if (await this.#tried.delete(`${key} ${subject}`)) await this.#accountsPerAddress.reward(key);
      },
      end: () => {
        if (ended) return;
        ended = true;
        add(this.#pending, subject, -1);
        add(this.#checking, key, -1);
      },
    };
  }

  /** Counts an account once for each address that tries it. */
  async #countAccount(address: string, subject: string): Promise<Failure<'throttled'> | null> {
    if (!(await consumed(this.#tried, `${address} ${subject}`)).ok) return null;
    const count = await consumed(this.#accountsPerAddress, address);
    if (count.ok) return null;
    await this.#tried.delete(`${address} ${subject}`);
    await this.#accountsPerAddress.reward(address);
    // Those that are being checked may turn out right and make room: no reason to send anybody away for ten minutes.
    const checking = (this.#checking.get(address) ?? 0) > 0;
    return fail('throttled', { retry_after_ms: checking ? PENDING_WAIT_MS : count.wait_ms });
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
