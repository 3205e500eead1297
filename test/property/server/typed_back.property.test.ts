/** What is stored of a name or an address can be typed back, as it is shown and in other spellings, and means the same account. */
import { describe, expect, test } from 'vitest';
import {
  canonicalAccountName,
  canonicalEmail,
  canonicalSignInName,
  nameSkeleton,
  newAccountName,
  newEmail,
} from '../../../src/server/domain/index.js';
import { CODE_POINT_STEP } from '../../support/runs.js';

const hex = (text: string): string =>
  Array.from(text, (character) => (character.codePointAt(0) ?? 0).toString(16)).join(' ');

/** Blocks of thousands of characters that are all of one kind: of these a few are enough. */
const isAlike = (code: number): boolean =>
  (code >= 0x3400 && code < 0xa000) || (code >= 0xac00 && code < 0xf900) || code >= 0x17000;

/** Every code point that is a character, or could be one day. */
function* codePoints(): Generator<string> {
  for (let code = 0; code <= 0x10ffff; code += isAlike(code) ? 211 : CODE_POINT_STEP) {
    if (code < 0xd800 || code > 0xdfff) yield String.fromCodePoint(code);
  }
  // Tags and variation selectors are among those that are alike.
  for (let code = 0xe0000; code <= 0xe01ff; code += CODE_POINT_STEP) yield String.fromCodePoint(code);
}

describe('over all code points', () => {
  test('a name that is stored is found by what is shown, composed or not, in full width, and in capitals that fold back', () => {
    const wrong: string[] = [];
    for (const character of codePoints()) {
      for (const typed of [`a${character}b`, character.repeat(3), `α${character}.α`, `א${character}ב`]) {
        const stored = newAccountName(typed);
        if (typeof stored !== 'string') continue;
        const spellings = [stored, typed, stored.normalize('NFD'), stored.normalize('NFKC'), ` ${stored} `];
        const upper = stored.toUpperCase();
        // `ß`, `ı` and a few others have no capital of their own.
        if (
          canonicalAccountName(upper).length === stored.length &&
          !/[\u0131\u017f]/.test(stored) &&
          upper.toLowerCase() === stored
        )
          spellings.push(upper);
        if (spellings.some((spelling) => canonicalSignInName(spelling) !== stored)) wrong.push(hex(typed));
        if (/\p{Default_Ignorable_Code_Point}|\p{C}/u.test(stored)) wrong.push(`invisible ${hex(typed)}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 240_000);

  test('so is an address, whatever is before the @ and in the domain', () => {
    const wrong: string[] = [];
    for (const character of codePoints()) {
      for (const typed of [
        `a${character}b@example.org`,
        `a${character}.b@example.org`,
        `a@b${character}c.org`,
      ]) {
        const stored = newEmail(typed, 'email');
        if (typeof stored !== 'string') continue;
        const unique = canonicalEmail(stored);
        const [, domain = ''] = unique.split('@');
        const spellings = [
          stored,
          typed,
          stored.normalize('NFD'),
          stored.normalize('NFKC'),
          unique,
          unique.toUpperCase(),
        ];
        const ascii = `${stored.split('@')[0] ?? ''}@${domain.toUpperCase()}`;
        if ([...spellings.slice(0, 5), ascii].some((spelling) => canonicalSignInName(spelling) !== unique))
          wrong.push(hex(typed));
        if (newEmail(stored, 'email') !== stored) wrong.push(`not taken again ${hex(typed)}`);
        if (/\p{Default_Ignorable_Code_Point}|\p{C}/u.test(stored)) wrong.push(`invisible ${hex(typed)}`);
        // The domain that is stored is the one that was typed: nothing was left out of it.
        if (Array.from(stored).length < Array.from(typed.normalize('NFC')).length)
          wrong.push(`shorter ${hex(typed)}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 240_000);
});

describe('a sigma is one letter', () => {
  const NAMES = ['νικος.παπας', 'νικος7', 'νικος-σας', 'οδυσσευς', 'σας_σας'];
  test.each(NAMES)('%s is the same name in capitals and with either sigma', (name) => {
    expect(newAccountName(name)).toBe(name);
    for (const typed of [name.toUpperCase(), name.replaceAll('ς', 'σ'), name.replaceAll('σ', 'ς')]) {
      expect(canonicalAccountName(typed)).toBe(name);
    }
  });

  test.each(NAMES)('%s before the @ is one address', (name) => {
    const unique = canonicalEmail(`${name}@example.org`);
    for (const typed of [name.toUpperCase(), name.replaceAll('ς', 'σ'), name.replaceAll('σ', 'ς')]) {
      expect(canonicalEmail(`${typed}@example.org`)).toBe(unique);
    }
  });

  test('a capital one in a domain is the same wherever it stands', () => {
    for (const after of ['.gr', '.1a.gr', '-1.gr', '1.gr']) {
      expect(newEmail(`a@ΚΟΣ${after}`, 'email')).toBe(`a@κοσ${after}`);
      expect(newEmail(`a@κος${after}`, 'email')).toBe(`a@κος${after}`);
    }
  });
});

describe('a dot that nobody sees', () => {
  test.each(['admi\u0307n', 'bori\u0307s', 'j\u0307onas', 'bori\u0323\u0307s', 'al\u0307ice', 'İstanbul'])(
    '%j is refused',
    (name) => {
      expect(newAccountName(name)).toMatchObject({
        failed: 'account_name_invalid',
        details: [{ reason: 'character' }],
      });
    },
  );

  test('a name with one that is stored already looks like the name without it', () => {
    expect(nameSkeleton('bori\u0307s')).toBe(nameSkeleton('boris'));
    expect(nameSkeleton('bori\u0323\u0307s')).toBe(nameSkeleton('bori\u0323s'));
    expect(nameSkeleton('і\u0307ван')).toBe(nameSkeleton('іван'));
  });

  test.each(['ėlė', 'żaba', 'ċetta'])('%s has a dot that is seen', (name) => {
    expect(newAccountName(name)).toBe(name);
  });
});

describe('names from right to left', () => {
  test.each([
    '\u05d0\u05d1\u02bb\u05d2',
    '\u0627\u0628\u02bc\u062a',
    '\u0627\u0628\u02ec\u062a',
    '1\u05d0\u05d1',
  ])('%j mixes directions', (name) => {
    expect(newAccountName(name)).toMatchObject({ failed: 'account_name_invalid' });
  });

  test.each([
    '\u05d0\u05d1\u05d2',
    '\u0627\u0628-\u062a1',
    '\u05d0\u05b4\u05d1\u05d2',
    'o\u02bbahu',
    'ka\u02bcena',
  ])('%j does not', (name) => {
    expect(newAccountName(name)).toBe(name);
  });
});
