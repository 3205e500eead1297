/** The last lines of `npm run drills`. */
import { expect, test } from 'vitest';
import { summaryOf } from '../support/drill_summary.js';

test('counts are added up; what was left out says why; what failed is named', () => {
  const lines = summaryOf(
    [
      { drill: 'kill -9', counts: { kills: 30, acknowledged: 5_253, lost: 0 } },
      { drill: 'full disk', counts: { tried: 20, recovered: 20 } },
      { drill: 'flipped byte', counts: { tried: 400, recovered: 399 } },
      { drill: 'churn', counts: {} },
      { drill: 'clock jumps', skipped: 'libfaketime is not installed' },
    ],
    ['test/drills/damage.test.ts > a flipped byte'],
  );
  expect(lines).toEqual([
    '  kill -9       30 kills, 5,253 acknowledged, 0 lost',
    '  full disk     20 faults tried, 20 recovered',
    '  flipped byte  400 faults tried, 399 recovered',
    '  churn         measured, see its line above',
    '  clock jumps   SKIPPED: libfaketime is not installed',
    '  FAILED        test/drills/damage.test.ts > a flipped byte',
    '  in all        30 kills, 5,253 acknowledged, 0 lost, 420 faults tried, 419 recovered; 1 skipped, 1 failed',
  ]);
});

test('a run of which nothing is left says so', () => {
  expect(summaryOf([], [])).toEqual(['  in all    nothing counted; 0 skipped, 0 failed']);
});
