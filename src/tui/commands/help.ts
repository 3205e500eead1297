/** What `auth-tui help` and `auth-tui COMMAND --help` print; docs/commands.md holds the same. Pure. */
import { usageOf, type CommandSpec } from './command.js';
import { GLOBAL_FLAGS } from './command_words.js';
import { COMMANDS } from './commands.js';
import { EXIT, EXIT_WORDS } from './exit_codes.js';
import { definitions } from './layout.js';
import { wrap } from '../text/index.js';

type Flags = Readonly<Record<string, { readonly value?: string; readonly help: string }>>;

const flagPairs = (flags: Flags): [string, string][] =>
  Object.entries(flags).map(([flag, { value, help }]) => [
    value === undefined ? `--${flag}` : `--${flag} ${value}`,
    help,
  ]);

const exitPairs = (): [string, string][] =>
  (Object.keys(EXIT) as (keyof typeof EXIT)[]).map((name) => [String(EXIT[name]), EXIT_WORDS[name]]);

/** The help of all commands, or of those that begin with the words of a group. */
export function commandsHelp(commands: readonly CommandSpec[] = COMMANDS): string {
  return [
    'Usage: auth-tui [portcullis://…] COMMAND [options]',
    '',
    definitions(commands.map((command) => [usageOf({ ...command, flags: {} }), command.help])),
    '',
    'Options of every command:',
    definitions(flagPairs(GLOBAL_FLAGS)),
    '',
    ...wrap(
      'Passwords, codes and tokens are never arguments: they are asked for without echo, or read with --password-stdin. ' +
        'Without a command auth-tui opens the UI.',
      78,
    ),
    '',
    'Exit codes:',
    definitions(exitPairs()),
    '',
  ].join('\n');
}

/** The help of one command. */
export function commandHelp(command: CommandSpec): string {
  const own = flagPairs(command.flags);
  return [
    `Usage: auth-tui ${usageOf(command)}`,
    '',
    ...wrap(command.help, 78),
    '',
    ...(own.length === 0 ? [] : ['Options:', definitions(own), '']),
    'Options of every command:',
    definitions(flagPairs(GLOBAL_FLAGS)),
    '',
  ].join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** The tables of docs/commands.md. */
export function commandsMarkdown(): string {
  const commands = COMMANDS.map((command) => `| \`${cell(usageOf(command))}\` | ${cell(command.help)} |`);
  const flags = flagPairs(GLOBAL_FLAGS).map(([flag, help]) => `| \`${flag}\` | ${cell(help)} |`);
  const exits = exitPairs().map(([code, words]) => `| ${code} | ${cell(words)} |`);
  return [
    '| command | what it does |',
    '|---|---|',
    ...commands,
    '',
    '| option of every command | |',
    '|---|---|',
    ...flags,
    '',
    '| exit code | meaning |',
    '|---|---|',
    ...exits,
    '',
  ].join('\n');
}
