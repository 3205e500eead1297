/** From words to a command of the table with its arguments. Pure. What it refuses is never repeated: it may be a secret. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { nearest } from '../../protocol/index.js';
import { isLanguage, type Language } from '../i18n/index.js';
import type { ServerChoice } from '../reach/index.js';
import { readServerChoice } from '../server_choice.js';
import type { CommandSpec, FlagSpec } from './command.js';
import { COMMAND_WORDS, GLOBAL_FLAGS, isAddress } from './command_words.js';
import { COMMANDS } from './commands.js';
import type { Flags } from './context.js';
import { UsageError } from './errors.js';
import { FACTS } from './facts.js';
import type { Sentence } from './words/index.js';

export type Asked =
  | { readonly kind: 'help'; readonly command: CommandSpec | null; readonly group: readonly CommandSpec[] }
  | {
      readonly kind: 'run';
      readonly command: CommandSpec;
      readonly args: readonly string[];
      readonly flags: Flags;
      readonly choice: ServerChoice;
      readonly account: string | null;
      readonly as: string | null;
      readonly password_stdin: boolean;
    };

/** What people try; none of these exists, on purpose. */
const SECRET_FLAG =
  /^--?(?:p|pw|pass|passwd|password|secret|token|code|setup-code|new-password|current-password)(?:=|$)/;
const neverArguments: Sentence = (words) => words('says', 'never_arguments');

const findCommand = (words: readonly string[]): CommandSpec | null =>
  COMMANDS.find(({ name }) => name === words.slice(0, name.split(' ').length).join(' ')) ?? null;

/** What a word alone means, where it is no command by itself. */
const ALONE: Readonly<Record<string, string>> = { accounts: 'accounts list' };
const commandAlone = (words: readonly string[]): CommandSpec | null =>
  words.length === 1 ? findCommand((ALONE[words[0] ?? ''] ?? '').split(' ')) : null;

/** Returns what was most likely meant by words that begin no command: a command, or a word that begins some; else null. */
function meantCommand(words: readonly string[]): string | null {
  const [typed = '', second] = words;
  // `users-list` and `users:list` are one word.
  const parts = second === undefined ? typed.split(/[-_:.]/) : [typed, second];
  const first = nearest(parts[0] ?? '', COMMAND_WORDS);
  if (first === null) return null;
  const below = COMMANDS.flatMap(({ name }) =>
    name.startsWith(`${first} `) ? [name.slice(first.length + 1)] : [],
  );
  const next = parts.length < 2 ? null : nearest(parts.slice(1).join('-'), below);
  return next === null ? first : `${first} ${next}`;
}

/** What is said of words that are no command. They are not repeated: they may be a password. */
function noCommand(words: readonly string[], group: readonly CommandSpec[]): Sentence {
  const known = group.map(({ name }) => `auth-tui ${name}`).join(', ');
  const near = meantCommand(words);
  return (say) => {
    if (words.length === 1 && known !== '') return say('says', 'which_of', { commands: known });
    const [first = ''] = words;
    if (isAddress(first)) return say('says', 'one_address');
    const meant =
      near === null || near === first ? [] : [say('says', 'did_mean', { meant: `auth-tui ${near}` })];
    return [
      say('says', 'no_command'),
      ...meant,
      ...(words.length === 1 ? [say('says', 'no_server_either')] : []),
      known === '' ? say('says', 'see_help') : say('says', 'there_are', { commands: known }),
    ].join(' ');
  };
}

/** The option that was most likely meant, with its dashes. */
function nearFlag(flag: string, known: readonly string[]): string | null {
  const near = nearest(flag.replace(/^-+/, ''), known);
  return near === null ? null : `--${near}`;
}

