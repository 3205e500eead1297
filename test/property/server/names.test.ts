import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalAccountName,
  canonicalEmail,
  canonicalSignInName,
  nameSkeleton,
  newAccountName,
  newEmail,
} from '../../../src/server/domain/index.js';
import { CODE_POINT_STEP, runs } from '../../support/runs.js';
import { codePoint } from '../../support/arbitraries.js';

/** Anything that a string can be, half characters as well. */
const anything = fc.oneof(
  fc.string({ unit: codePoint, maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
    .map((units) => String.fromCharCode(...units)),
  fc.string({ maxLength: 20 }).map((text) => `${text}@${text}.example`),
);

/** Letters that people's names are made of, in scripts with cases and without. */
const ALPHABETS = [
  'abcdefghijklmnopqrstuvwxyzàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþāăąćčďđēęěğģīįķļľłńņňőœŕřśşšţťūůűųźżžßıəơư',
  'абвгдежзийклмнопрстуфхцчшщъыьэюяёђєіїјљњћўџґ',
  'αβγδεζηθικλμνξοπρστυφχψωάέήίόύώς',
  'աբգդեզէըթ',
  'אבגדה',
  'ابتثج',
  'कखगघ',
  'กขคง',
  'アイウエオかきく漢字工口力夕',
  '김철수',
];
const LETTERS = Array.from(ALPHABETS.join(''));
const nameLike = fc.string({
  unit: fc.constantFrom(...LETTERS, ...Array.from('0123456789._-')),
  minLength: 3,
  maxLength: 16,
});
/** Names that are accepted, of one script each. */
const goodName = fc
  .oneof(
    ...ALPHABETS.map((letters) =>
      fc.string({
        unit: fc.constantFrom(...Array.from(letters), '7', '0', '1'),
        minLength: 3,
        maxLength: 16,
      }),
    ),
  )
  .filter((name) => typeof newAccountName(name) === 'string');

/** ASCII in full width. */
const wide = (text: string): string =>
  text.replace(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0));

const RUNS = { numRuns: runs(2_000) };

describe('the canonical form of a name', () => {
  it('is total and idempotent, whatever goes in', () => {
    fc.assert(
      fc.property(anything, (text) => {
        for (const canonical of [canonicalAccountName, canonicalSignInName, canonicalEmail]) {
          const once = canonical(text);
          expect(canonical(once)).toBe(once);
          expect(once.isWellFormed()).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('is idempotent for every code point there is, alone and after a letter', () => {
    const wrong: string[] = [];
    for (let code = 0; code <= 0x10ffff; code += CODE_POINT_STEP) {
      const character = String.fromCodePoint(code);
      for (const text of [character, `a${character}`]) {
        const once = canonicalAccountName(text);
        if (canonicalAccountName(once) !== once) wrong.push(code.toString(16));
      }
    }
    expect(wrong).toEqual([]);
  });

  it('is the same for the spellings of one name in case, width and composition', () => {
    fc.assert(
      fc.property(goodName, (name) => {
        const canonical = canonicalAccountName(name);
        expect(canonicalAccountName(name.normalize('NFD'))).toBe(canonical);
        expect(canonicalAccountName(wide(name))).toBe(canonical);
        expect(canonicalAccountName(` ${name} `.trim())).toBe(canonical);
        expect(canonicalSignInName(` ${wide(name.normalize('NFD'))} `)).toBe(canonical);
        // Upper case forgets which of two small letters it was; what looks the same still meets in the skeleton.
        fc.pre(!/[ßσςı]/u.test(name));
        expect(canonicalAccountName(name.toUpperCase())).toBe(canonical);
      }),
      RUNS,
    );
  });

  it('of an accepted name is accepted, and is itself', () => {
    fc.assert(
      fc.property(fc.oneof(goodName, nameLike, anything), (name) => {
        const chosen = newAccountName(name);
        if (typeof chosen !== 'string') return;
        expect(newAccountName(chosen)).toBe(chosen);
        expect(chosen).toBe(canonicalAccountName(name));
        expect(chosen.normalize('NFKC')).toBe(chosen);
        expect(chosen).not.toMatch(/[\p{C}\p{Z}\p{Lu}\p{Lt}@]/u);
      }),
      RUNS,
    );
  });
});

describe('the skeleton of a name', () => {
  it('is total and idempotent, whatever goes in', () => {
    fc.assert(
      fc.property(fc.oneof(anything, nameLike), (text) => {
        const once = nameSkeleton(text);
        expect(nameSkeleton(once)).toBe(once);
      }),
      RUNS,
    );
  });

  it('is idempotent for every code point that a name can hold', () => {
    const wrong: string[] = [];
    let accepted = 0;
    for (let code = 0x30; code <= 0x3ffff; code += CODE_POINT_STEP) {
      const character = String.fromCodePoint(code);
      if (typeof newAccountName(character.repeat(3)) !== 'string') continue;
      accepted += 1;
      const once = nameSkeleton(character);
      if (nameSkeleton(once) !== once) wrong.push(code.toString(16));
    }
    expect(wrong).toEqual([]);
    // Letters of thirty scripts and all of Han: fewer would mean that the table was not read.
    expect(accepted).toBeGreaterThan(100_000 / CODE_POINT_STEP);
  });

  it('is the same for every case of a name', () => {
    fc.assert(
      fc.property(goodName, (name) => {
        const skeleton = nameSkeleton(canonicalAccountName(name));
        expect(nameSkeleton(canonicalAccountName(name.toUpperCase()))).toBe(skeleton);
        expect(nameSkeleton(canonicalAccountName(name.normalize('NFD')))).toBe(skeleton);
      }),
      RUNS,
    );
  });
});

describe('an e-mail address', () => {
  const address = fc.oneof(
    fc.emailAddress(),
    fc
      .tuple(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.string({ unit: 'grapheme', maxLength: 12 }))
      .map(([local, domain]) => `${local}@${domain}.example`),
    anything,
  );

  it('as stored is accepted again, and has the same unique form as it was typed in', () => {
    fc.assert(
      fc.property(address, (text) => {
        const stored = newEmail(text, 'email');
        if (typeof stored !== 'string') return;
        expect(newEmail(stored, 'email')).toBe(stored);
        expect(canonicalEmail(stored)).toBe(canonicalEmail(text));
        expect(stored.split('@')).toHaveLength(2);
        expect(stored).not.toMatch(/[\p{C}\p{Z}"<>(),:;[\]\\]/u);
        // Whatever case folding does, nothing becomes a second @ or a longer domain.
        expect(canonicalEmail(text).split('@')).toHaveLength(2);
      }),
      RUNS,
    );
  });
});
