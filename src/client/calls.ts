/**
 * What a call is on this side: its options, its outcome, its body on the way out and its reply on the way in. Pure;
 * nothing here knows a connection.
 */
import {
  ACTIONS,
  ERRORS,
  JSON_FAULTS,
  encodeRequest,
  errorsOfSpec,
  parseGuardedText,
  type ActionName,
  type DataIn,
  type ErrorDetail,
  type ErrorOf,
  type ErrorTable,
  type ResultOf,
  type ServerMessage,
} from '../protocol/index.js';
import { CLIENT_ERRORS, type ClientErrorCode } from './errors.js';
import { readLater } from './later_words.js';

/** How long a call may take, and what ends it early. */
export type CallOptions = {
  /** Milliseconds until the caller stops waiting, connecting included; the client's `request_ms` unless told. */
  deadline_ms?: number;
  /** Stops waiting when aborted. What was sent already may still be done by the server. */
  signal?: AbortSignal;
};

type Refusal<C extends string> = {
  readonly ok: false;
  readonly code: C;
  readonly error: string;
  /** Which parameter is wrong and why; empty for most codes. */
  readonly details: readonly ErrorDetail[];
  /** Milliseconds to wait before the next try; null when the server gave none. */
  readonly retry_after_ms: number | null;
};

/** Codes of a table that carry `data`. */
type DataCode<T extends ErrorTable> = {
  [C in keyof T & string]: [DataIn<T, C>] extends [never] ? never : C;
}[keyof T & string];

type RefusalWithData<T extends ErrorTable, C extends string> = C extends C
  ? Refusal<C> & { readonly data: DataIn<T, C> }
  : never;

/** A refusal with a code of a table: where the code carries `data`, it is there and has its type. */
export type RefusalIn<T extends ErrorTable, C extends string> =
  Refusal<Exclude<C, DataCode<T>>> | RefusalWithData<T, Extract<C, DataCode<T>>>;

/**
 * What became of a call. A `switch` over `code` can be checked for completeness: it is one of the action's declared
 * errors or a ClientErrorCode, nothing else. `error` is a sentence for a person.
 */
export type CallOutcome<A extends ActionName> =
  | { readonly ok: true; readonly result: ResultOf<A>; readonly alert: string }
  | RefusalIn<typeof ERRORS, ErrorOf<A> | ClientErrorCode>;

/** The outcome of a call whose action is known at run time only. */
export type AnyOutcome = CallOutcome<ActionName>;

/** Returns the outcome of a call that the client itself refuses or gives up. */
export function clientRefusal(code: ClientErrorCode): Extract<AnyOutcome, { ok: false }> {
  return { ok: false, code, error: CLIENT_ERRORS[code], details: [], retry_after_ms: null };
}

function unsendable(reason: string, message: string): AnyOutcome {
  return {
    ok: false,
    code: 'invalid_params',
    error: ERRORS.invalid_params.error,
    details: [{ path: '', reason, message }],
    retry_after_ms: null,
  };
}

/**
 * Returns the body of a request, or the outcome when the server could only answer it by refusing the whole frame: it doesn't
 * know then whose request it was, and for a large one it closes the connection.
 */
export function encodeCall(
  call: { readonly action: ActionName; readonly params: object },
  id: string,
  bytes_max: number,
  now_ms: number,
): { readonly body: string } | { readonly refused: AnyOutcome } {
  const body = encodeRequest(call.action, id, call.params, now_ms);
  if (Buffer.byteLength(body) > bytes_max) {
    return { refused: unsendable('too_large', `The request is larger than ${bytes_max} bytes.`) };
  }
  const parsed = parseGuardedText(body);
  return 'fault' in parsed ? { refused: unsendable(parsed.fault, JSON_FAULTS[parsed.fault]) } : { body };
}

function isErrorOf<A extends ActionName>(action: A, code: string): code is ErrorOf<A> {
  return errorsOfSpec(ACTIONS[action]).some((declared) => declared === code);
}

type FailureMessage = Extract<ServerMessage, { kind: 'failure' }>;

/** Returns true for a detail that has its three texts; the envelope parser takes whatever the list holds. */
function isDetail(detail: unknown): detail is ErrorDetail {
  if (typeof detail !== 'object' || detail === null) return false;
  const { path, reason, message } = detail as Partial<Record<keyof ErrorDetail, unknown>>;
  return typeof path === 'string' && typeof reason === 'string' && typeof message === 'string';
}

/**
 * Returns the refusal that a message says, with what its code carries; null when what came as its data is not what the
 * table says of the code.
 */
export function readRefusal<T extends ErrorTable, C extends keyof T & string>(
  table: T,
  code: C,
  { error, details, retry_after_ms, data }: Omit<FailureMessage, 'code'>,
): RefusalIn<T, C> | null {
  const carries = table[code]?.carries ?? null;
  const refusal = { ok: false, code, error, details: details.filter(isDetail), retry_after_ms };
  // Both: code and content were just checked against the same entry, which the compiler can't tie together.
  if (typeof carries !== 'object' || carries === null) return refusal as unknown as RefusalIn<T, C>;
  const parsed = carries.safeParse(data);
  return parsed.success ? ({ ...refusal, data: parsed.data } as unknown as RefusalIn<T, C>) : null;
}

/** Returns the outcome that a reply is. What the action's entry doesn't allow, in result or refusal, becomes `invalid_reply`. */
export function readReply(
  action: ActionName,
  message: Exclude<ServerMessage, { kind: 'event' }>,
): AnyOutcome {
  if (message.kind === 'result') {
    const result = readLater(ACTIONS[action].result, message.result);
    return result === null ? clientRefusal('invalid_reply') : { ok: true, result, alert: message.alert };
  }
  const { code, error } = message;
  const refusal = isErrorOf(action, code) ? readRefusal(ERRORS, code, message) : null;
  return refusal ?? { ...clientRefusal('invalid_reply'), error };
}
