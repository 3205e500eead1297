/** Refusals with content of their own, on a small table: no code of this version carries `data` yet, and any may. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { readRefusal, type RefusalIn } from '../../../src/client/calls.js';
import {
  defineError,
  encodeFailureIn,
  fail,
  failIn,
  parseServerMessageIn,
  type FailureIn,
  type JsonObject,
} from '../../../src/protocol/index.js';
import { errorReplySchemaOf } from '../../../scripts/docs/json_schema.js';
import { errorsData } from '../../../scripts/docs/protocol_md.js';

const TABLE = {
  more_needed: defineError(401, 'One more proof is needed.', 'Call the action that gives it.', {
    carries: z.object({
      ways: z.array(z.enum(['totp', 'key'])).describe('how it can be given'),
      left: z.int().describe('tries'),
    }),
  }),
  other_place: defineError(409, 'It is somewhere else.', 'Go there.', {
    carries: z.object({ place: z.string().describe('where') }),
  }),
  throttled: defineError(429, 'Wait.', 'Wait.', { carries: 'retry_after_ms' }),
  not_found: defineError(404, 'Nothing there.', 'Look elsewhere.'),
  internal: defineError(500, 'Broken.', 'Tell somebody.'),
} as const;

const sent = (failure: FailureIn<typeof TABLE, keyof typeof TABLE>): JsonObject =>
  JSON.parse(encodeFailureIn(TABLE, '7', failure, 1500)) as JsonObject;

function read(object: JsonObject): RefusalIn<typeof TABLE, keyof typeof TABLE> | null {
  const message = parseServerMessageIn(TABLE, object);
  if (message?.kind !== 'failure') throw new Error('no failure');
  return readRefusal(TABLE, message.code, message);
}

describe('a refusal with data', () => {
  const data = { ways: ['totp' as const], left: 3 };

  test('goes over the wire as its schema says, and comes in with its type', () => {
    const object = sent(failIn(TABLE, 'more_needed', { data }));
    const { response, error } = TABLE.more_needed;
    expect(object).toEqual({ response, time: 1.5, id: '7', error, code: 'more_needed', data });
    const refusal = read(object);
    if (refusal?.code !== 'more_needed') throw new Error('another code');
    const ways: readonly ('totp' | 'key')[] = refusal.data.ways;
    expect(ways).toEqual(['totp']);
    expect(refusal.details).toEqual([]);
  });

  test('leaves out what its schema does not name', () => {
    const more = { ...data, password: 'p1' };
    expect(sent(failIn(TABLE, 'more_needed', { data: more }))['data']).toEqual(data);
  });

  test('is no refusal at all to a client when the data are others', () => {
    const object = sent(failIn(TABLE, 'more_needed', { data }));
    expect(read({ ...object, data: { left: 'three' } })).toBeNull();
    const { data: _data, ...without } = object;
    expect(read(without)).toBeNull();
    // What a code doesn't carry is not looked at: a later version may say more.
    expect(read({ ...sent(failIn(TABLE, 'not_found')), data })).not.toHaveProperty('data');
  });

  test('keeps time to wait and details where they are', () => {
    expect(sent(failIn(TABLE, 'throttled', { retry_after_ms: 4000 }))).toMatchObject({
      retry_after_ms: 4000,
    });
    expect(sent(failIn(TABLE, 'not_found'))).not.toHaveProperty('data');
  });
});

describe('what does not compile', () => {
  test('a code without what it carries, with another’s, or with what it does not carry', () => {
    // @ts-expect-error it carries data
    failIn(TABLE, 'more_needed');
    // @ts-expect-error these are another's
    failIn(TABLE, 'more_needed', { data: { place: 'here' } });
    // @ts-expect-error it carries nothing
    failIn(TABLE, 'not_found', { data: { place: 'here' } });
    // @ts-expect-error no such code
    failIn(TABLE, 'not_fond');
    // @ts-expect-error it carries a time to wait
    fail('throttled');
    // @ts-expect-error and this one the single faults
    fail('password_rejected', { retry_after_ms: 4000 });
    // @ts-expect-error and this one nothing
    fail('not_found', { details: [] });
    expect(fail('not_found')).toEqual({ failed: 'not_found' });
  });

  test('data before the code is known, or of a code that carries none', () => {
    const refusal = read(sent(failIn(TABLE, 'other_place', { data: { place: 'here' } })));
    if (refusal === null) throw new Error('none');
    // @ts-expect-error which of them it is has to be asked first
    expect(refusal.data).toEqual({ place: 'here' });
    // @ts-expect-error this one carries none
    if (refusal.code === 'not_found') expect(refusal.data).toBeUndefined();
    if (refusal.code === 'other_place') expect(refusal.data.place).toBe('here');
  });
});

describe('the documents', () => {
  test('have the data of each code in the schema of refusals and beside the table of codes', () => {
    const schema = errorReplySchemaOf(TABLE);
    const valid = new Ajv2020({ strict: true, strictRequired: false }).compile(schema);
    expect(valid(sent(failIn(TABLE, 'more_needed', { data: { ways: ['key'], left: 1 } })))).toBe(true);
    expect(valid(sent(failIn(TABLE, 'not_found')))).toBe(true);
    // Data belong to their code. What another code carries, perhaps one of a later version, is not judged.
    const wrong = { ...sent(failIn(TABLE, 'more_needed', { data: { ways: ['key'], left: 1 } })), data: {} };
    expect(valid(wrong)).toBe(false);
    expect(valid({ ...wrong, code: 'of_tomorrow' })).toBe(true);
    expect(valid({ ...sent(failIn(TABLE, 'not_found')), data: { left: 1 } })).toBe(true);
    const text = errorsData(TABLE);
    expect(text).toContain('A refusal with `more_needed` carries `data`:');
    expect(text).toContain('| `ways` |');
    expect(text).toContain('| `place` |');
    expect(errorsData({ not_found: TABLE.not_found })).toBe('');
    expect(errorReplySchemaOf({ not_found: TABLE.not_found }).properties).not.toHaveProperty('data');
  });
});
