import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BACKOFF_BASE_MS, BACKOFF_MAX_MS, backoffMs } from '../../../src/client/backoff.js';

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
