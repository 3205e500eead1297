/**
 * Rate-limit buckets. What strangers draw from is counted by address, what signed-in people draw from by account. In
 * `guess` an attempt is counted before the check and given back when it succeeds, so only failures use it up.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { fail, type Bucket, type Failure } from '../../protocol/index.js';

type Limit = { readonly points: number; readonly per_seconds: number };

/** Why these: twenty wrong passwords in ten minutes is a bad day, more is a machine. [security values of section 3] */
export const BUCKET_LIMITS: Readonly<Record<Exclude<Bucket, 'free'>, Limit>> = {
  guess: { points: 20, per_seconds: 600 },
  create: { points: 60, per_seconds: 600 },
  write: { points: 300, per_seconds: 60 },
  list: { points: 600, per_seconds: 60 },
};

/** What was drawn, so that it can be given back. */
export type Draw = { giveBack(): Promise<void> };

const NOTHING: Draw = { giveBack: () => Promise.resolve() };

export class Throttle {
  readonly #limiters: ReadonlyMap<Bucket, RateLimiterMemory>;

  constructor(enabled: boolean) {
    this.#limiters = new Map(
      Object.entries(enabled ? BUCKET_LIMITS : {}).map(([bucket, { points, per_seconds }]) => [
        bucket as Bucket,
        new RateLimiterMemory({ points, duration: per_seconds, keyPrefix: bucket }),
      ]),
    );
  }

  /** Draws one point, or says how long to wait. */
  async draw(bucket: Bucket, key: string): Promise<Draw | Failure<'throttled'>> {
    const limiter = this.#limiters.get(bucket);
    if (limiter === undefined) return NOTHING;
    try {
      await limiter.consume(key);
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes)
        return fail('throttled', { retry_after_ms: refusal.msBeforeNext });
      throw refusal;
    }
    return {
      giveBack: async () => {
        await limiter.reward(key);
      },
    };
  }
}
