/**
 * T-50: no shape of a body costs much more time a byte than another, so that the time of a frame is bounded by its length.
 * The yardstick is JSON.parse on this machine, in the same moment.
 */
import { expect, test } from 'vitest';
import { LIMITS, parseGuarded } from '../../../src/protocol/index.js';
import { runs } from '../../support/runs.js';

const BYTES = LIMITS.frame_bytes_max - 100;
const ROUNDS = runs(16);

const filled = (unit: string, bytes = BYTES): string => unit.repeat(Math.floor(bytes / unit.length));
const within = (inner: string): string => `{"action":"x","a":${inner}}`;
const list = (unit: string): string => within(`[${filled(`${unit},`).slice(0, -1)}]`);
const unit4 = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Objects of so many keys, as many as fit. */
function objects(keys: number, spelled: (n: number) => string): string {
  const one = `{${Array.from({ length: keys }, (_, n) => `"${spelled(n)}":0`).join(',')}}`;
  return list(one);
}

const YARDSTICK = objects(200, (n) => `k${n}`);

const SHAPES: Readonly<Record<string, string>> = {
  'one long string': within(`"${filled('x')}"`),
  'many keys': YARDSTICK,
  'few keys': objects(8, (n) => `k${n}`),
  'keys as long as forbidden ones': objects(200, (n) => `k${String(n).padStart(8, '0')}`),
  'keys that look like places of a list': objects(200, (n) => String(n * 7_919)),
  'keys with an escape': objects(200, (n) => `${unit4('k')}${n}`),
  'a key with an escape in each object': objects(1, (n) => `${unit4('k')}${n}`),
  'few keys with an escape': objects(8, (n) => `${unit4('k')}${n}`),
  'keys with a short escape': objects(200, (n) => `\\n${n}`),
  'keys of nothing but escapes': objects(100, (n) => Array.from(`k${n}`, unit4).join('')),
  'keys in Cyrillic': objects(200, (n) => `ж${n}`)
    .slice(0, BYTES / 2)
    .replace(/,?"[^"]*"?:?0?$/, '}]}'),
  'one key of nothing but escapes': `{"${filled(unit4('k'))}":0}`,
  'long keys that differ at the end': `{${Array.from({ length: 8 }, (_, n) => `"${filled('k', BYTES / 8)}${n}":0`).join(',')}}`,
  'a string of escapes': within(`"${filled(unit4('A'))}"`),
  'a string of escaped pairs': within(`"${filled('\\ud83d\\ude00')}"`),
  'a string of short escapes': within(`"${filled('\\n')}"`),
  'short strings with an escape': list('"\\n"'),
  integers: list('1'),
  'negative numbers': list('-1'),
  fractions: list('1.5'),
  exponents: list('1e5'),
  'numbers of sixteen digits': list('1234567890123456'),
  'numbers at the limit': list('9e15'),
  'zeros with an exponent': list('0e99'),
  'numbers of many digits': list(`0.${'1'.repeat(300)}`),
  'one number of many digits': within(`0.${filled('1')}`),
  'lists in lists': list(`${'['.repeat(30)}${']'.repeat(30)}`),
  'objects in objects': list(`${'{"a":'.repeat(29)}0${'}'.repeat(29)}`),
  'empty objects': list('{}'),
  'white space': `{"action":"x"${filled(' ')}}`,
  'bad UTF-8 at the end': `${within(`"${filled('x')}`)}\udc00`,
  'bad JSON at the end': list('{}').slice(0, -1),
  'too deep at the end': `${list('1').slice(0, -100)}${'['.repeat(40)}`,
};

/** Nanoseconds a byte, the least of some rounds. */
function leastOf(what: () => void, bytes: number): number {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = performance.now();
    what();
    least = Math.min(least, performance.now() - began);
  }
  return (least * 1e6) / bytes;
}

function parsed(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    // Some shapes are no JSON: refusing takes its time as well.
  }
}

test.each(Object.entries(SHAPES))('[T-50] %s', (_, text) => {
  const body = Buffer.from(text);
  const yardstick = Buffer.from(YARDSTICK);
  const measure = (): { guard: number; parse: number } => ({
    guard: leastOf(() => parseGuarded(body), body.length),
    // What the parser takes for this very shape can't be helped.
    parse: Math.max(
      leastOf(() => parsed(body.toString()), body.length),
      leastOf(() => parsed(yardstick.toString()), yardstick.length),
    ),
  });
  measure();
  const shares = Array.from({ length: 3 }, () => {
    const { guard, parse } = measure();
    return guard / parse;
  });
  // Keys with escapes were at three and a half, numbers with a point or a sign at nearly three.
  expect(Math.min(...shares)).toBeLessThan(2);
});
