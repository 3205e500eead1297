/**
 * Rate-limit buckets. What strangers draw from is counted by address, what signed-in people draw from by account. In
 * `guess` an attempt is counted before the check and given back when it succeeds, so only failures use it up.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { fail, type Bucket, type Failure } from '../../protocol/index.js';

type Limit = { readonly points: number; readonly per_seconds: number };

/** Why these: twenty wrong passwords in ten minutes is a bad day, more is a machine. */
export const BUCKET_LIMITS: Readonly<Record<Exclude<Bucket, 'free'>, readonly Limit[]>> = {
  guess: [
    { points: 20, per_seconds: 600 },
    { points: 100, per_seconds: 3_600 },
  ],
  create: [{ points: 60, per_seconds: 600 }],
  write: [{ points: 300, per_seconds: 60 }],
  list: [{ points: 600, per_seconds: 60 }],
};

/** When somebody else's attempt is just being checked, the answer to it will be there in about this time. */
const UNDECIDED_MS = 1_000;

/** What was drawn, so that it can be given back. */
export type Draw = {
  giveBack(): Promise<void>;
  /** The call has its answer, whatever it is; always called. */
  end(): void;
};

const NOTHING: Draw = { giveBack: () => Promise.resolve(), end: () => undefined };

export class Throttle {
  readonly #limiters: ReadonlyMap<Bucket, readonly RateLimiterMemory[]>;
  /** Calls that have drawn and have no answer yet, by bucket and key: what they drew may still come back. */
  readonly #undecided = new Map<string, number>();

  constructor(enabled: boolean) {
    this.#limiters = new Map(
      Object.entries(enabled ? BUCKET_LIMITS : {}).map(([bucket, limits]) => [
        // The keys of the table are buckets; Object.entries forgets that.
        bucket as Bucket,
        limits.map(
          ({ points, per_seconds }) =>
            new RateLimiterMemory({ points, duration: per_seconds, keyPrefix: `${bucket} ${per_seconds}` }),
        ),
      ]),
    );
  }

  /** Draws one point from every limit of a bucket, or says how long to wait. */
  async draw(bucket: Bucket, key: string): Promise<Draw | Failure<'throttled'>> {
    const limiters = this.#limiters.get(bucket);
    if (limiters === undefined) return NOTHING;
    const name = `${bucket} ${key}`;
    const undecided = this.#undecided.get(name) ?? 0;
    this.#undecided.set(name, undecided + 1);
    const drawn: RateLimiterMemory[] = [];
    const giveBack = async (): Promise<void> => {
      for (const limiter of drawn) await limiter.reward(key);
    };
    try {
      for (const limiter of limiters) {
        drawn.push(limiter);
        await limiter.consume(key);
      }
    } catch (refusal) {
      // What was refused was not done: whoever keeps asking doesn't wait the longer for it.
      await giveBack();
      this.#decided(name);
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      // The last one drawn is the one that refused; its count holds this call as well.
      const decided = refusal.consumedPoints - 1 - undecided;
      const mayComeBack = decided < (drawn.at(-1)?.points ?? 0);
      const wait = refusal.msBeforeNext;
      return fail('throttled', { retry_after_ms: mayComeBack ? Math.min(wait, UNDECIDED_MS) : wait });
    }
    return { giveBack, end: () => this.#decided(name) };
  }

  #decided(name: string): void {
    const left = (this.#undecided.get(name) ?? 0) - 1;
    if (left > 0) this.#undecided.set(name, left);
    else this.#undecided.delete(name);
  }
}
