import { describe, expect, test } from 'vitest';
import {
  encodeEvent,
  encodeFailure,
  encodeRequest,
  encodeResult,
  ERROR_CODES,
  ERRORS,
  fail,
  type Failure,
  idOf,
  LIMITS,
  parseRequest,
  parseServerMessage,
  wireTime,
  type JsonObject,
} from '../../../src/protocol/index.js';

const parse = (text: string): JsonObject => JSON.parse(text) as JsonObject;
const DETAILS = [{ path: 'user.account_name', reason: 'too_short', message: 'Too short.' }];
const NOW_MS = 1_795_000_200_250;

test('wireTime is Unix seconds with milliseconds behind the point', () => {
  expect(wireTime(NOW_MS)).toBe(1_795_000_200.25);
  expect(wireTime(1.4)).toBe(0.001);
});

test.each(['"', '\\', 'a","result":{}', '\n', '\u2028', '№ 1', ''])(
  'a reply is JSON whatever the id: %j',
  (id) => {
    expect(parse(encodeResult(id, 200, 'al"ert', { a: 1 }, NOW_MS))).toEqual({
      response: 200,
      time: wireTime(NOW_MS),
      id,
      alert: 'al"ert',
      result: { a: 1 },
    });
  },
);

describe('requests', () => {
  test('come back as they were', () => {
    const object = parse(encodeRequest('probe', '7', { a: 1, b: { c: [] } }, NOW_MS));
    expect(object['time']).toBe(1_795_000_200.25);
    expect(parseRequest(object)).toEqual({ action: 'probe', id: '7', params: { a: 1, b: { c: [] } } });
  });

  test('need no id and no time', () => {
    expect(parseRequest({ action: 'probe' })).toEqual({ action: 'probe', id: null, params: {} });
  });

  test.each([
    [{}],
    [{ action: 1 }],
    [{ action: null }],
    [{ action: 'probe', id: 1 }],
    [{ action: 'probe', id: null }],
    [{ action: 'probe', id: '' }],
    [{ action: 'probe', id: 'x'.repeat(LIMITS.request_id_length_max + 1) }],
    [{ action: 'probe', time: '1' }],
    [{ action: 'probe', time: null }],
  ])('without a usable envelope are refused: %j', (object) => {
    expect(parseRequest(object)).toBeNull();
  });

  test('idOf finds the id of what is no request', () => {
    expect(idOf({ id: 'x', action: 5 })).toBe('x');
    expect(idOf({ id: '' })).toBeNull();
    expect(idOf({ id: 5 })).toBeNull();
    expect(idOf({})).toBeNull();
  });
});

describe('server messages', () => {
  test('a result', () => {
    const text = encodeResult('7', 201, 'made', { a: 1 }, NOW_MS);
    expect(parse(text)).toEqual({
      response: 201,
      time: 1_795_000_200.25,
      id: '7',
      alert: 'made',
      result: { a: 1 },
    });
    expect(parseServerMessage(parse(text))).toEqual({
      kind: 'result',
      id: '7',
      alert: 'made',
      result: { a: 1 },
    });
    expect(parse(encodeResult(null, 200, 'x', {}, 0))).not.toHaveProperty('id');
  });

  test.each(ERROR_CODES)('the failure %s', (code) => {
    const { carries } = ERRORS[code];
    const carried = {
      ...(carries === 'details' ? { details: DETAILS } : {}),
      ...(carries === 'retry_after_ms' ? { retry_after_ms: 4000 } : {}),
      ...(code === 'role_in_use' ? { data: { accounts: 3 } } : {}),
    };
    // The compiler can't tie what is carried to a code that is known at run time only.
    const object = parse(encodeFailure('7', { failed: code, ...carried } as Failure, NOW_MS));
    expect(object).toEqual({
      response: ERRORS[code].response,
      time: 1_795_000_200.25,
      id: '7',
      error: ERRORS[code].error,
      code,
      ...carried,
    });
    expect(parseServerMessage(object)).toEqual({
      kind: 'failure',
      id: '7',
      code,
      error: ERRORS[code].error,
      details: [],
      retry_after_ms: null,
      ...carried,
    });
  });

  test('a failure without an id', () => {
    const object = parse(encodeFailure(null, fail('invalid_params', { details: DETAILS }), NOW_MS));
    expect(object).not.toHaveProperty('id');
    expect(parseServerMessage(object)).toMatchObject({ id: null, details: DETAILS });
  });

  test('a code that this version does not know counts as internal', () => {
    const object = { response: 418, error: 'No coffee.', code: 'teapot' };
    expect(parseServerMessage(object)).toMatchObject({
      kind: 'failure',
      code: 'internal',
      error: 'No coffee.',
    });
  });

  test('an event, also an unknown one', () => {
    expect(parseServerMessage(parse(encodeEvent('probe', {}, NOW_MS)))).toEqual({
      kind: 'event',
      event: 'probe',
      data: {},
    });
    expect(parseServerMessage({ event: 'of_the_future', data: [1], more: 1 })).toEqual({
      kind: 'event',
      event: 'of_the_future',
      data: {},
    });
  });

  test.each([[{}], [{ response: '200' }], [{ error: 'x' }], [{ event: 5 }], [{ alert: 'x' }]])(
    'nothing else is one: %j',
    (object) => expect(parseServerMessage(object)).toBeNull(),
  );
});
