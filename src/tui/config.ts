/**
 * What flags, environment and locale say, in one validated place. The only reader of the environment in this room.
 * Runs before the first paint: it must not load the protocol, whose schemas take 40 ms.
 */
import { parseArgs } from 'node:util';
import { isLanguage, languageOfLocale, type Language } from './i18n/message.js';
import type { ThemeName } from './theme/index.js';

export type UiConfig = {
  /** `host`, `host:port` or a portcullis:// line. */
  readonly address: string;
  readonly data_folder: string;
  readonly language: Language;
  readonly ascii: boolean;
  readonly theme: ThemeName;
};

export type Command =
  | { readonly kind: 'run'; readonly config: UiConfig }
  | { readonly kind: 'help'; readonly language: Language }
  | { readonly kind: 'version' }
  | { readonly kind: 'usage_error'; readonly message: string };

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_DATA = './data';

/** Reads the command line. Flags win over the environment. */
export function readCommand(argv: readonly string[], env: Environment): Command {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        host: { type: 'string' },
        port: { type: 'string' },
        data: { type: 'string' },
        lang: { type: 'string' },
        ascii: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    });
  } catch (error) {
    return usageError(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  const wantedLanguage = values.lang;
  if (wantedLanguage !== undefined && !isLanguage(wantedLanguage)) {
    return usageError('--lang has to be en or ru.');
  }
  const language = wantedLanguage ?? localeLanguage(env) ?? 'en';
  if (values.help === true) return { kind: 'help', language };
  if (values.version === true) return { kind: 'version' };
  if (positionals.length > 1) return usageError('Only one server address can be given.');

  const host = values.host ?? env['AUTH_HOST'] ?? DEFAULT_HOST;
  const port = values.port ?? env['AUTH_PORT'];
  if (port !== undefined && (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)) {
    return usageError('--port has to be a number from 1 to 65535.');
  }
  const bracketed = host.includes(':') ? `[${host}]` : host;
  const address = positionals[0] ?? (port === undefined ? bracketed : `${bracketed}:${port}`);
  return {
    kind: 'run',
    config: {
      address,
      data_folder: values.data ?? env['AUTH_DATA'] ?? DEFAULT_DATA,
      language,
      ascii: values.ascii ?? !speaksUtf8(env),
      theme: isSet(env['NO_COLOR']) || env['TERM'] === 'dumb' ? 'mono' : 'ansi',
    },
  };
}

const usageError = (message: string): Command => ({ kind: 'usage_error', message });

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '';

/** The first locale variable that is set decides, as everywhere. [POSIX 8.2] */
const localeOf = (env: Environment, category: 'LC_MESSAGES' | 'LC_CTYPE'): string | undefined =>
  [env['LC_ALL'], env[category], env['LANG']].find(isSet);

const localeLanguage = (env: Environment): Language | null => languageOfLocale(localeOf(env, 'LC_MESSAGES'));

/** False for locales that name another character set, and for the Linux console, whose font lacks our signs. */
function speaksUtf8(env: Environment): boolean {
  if (env['TERM'] === 'linux') return false;
  const locale = localeOf(env, 'LC_CTYPE');
  // Without any locale, as in containers, today's terminals speak UTF-8 all the same.
  if (locale === undefined || locale === 'C' || locale === 'POSIX') return true;
  return /utf-?8/i.test(locale) || !locale.includes('.');
}
