import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JSON_FAULTS, LIMITS, parseGuarded, parseGuardedText } from '../../../src/protocol/index.js';
import { stopwatch } from '../../support/stopwatch.js';

const faultOf = (text: string): string => {
  const guarded = parseGuardedText(text);
  return 'fault' in guarded ? guarded.fault : 'accepted';
};

test('gives the object', () => {
  expect(parseGuarded(Buffer.from('{"a":[1,{"b":"Анна"}]}'))).toEqual({ value: { a: [1, { b: 'Анна' }] } });
});

test('reads the right part of a larger buffer', () => {
  const large = Buffer.from('xx{"a":1}yy');
  expect(parseGuarded(large.subarray(2, 9))).toEqual({ value: { a: 1 } });
});

test('every fault has a sentence', () => {
  for (const sentence of Object.values(JSON_FAULTS)) expect(sentence).toMatch(/\.$/);
});

describe('order of faults', () => {
  test.each([
    ['{"a":1,"a":2', 'duplicate_key'],
    ['{"a":1e400,"a":2}', 'unsafe_number'],
    ['{"a":1,"a":1e400}', 'duplicate_key'],
    ['[[1e400]]', 'unsafe_number'],
    ['{"__proto__":1,"__proto__":1}', 'forbidden_key'],
  ])('%s is %s', (text, fault) => expect(faultOf(text)).toBe(fault));

  test('bad UTF-8 comes first', () => {
    expect(parseGuarded(Buffer.from([0x7b, 0xff]))).toEqual({ fault: 'not_utf8' });
  });
});

describe('keys', () => {
  test.each([7, 8, 9, 10, 100, LIMITS.json_keys_max])('finds a key again after %i others', (count) => {
    const keys = Array.from({ length: count - 1 }, (_, at) => `"k${at}":0`);
    const others = keys.length === 0 ? '' : `,${keys.join(',')}`;
    expect(faultOf(`{"x":0${others}}`)).toBe('accepted');
    expect(faultOf(`{"x":0${others},"x":0}`)).toBe('duplicate_key');
    expect(faultOf(`{"x":0${others},"\\u0078":0}`)).toBe('duplicate_key');
  });

  test('counts the keys of one object, not of all', () => {
    const many = `{${Array.from({ length: LIMITS.json_keys_max }, (_, at) => `"k${at}":0`).join(',')}}`;
    expect(faultOf(`{"a":${many},"b":${many}}`)).toBe('accepted');
  });

  test('goes on with the outer object after an inner one', () => {
    expect(faultOf('{"a":{"b":1},"b":2}')).toBe('accepted');
    expect(faultOf('{"a":{"b":1},"a":2}')).toBe('duplicate_key');
    expect(faultOf('{"a":[{"b":1},"a","a"],"c":"a"}')).toBe('accepted');
  });
});

describe('any tree of objects and arrays', () => {
  type Tree = { readonly fields: readonly (readonly [string, boolean, Tree])[] } | readonly Tree[] | null;
  // Few names, so that they meet often; some that are one when they are unescaped.
  const name = fc.constantFrom(
    'a',
    'b',
    'ab',
    'ba',
    'action',
    'actiom',
    'x1',
    'x2',
    'x3',
    'x4',
    'x5',
    'prototypes',
  );
  const tree = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.record({
        fields: fc.array(fc.tuple(name, fc.boolean(), tie('tree')), { maxLength: 12 }),
      }),
    ),
  })).tree;

  const spelled = (key: string, escaped: boolean): string =>
    escaped ? `"\\u${key.charCodeAt(0).toString(16).padStart(4, '0')}${key.slice(1)}"` : JSON.stringify(key);
  const written = (value: Tree): string => {
    if (value === null) return '"a"';
    if (!('fields' in value)) return `[${value.map(written).join(', ')}]`;
    return `{${value.fields.map(([key, escaped, below]) => `${spelled(key, escaped)} : ${written(below)}`).join(',')}}`;
  };
  const repeats = (value: Tree): boolean => {
    if (value === null) return false;
    if (!('fields' in value)) return value.some(repeats);
    const names = new Set(value.fields.map(([key]) => key));
    return names.size < value.fields.length || value.fields.some(([, , below]) => repeats(below));
  };

  test('is refused exactly when an object in it has a key twice', () => {
    fc.assert(
      fc.property(tree, (value) => {
        expect(faultOf(`{"root":${written(value)}}`)).toBe(repeats(value) ? 'duplicate_key' : 'accepted');
      }),
      { numRuns: 2_000 },
    );
  });
});

test('a long string of escapes takes time in proportion to its length', () => {
  const text = `{"a":"${'\\n'.repeat(500_000)}"}`;
  const elapsed = stopwatch();
  expect(faultOf(text)).toBe('accepted');
  expect(elapsed()).toBeLessThan(2_000);
});

test('a million open brackets are refused before anything is built', () => {
  expect(faultOf('['.repeat(1_000_000))).toBe('too_deep');
});
