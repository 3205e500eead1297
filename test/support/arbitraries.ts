/** Arbitrary values made by walking a zod schema: what fits it, and what only nearly does. */
import fc from 'fast-check';
import { z } from 'zod';

/**
 * Any character, for `fc.string({ unit: codePoint })`; half of them from the plane that most text is made of. The library's
 * own unit for this builds a table of all of Unicode first, which takes a second in each file that asks for it.
 */
export const codePoint = fc
  .oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0x10ffff }))
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code));

/** Strings that have broken other programs: empty, control, bidi, look-alike, huge, formats of other languages. */
const NAUGHTY = [
  '',
  ' ',
  '\t\r\n',
  '\u{202E}abc\u{2066}',
  '\u{200B}\u{FEFF}',
  'e\u{301}\u{301}\u{301}\u{301}',
  '\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}',
  'ＡＤＭＩＮ',
  'İstanbul',
  'ß',
  '\u{1E9E}',
  '\u{FDFA}',
  '\u{E0041}',
  '\x1b[31mred\x1b]0;title\x07',
  "' OR 1=1 --",
  '"); DROP TABLE accounts; --',
  '%s%n',
  '${7*7}',
  '../../etc/passwd',
  'null',
  'undefined',
  'NaN',
  '-1',
  '__proto_',
  'a@b@c',
  '@',
  'a'.repeat(257),
  'я'.repeat(600),
  '\u{1F600}'.repeat(130),
] as const;

/** Ordinary values for fields whose pattern can not be turned round. */
const ORDINARY = [
  'Anna',
  'Мария-Луиза',
  "O'Brien",
  'anna@example.test',
  'Ünal@Exämple.test',
  '+7 (900) 000-00-00',
  'https://example.test/a.png',
  'en',
  'ru-RU',
  'a few words\nin two lines',
  'correct horse battery',
] as const;

function patternOf(schema: z.ZodString): RegExp | null {
  for (const check of schema.def.checks ?? []) {
    const { def } = check._zod as { def: { check: string; format?: string; pattern?: RegExp } };
    if (def.check === 'string_format' && def.pattern !== undefined) return def.pattern;
  }
  return null;
}

function strings(schema: z.ZodString, naughty: boolean): fc.Arbitrary<unknown> {
  const fitting = ORDINARY.filter((value) => schema.safeParse(value).success);
  if (!naughty && fitting.length > 0) return fc.constantFrom(...fitting);
  const usual: fc.Arbitrary<string>[] = fitting.length > 0 ? [fc.constantFrom(...fitting)] : [];
  const pattern = patternOf(schema);
  if (pattern !== null) {
    try {
      usual.push(fc.stringMatching(pattern));
    } catch {
      // Unicode properties can't be turned round; the ordinary values stand in.
    }
  } else {
    const minLength = schema.minLength ?? 0;
    const maxLength = Math.min(schema.maxLength ?? 64, 64);
    usual.push(fc.string({ unit: 'grapheme', minLength, maxLength: Math.max(minLength, maxLength) }));
    usual.push(fc.stringMatching(/^[a-z]{3}[a-z0-9]{0,12}$/));
  }
  return fc.oneof({ weight: 6, arbitrary: fc.oneof(...usual) }, fc.constantFrom(...NAUGHTY));
}

/** Values of this test's own for fields of a name. */
type Known = Readonly<Record<string, fc.Arbitrary<unknown>>>;

function made(schema: z.ZodType, known: Known, naughty: boolean): fc.Arbitrary<unknown> {
  const part = (inner: unknown): fc.Arbitrary<unknown> => made(inner as z.ZodType, known, naughty);
  if (schema instanceof z.ZodOptional) {
    return fc.option(part(schema.unwrap()), { nil: undefined });
  }
  if (schema instanceof z.ZodNullable) {
    return fc.option(part(schema.unwrap()), { nil: null });
  }
  if (schema instanceof z.ZodObject) {
    const parts = Object.entries(schema.shape as Record<string, z.ZodType>).map(
      ([name, field]) => [name, known[name] ?? part(field)] as const,
    );
    return fc
      .record(Object.fromEntries(parts))
      .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));
  }
  if (schema instanceof z.ZodArray) return fc.array(part(schema.element), { maxLength: 9 });
  if (schema instanceof z.ZodLiteral) return fc.constantFrom(...schema.values);
  if (schema instanceof z.ZodUnion) return fc.oneof(...schema.options.map(part));
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options);
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  if (schema instanceof z.ZodNumber) {
    if (!naughty) return fc.integer({ min: 1, max: 50 });
    return fc.oneof(fc.integer({ min: -1, max: 201 }), fc.maxSafeInteger(), fc.double({ noNaN: true }));
  }
  if (schema instanceof z.ZodString) return strings(schema, naughty);
  throw new Error(`no arbitrary for ${schema.constructor.name}: teach test/support/arbitraries.ts`);
}

/** Values that mostly fit the schema, with strings and numbers among them that have broken other programs. */
export const fitting = (schema: z.ZodType, known: Known = {}): fc.Arbitrary<unknown> =>
  made(schema, known, true);

/** Values that fit the schema so well that most of them get past everything else that is asked of them. */
export const ordinary = (schema: z.ZodType, known: Known = {}): fc.Arbitrary<unknown> =>
  made(schema, known, false);

const WRONG = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -0.5, 1e300, [], {}, [[]], { $gt: '' }, ['admin']),
  fc.constantFrom(...NAUGHTY),
  fc.dictionary(fc.string({ maxLength: 8 }), fc.integer(), { maxKeys: 4, noNullPrototype: true }),
);

/** Replaces, removes or adds one thing somewhere in an object. */
function spoilt(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return WRONG;
  const entries = Object.entries(value as Record<string, unknown>);
  const unknownName = fc.constantFrom(
    'extra',
    'user_id',
    'sub',
    'role',
    'is_admin',
    'toString',
    'Action',
    '',
  );
  const added = fc.tuple(unknownName, WRONG).map(([name, wrong]) => ({ ...value, [name]: wrong }));
  if (entries.length === 0) return added;
  const replaced = fc
    .constantFrom(...entries)
    .chain(([name, part]) =>
      spoilt(part).map((wrong) => Object.fromEntries(entries.map(([n, v]) => [n, n === name ? wrong : v]))),
    );
  const removed = fc
    .constantFrom(...entries)
    .map(([name]) => Object.fromEntries(entries.filter(([n]) => n !== name)));
  return fc.oneof(replaced, removed, added);
}

/** Values that would fit the schema but for one fault. */
export function nearMiss(schema: z.ZodType, known: Known = {}): fc.Arbitrary<unknown> {
  return fitting(schema, known).chain(spoilt);
}
