/**
 * The JSON object in a frame, with JIM's names. A request holds `action`, `id`, `time` and the action's parameters
 * beside them; a reply holds `response`, `time`, `id` and either `alert` with `result`, or `error` with `code`; an event
 * holds `event`, `time` and `data`.
 */
import {
  ERRORS,
  type AnyFailure,
  type ErrorCode,
  type ErrorDetail,
  type ErrorTable,
  type Failure,
  type FailureIn,
} from './errors.js';
import type { JsonObject } from './json_guard.js';
import { LIMITS } from './limits.js';
import { codePoints } from './text_length.js';

/** Names that belong to the envelope, so that no parameter can be called like them. */
export const ENVELOPE_NAMES = ['action', 'id', 'time'] as const;

export type Request = {
  readonly action: string;
  /** Comes back in the reply; null when the client sent none. */
  readonly id: string | null;
  /** What is left of the object: the parameters. */
  readonly params: JsonObject;
};

/** Returns Unix seconds with milliseconds behind the point, as JIM's `time`. */
export const wireTime = (now_ms: number): number => Math.round(now_ms) / 1000;

/** Most ids are so short that nothing has to be counted. */
const fitsId = (id: string): boolean =>
  id.length <= LIMITS.request_id_length_max ||
  (id.length <= 2 * LIMITS.request_id_length_max && codePoints(id) <= LIMITS.request_id_length_max);

function usableId(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value !== '' && fitsId(value));
}

/** Returns an object's envelope and parameters; null when the envelope itself is unusable. */
export function parseRequest(object: JsonObject): Request | null {
  const { action, id, time } = object;
  if (typeof action !== 'string' || !usableId(id)) return null;
  if (time !== undefined && typeof time !== 'number') return null;
  // Not a rest of the line above: that makes an object of a shape of its own, which is slow to read. The guard has
  // refused the keys that mean something to an assignment.
  const params: Record<string, unknown> = {};
  for (const name in object) {
    if (name !== 'action' && name !== 'id' && name !== 'time') params[name] = object[name];
  }
  return { action, id: id ?? null, params };
}

/** Returns the body of a request frame. `id` is 1 to 64 characters. */
export function encodeRequest(action: string, id: string, params: object, now_ms: number): string {
  return JSON.stringify({ action, id, time: wireTime(now_ms), ...params });
}

/** Returns the id of an object that is no usable request, as far as it has one: so that even a refusal finds its caller. */
export function idOf(object: JsonObject): string | null {
  return typeof object['id'] === 'string' && usableId(object['id']) ? object['id'] : null;
}

let timeTold = Number.NaN;
let timeText = '';

/** Returns `wireTime` as text: in one millisecond a server may tell it a hundred times. */
function wireTimeText(now_ms: number): string {
  if (now_ms !== timeTold) {
    timeTold = now_ms;
    timeText = String(wireTime(now_ms));
  }
  return timeText;
}

/** Ids in which nothing has to be escaped. */
const PLAIN_ID = /^[\w.:-]*$/;

const idText = (id: string): string => (PLAIN_ID.test(id) ? `,"id":"${id}"` : `,"id":${JSON.stringify(id)}`);

/** What all replies of an action that say yes have in common, as text. */
export type ReplyForm = { readonly opening: string; readonly middle: string };

export function replyForm(response: number, alert: string): ReplyForm {
  return {
    opening: `{"response":${response},"time":`,
    middle: `,"alert":${JSON.stringify(alert)},"result":`,
  };
}

/** Returns the body of a reply that says yes. `resultText`: the result as JSON, so that one text can serve many replies. */
export function encodeResultText(
  { opening, middle }: ReplyForm,
  id: string | null,
  resultText: string,
  now_ms: number,
): string {
  return `${opening}${wireTimeText(now_ms)}${id === null ? '' : idText(id)}${middle}${resultText}}`;
}

