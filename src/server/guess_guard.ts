/**
 * Slows down guessing at passwords. An attempt is counted before the check: in memory while it is being checked, in the
 * database with its verdict, so that neither a hundred tries at once nor a restart gets around the wait.
 */
import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { fail, type Failure } from '../protocol/index.js';
import { addressKey, FREE_GUESSES, guessWait } from './domain/index.js';
import type { Guess, GuessGuard } from './handlers/index.js';
import type { Clock } from './runtime/index.js';
import type { Store } from './store/index.js';

/** A person signs in to a few accounts from one address; a machine tries many. */
const ACCOUNTS_PER_ADDRESS = { points: 10, duration: 600 } as const;
/** What is told while other guesses at the same account are still being checked. */
const PENDING_WAIT_MS = 1_000;

/** The counter of an account, whichever of its names was typed. */
export function accountSubject(accountId: string): string {
  return `account:${accountId}`;
}

/** The counter of a name that no account has: it waits like any other. The name itself is not kept. */
export function nameSubject(canonicalName: string): string {
  return `name:${createHash('sha256').update(canonicalName).digest('base64url')}`;
}

export class LadderGuard implements GuessGuard {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #enabled: boolean;
  readonly #pending = new Map<string, number>();
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
    const counter = await this.#store.read.guessCounter(subject);
    const pending = this.#pending.get(subject) ?? 0;
    const failures = counter?.failures ?? 0;
    const wait = counter === null ? 0 : guessWait(failures, counter.last_failure_at, this.#clock.now());
    if (wait > 0) return fail('throttled', { retry_after_ms: wait });
    if (pending > 0 && failures + pending >= FREE_GUESSES) {
      return fail('throttled', { retry_after_ms: PENDING_WAIT_MS });
    }
    // Counted before anything is awaited, so that guesses at once see each other.
    this.#pending.set(subject, pending + 1);
    const key = addressKey(address);
    const refused = await this.#countAccount(key, subject);
    if (refused !== null) {
      this.#end(subject);
      return refused;
    }
    let ended = false;
    return {
      succeeded: async () => {
        await this.#accountsPerAddress.reward(key);
        await this.#tried.delete(`${key} ${subject}`);
      },
      end: () => {
        if (!ended) this.#end(subject);
        ended = true;
      },
    };
  }

  /** Counts an account once for each address that tries it. */
  async #countAccount(address: string, subject: string): Promise<Failure<'throttled'> | null> {
    const known = await this.#tried.get(`${address} ${subject}`);
    if (known !== null && known.consumedPoints > 0) return null;
    try {
      await this.#accountsPerAddress.consume(address);
      await this.#tried.consume(`${address} ${subject}`).catch(() => null);
      return null;
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes)
        return fail('throttled', { retry_after_ms: refusal.msBeforeNext });
      throw refusal;
    }
  }

  #end(subject: string): void {
    const left = (this.#pending.get(subject) ?? 1) - 1;
    if (left > 0) this.#pending.set(subject, left);
    else this.#pending.delete(subject);
  }
}
