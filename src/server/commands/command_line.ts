/**
 * The command line: one table of commands, from which parsing and help derive. Options of the server itself come from the
 * configuration's table.
 */
import { parseArgs } from 'node:util';
import { CLIENT_PERMISSION_NAMES, LIMITS, nearest } from '../../protocol/index.js';
import { ConfigError, flagOf, helpText, OPTION_NAMES } from '../config.js';
import { withoutPasswords } from '../settings/index.js';
import { DATABASE_PLAIN } from '../store/index.js';
import { EXIT, EXIT_MEANINGS } from './exit_codes.js';

type Flag = {
  /** How the value is named in help; null for a switch. */
  readonly value: string | null;
  readonly help: string;
};

type Command = {
  readonly summary: string;
  readonly positionals: readonly string[];
  readonly flags: Readonly<Record<string, Flag>>;
  /** True when it takes the server's options as well. */
  readonly takes_options: boolean;
};

const COMMON = {
  data: { value: 'FOLDER', help: 'folder of the database and the keys (data)' },
  config: { value: 'FILE', help: 'settings as a JSON object; unless told, config.json in the data folder' },
  'env-file': { value: 'FILE', help: 'lines of NAME=VALUE with AUTH_* variables' },
  json: { value: null, help: 'one JSON object on standard output, for programs' },
} as const satisfies Record<string, Flag>;

/** Of a client key. */
const MAY = {
  value: 'PERMISSIONS',
  help: `what a program may do by it with nobody signed in: ${CLIENT_PERMISSION_NAMES.join(',')}, or none`,
} as const;

