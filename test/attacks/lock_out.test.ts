/**
 * The attacker wants a named person locked out, and has time: 100 days of wrong guesses, from one address and from a thousand. The
 * figures that SECURITY.md gives are computed here. `npm run drills` lets a thousand addresses try for 100 days as well.
 */
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/protocol/index.js';
import { Doorway } from '../support/doorway.js';
import { DAY_MS, FakeClock, MINUTE_MS } from '../support/fake_clock.js';
import { longOrShort } from '../support/drill.js';
import { PASSWORD } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { QUICK, runs } from '../support/runs.js';
import { Siege } from '../support/siege.js';

const QUARTER_MS = 15 * MINUTE_MS;
const DAYS = runs(100);

type Figures = {
  readonly guesses_a_day: number;
  /** The longest that a new device of the owner was refused without a break. */
  readonly longest_ms: number;
  readonly out_ms_a_day: number;
  /** The longest wait that anybody was told. */
  readonly told_ms: number;
  /** The longest wait of the owner's known device. */
  readonly known_ms: number;
};

/** Lets so many addresses do all that they can, and asks at every moment whether the owner would be let in. */
async function besieged(addresses: number, days: number): Promise<Figures> {
  using siege = new Siege(addresses);
  const end = siege.clock.now() + days * DAY_MS;
  let [since, longest_ms, out_ms, told_ms, known_ms] = [-1, 0, 0, 0, 0];
  while (siege.clock.now() < end) {
    await siege.attack();
    const now = siege.clock.now();
    const wait = await siege.newDeviceWaits();
    told_ms = Math.max(told_ms, wait);
    known_ms = Math.max(known_ms, await siege.knownDeviceWaits());
    if (wait > 0 && since < 0) since = now;
    siege.next(end);
    if (wait === 0) since = -1;
    else {
      out_ms += siege.clock.now() - now;
      longest_ms = Math.max(longest_ms, siege.clock.now() - since);
    }
  }
  return { guesses_a_day: siege.guesses / days, longest_ms, out_ms_a_day: out_ms / days, told_ms, known_ms };
}

describe('[T-48] whoever wants a person locked out', () => {
  test(`with one address, in ${DAYS} days: a new device elsewhere never waits, and 96 guesses a day are looked at`, async () => {
    const figures = await besieged(1, DAYS);
    expect(figures).toMatchObject({ longest_ms: 0, out_ms_a_day: 0, known_ms: 0 });
    // Thirteen at once to climb the ladder, then one in fifteen minutes.
    expect(figures.guesses_a_day).toBeLessThanOrEqual(96 + 20 / DAYS);
    expect(figures.guesses_a_day).toBeGreaterThan(95);
  });

  test(`with one address, and an owner who mistypes first: fifteen minutes at most, on each of ${DAYS} days`, async () => {
    using siege = new Siege(1);
    const { clock } = siege;
    for (let day = 0; day < DAYS; day += 1) {
      const morning = clock.now() + DAY_MS;
      while (clock.now() < morning) {
        await siege.attack();
        siege.next(morning);
      }
      await siege.attack();
      const came = clock.now();
      expect(await siege.mistypes()).toBe(true);
      for (let wait = await siege.newDeviceWaits(); wait > 0; wait = await siege.newDeviceWaits()) {
        const told = clock.now() + wait;
        while (clock.now() < told) {
          siege.next(told);
          await siege.attack();
        }
      }
      await siege.signsIn();
      expect(clock.now() - came).toBeLessThanOrEqual(QUARTER_MS);
    }
  });

  const crowds = [
    [4, 10, 0],
    [50, 4, 150 * MINUTE_MS],
    [100, 4, 300 * MINUTE_MS],
    [400, 3, 1_200 * MINUTE_MS],
  ] as const;
  test.each(QUICK ? crowds.slice(0, 2) : crowds)(
    'with %i addresses: three minutes a day for each, and none for fewer than five',
    async (addresses, days, most_ms) => {
      const figures = await besieged(addresses, days);
      expect(figures.out_ms_a_day).toBeLessThanOrEqual(most_ms);
      expect(figures.known_ms).toBe(0);
      expect(figures.told_ms).toBeLessThanOrEqual(QUARTER_MS);
    },
  );

  test('with 1,000 addresses: new devices are kept out as long as it goes on, known ones never; 960 guesses a day', async () => {
    const days = longOrShort(100, runs(5));
    const figures = await besieged(1_000, days);
    expect(figures.guesses_a_day).toBe(960);
    // Without a gap, from the first moment to the last.
    expect(figures.longest_ms).toBe(days * DAY_MS);
    expect(figures.out_ms_a_day).toBe(DAY_MS);
    expect(figures.known_ms).toBe(0);
    // What anybody is told ends within fifteen minutes, and so does all of it when they go.
    expect(figures.told_ms).toBeLessThanOrEqual(QUARTER_MS);
    using siege = new Siege(1_000);
    await siege.attack();
    expect(await siege.newDeviceWaits()).toBeGreaterThan(0);
    siege.clock.advance(QUARTER_MS);
    expect(await siege.newDeviceWaits()).toBe(0);
  });
});

