/**
 * The mutants of docs/security/asvs.md, each in a copy of the tree: the test that the row names has to notice. `npm run drills` tries
 * them all, `npm test` a few, others each day, so that within six weeks all have had their turn.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

describe('one mutant after the other', () => {
  const [template] = ASVS_MUTANTS;
  if (template === undefined) throw new Error('there are none');
  /** In the writer thread, which integration tests run as it was built. */
  const inTheWriter: Mutant = {
    ...template,
    claim: 'tokens',
    test: 'test/integration/tokens.test.ts',
    file: 'src/server/store/operations/refresh_tokens.ts',
    from: 'if (row === undefined) {',
    to: 'if (row !== undefined) {',
  };
  /** Breaks nothing. Its test runs the writer thread, too, and doesn't build it. */
  const harmless: Mutant = {
    ...inTheWriter,
    file: 'src/server/handlers/exchange.ts',
    from: 'const SALT_BYTES = 16;',
    to: 'const SALT_BYTES = 8 + 8;',
  };

  test('leaves nothing of itself in what is built: it kills no other', async () => {
    using own = new MutantCopy();
    expect((await own.try(inTheWriter)).killed).toBe(true);
    const { killed, said } = await own.try(harmless);
    expect(killed, said).toBe(false);
  }, 300_000);

  test('a test that does not run has noticed nothing', async () => {
    const nowhere = { ...harmless, test: 'test/integration/there_is_no_such_file.test.ts' };
    await expect(copy.try(nowhere)).rejects.toThrow('the test did not run');
    const broken = {
      ...inTheWriter,
      from: 'export const rotate_refresh_token =',
      to: 'export const rotate =;',
    };
    await expect(copy.try(broken)).rejects.toThrow('the test did not run');
  }, 300_000);
});

test('all have had their turn within six weeks', () => {
  const seen = new Set<Mutant>();
  for (let day = 0; day < 42; day += 1) for (const one of ofToday(day * DAY_MS)) seen.add(one);
  expect(seen.size).toBe(ASVS_MUTANTS.length);
});
