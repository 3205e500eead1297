/** Every code that a person can be told about: the protocol's errors, the client's own, and failures to connect. */
import { ERROR_CODES, type ErrorCode } from '../../protocol/index.js';

export const CLIENT_ERROR_CODES = [
  'not_connected',
  'connection_lost',
  'request_timeout',
  'aborted',
  'invalid_reply',
] as const;
export const CONNECT_FAILURE_CODES = [
  'unreachable',
  'hmac_error',
  'server_not_genuine',
  'plain_refused',
  'not_portcullis',
  'timed_out',
  'lost',
  'refused',
  'closed_by_us',
] as const;
/** Why someone is back at the sign-in screen: the protocol's reasons for the end of a session, and a dead token. */
export const LOCAL_CODES = [
  'no_key',
  'bad_address',
  'wrong_password_again',
  'pin_changed',
  'unknown_server',
  'keep_unusable',
] as const;

export type ClientProblemCode = (typeof CLIENT_ERROR_CODES)[number];
export type ConnectProblemCode = (typeof CONNECT_FAILURE_CODES)[number];
export type LocalProblemCode = (typeof LOCAL_CODES)[number];
export type ProblemCode = ErrorCode | ClientProblemCode | ConnectProblemCode | LocalProblemCode;

export const PROBLEM_CODES: readonly ProblemCode[] = [
  ...new Set<ProblemCode>([...ERROR_CODES, ...CLIENT_ERROR_CODES, ...CONNECT_FAILURE_CODES, ...LOCAL_CODES]),
];
