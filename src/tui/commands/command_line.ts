/** From words to a command of the table with its arguments. Pure. What it refuses is never repeated: it may be a secret. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { isLanguage, type Language } from '../i18n/index.js';
import { readServerChoice, type ServerChoice } from '../keep/server_choice.js';
import type { CommandSpec } from './command.js';
import { GLOBAL_FLAGS } from './command_words.js';
import { COMMANDS } from './commands.js';
import type { Flags } from './context.js';
import { UsageError } from './errors.js';

export type Asked =
  | { readonly kind: 'help'; readonly command: CommandSpec | null; readonly group: readonly CommandSpec[] }
  | {
      readonly kind: 'run';
      readonly command: CommandSpec;
      readonly args: readonly string[];
      readonly flags: Flags;
      readonly choice: ServerChoice;
      readonly account: string | null;
      readonly password_stdin: boolean;
      /** Null where the locale decides. */
      readonly language: Language | null;
    };

/** What people try; none of these exists, on purpose. */
const SECRET_FLAG =
  /^--?(?:p|pw|pass|passwd|password|secret|token|code|setup-code|new-password|current-password)(?:=|$)/;
const NEVER_ARGUMENTS =
  'Passwords, codes and tokens are never given as arguments: others on this machine can read those. ' +
  'Type them when asked, or use --password-stdin.';

const findCommand = (words: readonly string[]): CommandSpec | null =>
  COMMANDS.find(({ name }) => name === words.slice(0, name.split(' ').length).join(' ')) ?? null;

/** Reads a command line. Throws UsageError. */
export function readCommandLine(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Asked {
  const first = lenientWords(argv);
  const words = first.words[0] === 'help' ? first.words.slice(1) : first.words;
  const command = findCommand(words);
  const wants_help = first.help || first.words[0] === 'help';
  if (command === null) {
    const group = COMMANDS.filter(({ name }) => name.split(' ')[0] === words[0]);
    if (wants_help) return { kind: 'help', command: null, group: group.length === 0 ? COMMANDS : group };
    const known = group.map(({ name }) => `auth-tui ${name}`).join(', ');
    throw new UsageError(known === '' ? 'There is no such command.' : `Which of these: ${known}?`);
  }
  if (wants_help) return { kind: 'help', command, group: [] };
  // `--setup-code` without a value is a switch of `register`.
  const own = new Set(Object.keys(command.flags).map((flag) => `--${flag}`));
  if (argv.some((word) => SECRET_FLAG.test(word) && !own.has(word))) throw new UsageError(NEVER_ARGUMENTS);

  const { values, positionals } = parse(argv, command);
  const address = positionals[0]?.startsWith('portcullis://') === true ? positionals[0] : undefined;
  const depth = command.name.split(' ').length;
  const args = positionals.slice((address === undefined ? 0 : 1) + depth);
  checkCount(command, args);
  const { host, port, data, server, account } = values;
  const language = text(values['lang']) ?? null;
  if (language !== null && !isLanguage(language)) throw new UsageError('--lang takes en or ru.');
  const choice = readServerChoice(
    { host: text(host), port: text(port), data: text(data), server: text(server) },
    address,
    env,
  );
  if (typeof choice === 'string') throw new UsageError(choice);
  if (account !== undefined && command.session !== 'account') {
    throw new UsageError(
      `--account has no meaning for ${command.name}: it does not use a session of its own.`,
    );
  }
  return {
    kind: 'run',
    command,
    args,
    flags: values,
    choice,
    account: text(account) ?? null,
    password_stdin: values['password-stdin'] === true,
    language,
  };
}

const text = (value: string | boolean | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** The words that aren't flags, without complaint, so that it is known whose flags are meant. */
function lenientWords(argv: readonly string[]): { words: readonly string[]; help: boolean } {
  const { tokens } = parseArgs({
    args: [...argv],
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

type FlagSpecs = Readonly<Record<string, { readonly value?: string; readonly help: string }>>;

const optionsOf = (flags: FlagSpecs): NonNullable<ParseArgsConfig['options']> =>
  Object.fromEntries(
    Object.entries(flags).map(([flag, { value }]) => [
      flag,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );

function parse(argv: readonly string[], command: CommandSpec): { values: Flags; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
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
function flagSentence(error: unknown, command: CommandSpec): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const flag = /--[a-z][a-z-]*/.exec(error instanceof Error ? error.message : '')?.[0] ?? 'flag';
  const see = `See: auth-tui ${command.name} --help`;
  return code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION'
    ? `${command.name} has no ${flag}. ${see}`
    : `${flag} is not used like that. ${see}`;
}

function checkCount(command: CommandSpec, args: readonly string[]): void {
  const least = command.args.filter(({ optional }) => optional !== true).length;
  const most = command.args.some(({ many }) => many === true)
    ? Number.POSITIVE_INFINITY
    : command.args.length;
  if (args.length >= least && args.length <= most) return;
  const names = command.args.map(({ name }) => name).join(' ');
  const takes = names === '' ? `${command.name} takes no arguments.` : `${command.name} takes ${names}.`;
  throw new UsageError(args.length > most ? `${takes} ${NEVER_ARGUMENTS}` : takes);
}
