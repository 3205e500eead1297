/** docs/security/asvs.md and its mutants belong together: no row that names a test is without one, and each is where it says. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { ASVS_MUTANTS } from '../mutants/asvs.js';
import { mutated } from '../support/mutant_run.js';

const ROOT = join(import.meta.dirname, '../..');
const TESTS = join(ROOT, 'test');
const paths = readdirSync(TESTS, { recursive: true, encoding: 'utf8' });

/** Returns the files that a word of the last column names: a test, a folder of tests, or all that carry a T-number. */
function filesOf(claim: string): string[] {
  if (/^T-[0-9]+$/.test(claim))
    return paths
      .filter((path) => /\.test\.tsx?$/.test(path))
      .filter((path) => readFileSync(join(TESTS, path), 'utf8').includes(`[${claim}]`))
      .map((path) => `test/${path}`);
  return ['', 'integration/', 'e2e/', 'attacks/'].flatMap((room) =>
    ['.test.ts', '.test.tsx']
      .map((end) => `test/${room}${claim}${end}`)
      .filter((path) => existsSync(join(ROOT, path))),
  );
}

/** All rows: the first column, and the last one. */
const table = readFileSync(join(ROOT, 'docs/security/asvs.md'), 'utf8')
  .split('\n')
  .flatMap((line): { row: string; last: string }[] => {
    const [, row = '', , , last = ''] = line.split(' | ').join('|').split('|');
    return /^\|? ?[0-9]+\./.test(line.replace(/^\| /, '')) ? [{ row: row.trim(), last: last.trim() }] : [];
  });

const wordsOf = (text: string): string[] =>
  [...text.matchAll(/`([\w/]+)`|\b(T-[0-9]+)\b/g)].map(([, file, number]) => number ?? file ?? '');

/** The rows that name a test, with the tests. */
const rows = table.flatMap(({ row, last }): { row: string; claims: string[] }[] => {
  const claims = wordsOf(last).filter((word) => filesOf(word).length > 0);
  return claims.length === 0 ? [] : [{ row, claims }];
});

/** Returns the names of tests with which a cell ends, whether or not there are such tests; none where it ends with words. */
function namedAtTheEnd(cell: string): string[] {
  const tail = cell.split(/[.;:] /).at(-1) ?? '';
  return /^(`[\w/]+`|T-[0-9]+|, )+$/.test(tail) ? wordsOf(tail) : [];
}

describe('the mutants of the ASVS table', () => {
  test('every test that a row names is there: a file or a folder of them, or a number in the name of a test', () => {
    const isThere = (name: string): boolean =>
      filesOf(name).length > 0 ||
      existsSync(join(TESTS, name)) ||
      existsSync(join(TESTS, 'integration', name));
    const named = table.flatMap(({ row, last }) =>
      [...namedAtTheEnd(last), ...wordsOf(last).filter((word) => word.startsWith('T-'))].map((name) => ({
        row,
        name,
      })),
    );
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter(({ name }) => !isThere(name))).toEqual([]);
  });

  test('every row that names a test has one, which that test has to notice', () => {
    expect(rows.length).toBeGreaterThan(60);
    const without = rows.filter(
      ({ row, claims }) =>
        !ASVS_MUTANTS.some((mutant) => mutant.row === row && claims.includes(mutant.claim)),
    );
    expect(without.map(({ row }) => row)).toEqual([]);
  });

  test.each(ASVS_MUTANTS)(
    '$row, $claim: the row names that test, and the test is there',
    ({ row, claim, test: file }) => {
      expect(rows.find((one) => one.row === row)?.claims).toContain(claim);
      expect(filesOf(claim)).toContain(file);
    },
  );

  test.each(ASVS_MUTANTS)(
    '$row, $claim: the place in $file is there once, and what comes of it is a program',
    async (mutant) => {
      const { warnings } = await transform(mutated(mutant), {
        loader: mutant.file.endsWith('.tsx') ? 'tsx' : 'ts',
        jsx: 'preserve',
        target: 'es2023',
      });
      expect(warnings).toEqual([]);
    },
  );
});
