/**
 * What flags, environment and locale say, in one validated place. The only reader of the environment in this room.
 * Runs before the first paint: it must not load the protocol, whose schemas take 40 ms.
 */
import { parseArgs } from 'node:util';
import { UI_OPTIONS, type UsageFault } from './commands/command_words.js';
import { isLanguage, languageOfLocale, type Language } from './i18n/message.js';
import type { ServerChoice, StartAs } from './reach/index.js';
import { readServerChoice } from './server_choice.js';
import type { Keymap } from './input/index.js';
import { readSettings, type SettingsFault } from './settings.js';
import { capabilitiesOf, localeOf, speaksUtf8, type Colours, type Multiplexer } from './terminal/index.js';
import { isThemeName, THEME_NAMES, type ThemeName } from './theme/theme_name.js';

export type UiConfig = {
  /** `host`, `host:port` or a portcullis:// line. */
  readonly address: string;
  readonly data_folder: string;
  readonly language: Language;
  readonly ascii: boolean;
  readonly colours: Colours;
  /** Ask for the keys of the kitty protocol. */
  readonly kitty: boolean;
  readonly theme: ThemeName;
  /** Choose the dark or light theme by what the terminal says of its background. */
  readonly ask_background: boolean;
  /** Append-only lines, for screen readers and for terminals that can't do more. */
  readonly accessible: boolean;
  readonly idle_lock_ms: number | null;
  readonly ask_before_quitting: boolean;
  /** Whoever started this program started a server for it, and stops that afterwards unless told otherwise. */
  readonly stops_server: boolean;
  /** What stands between this program and the terminal. */
  readonly multiplexer: Multiplexer | null;
  /** False where nothing but text may be written. */
  readonly takes_escapes: boolean;
  readonly keymap: Keymap;
};

export type Command =
  | {
      readonly kind: 'run';
      readonly config: UiConfig;
      readonly choice: ServerChoice;
      readonly who: StartAs;
      /** True for a server of invented people that lives as long as this program. */
      readonly demo: boolean;
      /** Where the demo's server is to listen; null for a free port. */
      readonly demo_port: string | null;
    }
  | { readonly kind: 'help'; readonly language: Language }
  | { readonly kind: 'version' }
  /** Its sentence stands in the commands' dictionaries. */
  | { readonly kind: 'usage_error'; readonly fault: UsageFault }
  | { readonly kind: 'config_error'; readonly fault: SettingsFault };

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_HOST = '127.0.0.1';

/** Reads the command line. Flags win over the environment. */
export function readCommand(argv: readonly string[], env: Environment): Command {
  let parsed;
  try {
    parsed = parseArgs({ args: [...argv], allowPositionals: true, options: UI_OPTIONS });
  } catch (error) {
    return usageError(optionFault(error));
  }
  const { values, positionals } = parsed;
  const wantedLanguage = values.lang;
  if (wantedLanguage !== undefined && !isLanguage(wantedLanguage)) {
    return usageError({ says: 'lang_takes' });
  }
  const settings = readSettings(env);
  const kept = 'fault' in settings ? null : settings;
  const language = wantedLanguage ?? kept?.language ?? localeLanguage(env) ?? 'en';
  if (values.help === true) return { kind: 'help', language };
  if (values.version === true) return { kind: 'version' };
  if (positionals.length > 1) return usageError({ says: 'one_address' });

  if ('fault' in settings) return { kind: 'config_error', fault: settings };
  const theme = values.theme ?? settings.theme ?? 'ansi';
  if (theme !== 'auto' && !isThemeName(theme)) {
    const among = ['auto', ...THEME_NAMES];
    return usageError({
      says: 'theme_takes',
      params: { themes: among.join(', ') },
      near: { typed: theme, among },
    });
  }
  const { colours, ascii, lines_only, kitty } = capabilitiesOf(env);

  if (values.as !== undefined && values.new === true) {
    return usageError({ says: 'as_or_new' });
  }
  const elsewhere = [values.host, values.data, values.server, values['connection-file'], positionals[0]];
  if (values.demo === true && elsewhere.some((named) => named !== undefined)) {
    return usageError({ says: 'demo_alone' });
  }
  const accessible =
    lines_only ||
    (values.accessible ?? settings.accessible ?? isSet(env['ACCESSIBLE'] ?? env['INK_SCREEN_READER']));
  const choice = readServerChoice(values, positionals[0], env);
  if (typeof choice === 'string') return usageError({ says: choice });
  return {
    kind: 'run',
    config: {
      address: choice.typed ?? DEFAULT_HOST,
      data_folder: choice.data_folder,
      language,
      ascii: values.ascii ?? settings.ascii ?? ascii,
      colours,
      kitty,
      theme: colours === 'none' ? 'mono' : theme === 'auto' ? 'ansi' : theme,
      // Both answers are themes of 24 bits.
      ask_background: theme === 'auto' && colours === 'all',
      accessible,
      idle_lock_ms: settings.idle_lock_minutes === null ? null : settings.idle_lock_minutes * 60_000,
      ask_before_quitting: settings.ask_before_quitting ?? true,
      stops_server: isSet(env['AUTH_TUI_STOPS_SERVER']),
      multiplexer: isSet(env['TMUX']) ? 'tmux' : isSet(env['STY']) ? 'screen' : null,
      takes_escapes: !accessible,
      keymap: settings.keymap,
    },
    choice,
    who: { as: values.as ?? null, anew: values.new === true },
    demo: values.demo === true,
    demo_port: values.port ?? null,
  };
}

const usageError = (fault: UsageFault): Command => ({ kind: 'usage_error', fault });

/** Node's own message is English, and can hold a value, which may be a secret. */
function optionFault(error: unknown): UsageFault {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const said = error instanceof Error ? error.message : '';
  const flag = /--[a-z][\w-]*/i.exec(said)?.[0] ?? /-[a-z]/i.exec(said)?.[0] ?? '-';
  if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return { says: 'option_not_so', params: { flag } };
  const near = { typed: flag.replace(/^-+/, ''), among: Object.keys(UI_OPTIONS) };
  return { says: 'no_option', params: { flag }, near };
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '';

/** The language of a command's words where no flag says it. Settings that can't be read are the UI's to complain about. */
export function commandLanguage(env: Environment): Language {
  const settings = readSettings(env);
  return ('fault' in settings ? null : settings.language) ?? localeLanguage(env) ?? 'en';
}

/** Letters that this terminal would show as others are no help: English is readable everywhere. */
const localeLanguage = (env: Environment): Language | null =>
  speaksUtf8(env) ? languageOfLocale(localeOf(env, 'LC_MESSAGES')) : null;

/** False where signs beyond ASCII would come out as others. */
export const commandsInAscii = (env: Environment): boolean => !speaksUtf8(env);