describe('[T-48] the same through a server', () => {
  const ATTACKER = '203.0.113.66';
  const signIn = (password: string, more: object = {}): object => ({
    user: { account_name: 'anna', password },
    ...more,
  });

  /** Guesses for so long and until it has to wait, as soon as it is let each time. Returns how many guesses were looked at. */
  async function attack(door: Doorway, clock: FakeClock, for_ms: number): Promise<number> {
    const end = clock.now() + for_ms;
    let looked_at = 0;
    for (;;) {
      const reply = await door.ask(ATTACKER, 'authenticate', signIn('a wrong horse'));
      if (reply['code'] === 'invalid_credentials') looked_at += 1;
      else {
        expectRefusal(reply, 'throttled');
        expect(reply['retry_after_ms']).toBeLessThanOrEqual(QUARTER_MS);
        if (clock.now() >= end) return looked_at;
        clock.advance(Math.min(Number(reply['retry_after_ms']), end - clock.now()));
      }
    }
  }

  const isIn = ({ response }: JsonObject): boolean => response === 200;

  /** Guesses from these addresses until each of them has to wait. */
  async function fill(door: Doorway, addresses: readonly string[]): Promise<void> {
    for (const address of addresses) {
      for (let code: unknown = null; code !== 'throttled';)
        code = (await door.ask(address, 'authenticate', signIn('a wrong horse')))['code'];
    }
  }

  test('all addresses of one IPv6 customer are one network: the kept half is not theirs', async () => {
    const clock = new FakeClock();
    await using door = await Doorway.open(clock);
    const user = { account_name: 'anna', password: PASSWORD };
    await door.call('198.51.100.1', 'register', { user });
    await fill(
      door,
      Array.from({ length: 50 }, (_, n) => `2001:db8:1:${n.toString(16)}::1`),
    );
    expectRefusal(await door.ask('2001:db8:1:ffff::1', 'authenticate', signIn(PASSWORD)), 'throttled');
    expect(isIn(await door.ask('2001:db8:2::1', 'authenticate', signIn(PASSWORD)))).toBe(true);
  });

  test('a clock that is set back by a year lets everybody in who waited, and counts on from there', async () => {
    const clock = new FakeClock();
    await using door = await Doorway.open(clock);
    const user = { account_name: 'anna', password: PASSWORD };
    await door.call('198.51.100.1', 'register', { user });
    await fill(
      door,
      Array.from({ length: 20 }, (_, n) => `203.0.113.${n}`),
    );
    expectRefusal(await door.ask('198.51.100.2', 'authenticate', signIn(PASSWORD)), 'throttled');
    clock.jump(-365 * DAY_MS);
    expect(isIn(await door.ask('198.51.100.2', 'authenticate', signIn(PASSWORD)))).toBe(true);
    await fill(
      door,
      Array.from({ length: 20 }, (_, n) => `203.0.113.${n}`),
    );
    expectRefusal(await door.ask('198.51.100.2', 'authenticate', signIn(PASSWORD)), 'throttled');
    clock.advance(QUARTER_MS);
    expect(isIn(await door.ask('198.51.100.2', 'authenticate', signIn(PASSWORD)))).toBe(true);
  });

  test('whoever gets in clears what this address guessed, and nothing of the others', async () => {
    const clock = new FakeClock();
    await using door = await Doorway.open(clock);
    const user = { account_name: 'anna', password: PASSWORD };
    await door.call('198.51.100.1', 'register', { user });
    await fill(door, [ATTACKER]);
    await door.ask('198.51.100.2', 'authenticate', signIn('a slip'));
    expect(isIn(await door.ask('198.51.100.2', 'authenticate', signIn(PASSWORD)))).toBe(true);
    expectRefusal(await door.ask(ATTACKER, 'authenticate', signIn(PASSWORD)), 'throttled');
  });

  const quarters = longOrShort(4 * 96, runs(48));
  test(`1,000 addresses that use the whole allowance, ${quarters} quarters of an hour: the known device is let in at once`, async () => {
    const clock = new FakeClock();
    await using door = await Doorway.open(clock);
    const user = { account_name: 'anna', password: PASSWORD };
    const { device_token } = await door.call('198.51.100.1', 'register', { user });
    let turn = 0;
    // Each has been quiet for a day when its turn comes: 10 in a quarter of an hour are 960 a day.
    const next = (): string => `10.66.${((turn += 1) % 1_000) >> 8}.${(turn % 1_000) & 255}`;
    for (let quarter = 0; quarter < quarters; quarter += 1) {
      for (let guess = 0; guess < 10; guess += 1)
        expectRefusal(await door.ask(next(), 'authenticate', signIn('a wrong horse')), 'invalid_credentials');
      expectRefusal(await door.ask('198.51.100.2', 'authenticate', signIn(PASSWORD)), 'throttled');
      const known = await door.ask('198.51.100.2', 'authenticate', signIn(PASSWORD, { device_token }));
      expect(isIn(known)).toBe(true);
      // The device's right answer has cleared nothing of the strangers'.
      expectRefusal(await door.ask('198.51.100.2', 'authenticate', signIn(PASSWORD)), 'throttled');
      clock.advance(QUARTER_MS);
    }
    expect(isIn(await door.ask('198.51.100.2', 'authenticate', signIn(PASSWORD)))).toBe(true);
  });

  test(`${DAYS} days: a new device elsewhere and the known one are let in each day at once`, async () => {
    const clock = new FakeClock();
    await using door = await Doorway.open(clock);
    const user = { account_name: 'anna', password: PASSWORD };
    const { device_token } = await door.call('198.51.100.1', 'register', { user });
    let looked_at = 0;
    for (let day = 0; day < DAYS; day += 1) {
      // The half hour before the owner comes is the one that matters.
      looked_at += await attack(door, clock, 30 * MINUTE_MS);
      expectRefusal(await door.ask(ATTACKER, 'authenticate', signIn(PASSWORD)), 'throttled');
      // Even where the attacker sits, the device that is known is.
      expect(isIn(await door.ask(ATTACKER, 'authenticate', signIn(PASSWORD, { device_token })))).toBe(true);
      expect(isIn(await door.ask(`198.51.100.${100 + day}`, 'authenticate', signIn(PASSWORD)))).toBe(true);
      clock.advance(DAY_MS - 30 * MINUTE_MS);
    }
    // Thirteen to climb the ladder, then two or three in half an hour.
    expect(looked_at).toBeGreaterThan(2 * DAYS);
    expect(looked_at).toBeLessThan(13 + 3 * DAYS);
    // Nothing of it is left when the attacker has gone: no administrator is needed.
    clock.advance(QUARTER_MS);
    expect(isIn(await door.ask(ATTACKER, 'authenticate', signIn(PASSWORD)))).toBe(true);
  }, 300_000);
});
