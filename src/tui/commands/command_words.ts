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

/** Returns true when the command line asks for a command and not for the UI. */
export function isCommandLine(argv: readonly string[]): boolean {
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word.startsWith('--')) {
      const flag = word.slice(2) as keyof typeof GLOBAL_FLAGS;
      // The next word is the flag's value.
      if (Object.hasOwn(GLOBAL_FLAGS, flag) && 'value' in GLOBAL_FLAGS[flag]) at += 1;
    } else if (!word.startsWith('-') && !word.startsWith('portcullis://')) {
      return COMMAND_WORDS.some((known) => known === word);
    }
  }
  return false;
}

/** Returns true for a command line with a connection string in it: others on the machine may read the key there. */
export const holdsKey = (argv: readonly string[]): boolean =>
  argv.some((word) => word.includes('portcullis://') && word.includes('key='));
