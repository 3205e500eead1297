/** What the doctor counts is said of one as of one, and of several as of several; nowhere is it left to the reader. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkAdministrator, checkDatabase } from '../../../src/server/commands/check_database.js';
import type { Inspection } from '../../../src/server/store/index.js';

const ROOT = join(import.meta.dirname, '../../..');
const NOW = 1_000_000;
/** A file there has to be; what is in it is told by `counting`. */
const FILE = import.meta.filename;

/** A database of which so many things can be said. */
const counting = (count: number): Inspection => ({
  schema_version: 1,
  schema_version_known: 1,
  schema_fault: null,
  damage: Array.from({ length: count }, () => 'page 7'),
  orphans: count,
  administrators: count,
  setup_code_expires_at: null,
  fault: null,
  journal_mode: 'wal',
  wal_bytes: 0,
  newest_audit_at: null,
  ring_keys: [],
  former_forms: Array.from({ length: count }, () => ({ account_id: 'a_1', what: 'account_name' as const })),
});

const said = (count: number): string[] =>
  [
    ...checkDatabase(FILE, { thorough: false, has_keys: true }, () => counting(count)).findings,
    ...checkAdministrator(NOW, counting(count)),
    ...checkAdministrator(NOW, { ...counting(0), setup_code_expires_at: NOW + count * 60_000 }),
  ].map(({ says }) => says);

describe('the doctor', () => {
  test.each([
    [1, `The database ${FILE} is damaged in 1 place: page 7.`],
    [2, `The database ${FILE} is damaged in 2 places: page 7.`],
    [1, '1 row belongs to something that is not there.'],
    [2, '2 rows belong to something that is not there.'],
    [1, '1 name or address is in a form that nobody can choose any more: a_1 (account_name).'],
    [
      2,
      '2 names or addresses are in a form that nobody can choose any more: a_1 (account_name), a_1 (account_name).',
    ],
    [1, '1 administrator is active.'],
    [2, '2 administrators are active.'],
    [1, 'There is no administrator yet; the setup code is valid for 1 more minute.'],
    [2, 'There is no administrator yet; the setup code is valid for 2 more minutes.'],
  ])('of %i: %s', (count, sentence) => {
    expect(said(count)).toContain(sentence);
  });
});

test('no sentence has a plural in brackets', () => {
  const files = ['src', 'docs', 'scripts', 'bin']
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(folder, name),
      ),
    )
    .concat('README.md', 'SECURITY.md')
    .filter((name) => /\.(?:tsx?|m?js|md)$/.test(name));
  expect(files.length).toBeGreaterThan(400);
  // A function of one letter is called by its name alone, and in code no word stands in front of it.
  const bracketed = /[ `'}][a-zа-я]+\((?:e?s|а|ов|ы|и|ей)\)[ .,:;`']/;
  expect(files.filter((name) => bracketed.test(readFileSync(join(ROOT, name), 'utf8')))).toEqual([]);
});
