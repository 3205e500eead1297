import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { isFailure } from '../../../src/protocol/index.js';
import {
  PasswordHasher,
  SCRYPT_LOG_N,
  tokenHash,
  WorkSlots,
  type Whose,
} from '../../../src/server/crypto/index.js';
import { OPTIONS } from '../../../src/server/config.js';
import { stopwatch } from '../../support/stopwatch.js';

const ANYBODY: Whose = { address: '192.0.2.7', account: 'anybody', known_device: false };

describe('work slots', () => {
  test('so many at once, so many waiting, the rest are told busy at once', async () => {
    const slots = new WorkSlots(2, 3);
    let running = 0;
    let most = 0;
    const work = async (): Promise<string> => {
      running += 1;
      most = Math.max(most, running);
      await sleep(5);
      running -= 1;
      return 'done';
    };
    const results = await Promise.all(Array.from({ length: 9 }, () => slots.run(ANYBODY, 1, work)));
    expect(results.filter((result) => result === 'done')).toHaveLength(5);
    expect(results.filter((result) => isFailure(result))).toHaveLength(4);
    expect(most).toBe(2);
    expect(slots.queued).toBe(0);
  });

  test('work that throws gives its slot back', async () => {
    const slots = new WorkSlots(1, 1);
    await expect(slots.run(ANYBODY, 1, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await slots.run(ANYBODY, 1, () => Promise.resolve('next'))).toBe('next');
  });

  test('who waits longest goes first', async () => {
    const slots = new WorkSlots(1, 10);
    const order: number[] = [];
    await Promise.all(
      [0, 1, 2, 3].map((n) =>
        slots.run(ANYBODY, 1, async () => {
          await sleep(1);
          order.push(n);
        }),
      ),
    );
    expect(order).toEqual([0, 1, 2, 3]);
  });
});

describe('password hashes', () => {
  const hasher = new PasswordHasher({ slots: 2, queueMax: 8, logN: 15 });

  test('two hashes of one password differ, and both fit', async () => {
    const [one, two] = await Promise.all([
      hasher.hash('correct horse', ANYBODY),
      hasher.hash('correct horse', ANYBODY),
    ]);
    if (isFailure(one) || isFailure(two)) throw new Error('busy');
    expect(one).not.toBe(two);
    expect(await hasher.verify('correct horse', one, ANYBODY)).toEqual({ ok: true, outdated: false });
    expect(await hasher.verify('correct horse', two, ANYBODY)).toEqual({ ok: true, outdated: false });
    expect(await hasher.verify('Correct horse', one, ANYBODY)).toEqual({ ok: false, outdated: false });
  });

  test('unless told otherwise a hash is made with N = 2^17, r = 8, p = 1, and says so', async () => {
    expect(OPTIONS.password_cost.fallback).toBe(17);
    const hasher = new PasswordHasher({ slots: 1, queueMax: 1, logN: SCRYPT_LOG_N });
    const made = await hasher.hash('correct horse', ANYBODY);
    if (isFailure(made)) throw new Error('busy');
    const block = Buffer.from(made, 'base64');
    expect(block.toString('latin1', 0, 6)).toBe('scrypt');
    expect([block[7], block.readUInt32BE(8), block.readUInt32BE(12)]).toEqual([17, 8, 1]);
  });

  test('nothing fits an account without a password, and it takes as long as one with', async () => {
    const stored = await hasher.hash('x', ANYBODY);
    if (isFailure(stored)) throw new Error('busy');
    const took = async (against: string | null): Promise<number> => {
      const began = performance.now();
      expect(await hasher.verify('wrong', against, ANYBODY)).toMatchObject({ ok: false });
      return performance.now() - began;
    };
    await took(null);
    // The quickest of several, taken in turn: what others on the machine take from one is not taken from all.
    let [without, withOne] = [Infinity, Infinity];
    for (let round = 0; round < 3; round += 1) {
      without = Math.min(without, await took(null));
      withOne = Math.min(withOne, await took(stored));
    }
    expect(without / withOne).toBeGreaterThan(0.3);
    expect(without / withOne).toBeLessThan(3);
  });

  test('[T-28] a wrong guess at a hash from before the cost was raised takes as long as at a name that nobody has', async () => {
    const stored = await hasher.hash('x', ANYBODY);
    if (isFailure(stored)) throw new Error('busy');
    const today = new PasswordHasher({ slots: 1, queueMax: 1, logN: 17 });
    const took = async (against: string | null): Promise<number> => {
      const began = performance.now();
      const outdated = against !== null;
      expect(await today.verify('wrong', against, ANYBODY)).toEqual({ ok: false, outdated });
      return performance.now() - began;
    };
    await took(null);
    let [unknown, weaker] = [Infinity, Infinity];
    for (let round = 0; round < 3; round += 1) {
      unknown = Math.min(unknown, await took(null));
      weaker = Math.min(weaker, await took(stored));
    }
    // A quarter of the work it would be without what makes up for it.
    expect(weaker / unknown).toBeGreaterThan(0.6);
    expect(weaker / unknown).toBeLessThan(1.7);
    // Whoever knows the password doesn't pay for it.
    expect(await today.verify('x', stored, ANYBODY)).toEqual({ ok: true, outdated: true });
  });

  test.each([
    ['no base64', '!!!'],
    ['too short', Buffer.alloc(95).toString('base64')],
    ['not scrypt', Buffer.alloc(96).toString('base64')],
    ['N = 2^30', damaged({ logN: 30 })],
    ['N = 2^14', damaged({ logN: 14 })],
    ['r = 1000', damaged({ r: 1000 })],
    ['p = 1000', damaged({ p: 1000 })],
  ])('a stored block that is damaged counts as wrong, cheaply: %s', async (_what, stored) => {
    const elapsed = stopwatch();
    expect(await hasher.verify('anything', stored, ANYBODY)).toEqual({ ok: false, outdated: false });
    expect(elapsed()).toBeLessThan(2_000);
  });

  function damaged(parameters: { logN?: number; r?: number; p?: number }): string {
    const block = Buffer.alloc(96);
    block.write('scrypt');
    block[7] = parameters.logN ?? 15;
    block.writeUInt32BE(parameters.r ?? 8, 8);
    block.writeUInt32BE(parameters.p ?? 1, 12);
    return block.toString('base64');
  }

  test('a token is stored as 32 bytes that differ for every token', () => {
    expect(tokenHash('pcs_a')).toHaveLength(32);
    expect(tokenHash('pcs_a').equals(tokenHash('pcs_b'))).toBe(false);
  });
});
