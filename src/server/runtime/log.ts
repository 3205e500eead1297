/**
 * The structured log. Fields come from the dispatch steps, already redacted by the schemas; foreign text is made
 * visible here, so that no name or address can draw on the terminal that shows the log.
 */
import { pino, type DestinationStream, type Logger } from 'pino';
import { PinoPretty } from 'pino-pretty';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'isLevelEnabled'>;
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ['auto', 'json', 'pretty'] as const;

/** Control, bidi, zero-width and tag characters as visible escapes; text of at most 200 characters. */
export function visible(text: string): string {
  const cut = text.length > 200 ? `${text.slice(0, 200)}…` : text;
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

function visibleFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(withHint(fields)).map(([key, value]) => [
      key,
      typeof value === 'string' ? visible(value) : value,
    ]),
  );
}

/** A log that writes lines to `stream`: JSON for programs, colours for people. */
export function createLog(level: LogLevel, format: 'json' | 'pretty', stream: DestinationStream): Log {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label.toUpperCase() }), log: visibleFields },
  };
  if (format === 'json') return pino(options, stream);
  const pretty = PinoPretty({
    colorize: true,
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    destination: stream,
  });
  return pino({ ...options, formatters: { log: visibleFields } }, pretty);
}
