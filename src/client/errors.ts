/** What can go wrong on this side of the wire: closed lists, and the errors that carry them. */
import type { ErrorCode, ErrorDetail } from '../protocol/index.js';

/** Codes that the client itself gives to a call, each with its sentence. */
export const CLIENT_ERRORS = {
  not_connected: 'There is no connection to the server; nothing was sent.',
  connection_lost: 'The connection was lost before the answer came. The server may have done it.',
  request_timeout: 'The server did not answer in time. It may still do it.',
  aborted: 'The call was cancelled. If it was sent already, the server may still do it.',
  invalid_reply: 'The server gave an answer that this client can not read.',
} as const;

/** A code that the client itself gives to a call. Only `not_connected` promises that nothing was sent. */
export type ClientErrorCode = keyof typeof CLIENT_ERRORS;

/**
 * Why there is no connection.
 *
 * `unreachable` nothing answers at the address · `hmac_error` the server doesn't accept the client key ·
 * `server_not_genuine` the other end doesn't know the client key, or its certificate is not the pinned or a valid one ·
 * `not_portcullis` what came is not this protocol, or not TLS 1.3 where it has to be, or TLS where plain TCP was tried ·
 * `timed_out` · `lost` the connection broke or was closed without a word · `refused` the server closed it and said why.
 *
 * `message` is a sentence for a person and holds nothing the other end sent; `error_code` is the server's code when
 * `code` is `refused` or `hmac_error`.
 */
export type ConnectFailure = {
  readonly code:
    'unreachable' | 'hmac_error' | 'server_not_genuine' | 'not_portcullis' | 'timed_out' | 'lost' | 'refused';
  readonly message: string;
  readonly error_code?: ErrorCode;
};

/**
 * Failures after which trying again can't help and could harm: the key is wrong, or something else sits at the
 * address. A person has to look at it.
 */
const FINAL: ReadonlySet<ConnectFailure['code']> = new Set([
  'hmac_error',
  'server_not_genuine',
  'not_portcullis',
]);

/** True when the client gives up after this failure instead of trying again. */
export const isFinal = (failure: ConnectFailure): boolean => FINAL.has(failure.code);

/** Says that connecting failed for good, or that the client was closed. `message` is a sentence for a person. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  readonly code: ConnectFailure['code'] | 'closed_by_us';
  /** What the server said before it closed, if it said anything. */
  readonly error_code: ErrorCode | null;

  constructor(reason: ConnectFailure | { readonly code: 'closed_by_us' }) {
    super('message' in reason ? reason.message : 'The client was closed.');
    this.code = reason.code;
    this.error_code = 'error_code' in reason ? (reason.error_code ?? null) : null;
  }
}

/**
 * Says that a call was refused, by the server (one of the action's codes) or by the client (a ClientErrorCode).
 * `message` is the sentence that came with the code.
 */
export class CallError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'CallError';
  readonly code: C | ClientErrorCode;
  /** Which parameter is wrong and why; empty for most codes. */
  readonly details: readonly ErrorDetail[];
  /** Milliseconds to wait before the next try; null when the server gave none. */
  readonly retry_after_ms: number | null;

  constructor(refusal: {
    code: C | ClientErrorCode;
    error: string;
    details: readonly ErrorDetail[];
    retry_after_ms: number | null;
  }) {
    super(refusal.error);
    this.code = refusal.code;
    this.details = refusal.details;
    this.retry_after_ms = refusal.retry_after_ms;
  }
}

/** Says in a sentence why a connection string, an address or a key file can't be used. Never holds the key. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
}
