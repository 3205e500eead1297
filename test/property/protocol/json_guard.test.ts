import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JSON_FAULTS, LIMITS, parseGuarded, parseGuardedText } from '../../../src/protocol/index.js';
import { runs } from '../../support/runs.js';
import { codePoint } from '../../support/arbitraries.js';

const FORBIDDEN = ['__proto__', 'constructor', 'prototype'];
const text = fc
  .string({ unit: codePoint, maxLength: 12 })
  .map((raw) => raw.toWellFormed().replace(/\u0000|\p{Noncharacter_Code_Point}/gu, ''));
const key = text.filter((word) => !FORBIDDEN.includes(word));
const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }).map((n) => n + 0),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(true, false, null),
    text,
    number,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 12, noNullPrototype: true }),
  ),
}));
const iJsonObject = fc.dictionary(key, value, { maxKeys: 20, noNullPrototype: true });

/** Writes a string with some of its characters as escapes, as `choose` says. */
function spell(word: string, choose: (at: number) => boolean): string {
  const units = Array.from({ length: word.length }, (_, at) => {
    const escape = `\\u${word.charCodeAt(at).toString(16).padStart(4, '0')}`;
    const unit = word.charAt(at);
    // Half of a pair is escaped only together with the other half: JSON.stringify leaves pairs as they are.
    const surrogate = /[\ud800-\udfff]/.test(unit);
    return !surrogate && choose(at) ? escape : JSON.stringify(`x${unit}`).slice(2, -1);
  });
  // Pairs were split above; put them back from the original.
  return /[\ud800-\udfff]/.test(word) ? JSON.stringify(word).slice(1, -1) : units.join('');
}

/** Code by code, and in the way of each reader of the standard: U+FDD0 to U+FDEF, and the last two of each plane. */
test('noncharacters are refused, as they are and escaped, in values and in keys; their neighbours are not', () => {
  for (let code = 0xd7ff; code <= 0x10ffff; code = code === 0xd7ff ? 0xe000 : code + 1) {
    const near = (code & 0xffff) < 2 || (code & 0xffff) > 0xfffc || (code > 0xfdc0 && code < 0xfe00);
    if (!near) continue;
    const refused = (code & 0xfffe) === 0xfffe || (code >= 0xfdd0 && code <= 0xfdef);
    const character = String.fromCodePoint(code);
    const escaped = Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    );
    for (const spelled of [character, escaped.join('')]) {
      for (const body of [`{"a":"x${spelled}"}`, `{"${spelled}x":1}`, `[{"a":["${spelled}"]}]`]) {
        const guarded = parseGuardedText(body);
        if (refused) expect(guarded, hexOf(code)).toEqual({ fault: 'noncharacter' });
        else expect(guarded, hexOf(code)).not.toEqual({ fault: 'noncharacter' });
      }
    }
    // What an earlier release has stored is read as it is.
    expect('value' in parseGuarded(Buffer.from(`{"a":"${character}"}`), { noncharacters: true })).toBe(true);
  }
});

const hexOf = (code: number): string => `U+${code.toString(16)}`;

test('every I-JSON object survives', () => {
  fc.assert(
    fc.property(iJsonObject, fc.constantFrom(undefined, 1, '\t'), (object, space) => {
      const body = JSON.stringify(object, null, space);
      expect(parseGuarded(Buffer.from(body))).toEqual({ value: JSON.parse(body) });
    }),
    { numRuns: runs(500) },
  );
});

describe('never throws, and never accepts what JSON.parse refuses', () => {
  const check = (bytes: Uint8Array): void => {
    const guarded = parseGuarded(bytes);
    if ('fault' in guarded) {
      expect(Object.keys(JSON_FAULTS)).toContain(guarded.fault);
      return;
    }
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    expect(guarded.value).toEqual(JSON.parse(strict));
  };

  test('any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), check), { numRuns: runs(1000) });
  });

  test('anything made of the pieces of JSON', () => {
    const piece = fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '\\',
        '"a"',
        '"a":',
        '"b":1',
        '\\u',
        '\\u0061',
        '\\ud83d',
        '\\udd12',
      ],
      ...[
        '0',
        '-',
        '1e',
        '1e999',
        '9007199254740993',
        '.5',
        'true',
        'null',
        ' ',
        '\n',
        '"__proto__"',
        'é',
        '🔒',
      ],
    );
    const pieces = fc.array(piece, { maxLength: 24 }).map((parts) => Buffer.from(parts.join('')));
    fc.assert(fc.property(pieces, check), { numRuns: runs(3000) });
  });

  test('an object with one byte changed, left out or doubled', () => {
    fc.assert(
      fc.property(iJsonObject, fc.nat(), fc.nat(255), fc.nat(2), (object, place, byte, way) => {
        const bytes = Buffer.from(JSON.stringify(object));
        const at = place % bytes.length;
        const middle = way === 0 ? [byte] : way === 1 ? [] : [bytes[at]!, bytes[at]!];
        check(Buffer.concat([bytes.subarray(0, at), Buffer.from(middle), bytes.subarray(at + 1)]));
      }),
      { numRuns: runs(1000) },
    );
  });
});

