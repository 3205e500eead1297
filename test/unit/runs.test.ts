import { expect, test } from 'vitest';
import { ofToday } from '../support/runs.js';

const DAY_MS = 86_400_000;

test('what is tried a third a day has all had its turn in three, whatever day they begin', () => {
  const all = Array.from({ length: 14 }, (_, number) => number);
  for (let day = 20_000; day < 20_007; day += 1) {
    const three = [0, 1, 2].map((more) => ofToday(all, (day + more) * DAY_MS));
    expect(three.flat().sort((a, b) => a - b)).toEqual(all);
    for (const some of three) expect(some.length).toBeLessThanOrEqual(5);
  }
  expect(ofToday([])).toEqual([]);
});
