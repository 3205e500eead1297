/** The lines of the password hasher on a simulated clock: fair by cost, bounded, and nobody starves. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FairQueue, type Whose } from '../../../src/server/crypto/index.js';
import { runs } from '../../support/runs.js';

type Job = Whose & { readonly cost: number; readonly number: number };

const addressOf = (n: number): string => `198.18.0.${n}`;
const whoseOf = (address: number, account: number, known_device = false): Whose => ({
  address: addressOf(address),
  account: `account:${account}`,
  known_device,
});

/** Work of few addresses and accounts in both lanes, cheap and dear, with turns of the slot in between. */
const steps = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        address: fc.integer({ min: 0, max: 4 }),
        account: fc.integer({ min: 0, max: 4 }),
        known: fc.boolean(),
        cost: fc.constantFrom(0.125, 0.25, 0.5, 1, 2),
      }),
    },
    { weight: 2, arbitrary: fc.constant('take' as const) },
  ),
  { maxLength: 120 },
);

describe('[T-45] lines of the password hasher', () => {
  test('never more places or lines than there may be, and each piece of work has one end', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 8 }), (all, places) => {
        const queue = new FairQueue<Job>(places);
        const inside = new Set<number>();
        for (const [number, step] of all.entries()) {
          if (step === 'take') {
            const taken = queue.take();
            expect(taken === null).toBe(inside.size === 0);
            if (taken !== null) expect(inside.delete(taken.number)).toBe(true);
          } else {
            const whose = whoseOf(step.address, step.account, step.known);
            inside.add(number);
            const refused = queue.add(whose, step.cost, { ...whose, cost: step.cost, number });
            expect(refused !== null).toBe(inside.size > places);
            if (refused !== null) expect(inside.delete(refused.number)).toBe(true);
          }
          expect(queue.size).toBe(inside.size);
          expect(queue.size).toBeLessThanOrEqual(places);
          expect(queue.lines).toBeLessThanOrEqual(4 * queue.size);
        }
        while (queue.take() !== null);
        expect([queue.size, queue.lines]).toEqual([0, 0]);
      }),
      { numRuns: runs(300) },
    );
  });

  test('whoever is turned away is the newest of the longest line', () => {
    const arrivals = fc.array(
      fc.record({ address: fc.integer({ min: 0, max: 5 }), account: fc.integer({ min: 0, max: 3 }) }),
      { minLength: 10, maxLength: 60 },
    );
    fc.assert(
      fc.property(arrivals, (all) => {
        const queue = new FairQueue<Job>(8);
        let inside: Job[] = [];
        for (const [number, { address, account }] of all.entries()) {
          const job = { ...whoseOf(address, account), cost: 1, number };
          inside.push(job);
          const refused = queue.add(job, 1, job);
          if (refused === null) continue;
          const lengthOf = (one: Job): number =>
            inside.filter((other) => other.address === one.address).length;
          expect(lengthOf(refused)).toBe(Math.max(...inside.map(lengthOf)));
          const ofIts = inside.filter(
            (one) => one.address === refused.address && one.account === refused.account,
          );
          expect(ofIts.at(-1)).toBe(refused);
          inside = inside.filter((one) => one !== refused);
        }
      }),
      { numRuns: runs(300) },
    );
  });

  test('addresses that always want something get the same, whatever it costs and however many accounts they have', () => {
    const crowd = fc.record({
      accounts: fc.integer({ min: 1, max: 13 }),
      cost: fc.constantFrom(0.25, 0.5, 1),
    });
    fc.assert(
      fc.property(fc.array(crowd, { minLength: 2, maxLength: 5 }), (crowds) => {
        const queue = new FairQueue<Job>(200);
        const served = crowds.map(() => 0);
        let number = 0;
        const want = (address: number, account: number): void => {
          const { cost } = crowds[address] ?? { cost: 1 };
          const job = { ...whoseOf(address, account), cost, number: (number += 1) };
          expect(queue.add(job, cost, job)).toBeNull();
        };
        for (const [address, { accounts }] of crowds.entries())
          for (let account = 0; account < accounts; account += 1) {
            want(address, account);
            want(address, account);
          }
        for (let turn = 0; turn < 300; turn += 1) {
          const job = queue.take();
          if (job === null) throw new Error('somebody always waits');
          const address = crowds.findIndex((_crowd, at) => addressOf(at) === job.address);
          served[address] = (served[address] ?? 0) + job.cost;
          want(address, Number(job.account.slice('account:'.length)));
          // Nobody is ahead of another by more than a piece of work of each.
          expect(Math.max(...served) - Math.min(...served)).toBeLessThanOrEqual(2);
        }
      }),
      { numRuns: runs(100) },
    );
  });

  test('accounts of one address get the same', () => {
    const queue = new FairQueue<Job>(100);
    const served = new Map<string, number>();
    const want = (account: number): void => {
      const job = { ...whoseOf(0, account), cost: 1, number: 0 };
      queue.add(job, 1, job);
    };
    for (let n = 0; n < 60; n += 1) want(0);
    for (let n = 0; n < 5; n += 1) [1, 2, 3].forEach(want);
    for (let turn = 0; turn < 20; turn += 1) {
      const { account = '' } = queue.take() ?? {};
      served.set(account, (served.get(account) ?? 0) + 1);
    }
    expect([...served.values()]).toEqual([5, 5, 5, 5]);
  });

  test('nobody starves: a stream of ever new addresses overtakes whoever waits only for a moment', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ known: fc.boolean(), cost: fc.constantFrom(0.125, 1) }), {
          minLength: 200,
          maxLength: 200,
        }),
        fc.boolean(),
        (newcomers, known) => {
          const queue = new FairQueue<Job>(16);
          const first = { ...whoseOf(0, 0, known), cost: 1, number: 0 };
          // It has been served a moment ago, and wants more than anybody else.
          for (let n = 0; n < 8; n += 1) queue.add(first, 1, first);
          const turns: number[] = [];
          for (const [at, { known: alsoKnown, cost }] of newcomers.entries()) {
            const job = {
              ...whoseOf(1, at, alsoKnown),
              address: `198.19.${at >> 8}.${at & 255}`,
              cost,
              number: 1,
            };
            queue.add(job, cost, job);
            if (queue.take()?.number === 0) turns.push(at);
            if (turns.length === 8) break;
          }
          // Its turn comes at least once in so many: two lanes, and eight of the cheapest for one of the dearest.
          expect(turns.length).toBe(8);
          for (const [at, turn] of turns.entries())
            expect(turn - (turns[at - 1] ?? 0)).toBeLessThanOrEqual(24);
        },
      ),
      { numRuns: runs(60) },
    );
  });

  test('a lane has half of the turns and half of the places, whatever waits in the other', () => {
    for (const known of [true, false]) {
      const queue = new FairQueue<Job>(32);
      const job = (n: number, known_device: boolean): Job => ({
        ...whoseOf(n, n, known_device),
        cost: 1,
        number: n,
      });
      for (let n = 0; n < 32; n += 1) expect(queue.add(job(n, !known), 1, job(n, !known))).toBeNull();
      // Sixteen places are its own: whoever has to go for them is of the other lane.
      for (let n = 100; n < 116; n += 1) {
        expect(queue.add(job(n, known), 1, job(n, known))?.known_device).toBe(!known);
      }
      expect(queue.add(job(116, known), 1, job(116, known))?.known_device).toBe(known);
      const lanes = Array.from({ length: 20 }, () => queue.take()?.known_device);
      expect(lanes.filter((lane) => lane === known)).toHaveLength(10);
    }
  });

  test('a /48 has ten times what a /64 has, not 65,536 times', () => {
    const queue = new FairQueue<string>(64);
    for (let n = 0; n < 60; n += 1)
      queue.add(
        { address: `2001:db8:1:${n.toString(16)}::1`, account: `a${n}`, known_device: false },
        1,
        'site',
      );
    for (let n = 0; n < 4; n += 1)
      queue.add({ address: '2001:db8:2::1', account: `b${n}`, known_device: false }, 1, 'neighbour');
    const turns = Array.from({ length: 33 }, () => queue.take());
    expect(turns.filter((turn) => turn === 'neighbour').length).toBeGreaterThanOrEqual(3);
    // Full of lines of one: the network is the longest, so a newcomer stays.
    const full = new FairQueue<string>(32);
    for (let n = 0; n < 32; n += 1)
      full.add(
        { address: `2001:db8:1:${n.toString(16)}::1`, account: `a${n}`, known_device: false },
        1,
        'site',
      );
    expect(full.add({ address: '203.0.113.5', account: 'c', known_device: false }, 1, 'new')).toBe('site');
  });
});
