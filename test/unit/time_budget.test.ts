/** The budget of time: what is over it is told, and the machine's own pace is no fault of ours. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leftOver, overBudget, paceOf, workMs, type Budget } from '../../scripts/time_budget.mjs';
import { WAITING_FILES } from '../support/waiting_first.js';

const ROOT = join(import.meta.dirname, '../..');
// The file's own form; the test below looks at each part of it.
const BUDGET = JSON.parse(readFileSync(join(ROOT, 'test/budget.json'), 'utf8')) as Budget;
const budget: Budget = {
  work_ms: 10,
  total: { quick: 60, full: 480 },
  checks: { lint: 40 },
  each_file: 10,
  files: { 'test/e2e/slow.test.ts': 25 },
};
const took = {
  checks: { lint: 39 },
  files: { 'test/unit/a.test.ts': 9, 'test/e2e/slow.test.ts': 24 },
  total: 59,
};
const quiet = { kind: 'quick', pace: 1 };

test('what is within its budget is not mentioned', () => {
  expect(overBudget(took, budget, quiet)).toEqual([]);
});

test('a check, a file with its own budget, a file without one and the whole are told when they are over', () => {
  const late = {
    checks: { lint: 41 },
    files: { 'test/unit/a.test.ts': 10.5, 'test/e2e/slow.test.ts': 26 },
    total: 61,
  };
  expect(overBudget(late, budget, quiet)).toEqual([
    'check lint took 41.0 s; the budget is 40 s, here 40.0 s',
    'test/unit/a.test.ts took 10.5 s; the budget is 10 s, here 10.0 s',
    'test/e2e/slow.test.ts took 26.0 s; the budget is 25 s, here 25.0 s',
    'the quick test took 61.0 s; the budget is 60 s, here 60.0 s',
  ]);
  // On a machine that is half as fast all that is no fault.
  expect(overBudget(late, budget, { kind: 'quick', pace: 2 })).toEqual([]);
  expect(overBudget(late, budget, { kind: 'full', pace: 1 })).toHaveLength(3);
});

test('a new check has to be given a budget', () => {
  expect(overBudget({ ...took, checks: { spelling: 1 } }, budget, quiet)).toEqual([
    'check spelling has no budget in test/budget.json',
  ]);
});

test('the pace is the mean of what the fixed work took, and a faster machine gets no less time', () => {
  expect(paceOf([20, 40], 10)).toBe(3);
  expect(paceOf([5, 5], 10)).toBe(1);
  expect(paceOf([], 10)).toBe(1);
  expect(workMs()).toBeGreaterThan(0);
});

test('the budget speaks of checks and files that there are', () => {
  const text = readFileSync(join(ROOT, 'scripts/test.mjs'), 'utf8');
  const checks = Object.keys(BUDGET.checks).filter((name) => text.includes(`'${name}'`));
  expect(leftOver(BUDGET, { checks, exists: (path) => existsSync(join(ROOT, path)) })).toEqual([]);
  expect(leftOver({ ...budget, checks: {} }, { checks: [], exists: () => false })).toEqual([
    'test/e2e/slow.test.ts',
  ]);
  expect(BUDGET.total['quick']).toBeLessThanOrEqual(90);
  expect(BUDGET.total['full']).toBeLessThanOrEqual(510);
});

test('the files that begin first because they wait are there', () => {
  for (const file of WAITING_FILES) expect(existsSync(join(ROOT, file))).toBe(true);
});
