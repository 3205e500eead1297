/**
 * The structured log. Fields come from the dispatch steps, picked out by the action's entry; foreign text is made
 * visible here, so that no name or address can draw on the terminal that shows the log.
 */
import { pino, type LogFn, type Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { LogDestination, type LogStream } from './log_destination.js';
import { Strangers, type StrangerKind } from './strangers.js';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'isLevelEnabled'> & {
  /**
   * Writes a line that anybody can bring about as often as they like: in a flood it is counted instead, and told once a
   * minute. `reason`: one of few words. `fields` is called only for a line that is written.
   */
  stranger(
    kind: StrangerKind,
    about: {
      readonly level: 'info' | 'warn' | 'error';
      readonly address: string;
      readonly reason: string;
      readonly fields: () => Record<string, unknown>;
    },
    says: string,
  ): void;
  /** Tells what was counted, and waits until the reader has taken all; false when it doesn't within this time. */
  drained(wait_ms: number): Promise<boolean>;
};
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ['auto', 'json', 'pretty'] as const;

/** Nearly all that is logged: nothing in it has to be made visible. */
const PLAIN = /^[\x20-\x7e]{0,200}$/;

/** Controls, bidi controls, everything that draws nothing, private use, and fillers that look like a space. */
const INVISIBLE =
  /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u{115F}\u{1160}\u{3164}\u{FFA0}]/gu;
/** No letter carries more; a heap of them draws over the lines above. */
const HEAP = /(\p{M}{4})\p{M}+/gu;

/** Returns a text with control, bidi, zero-width and tag characters as visible escapes; at most `max` characters of it. */
export function visible(text: string, max = 200): string {
  if (PLAIN.test(text)) return text;
  const cut = text.length > max ? `${text.slice(0, max)}...` : text;
  return cut
    .toWellFormed()
    .normalize('NFC')
    .replace(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
    .replace(HEAP, '$1...');
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

/** Nothing that is logged on purpose lies deeper. */
const DEPTH_MAX = 8;
const ITEMS_MAX = 100;

/** The same value with every text in it visible, at any depth and in whatever it is wrapped; bounded, and never a circle. */
function visibleValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return visible(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'symbol') return visible(String(value));
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return '[deeper]';
  if (Array.isArray(value)) return value.slice(0, ITEMS_MAX).map((one) => visibleValue(one, depth + 1));
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  return visibleFields(fieldsOf(value), depth + 1);
}

/** What is told of an object: of an error more than its own fields, of a map its entries. */
function fieldsOf(value: object): Record<string, unknown> {
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    const own = Object.fromEntries(Object.entries(value));
    return { ...own, name, message, stack, ...(cause === undefined ? {} : { cause }) };
  }
  if (value instanceof Map || value instanceof Set) return { entries: [...value] };
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    const shown: unknown = Reflect.apply(value.toJSON, value, []);
    return { value: shown };
  }
  return value as Record<string, unknown>;
}

function visibleFields(fields: Record<string, unknown>, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [visible(key), visibleValue(value, depth)]),
  );
}

const shownFields = (fields: Record<string, unknown>): Record<string, unknown> =>
  visibleFields(withHint(fields), 0);

const MESSAGE_MAX = 1_000;
const METHODS = ['debug', 'info', 'warn', 'error'] as const;

/** Returns a log that writes lines to a stream: JSON for programs, colours for people. What the reader doesn't take is bounded. */
export function createLog(level: LogLevel, format: 'json' | 'pretty', stream: LogStream): Log {
  const pretty = format === 'pretty' ? prettyLine() : null;
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      // The pretty form knows pino's own numbers.
      ...(pretty === null ? { level: (label: string) => ({ level: label.toUpperCase() }) } : {}),
      log: shownFields,
    },
    // The text of a line is ours, and may quote what isn't.
    hooks: {
      logMethod(this: Logger, args: Parameters<LogFn>, method: LogFn): void {
        const shown = args.map((arg: unknown) => {
          if (arg instanceof Error) return { err: arg };
          return typeof arg === 'string' ? visible(arg, MESSAGE_MAX) : arg;
        });
        // Of a line without words pino makes some out of an error's own, which are nobody's who wrote the line.
        if (shown.length === 1 && typeof shown[0] === 'object') shown.push('');
        // As many as there were, each of the kind that it was; an error alone is one field.
        method.apply(this, shown as typeof args);
      },
    },
    // Otherwise an error under this name goes round what makes texts visible.
    serializers: { err: (value: unknown) => value },
  };
  const destination = new LogDestination(stream, (lines, bytes) => {
    let line = '';
    pino(options, { write: (text) => void (line = text) }).warn(
      { lines, bytes },
      'lines of this log were dropped: nobody read it',
    );
    return pretty === null ? line : pretty(line);
  });
  const write =
    pretty === null
      ? (line: string) => destination.write(line)
      : (line: string) => destination.write(pretty(line));
  const logger = pino(options, { write });
  const strangers = new Strangers((fields, says) => logger.warn(fields, says));
  const stranger: Log['stranger'] = (kind, about, says) => {
    if (!logger.isLevelEnabled(about.level) || !strangers.pass(kind, about.address, about.reason)) return;
    logger[about.level](about.fields(), says);
  };
  const drained = (wait_ms: number): Promise<boolean> => {
    strangers.tell();
    return destination.drained(wait_ms);
  };
  const methods = Object.fromEntries(METHODS.map((name) => [name, logger[name].bind(logger)]));
  // Exactly the methods that Log picks from the logger.
  return {
    ...(methods as Pick<Logger, (typeof METHODS)[number]>),
    isLevelEnabled: (name) => logger.isLevelEnabled(name),
    stranger,
    drained,
  };
}

/** Made only where it is needed: most logs are for programs. */
const prettyLine = (): ((line: string) => string) =>
  prettyFactory({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', singleLine: true });
