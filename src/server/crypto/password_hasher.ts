/**
 * Password hashes: scrypt with fixed parameters, a bounded number at once. One hash at N = 2^17, r = 8 takes about
 * 250 ms and 128 MiB (128 · N · r bytes), so the number at work and in the queue is what protects the process. A right
 * password costs as much as a wrong one: who waits, waits in fair lines (`fair_queue.ts`).
 */
import { randomBytes } from 'node:crypto';
import * as scryptModule from 'scrypt-kdf';
import { fail, isFailure, type Failure } from '../../protocol/index.js';
import { FairQueue, type Whose } from './fair_queue.js';

// The package exports one default object at run time; its type file describes the members of that object instead.
const Scrypt = (scryptModule as unknown as { readonly default: typeof scryptModule }).default;

/** [OWASP Password Storage Cheat Sheet]: N = 2^17, r = 8, p = 1. */
export const SCRYPT_LOG_N = 17;
/** A stored block outside this range was tampered with: 2^30 would ask for 1 TiB. */
export const SCRYPT_LOG_N_MIN = 15;
export const SCRYPT_LOG_N_MAX = 18;
const BLOCK_BYTES = 96;
const R = 8;
const P = 1;

export type Busy = Failure<'busy'>;

type Begin = (turn: 'now' | 'busy') => void;

/** Runs at most `slots` pieces of work at once and lets at most `queueMax` wait, in fair lines. */
export class WorkSlots {
  readonly #waiting: FairQueue<Begin>;
  readonly #slots: number;
  #free: number;
  /** How much work was turned away since the start. */
  refused = 0;

  constructor(slots: number, queueMax: number) {
    this.#slots = slots;
    this.#free = slots;
    this.#waiting = new FairQueue(queueMax);
  }

  /** Returns how many slots are taken. */
  get running(): number {
    return this.#slots - this.#free;
  }

  /** Returns how many wait for a slot. */
  get queued(): number {
    return this.#waiting.size;
  }

  /**
   * Returns the result of `work`, or `busy`: at once when it makes the longest line longer than there is room for, later
   * when somebody else with a shorter line came meanwhile. `cost`: 1 is the usual.
   */
  async run<T>(whose: Whose, cost: number, work: () => Promise<T>): Promise<T | Busy> {
    if (this.#free > 0) this.#free -= 1;
    else if ((await this.#wait(whose, cost)) === 'busy') {
      this.refused += 1;
      return fail('busy');
    }
    try {
      return await work();
    } finally {
      // A slot is handed on, not freed, so that nobody can slip in between.
      const next = this.#waiting.take();
      if (next === null) this.#free += 1;
      else next('now');
    }
  }

  #wait(whose: Whose, cost: number): Promise<'now' | 'busy'> {
    return new Promise((begin) => this.#waiting.add(whose, cost, begin)?.('busy'));
  }
}

export type Verdict = {
  readonly ok: boolean;
  /** True when the stored hash is weaker than what would be made today. */
  readonly outdated: boolean;
};

export class PasswordHasher {
  readonly #slots: WorkSlots;
  readonly #logN: number;
  #dummy: Promise<string> | null = null;

  constructor(options: { slots: number; queueMax: number; logN: number }) {
    this.#slots = new WorkSlots(options.slots, options.queueMax);
    this.#logN = options.logN;
  }

  /** Hashes in work, waiting, and turned away since the start. */
  get load(): { running: number; queued: number; refused: number } {
    const { running, queued, refused } = this.#slots;
    return { running, queued, refused };
  }

  /** Returns a new hash in base64: scrypt's file header with parameters, salt and check value, 96 bytes. */
  async hash(password: string, whose: Whose): Promise<string | Busy> {
    return this.#slots.run(whose, 1, () => this.#derive(password));
  }

  /**
   * Whether `password` made `stored`. Without a stored hash the same work is done against a random one, so that an
   * account that doesn't exist takes as long as one that does; and a wrong guess at a hash from when less was asked takes
   * as long as at one of today. A damaged block counts as wrong.
   */
  async verify(password: string, stored: string | null, whose: Whose): Promise<Verdict | Busy> {
    const logN = stored === null ? null : this.#storedLogN(stored);
    const usable = stored !== null && logN !== null;
    const against = usable ? stored : await this.#dummyHash();
    // Time and memory grow with N; what is to be hashed today costs one.
    const cost = usable ? Math.max(1, 2 ** (logN - this.#logN)) : 1;
    const matches = await this.#slots.run(whose, cost, async () => {
      const typed = Buffer.from(password.normalize('NFC'));
      const right = await Scrypt.verify(Buffer.from(against, 'base64'), typed);
      if (!right && usable) await this.#makeUpFor(logN);
      return right;
    });
    if (isFailure(matches)) return matches;
    return { ok: matches && usable, outdated: usable && logN < this.#logN };
  }

  /** Does what is missing after a hash of 2^logN to the work of today: 2^n + 2^n + 2^(n+1) and so on is the next power each time. */
  async #makeUpFor(logN: number): Promise<void> {
    for (let n = logN; n < this.#logN; n += 1) await Scrypt.kdf(Buffer.alloc(0), { logN: n, r: R, p: P });
  }

  /** Makes the random hash ahead of its first use. */
  async warmUp(): Promise<void> {
    await this.#dummyHash();
  }

  async #dummyHash(): Promise<string> {
    // Random for every start: nobody can know a password that matches it. Not counted against the queue.
    this.#dummy ??= this.#derive(randomBytes(32).toString('base64'));
    return this.#dummy;
  }

  async #derive(password: string): Promise<string> {
    const block = await Scrypt.kdf(Buffer.from(password.normalize('NFC')), { logN: this.#logN, r: R, p: P });
    return Buffer.from(block).toString('base64');
  }

  /** Returns log2 N of a stored block, or null when the block isn't one that this server makes. */
  #storedLogN(stored: string): number | null {
    const block = Buffer.from(stored, 'base64');
    if (block.length !== BLOCK_BYTES || block.toString('latin1', 0, 6) !== 'scrypt') return null;
    const { logN, r, p } = Scrypt.viewParams(block);
    // What this server itself makes is never damaged: the configuration lets nobody go below the limit, but tests do.
    const least = Math.min(SCRYPT_LOG_N_MIN, this.#logN);
    if (logN < least || logN > SCRYPT_LOG_N_MAX || r !== R || p !== P) return null;
    return logN;
  }
}