/** Returns what a command line asks for. Throws UsageError. */
export function readCommandLine(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Asked {
  const first = lenientWords(argv);
  const words = first.words[0] === 'help' ? first.words.slice(1) : first.words;
  const wants_help = first.help || first.words[0] === 'help';
  const command = findCommand(words) ?? (wants_help ? null : commandAlone(words));
  if (command === null) {
    const group = COMMANDS.filter(({ name }) => name.split(' ')[0] === words[0]);
    if (wants_help && words.length === 0) return { kind: 'help', command: null, group: COMMANDS };
    if (wants_help && words.length === 1 && group.length > 0) return { kind: 'help', command: null, group };
    throw new UsageError(noCommand(words, group));
  }
  if (wants_help) return { kind: 'help', command, group: [] };
  // `--setup-code` without a value is a switch of `register`.
  const own = new Set(Object.keys(command.flags).map((flag) => `--${flag}`));
  if (argv.some((word) => SECRET_FLAG.test(word) && !own.has(word))) throw new UsageError(neverArguments);

  const { values, positionals } = parse(argv, command);
  const address = positionals[0]?.startsWith('portcullis://') === true ? positionals[0] : undefined;
  const depth = command.name.split(' ').length;
  const args = positionals.slice((address === undefined ? 0 : 1) + depth);
  checkCount(command, args);
  const { host, port, data, server, account, as } = values;
  const language = text(values['lang']);
  if (language !== undefined && !isLanguage(language))
    throw new UsageError((say) => say('says', 'lang_takes'));
  const choice = readServerChoice(
    {
      host: text(host),
      port: text(port),
      data: text(data),
      server: text(server),
      'connection-file': text(values['connection-file']),
      'insecure-plain': text(values['insecure-plain']),
    },
    address,
    env,
  );
  if (choice === 'insecure_plain_takes')
    throw new UsageError((say) => say('says', 'insecure_plain_takes', FACTS));
  if (choice === 'connection_alone') throw new UsageError((say) => say('says', 'connection_alone'));
  if (typeof choice === 'string') throw new UsageError((say) => say('says', choice));
  if (account !== undefined && command.session !== 'account') {
    throw new UsageError((say) => say('says', 'account_needless', { command: command.name }));
  }
  if (as !== undefined && command.session === 'none') {
    throw new UsageError((say) => say('says', 'as_needless', { command: command.name }));
  }
  if (as !== undefined && account !== undefined) throw new UsageError((say) => say('says', 'as_or_account'));
  return {
    kind: 'run',
    command,
    args,
    flags: values,
    choice,
    account: text(account) ?? null,
    as: text(as) ?? null,
    password_stdin: values['password-stdin'] === true,
  };
}

/** Returns the language that --lang asks for, or null; a line that can't be understood is told in it as well. */
export function askedLanguage(argv: readonly string[]): Language | null {
  const { values } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    options: { lang: { type: 'string' } },
  });
  const { lang } = values;
  return typeof lang === 'string' && isLanguage(lang) ? lang : null;
}

const text = (value: string | boolean | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** Options of any command that take a value. */
const TAKE_VALUES: ReadonlySet<string> = new Set(
  [GLOBAL_FLAGS, ...COMMANDS.map(({ flags }) => flags)].flatMap((flags) =>
    Object.entries(flags).flatMap(([flag, spec]: [string, FlagSpec]) =>
      spec.value === undefined ? [] : [`--${flag}`],
    ),
  ),
);

/**
 * Returns the arguments with each value that begins with one dash made part of its option: what the server gave, such as a cursor, begins
 * with any letter of its alphabet, and is no row of switches.
 */
function withJoinedValues(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  const joined: string[] = [];
  for (const [at, word] of argv.entries()) {
    const before = joined.at(-1);
    const is_value =
      (end === -1 || at < end) && /^-[^-]/.test(word) && before !== undefined && TAKE_VALUES.has(before);
    if (is_value) joined.splice(-1, 1, `${before}=${word}`);
    else joined.push(word);
  }
  return joined;
}

/** Returns the words that aren't flags, without complaint, so that it is known whose flags are meant. */
function lenientWords(argv: readonly string[]): { words: readonly string[]; help: boolean } {
  const { tokens } = parseArgs({
    args: withJoinedValues(argv),
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: { ...optionsOf(GLOBAL_FLAGS), help: { type: 'boolean', short: 'h' } },
  });
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  return {
    words: words[0]?.startsWith('portcullis://') === true ? words.slice(1) : words,
    help: tokens.some((token) => token.kind === 'option' && token.name === 'help'),
  };
}

const optionsOf = (flags: CommandSpec['flags']): NonNullable<ParseArgsConfig['options']> =>
  Object.fromEntries(
    Object.entries(flags).map(([flag, { value }]) => [
      flag,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );

function parse(argv: readonly string[], command: CommandSpec): { values: Flags; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: withJoinedValues(argv),
      allowPositionals: true,
      options: { ...optionsOf(GLOBAL_FLAGS), ...optionsOf(command.flags) },
    });
    // Without `multiple` no value is a list.
    return { values: values as Flags, positionals };
  } catch (error) {
    throw new UsageError(flagSentence(error, command));
  }
}

/** Node's own messages can hold values. */
function flagSentence(error: unknown, { name, flags }: CommandSpec): Sentence {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const flag = /--[a-z][\w-]*/i.exec(error instanceof Error ? error.message : '')?.[0];
  return (words) => {
    if (flag === undefined) return words('says', 'flag_not_so', { command: name });
    if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return words('says', 'not_so', { command: name, flag });
    const near = nearFlag(flag, [...Object.keys(flags), ...Object.keys(GLOBAL_FLAGS)]);
    return [
      words('says', 'no_flag', { command: name, flag }),
      ...(near === null ? [] : [words('says', 'did_mean', { meant: near })]),
      words('says', 'see_command', { command: name }),
    ].join(' ');
  };
}

function checkCount({ name, args: specs }: CommandSpec, args: readonly string[]): void {
  const least = specs.filter(({ optional }) => optional !== true).length;
  const most = specs.some(({ many }) => many === true) ? Number.POSITIVE_INFINITY : specs.length;
  if (args.length >= least && args.length <= most) return;
  throw new UsageError((words) => {
    const names = specs.map((spec) => words('places', spec.name)).join(' ');
    const takes =
      names === ''
        ? words('says', 'takes_none', { command: name })
        : words('says', 'takes', { command: name, arguments: names });
    return args.length > most ? `${takes} ${neverArguments(words)}` : takes;
  });
}
