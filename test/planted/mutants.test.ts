/**
 * The mutants of docs/security/asvs.md, each in a copy of the tree: the test that the row names has to notice. `npm run drills` tries
 * them all, `npm test` a few, others each day, so that within five weeks all have had their turn.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ASVS_MUTANTS, type Mutant } from '../mutants/asvs.js';
import { LONG } from '../support/drill.js';
import { MutantCopy } from '../support/mutant_run.js';

const A_DAY = 3;
const DAY_MS = 86_400_000;

/** Returns the mutants of today: a window that moves on by its width every day. */
function ofToday(today: number): readonly Mutant[] {
  const from = (Math.floor(today / DAY_MS) * A_DAY) % ASVS_MUTANTS.length;
  return [...ASVS_MUTANTS, ...ASVS_MUTANTS].slice(from, from + A_DAY);
}

let copy: MutantCopy;
beforeAll(() => void (copy = new MutantCopy()));
afterAll(() => copy[Symbol.dispose]());

test.each(LONG ? ASVS_MUTANTS : ofToday(Date.now()))(
  '$row, $claim: notices what is broken in $file',
  async (mutant) => {
    const { killed, said } = await copy.try(mutant);
    expect(killed, `${mutant.from} -> ${mutant.to}\n${said}`).toBe(true);
  },
  300_000,
);

test('all have had their turn within five weeks', () => {
  const seen = new Set<Mutant>();
  for (let day = 0; day < 35; day += 1) for (const one of ofToday(day * DAY_MS)) seen.add(one);
  expect(seen.size).toBe(ASVS_MUTANTS.length);
});
