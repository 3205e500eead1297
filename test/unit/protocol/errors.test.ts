import { describe, expect, test } from 'vitest';
import {
  ACTION_NAMES,
  ACTIONS,
  ERROR_CODES,
  ERRORS,
  errorsOfSpec,
  fail,
  isErrorCode,
  isFailure,
  type ActionSpec,
} from '../../../src/protocol/index.js';

describe.each(ERROR_CODES)('%s', (code) => {
  const { response, error, remedy } = ERRORS[code];

  test('has a snake_case name, a refusal as response, and sentences', () => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect([400, 401, 402, 403, 404, 408, 409, 413, 429, 500, 503]).toContain(response);
    expect(error).not.toBe('');
    expect(remedy).toMatch(/\.$/);
    // JIM's own two words; every other error is a sentence.
    if (code !== 'hmac_error') expect(error).toMatch(/^[A-Z].*\.$/);
  });

  test('is given by an action, or belongs to the connection', () => {
    const specs = ACTION_NAMES.map((name): ActionSpec => ACTIONS[name]);
    const ofConnection = ERROR_CODES.indexOf(code) <= ERROR_CODES.indexOf('unknown_action');
    expect(ofConnection || specs.some((spec) => errorsOfSpec(spec).includes(code))).toBe(true);
  });
});

test('a wrong name and a wrong password share one code, so the sentence tells neither', () => {
  expect(ERRORS.invalid_credentials.error).toBe('Wrong account name or password.');
});

test('after a broken frame there is no next one: those errors close', () => {
  for (const code of ['frame_empty', 'frame_too_large', 'too_many_bad_frames', 'hmac_error'] as const) {
    expect(ERRORS[code].closes).toBe(true);
  }
  for (const code of [
    'invalid_json',
    'invalid_envelope',
    'unknown_action',
    'throttled',
    'internal',
  ] as const) {
    expect(ERRORS[code].closes).toBe(false);
  }
});

test('isErrorCode knows own names only', () => {
  expect(isErrorCode('not_found')).toBe(true);
  for (const value of ['toString', '__proto__', 'NOT_FOUND', '', 404, null, undefined, {}]) {
    expect(isErrorCode(value)).toBe(false);
  }
});

test('fail and isFailure fit each other', () => {
  expect(fail('busy')).toEqual({ failed: 'busy' });
  expect(fail('throttled', { retry_after_ms: 5 })).toEqual({ failed: 'throttled', retry_after_ms: 5 });
  expect(isFailure(fail('busy'))).toBe(true);
  for (const value of [null, undefined, 'busy', {}, { failed: 'no_such_code' }, { failed: 3 }]) {
    expect(isFailure(value)).toBe(false);
  }
});
