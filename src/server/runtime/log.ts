/**
 * The structured log. Fields come from the dispatch steps, picked out by the action's entry; foreign text is made
 * visible here, so that no name or address can draw on the terminal that shows the log.
 */
import { pino, type DestinationStream, type Logger } from 'pino';
import { PinoPretty } from 'pino-pretty';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'isLevelEnabled'>;
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ['auto', 'json', 'pretty'] as const;

/** Nearly all that is logged: nothing in it has to be made visible. */
const PLAIN = /^[\x20-\x7e]{0,200}$/;

/** Returns a text with control, bidi, zero-width and tag characters as visible escapes; at most `max` characters of it. */
export function visible(text: string, max = 200): string {
  if (PLAIN.test(text)) return text;
  const cut = text.length > max ? `${text.slice(0, max)}…` : text;
  return cut
    .toWellFormed()
    .normalize('NFC')
    .replace(
      /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\u{115F}\u{1160}\u{3164}\u{FFA0}]/gu,
      (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
    );
}

/** What SQLite says when the file is not what it wrote. */
const DAMAGED = /database disk image is malformed|file is not a database/;
/** Only a person can mend that, so the line says how. */
const DAMAGED_HINT =
  'the database file is damaged: stop the server, look with auth-server doctor, put a backup in its place';

function withHint(fields: Record<string, unknown>): Record<string, unknown> {
  const { reason } = fields;
  return typeof reason === 'string' && DAMAGED.test(reason) ? { ...fields, hint: DAMAGED_HINT } : fields;
}

/** The same value with every text in it visible, at any depth. */
function visibleValue(value: unknown): unknown {
  if (typeof value === 'string') return visible(value);
  if (Array.isArray(value)) return value.map(visibleValue);
  return isPlain(value) ? visibleFields(value) : value;
}

/** What fields are made of. Anything else, such as an error, has a text of its own; nobody logs one. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function visibleFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [visible(key), visibleValue(value)]),
  );
}

const shownFields = (fields: Record<string, unknown>): Record<string, unknown> =>
  visibleFields(withHint(fields));

/** Returns a log that writes lines to `stream`: JSON for programs, colours for people. */
export function createLog(level: LogLevel, format: 'json' | 'pretty', stream: DestinationStream): Log {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label.toUpperCase() }), log: shownFields },
  };
  if (format === 'json') return pino(options, stream);
  const pretty = PinoPretty({
    colorize: true,
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    destination: stream,
  });
  return pino({ ...options, formatters: { log: shownFields } }, pretty);
}
