/** What a command's exit code says. Pure. [sysexits(3) where it has a number] */
import type { ProblemCode } from '../i18n/index.js';

export const EXIT = {
  ok: 0,
  refused: 1,
  not_found: 2,
  usage: 64,
  unreachable: 69,
  fault: 70,
  not_written: 74,
  temporary: 75,
  not_allowed: 77,
  cancelled: 130,
} as const;
/** Their meanings stand in the dictionaries, under the same names. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const NOT_FOUND: ReadonlySet<ProblemCode> = new Set(['not_found', 'unknown_server']);
const USAGE: ReadonlySet<ProblemCode> = new Set(['bad_address', 'no_key', 'wrong_password_again']);
const TEMPORARY: ReadonlySet<ProblemCode> = new Set([
  'busy',
  'throttled',
  'too_many_connections',
  'storage_unavailable',
  // It may be done: that is in the sentence, and whoever repeats it has to look first.
  'outcome_unknown',
]);
const NOT_ALLOWED: ReadonlySet<ProblemCode> = new Set(['unauthenticated', 'session_invalid', 'forbidden']);
const UNREACHABLE: ReadonlySet<ProblemCode> = new Set([
  'unreachable',
  'timed_out',
  'lost',
  'refused',
  'closed_by_us',
  'not_connected',
  'connection_lost',
  'request_timeout',
  'shutting_down',
  'deadline_exceeded',
  'hmac_error',
  'server_not_genuine',
  'plain_refused',
  'not_portcullis',
  'pin_changed',
  'invalid_reply',
]);

/** Returns the exit code for a problem; what isn't listed was refused. */
export function exitCodeOf(code: ProblemCode): ExitCode {
  if (NOT_FOUND.has(code)) return EXIT.not_found;
  if (USAGE.has(code)) return EXIT.usage;
  if (TEMPORARY.has(code)) return EXIT.temporary;
  if (NOT_ALLOWED.has(code)) return EXIT.not_allowed;
  return UNREACHABLE.has(code) ? EXIT.unreachable : EXIT.refused;
}