describe('equal keys are found at any depth and in any spelling', () => {
  /** An object as a list of entries, so that keys can be equal. */
  type Tree = { readonly entries: readonly (readonly [string, Tree | number])[] };
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.record({
      entries: fc.array(
        fc.tuple(
          // Few different words, so that equal ones are frequent; more than eight, so that both ways of looking are used.
          fc.oneof(
            fc.constantFrom('a', 'b', 'é', '"', '\\', ''),
            fc.nat(40).map((n) => `k${n}`),
          ),
          fc.oneof({ maxDepth: 4 }, fc.nat(9), tie('tree')),
        ),
        { maxLength: 14 },
      ),
    }),
  }));

  /** The slow reference: looks at every pair. */
  const hasEqual = ({ entries }: Tree): boolean =>
    entries.some(
      ([name, inner], at) =>
        entries.slice(at + 1).some(([other]) => other === name) ||
        (typeof inner !== 'number' && hasEqual(inner)),
    );

  const write = ({ entries }: Tree, choose: (at: number) => boolean): string =>
    `{${entries
      .map(([name, inner]) => {
        const written = typeof inner === 'number' ? `[${inner}]` : `[[], ${write(inner, choose)}]`;
        return `"${spell(name, choose)}": ${written}`;
      })
      .join(',')}}`;

  test('as the slow reference finds them', () => {
    let equal = 0;
    fc.assert(
      fc.property(tree, fc.infiniteStream(fc.boolean()), (made, choices) => {
        const body = write(made, () => choices.next().value === true);
        const guarded = parseGuardedText(body);
        if (hasEqual(made)) equal += 1;
        expect('fault' in guarded ? guarded.fault : 'accepted').toBe(
          hasEqual(made) ? 'duplicate_key' : 'accepted',
        );
      }),
      { numRuns: runs(1500) },
    );
    // The generator has to make both kinds, or the test says nothing.
    expect(equal).toBeGreaterThan(100);
    expect(equal).toBeLessThan(1400);
  });
});

test('the limit of depth is exact, whatever nests', () => {
  const levels = fc.array(fc.boolean(), {
    minLength: LIMITS.json_depth_max - 3,
    maxLength: LIMITS.json_depth_max + 3,
  });
  fc.assert(
    fc.property(levels, (below) => {
      // The outermost level is an object.
      const kinds = [true, ...below];
      const body =
        kinds.map((object) => (object ? '{"a":' : '[')).join('') +
        '0' +
        kinds
          .map((object) => (object ? '}' : ']'))
          .reverse()
          .join('');
      const guarded = parseGuardedText(body);
      expect('fault' in guarded ? guarded.fault : 'accepted').toBe(
        kinds.length > LIMITS.json_depth_max ? 'too_deep' : 'accepted',
      );
    }),
    { numRuns: runs(300) },
  );
});

test('the limit of keys is exact', () => {
  fc.assert(
    fc.property(fc.integer({ min: LIMITS.json_keys_max - 2, max: LIMITS.json_keys_max + 2 }), (count) => {
      const body = `{${Array.from({ length: count }, (_, at) => `"${at}":0`).join(',')}}`;
      const guarded = parseGuardedText(body);
      expect('fault' in guarded ? guarded.fault : 'accepted').toBe(
        count > LIMITS.json_keys_max ? 'too_many_keys' : 'accepted',
      );
    }),
  );
});

test('numbers beyond the safe ones are refused, others not', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number_) => {
      const guarded = parseGuardedText(`{"a":${JSON.stringify(number_)}}`);
      expect('fault' in guarded ? guarded.fault : 'accepted').toBe(
        Math.abs(number_) > Number.MAX_SAFE_INTEGER ? 'unsafe_number' : 'accepted',
      );
    }),
    { numRuns: runs(500) },
  );
});