export const COMMANDS = {
  'client create': {
    summary: 'makes a client key for another program or machine, and shows it once',
    positionals: ['NAME'],
    flags: {
      ...COMMON,
      expires: { value: 'DAYS', help: 'end of the key; it has none unless told' },
      may: MAY,
    },
    takes_options: false,
  },
  'client update': {
    summary: 'changes what a program may do by its client key with nobody signed in',
    positionals: ['KEY_ID'],
    flags: { ...COMMON, may: MAY },
    takes_options: false,
  },
  'client list': {
    summary: 'lists the client keys, without the keys themselves',
    positionals: [],
    flags: COMMON,
    takes_options: false,
  },
  'client rotate': {
    summary: 'makes the next key under the same id, and shows it once; the old one stays valid for a while',
    positionals: ['KEY_ID'],
    flags: {
      ...COMMON,
      'overlap-hours': {
        value: 'HOURS',
        help: `how long the old key stays valid, 0 to ${LIMITS.client_key_overlap_hours_max} (${LIMITS.client_key_overlap_hours_default})`,
      },
    },
    takes_options: false,
  },
  'client revoke': {
    summary: 'ends a client key for good; a running server closes its connections within a second',
    positionals: ['KEY_ID'],
    flags: COMMON,
    takes_options: false,
  },
  unlock: {
    summary: 'forgets the wrong guesses at an account, so that its owner can sign in without waiting',
    positionals: ['NAME'],
    flags: COMMON,
    takes_options: false,
  },
  recover: {
    summary:
      'makes a one-time code with which the owner of an account chooses a new password, and shows it once',
    positionals: ['NAME'],
    flags: COMMON,
    takes_options: false,
  },
  'keys list': {
    summary: 'lists the keys of the server that are sealed in the database, without the keys themselves',
    positionals: [],
    flags: COMMON,
    takes_options: false,
  },
  'keys rotate-master': {
    summary: 'puts a new master key in place and seals all keys under it; a running server goes on',
    positionals: [],
    flags: COMMON,
    takes_options: false,
  },
  'keys discard': {
    summary: 'gives up the keys of the server, when their master key is lost for good',
    positionals: [],
    flags: { ...COMMON, confirm: { value: 'WORDS', help: 'the words that are asked for without it' } },
    takes_options: false,
  },
  move: {
    summary:
      'copies all accounts from a stopped data folder into an empty PostgreSQL, or back; nobody has to sign in again',
    positionals: [],
    flags: {
      ...COMMON,
      to: {
        value: 'postgres://USER@HOST/DATABASE|sqlite',
        help: 'the PostgreSQL to move to, written as for --database; or `sqlite`, from the one that --database names into the data folder',
      },
      'to-password-file': {
        value: 'FILE',
        help: 'private file with the password of the PostgreSQL in --to; unless told, PGPASSWORD is taken',
      },
      database: { value: 'postgres://USER@HOST/DATABASE', help: 'the PostgreSQL to move away from' },
      'database-password-file': { value: 'FILE', help: 'private file with its password' },
      'database-insecure-plain': { value: DATABASE_PLAIN, help: 'as for the server, for both directions' },
    },
    takes_options: false,
  },
  'migrate plan': {
    summary: 'lists the migrations that a start would apply to the database; changes nothing',
    positionals: [],
    flags: COMMON,
    takes_options: true,
  },
  doctor: {
    summary: 'checks the installation and says what to do; changes nothing',
    positionals: [],
    flags: {
      ...COMMON,
      thorough: { value: null, help: 'also compares every index of the database with its table' },
    },
    takes_options: true,
  },
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof COMMANDS;

const COMMAND_NAMES = Object.keys(COMMANDS) as readonly CommandName[];
const commandOf = (name: CommandName): Command => COMMANDS[name];

export type Flags = Readonly<Record<string, string | undefined>>;

/** What was asked for. */
export type CommandLine =
  | { readonly command: 'help'; readonly text: string }
  | { readonly command: 'version' }
  | { readonly command: 'serve'; readonly flags: Flags }
  | {
      readonly command: CommandName;
      /** As many as the command takes. */
      readonly positionals: readonly string[];
      readonly flags: Flags;
      readonly json: boolean;
      readonly thorough: boolean;
    };

const refuse = (sentence: string): never => {
  throw new ConfigError(`${sentence} Try --help.`);
};

const STRING = { type: 'string' } as const;
const SWITCH = { type: 'boolean' } as const;

/** Every flag of every command, so that one pass finds the command behind them. */
const ALL_FLAGS: Readonly<Record<string, { readonly type: 'string' | 'boolean'; readonly short?: string }>> =
  {
    ...Object.fromEntries(OPTION_NAMES.map((name) => [flagOf(name), STRING])),
    ...Object.fromEntries(
      COMMAND_NAMES.flatMap((name) => Object.entries(commandOf(name).flags)).map(([flag, { value }]) => [
        flag,
        value === null ? SWITCH : STRING,
      ]),
    ),
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'v' },
  };

function parse(argv: readonly string[]): { values: Record<string, unknown>; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: ALL_FLAGS,
      allowPositionals: true,
    });
    return { values: { ...values }, positionals };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    // Node's own advice is about positionals, which nobody means who misspells a flag.
    const flag = /^Unknown option '--([^'=]+)'/.exec(said)?.[1];
    const near = flag === undefined ? null : nearest(flag, Object.keys(ALL_FLAGS));
    return refuse(`${said.split('. ')[0] ?? said}.${near === null ? '' : ` Did you mean --${near}?`}`);
  }
}

