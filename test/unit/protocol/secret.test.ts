import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ACTIONS, isSecret, redact, REDACTED, secret } from '../../../src/protocol/index.js';

describe('isSecret', () => {
  test('is true for a marked schema only', () => {
    expect(isSecret(secret(z.string()))).toBe(true);
    expect(isSecret(z.string())).toBe(false);
  });

  test('survives what derives a schema: describe, min, regex', () => {
    const marked = secret(z.string());
    expect(isSecret(marked.describe('a word'))).toBe(true);
    expect(isSecret(marked.min(3).max(9))).toBe(true);
    expect(isSecret(marked.regex(/^x/).describe('again'))).toBe(true);
  });
});

describe('redact', () => {
  const schema = z.strictObject({
    name: z.string(),
    count: z.int().nullable(),
    password: secret(z.string()).optional(),
    inner: z.strictObject({ token: secret(z.string()).nullable().optional(), open: z.boolean() }).optional(),
    list: z.array(z.strictObject({ code: secret(z.string()), at: z.int() })).optional(),
    kind: z.enum(['a', 'b']).optional(),
  });

  test('hides marked values and leaves the rest', () => {
    expect(
      redact(schema, {
        name: 'anna',
        count: null,
        password: 'p1',
        inner: { token: 't1', open: true },
        list: [{ code: 'c1', at: 5 }],
        kind: 'a',
      }),
    ).toEqual({
      name: 'anna',
      count: null,
      password: REDACTED,
      inner: { token: REDACTED, open: true },
      list: [{ code: REDACTED, at: 5 }],
      kind: 'a',
    });
  });

  test('hides what the schema does not know', () => {
    expect(redact(schema, { name: 'anna', pasword: 'p1' })).toEqual({ name: 'anna', pasword: REDACTED });
    expect(redact(z.strictObject({}), { toString: 'p1' })).toEqual({ toString: REDACTED });
  });

  // What fails validation is logged too: a secret may sit in a value of the wrong shape.
  test.each([
    ['a list where an object belongs', { inner: [{ token: 't1' }] }, { inner: REDACTED }],
    ['a text where an object belongs', { inner: 't1' }, { inner: REDACTED }],
    ['an object where a text belongs', { name: { password: 'p1' } }, { name: REDACTED }],
    ['a list where a text belongs', { name: ['p1'] }, { name: REDACTED }],
    ['an object where a list belongs', { list: { code: 'c1' } }, { list: REDACTED }],
    ['a text where a list belongs', { list: 'c1' }, { list: REDACTED }],
    ['a marked value of another type', { password: { a: 1 } }, { password: REDACTED }],
    ['null in a marked place', { password: null }, { password: REDACTED }],
  ])('hides %s', (_, value, expected) => {
    expect(redact(schema, value)).toEqual(expected);
  });

  test.each([[['p1']], ['p1'], [7]])('hides a whole value of the wrong shape: %j', (value) => {
    expect(redact(schema, value)).toBe(REDACTED);
  });

  test('hides what it can not look into', () => {
    expect(redact(z.union([secret(z.string()), z.int()]), 'p1')).toBe(REDACTED);
    expect(redact(z.record(z.string(), secret(z.string())), { a: 'p1' })).toBe(REDACTED);
    expect(redact(z.any(), 'p1')).toBe(REDACTED);
  });

  test('hides a marker that was derived further', () => {
    const derived = z.strictObject({ pin: secret(z.string()).describe('a pin').optional() });
    expect(redact(derived, { pin: 'p1' })).toEqual({ pin: REDACTED });
  });

  test('keeps secrets out of every shape of a sign-in', () => {
    const { params, result, example } = ACTIONS.authenticate;
    const shown = JSON.stringify([redact(params, example.params), redact(result, example.result)]);
    expect(shown).not.toContain(example.params.user.password);
    expect(shown).not.toContain(example.result.session_token);
    expect(shown).toContain('anna');
  });
});
