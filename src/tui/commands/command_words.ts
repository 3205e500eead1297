/** The first words of all commands. Loads nothing: it decides before the first paint whether the UI is wanted at all. */
import type { FlagSpec } from './command.js';

export const COMMAND_WORDS = [
  'whoami',
  'register',
  'login',
  'logout',
  'accounts',
  'redeem',
  'profile',
  'password',
  'sessions',
  'history',
  'users',
  'roles',
  'token',
  'verify',
  'clients',
  'server',
  'servers',
  'help',
] as const;

/** Flags that every command takes; those with a value may stand before the command. */
export const GLOBAL_FLAGS = {
  host: { value: 'HOST', text: 'host' },
  port: { value: 'PORT', text: 'port' },
  data: { value: 'FOLDER', text: 'data' },
  server: { value: 'NAME', text: 'server' },
  'connection-file': { value: 'FILE', text: 'connection-file' },
  'insecure-plain': { value: 'WORDS', text: 'insecure-plain' },
  as: { value: 'NAME', text: 'as' },
  account: { value: 'NAME', text: 'account' },
  'password-stdin': { text: 'password-stdin' },
  lang: { value: 'en|ru', text: 'lang' },
  json: { text: 'json' },
  help: { text: 'help' },
} as const satisfies Record<string, FlagSpec>;

/** Options of the UI, as `parseArgs` takes them. */
export const UI_OPTIONS = {
  host: { type: 'string' },
  port: { type: 'string' },
  data: { type: 'string' },
  server: { type: 'string' },
  'connection-file': { type: 'string' },
  'insecure-plain': { type: 'string' },
  as: { type: 'string' },
  new: { type: 'boolean' },
  demo: { type: 'boolean' },
  lang: { type: 'string' },
  theme: { type: 'string' },
  accessible: { type: 'boolean' },
  ascii: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

const VALUED: ReadonlySet<string> = new Set([
  ...Object.entries(GLOBAL_FLAGS).flatMap(([flag, spec]) => ('value' in spec ? [flag] : [])),
  ...Object.entries(UI_OPTIONS).flatMap(([flag, { type }]) => (type === 'string' ? [flag] : [])),
]);

/** What can only be meant as an address: with a dot, a port or brackets, or the one name that every machine has. */
const ADDRESS = /^(?:localhost|[\w-]+(?:\.[\w-]*)+|\[[\da-f:.%]+\]|[\w.-]+(?=:))(?::\d{1,5})?$/i;
/** An IPv6 address without its brackets. */
const BARE_IPV6 = /^(?=(?:.*:){2})[\da-f:.]+$/i;

/** What is wrong with a command line of the UI: a sentence of the dictionaries, which are loaded when one is needed. */
export type UsageFault = {
  readonly says:
    | 'no_option'
    | 'option_not_so'
    | 'lang_takes'
    | 'theme_takes'
    | 'one_address'
    | 'demo_alone'
    | 'needs_terminal'
    | 'port_takes'
    | 'server_alone'
    | 'connection_alone'
    | 'insecure_plain_takes'
    | 'as_or_new';
  readonly params?: Readonly<Record<string, string>>;
  /** Of a word that there is none of: what it may have been meant to be. */
  readonly near?: { readonly typed: string; readonly among: readonly string[] };
};

/**
 * What a command line asks for: the UI, a command (also one that there is none of), or the UI of the server of this name, should
 * there be one.
 */
export type LineKind = 'ui' | 'command' | { readonly name: string };

/** Returns what a command line asks for, as far as its words alone tell. */
export function lineKind(argv: readonly string[]): LineKind {
  const words: string[] = [];
  let [addressed, json, version] = [false, false, false];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '--') {
      words.push(...argv.slice(at + 1));
      break;
    }
    if (word.startsWith('--')) {
      // The next word is the flag's value.
      if (VALUED.has(word.slice(2))) at += 1;
      json ||= word === '--json';
      version ||= word === '--version';
    } else if (word.startsWith('-') && word !== '-') version ||= word === '-v';
    else if (word.startsWith('portcullis://')) addressed = true;
    else words.push(word);
  }
  const [first] = words;
  if (first === undefined) return json && !version ? 'command' : 'ui';
  if (COMMAND_WORDS.some((known) => known === first)) return 'command';
  if (version) return 'ui';
  if (words.length > 1 || addressed || json) return 'command';
  return isAddress(first) ? 'ui' : { name: first };
}

/** Returns true for a word that can only be meant as an address. */
export const isAddress = (word: string): boolean => ADDRESS.test(word) || BARE_IPV6.test(word);

/** Variables that say which server is meant. */
export const SERVER_VARIABLES = ['AUTH_HOST', 'AUTH_PORT', 'AUTH_DATA', 'PORTCULLIS'] as const;
const READ: ReadonlySet<string> = new Set([...SERVER_VARIABLES, 'AUTH_TUI_STOPS_SERVER']);
const LIKE_OURS = /^(?:AUTH_|P(?:OR|RO)T.)/;

/** Returns true where variables are set whose names are like ours: worth a second look. */
export const hasLikeOurs = (env: Readonly<Record<string, string | undefined>>): boolean =>
  Object.keys(env).some((name) => LIKE_OURS.test(name) && !READ.has(name));

/** Returns true for a command line with a connection string in it: others on the machine may read the key there. */
export const holdsKey = (argv: readonly string[]): boolean =>
  argv.some((word) => word.includes('portcullis://') && word.includes('key='));