/** Returns what the command line asks for. Throws ConfigError for anything that it doesn't know. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const { values, positionals } = parse(argv);
  const { help, version, json = false, thorough = false, ...flags } = values;
  if (positionals[0] === 'help') return { command: 'help', text: helpOf(positionals.slice(1)) };
  if (help === true) return { command: 'help', text: helpOf(positionals) };
  if (version === true) return { command: 'version' };
  const strings = onlyStrings(flags);
  if (positionals.length === 0) {
    const foreign = Object.keys(values).find((flag) => !SERVE_FLAGS.has(flag));
    if (foreign !== undefined) refuse(`--${foreign} belongs to a command, and there is none.`);
    return { command: 'serve', flags: strings };
  }
  const name = COMMAND_NAMES.find((one) => startsWith(positionals, one));
  if (name === undefined) return refuse(noCommand(positionals));
  const { positionals: wanted, flags: known, takes_options } = commandOf(name);
  const given = positionals.slice(name.split(' ').length);
  if (given.length !== wanted.length) refuse(`Usage: auth-server ${usageOf(name)}.`);
  const foreign = Object.keys(values).find(
    (flag) => !Object.hasOwn(known, flag) && !(takes_options && SERVE_FLAGS.has(flag)),
  );
  if (foreign !== undefined) refuse(`\`${name}\` does not take --${foreign}.`);
  return {
    command: name,
    positionals: given,
    flags: strings,
    json: json === true,
    thorough: thorough === true,
  };
}

const SERVE_FLAGS: ReadonlySet<string> = new Set([
  ...OPTION_NAMES.map(flagOf),
  'config',
  'env-file',
  'help',
  'version',
]);

/** What is said of words that are no command, with the one that was most likely meant. */
function noCommand(words: readonly string[]): string {
  const typed = words.slice(0, 2).join(' ');
  const group = COMMAND_NAMES.filter((name) => name.split(' ')[0] === words[0]);
  if (words.length === 1 && group.length > 0) return `Which of these: ${group.join(', ')}?`;
  // A command of one word may have been given an argument.
  const near = nearest(typed, COMMAND_NAMES) ?? nearest(words[0] ?? '', COMMAND_NAMES);
  return `There is no command \`${withoutPasswords(typed)}\`.${near === null ? '' : ` Did you mean \`${near}\`?`}`;
}

function startsWith(positionals: readonly string[], name: CommandName): boolean {
  return name.split(' ').every((word, index) => positionals[index] === word);
}

function onlyStrings(values: Record<string, unknown>): Flags {
  return Object.fromEntries(
    Object.entries(values).flatMap(([flag, value]) => (typeof value === 'string' ? [[flag, value]] : [])),
  );
}

/** Returns a whole number given to a flag, or undefined. Throws ConfigError for anything else. */
export function numberOf(flags: Flags, flag: string, min: number, max: number): number | undefined {
  const text = flags[flag];
  if (text === undefined) return undefined;
  const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  return refuse(`--${flag} takes a whole number from ${min} to ${max}.`);
}

function usageOf(name: CommandName): string {
  const { positionals, flags, takes_options } = commandOf(name);
  const parts = Object.entries(flags).map(([flag, { value }]) =>
    value === null ? `[--${flag}]` : `[--${flag} ${value}]`,
  );
  return [name, ...positionals, ...parts, ...(takes_options ? ['[options of the server]'] : [])].join(' ');
}

/** Returns help for a command, for all whose names begin so, or for the program. */
function helpOf(words: readonly string[]): string {
  const exits = (Object.keys(EXIT) as (keyof typeof EXIT)[]).map(
    (name) => `  ${EXIT[name]}  ${EXIT_MEANINGS[name]}`,
  );
  if (words.length === 0) {
    const rows = COMMAND_NAMES.map((name) => `  auth-server ${name}\n      ${commandOf(name).summary}`);
    return helpText(
      ['Commands (each has a --help of its own; without one, the server is started):', '', ...rows, ''],
      ['Exit codes:', '', ...exits, ''],
    );
  }
  const found = COMMAND_NAMES.filter((name) => words.every((word, index) => name.split(' ')[index] === word));
  const exact = COMMAND_NAMES.filter((name) => startsWith(words, name));
  const shown = exact.length > 0 ? exact : found;
  if (shown.length === 0) return refuse(noCommand(words));
  const pages = shown.flatMap((name) => [
    `auth-server ${name}: ${commandOf(name).summary}.`,
    '',
    `Usage: auth-server ${usageOf(name)}`,
    '',
    ...Object.entries(commandOf(name).flags).map(
      ([flag, { value, help }]) => `  --${flag}${value === null ? '' : ` ${value}`}\n      ${help}`,
    ),
    '',
  ]);
  return [...pages, 'Exit codes:', '', ...exits, ''].join('\n');
}
