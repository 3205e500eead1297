/** The first words of all commands. Loads nothing: it decides before the first paint whether the UI is wanted at all. */

export const COMMAND_WORDS = [
  'whoami',
  'register',
  'login',
  'logout',
  'redeem',
  'profile',
  'password',
  'sessions',
  'history',
  'users',
  'token',
  'verify',
  'server',
  'servers',
  'help',
] as const;

/** Flags that every command takes; those with a value may stand before the command. */
export const GLOBAL_FLAGS = {
  host: { value: 'HOST', help: 'server to connect to (AUTH_HOST)' },
  port: { value: 'PORT', help: 'its port (AUTH_PORT)' },
  data: { value: 'FOLDER', help: 'data folder of a server on this machine (AUTH_DATA; ./data)' },
  server: { value: 'NAME', help: 'a known server, see: auth-tui servers list' },
  account: {
    value: 'NAME',
    help: 'sign in as NAME for this command only, instead of with the stored session',
  },
  'password-stdin': {
    help: 'read passwords and codes from standard input, one in a line, in the order in which they would be asked for',
  },
  lang: { value: 'en|ru', help: 'language of what people are told (else LC_ALL, LC_MESSAGES or LANG)' },
  json: { help: 'print one JSON document' },
  help: { help: 'what the command does' },
} as const satisfies Record<string, { readonly value?: string; readonly help: string }>;

/** True when the command line asks for a command and not for the UI. */
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
