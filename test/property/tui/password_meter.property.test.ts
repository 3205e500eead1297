/** The meter never calls a password fair or good that the server, knowing the same names, refuses. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { LIMITS } from '../../../src/protocol/index.js';
import { COMMON_PASSWORDS } from '../../../src/server/domain/common_passwords.js';
import { checkNewPassword } from '../../../src/server/domain/index.js';
import { estimatePassword, loadPasswordEstimates } from '../../../src/tui/password/index.js';
import { runs } from '../../support/runs.js';
import { codePoint } from '../../support/arbitraries.js';

beforeAll(loadPasswordEstimates);

const refused = (password: string, words: readonly string[], length_min: number): boolean =>
  checkNewPassword(password, { length_min, context: { words }, path: 'password' }) !== null;

const NAMES = ['anna', 'Петрова', 'smith', 'lab', '王'] as const;
const COMMON = COMMON_PASSWORDS.split(' ');
const digits = fc.stringMatching(/^[0-9]{0,4}$/);
/** What the rules are about, and what lies just beside it. */
const suspicious = fc.oneof(
  fc.constantFrom(...COMMON.slice(0, 500), ...COMMON.slice(-500)),
  fc.constantFrom(...COMMON.slice(0, 500)).map((word) => word.toUpperCase()),
  fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...NAMES, ''), digits).map((parts) => parts.join('')),
  fc.tuple(fc.constantFrom(...NAMES), digits).map(([name, after]) => `--${name}${after}!`),
  fc
    .tuple(fc.string({ minLength: 1, maxLength: 14 }), fc.integer({ min: 2, max: 9 }))
    .map(([piece, n]) => piece.repeat(n)),
  fc.constantFrom('йцукенгшщз', 'zxcvbnm,./', '1qaz2wsx3edc', 'abcdefghijkl', 'абвгдежзик', '98765432101'),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)),
  fc.string({ maxLength: 140, unit: codePoint }),
  fc.string({ maxLength: 40, unit: 'grapheme' }),
  fc.string({ minLength: LIMITS.password_length_max - 2, maxLength: LIMITS.password_length_max + 2 }),
);

test('on suspicious passwords, whatever length the server asks for', () => {
  let counted = 0;
  fc.assert(
    fc.property(
      suspicious,
      fc.subarray([...NAMES]),
      fc.constantFrom(LIMITS.password_length_min, 12, 20),
      (password, names, length_min) => {
        if (!refused(password, names, length_min)) return;
        counted += 1;
        expect(estimatePassword(password, names, length_min)?.level).toBe(0);
      },
    ),
    { numRuns: runs(600) },
  );
  expect(counted).toBeGreaterThan(runs(600) / 2);
});

test('on each of the common passwords', () => {
  // A few hundred of them: the library takes up to a millisecond for one.
  for (let index = 0; index < COMMON.length; index += 29) {
    const password = COMMON[index] ?? '';
    expect([password, estimatePassword(password, [])?.level]).toEqual([password, 0]);
  }
});

test('and still calls good what both let through', () => {
  for (const password of ['correct horse battery', 'nine purple tortoises', 'семь синих черепах']) {
    expect(refused(password, [], LIMITS.password_length_min)).toBe(false);
    expect(estimatePassword(password, [])?.level).toBeGreaterThan(1);
  }
});