/** Returns the body of a reply that says yes. */
export function encodeResult(
  id: string | null,
  response: number,
  alert: string,
  result: object,
  now_ms: number,
): string {
  return encodeResultText(replyForm(response, alert), id, JSON.stringify(result), now_ms);
}

/** Returns the body of a reply that says no, with a code of a table and what it carries. Throws on data of another shape. */
export function encodeFailureIn<T extends ErrorTable>(
  table: T,
  id: string | null,
  failure: FailureIn<T, keyof T & string>,
  now_ms: number,
): string {
  // Each failure of a table is one of these; the compiler can't see it for a table it doesn't know.
  const { failed, details, retry_after_ms, data } = failure as AnyFailure;
  const entry = table[failed];
  if (entry === undefined) throw new Error(`no such error code: ${failed}`);
  const { response, error, carries } = entry;
  return JSON.stringify({
    response,
    time: wireTime(now_ms),
    ...(id === null ? {} : { id }),
    error,
    code: failed,
    ...(details === undefined ? {} : { details }),
    ...(retry_after_ms === undefined ? {} : { retry_after_ms }),
    // What the schema doesn't name is left out, as it is of results.
    ...(typeof carries === 'object' && carries !== null ? { data: carries.parse(data) } : {}),
  });
}

/** Returns the body of a reply that says no. */
export function encodeFailure(id: string | null, failure: Failure, now_ms: number): string {
  return encodeFailureIn(ERRORS, id, failure, now_ms);
}

/** Returns the body of an event frame. */
export function encodeEvent(event: string, data: object, now_ms: number): string {
  return JSON.stringify({ event, time: wireTime(now_ms), data });
}

/** What a client can find in a frame. `Code`: the codes that it knows. */
export type ServerMessageOf<Code extends string> =
  | {
      readonly kind: 'result';
      readonly id: string | null;
      readonly alert: string;
      readonly result: JsonObject;
    }
  | {
      readonly kind: 'failure';
      readonly id: string | null;
      readonly code: Code;
      readonly error: string;
      readonly details: readonly ErrorDetail[];
      readonly retry_after_ms: number | null;
      /** As it came; whoever knows the code knows its schema. */
      readonly data?: JsonObject;
    }
  | { readonly kind: 'event'; readonly event: string; readonly data: JsonObject };

export type ServerMessage = ServerMessageOf<ErrorCode>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isErrorDetail(value: unknown): value is ErrorDetail {
  return isObject(value) && ['path', 'reason', 'message'].every((name) => typeof value[name] === 'string');
}

/** Returns a server's message. A code that the table doesn't know counts as `internal`; null is no message at all. */
export function parseServerMessageIn<T extends ErrorTable & { readonly internal: unknown }>(
  table: T,
  object: JsonObject,
): ServerMessageOf<keyof T & string> | null {
  const id = idOf(object);
  if (typeof object['event'] === 'string') {
    return { kind: 'event', event: object['event'], data: isObject(object['data']) ? object['data'] : {} };
  }
  if (typeof object['response'] !== 'number') return null;
  if (typeof object['error'] === 'string') {
    const { code, data } = object;
    const details = Array.isArray(object['details']) ? object['details'].filter(isErrorDetail) : [];
    return {
      kind: 'failure',
      id,
      code: typeof code === 'string' && Object.hasOwn(table, code) ? code : 'internal',
      error: object['error'],
      details,
      retry_after_ms: typeof object['retry_after_ms'] === 'number' ? object['retry_after_ms'] : null,
      ...(isObject(data) ? { data } : {}),
    };
  }
  const alert = typeof object['alert'] === 'string' ? object['alert'] : '';
  return { kind: 'result', id, alert, result: isObject(object['result']) ? object['result'] : {} };
}

/** Returns a server's message. A code that this version doesn't know counts as `internal`; null is no message at all. */
export function parseServerMessage(object: JsonObject): ServerMessage | null {
  return parseServerMessageIn(ERRORS, object);
}
