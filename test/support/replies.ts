/** What replies have to look like, checked in one place. */
import { expect } from 'vitest';
import {
  ACTIONS,
  ERRORS,
  errorsOfSpec,
  isErrorCode,
  type ActionName,
  type ErrorCode,
  type JsonObject,
  type ResultOf,
} from '../../src/protocol/index.js';

/** Codes that tests of this process have seen come over the wire. */
export const SEEN_CODES = new Set<ErrorCode>();

/** Expects exactly this refusal: code, response and sentence. */
export function expectRefusal(message: JsonObject | null | undefined, code: ErrorCode): void {
  const { response, error } = ERRORS[code];
  expect(message).toMatchObject({ response, error, code });
  expect(typeof message?.['time']).toBe('number');
  SEEN_CODES.add(code);
}

/** Expects what every reply to a call must be, success or declared refusal. Gives its code, or null for success. */
export function expectContract(action: ActionName, id: string, reply: JsonObject): ErrorCode | null {
  const spec = ACTIONS[action];
  expect(typeof reply['time'], 'time').toBe('number');
  expect(reply['id'], 'id').toBe(id);
  if ('code' in reply) {
    const { code } = reply;
    if (!isErrorCode(code)) throw new Error(`a code that is not in the list: ${JSON.stringify(reply)}`);
    expect(errorsOfSpec(spec), `${action} does not declare ${code}`).toContain(code);
    expect(Object.keys(reply).sort()).toEqual(
      expect.arrayContaining(['code', 'error', 'id', 'response', 'time']),
    );
    const extra = Object.keys(reply).filter(
      (key) => !['code', 'error', 'id', 'response', 'time', 'details', 'retry_after_ms'].includes(key),
    );
    expect(extra, 'a refusal holds nothing else').toEqual([]);
    expect(reply['response']).toBe(ERRORS[code].response);
    expect(reply['error']).toBe(ERRORS[code].error);
    SEEN_CODES.add(code);
    return code;
  }
  expect(Object.keys(reply).sort()).toEqual(['alert', 'id', 'response', 'result', 'time']);
  expect(reply['response']).toBe(spec.response);
  expect(reply['alert']).toBe(spec.alert);
  const parsed = spec.result.safeParse(reply['result']);
  if (!parsed.success)
    throw new Error(`${action}: the result does not fit its schema: ${parsed.error.message}`);
  // Nothing beyond the schema: parsing drops what it doesn't name, so both must be equal.
  expect(reply['result']).toEqual(parsed.data);
  return null;
}

/** The result of a reply that must be a success. */
export function resultOf<A extends ActionName>(action: A, reply: JsonObject): ResultOf<A> {
  if (reply['response'] !== ACTIONS[action].response) {
    throw new Error(`${action} was refused: ${JSON.stringify(reply)}`);
  }
  // Parsed by the entry's own schema, which is where ResultOf comes from.
  return ACTIONS[action].result.parse(reply['result']) as ResultOf<A>;
}
