import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  BACKOFF_BASE_MS,
  BACKOFF_MAX_MS,
  backoffMs,
  KNOCK_MS_MAX,
  KNOCK_MS_MIN,
  knockMs,
  pauseMs,
} from '../../../src/client/backoff.js';

test('the bound doubles from half a second to fifteen seconds', () => {
  const bounds = [1, 2, 3, 4, 5, 6, 7, 1_000_000].map((failures) => backoffMs(failures, 1));
  expect(bounds).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  expect(BACKOFF_BASE_MS).toBe(500);
});

test('property: whole milliseconds between zero and the bound, all of it in use', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 5_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, random) => {
        const wait_ms = backoffMs(failures, random);
        expect(Number.isInteger(wait_ms)).toBe(true);
        expect(wait_ms).toBeGreaterThanOrEqual(0);
        expect(wait_ms).toBeLessThan(BACKOFF_MAX_MS);
      },
    ),
  );
  expect(backoffMs(3, 0)).toBe(0);
  expect(backoffMs(3, 0.5)).toBe(1_000);
});

test('while nothing listens the bounds stay, however long it lasts: back within two seconds', () => {
  expect([knockMs(0), knockMs(0.5), knockMs(0.9999)]).toEqual([500, 1_000, 1_499]);
  expect([KNOCK_MS_MIN, KNOCK_MS_MAX]).toEqual([500, 1_500]);
});

test('a pause that the server named to everybody is the least, and nobody takes exactly that', () => {
  expect([pauseMs(1_000, 0), pauseMs(1_000, 0.5), pauseMs(1_000, 0.9999)]).toEqual([1_000, 1_250, 1_499]);
  expect(pauseMs(0, 0)).toBe(0);
});

test('ten thousand clients that lost a server together come back spread over a second and a half', () => {
  // A fixed sequence, uniform enough: the same clients each time.
  let seed = 12_345;
  const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  for (const outage_ms of [1_000, 5_000, 60_000]) {
    const tenths = new Map<number, number>();
    for (let client = 0; client < 10_000; client += 1) {
      let at = backoffMs(1, random());
      while (at < outage_ms) at += knockMs(random());
      expect(at - outage_ms).toBeLessThan(KNOCK_MS_MAX);
      const tenth = Math.floor((at - outage_ms) / 100);
      tenths.set(tenth, (tenths.get(tenth) ?? 0) + 1);
    }
    expect(tenths.size).toBeGreaterThanOrEqual(10);
    // Evenly over 15 tenths it would be 667; in step it would be all of them.
    expect(Math.max(...tenths.values())).toBeLessThan(2_500);
  }
});
