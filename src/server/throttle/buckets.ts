/**
 * Rate-limit buckets. What strangers draw from is counted by address and, on IPv6, by the network around it; what signed-in
 * people draw from by account. What only failures use up is drawn before the check and given back when it succeeds.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import {
  BUCKET_LIMITS,
  fail,
  type BucketLimit,
  type Failure,
  type LimitedBucket,
} from '../../protocol/index.js';
import { ADDRESSES_OF_A_NETWORK, networkKey } from '../domain/index.js';

/** When somebody else's attempt is just being checked, the answer to it will be there in about this time. */
const UNDECIDED_MS = 1_000;

/** What was drawn, so that it can be given back. */
export type Draw = {
  /** It was right: what only failures use up comes back. */
  succeeded(): Promise<void>;
  /** It was not even looked at: everything comes back. */
  undo(): Promise<void>;
  /** The call has its answer, whatever it is; always called. */
  end(): void;
};

const NOTHING: Draw = {
  succeeded: () => Promise.resolve(),
  undo: () => Promise.resolve(),
  end: () => undefined,
};

/** A limit at work: the counts of addresses and accounts, and those of networks. */
type Limiter = {
  readonly by: BucketLimit['by'];
  readonly own: RateLimiterMemory;
  readonly network: RateLimiterMemory;
};

/** What is counted where. */
type Count = { readonly by: BucketLimit['by']; readonly counts: RateLimiterMemory; readonly key: string };

export class Throttle {
  readonly #limiters: ReadonlyMap<string, readonly Limiter[]>;
  /** Calls that have drawn and have no answer yet, by bucket and key: what they drew may still come back. */
  readonly #undecided = new Map<string, number>();

  constructor(enabled: boolean) {
    this.#limiters = new Map(
      Object.entries(enabled ? BUCKET_LIMITS : {}).map(([bucket, limits]) => [
        bucket,
        limits.map(({ points, per_seconds: duration, by }, at) => ({
          by,
          own: new RateLimiterMemory({ points, duration, keyPrefix: `${bucket} ${at}` }),
          network: new RateLimiterMemory({
            points: points * ADDRESSES_OF_A_NETWORK,
            duration,
            keyPrefix: `${bucket} ${at} network`,
          }),
        })),
      ]),
    );
  }

  /**
   * Draws one point from every limit of a bucket, or says how long to wait. `key`: of an address, or an account's id.
   * `key_of_all`: who uses up what right answers use up as well, where that is somebody wider.
   */
  async draw(bucket: LimitedBucket, key: string, key_of_all = key): Promise<Draw | Failure<'throttled'>> {
    const counts = this.#countsOf(bucket, { failures: key, all: key_of_all });
    if (counts.length === 0) return NOTHING;
    const names = new Set(counts.map((count) => `${bucket} ${count.key}`));
    const undecided = new Map([...names].map((name) => [name, this.#undecided.get(name) ?? 0]));
    for (const [name, others] of undecided) this.#undecided.set(name, others + 1);
    const end = (): void => {
      for (const name of names) this.#decided(name);
    };
    const drawn: Count[] = [];
    try {
      for (const count of counts) {
        drawn.push(count);
        await count.counts.consume(count.key);
      }
    } catch (refusal) {
      // What was refused was not done: whoever keeps asking doesn't wait the longer for it.
      await giveBack(drawn);
      end();
      const last = drawn.at(-1);
      if (!(refusal instanceof RateLimiterRes) || last === undefined) throw refusal;
      // The last one drawn is the one that refused; its count holds this call as well.
      const decided = refusal.consumedPoints - 1 - (undecided.get(`${bucket} ${last.key}`) ?? 0);
      const mayComeBack = last.by === 'failures' && decided < last.counts.points;
      const wait = refusal.msBeforeNext;
      return fail('throttled', { retry_after_ms: mayComeBack ? Math.min(wait, UNDECIDED_MS) : wait });
    }
    return {
      succeeded: () => giveBack(drawn.filter(({ by }) => by === 'failures')),
      undo: () => giveBack(drawn),
      end,
    };
  }

  /** The network first: once that has nothing left, its addresses are not even remembered. */
  #countsOf(bucket: LimitedBucket, keys: Readonly<Record<BucketLimit['by'], string>>): readonly Count[] {
    return (this.#limiters.get(bucket) ?? []).flatMap((limiter) => {
      const { by } = limiter;
      const key = keys[by];
      const network = networkKey(key);
      const own = { by, counts: limiter.own, key };
      return network === null ? [own] : [{ by, counts: limiter.network, key: network }, own];
    });
  }

  #decided(name: string): void {
    const left = (this.#undecided.get(name) ?? 0) - 1;
    if (left > 0) this.#undecided.set(name, left);
    else this.#undecided.delete(name);
  }
}

async function giveBack(counts: readonly Count[]): Promise<void> {
  for (const { counts: limiter, key } of counts) await limiter.reward(key);
}
