/** The guard against a plain one: the same fault for every body, whatever is wrong with it and however keys are spelled. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIMITS, parseGuarded } from '../../../src/protocol/index.js';
import { plainFaultOf } from '../../support/plain_json_guard.js';
import { runs } from '../../support/runs.js';

function compare(body: Buffer): void {
  const guarded = parseGuarded(body);
  const fault = 'fault' in guarded ? guarded.fault : null;
  expect(fault, body.toString().slice(0, 2_000)).toBe(plainFaultOf(body));
  if ('value' in guarded) expect(guarded.value).toEqual(JSON.parse(body.toString()));
}

const unit4 = (code: number): string => `\\u${code.toString(16).padStart(4, '0')}`;
const SHORT: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\t': '\\t',
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
};

/** One way to spell a character. */
const spelling = (character: string): fc.Arbitrary<string> => {
  const units = Array.from({ length: character.length }, (_, at) => unit4(character.charCodeAt(at))).join('');
  const ways = [units, units.replace(/[a-f]/g, (digit) => digit.toUpperCase())];
  if (SHORT[character] !== undefined) ways.push(SHORT[character]);
  if (!/["\\\p{Cc}]/u.test(character)) ways.push(character, character, character);
  return fc.constantFrom(...ways);
};
/** Few characters, so that keys meet; of one, two, three and four bytes. */
const character = fc.constantFrom('a', 'b', '_', 'ж', '€', '😀', '\n', '"', '\\', '/', '\u007f');
const word = fc.oneof(
  { weight: 6, arbitrary: fc.array(character, { maxLength: 3 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('__proto__', 'constructor', 'prototype').map((key) => Array.from(key)),
  },
);
const spelledWord = word.chain((characters) =>
  characters.length === 0
    ? fc.constant('')
    : fc.tuple(...characters.map(spelling)).map((parts) => parts.join('')),
);
const crooked = fc.constantFrom(
  '\\u',
  '\\x',
  '\\u12',
  '\\ud800',
  '\\udc00',
  '\\u0000',
  '\\uZZZZ',
  '\t',
  '\\',
);
const string = fc
  .tuple(spelledWord, fc.option(crooked, { freq: 30, nil: '' }), spelledWord)
  .map((parts) => `"${parts.join('')}"`);
const number = fc.oneof(
  fc.constantFrom(
    ...[
      '0',
      '-0',
      '1.5',
      '9007199254740991',
      '9007199254740992',
      '-9007199254740992',
      '9e15',
      '9.1e15',
      '1e16',
    ],
    ...[
      '0e99',
      '1e400',
      '0.00001e20',
      '123456789012345.9',
      '1234567890123456.5',
      '1E+15',
      '1e-400',
      '01',
      '1.',
    ],
    ...[
      '--1',
      '1-2',
      '1.2.3',
      '1e',
      '1e+',
      '-',
      '9007199254740991.4',
      '900719925474099.2e1',
      '1e1e1',
      '1e015',
      '1e0000000015',
    ],
  ),
  fc.stringMatching(/^-?[0-9]{1,18}(\.[0-9]{0,4})?([eE][-+]?[0-9]{0,3})?$/),
);
const { value } = fc.letrec<{ value: string; fields: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    number,
    string,
    fc.constantFrom('null', 'true', '{}', '[]', ''),
    fc.array(tie('value'), { maxLength: 4 }).map((all) => `[${all.join(',')}]`),
    tie('fields'),
  ),
  fields: fc
    .array(fc.tuple(string, tie('value')), { maxLength: 14 })
    .map((all) => `{${all.map(([key, below]) => `${key} :${below}`).join(', ')}}`),
}));

test('the same fault for bodies with keys, strings and numbers of every kind', () => {
  fc.assert(
    fc.property(value, (text) => compare(Buffer.from(text))),
    { numRuns: runs(4_000) },
  );
});

test('the same fault when a byte is wrong', () => {
  const change = fc.tuple(value, fc.nat(), fc.constantFrom(...Buffer.from('"\\u{}[],:0eE.-'), 0, 0x80, 0xff));
  fc.assert(
    fc.property(change, ([text, at, byte]) => {
      const body = Buffer.from(`{"a":${text}}`);
      body[at % body.length] = byte;
      compare(body);
    }),
    { numRuns: runs(4_000) },
  );
});

test('the same fault for objects with many keys, some of them twice in two spellings', () => {
  const escape = (key: string, at: number): string =>
    Array.from(key, (one, index) => (index === at ? unit4(one.charCodeAt(0)) : one)).join('');
  const many = fc.record({
    count: fc.integer({ min: 1, max: LIMITS.json_keys_max + 2 }),
    again: fc.option(fc.nat(LIMITS.json_keys_max)),
    every: fc.integer({ min: 1, max: 5 }),
    depth: fc.integer({ min: 0, max: 3 }),
  });
  fc.assert(
    fc.property(many, ({ count, again, every, depth }) => {
      const keys = Array.from({ length: count }, (_, n) =>
        n % every === 0 ? escape(`key${n}`, n % 3) : `key${n}`,
      );
      if (again !== null) keys.push(escape(`key${again}`, 2));
      const object = `{${keys.map((key) => `"${key}":0`).join(',')}}`;
      compare(Buffer.from(`${'{"in":'.repeat(depth)}${object}${'}'.repeat(depth)}`));
    }),
    { numRuns: runs(500) },
  );
});

test.each([-1, 0, 1, 2])(
  'the same fault for as many objects and arrays as there may be, and %i more',
  (more) => {
    const inner = LIMITS.json_containers_max - 2 + more;
    const body = Buffer.from(
      `{"a":[${Array.from({ length: inner }, (_, n) => (n % 2 ? '{}' : '[]')).join(',')}]}`,
    );
    compare(body);
    expect('fault' in parseGuarded(body)).toBe(more > 0);
  },
);

test('keys that stand before an inner object are compared with those behind it, escaped or not', () => {
  const inner = `{${Array.from({ length: 40 }, (_, n) => `"\\u0061${n}":{"\\u0062":0}`).join(',')}}`;
  for (const [first, again] of [
    ['\\u0078', 'x'],
    ['x', '\\u0078'],
    ['\\u0078', '\\u0078'],
    ['\\ud83d\\ude00', '😀'],
    ['\\u20ac', '€'],
    ['\\n', '\\u000A'],
  ]) {
    expect(parseGuarded(Buffer.from(`{"${first}":${inner},"${again}":0}`))).toEqual({
      fault: 'duplicate_key',
    });
    expect(parseGuarded(Buffer.from(`{"${first}":${inner},"other":0}`))).toHaveProperty('value');
  }
});
