/** What a command's exit code says. Pure. [sysexits(3) where it has a number] */
import type { ProblemCode } from '../i18n/index.js';

export const EXIT = {
  ok: 0,
  refused: 1,
  not_found: 2,
  usage: 64,
  unreachable: 69,
  temporary: 75,
  not_allowed: 77,
  cancelled: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The same as words, for `help` and docs/commands.md. */
export const EXIT_WORDS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'done',
  refused: 'refused: the server, or this machine, said no (the JSON document has the code)',
  not_found: 'there is no such account, session or known server',
  usage: 'wrong usage: a flag, an argument, or no terminal to ask for a password',
  unreachable: 'the server can not be reached, or is not the one it should be',
  temporary: 'busy or throttled: the same command may work later',
  not_allowed: 'not signed in, or signed in without the permission',
  cancelled: 'cancelled with Ctrl+C while a password was asked for',
};

const NOT_FOUND: ReadonlySet<ProblemCode> = new Set(['not_found', 'unknown_server']);
const USAGE: ReadonlySet<ProblemCode> = new Set(['bad_address', 'no_key', 'wrong_password_again']);
const TEMPORARY: ReadonlySet<ProblemCode> = new Set([
  'busy',
  'throttled',
  'too_many_connections',
  'storage_unavailable',
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
  'not_portcullis',
  'pin_changed',
  'invalid_reply',
]);

/** The exit code for a problem; what isn't listed was refused. */
export function exitCodeOf(code: ProblemCode): ExitCode {
  if (NOT_FOUND.has(code)) return EXIT.not_found;
  if (USAGE.has(code)) return EXIT.usage;
  if (TEMPORARY.has(code)) return EXIT.temporary;
  if (NOT_ALLOWED.has(code)) return EXIT.not_allowed;
  return UNREACHABLE.has(code) ? EXIT.unreachable : EXIT.refused;
}
