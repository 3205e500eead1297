/** What `auth-tui help` and `auth-tui COMMAND --help` print; docs/commands.md holds the same. Pure. */
import { usageOf, type CommandSpec } from './command.js';
import { GLOBAL_FLAGS } from './command_words.js';
import { COMMANDS } from './commands.js';
import { EXIT } from './exit_codes.js';
import { FACTS } from './facts.js';
import { definitions } from './layout.js';
import { wordsOf, type CommandName, type Words } from './words/index.js';
import { wrap } from '../text/index.js';

const flagPairs = (words: Words, flags: CommandSpec['flags']): [string, string][] =>
  Object.entries(flags).map(([flag, { value, text }]) => [
    value === undefined ? `--${flag}` : `--${flag} ${words('places', value)}`,
    words('options', text, FACTS),
  ]);

const exitPairs = (words: Words): [string, string][] =>
  // Its own keys, which Object.keys widens to string.
  (Object.keys(EXIT) as (keyof typeof EXIT)[]).map((name) => [String(EXIT[name]), words('exits', name)]);

/** Returns what a command does. */
const helpOf = (words: Words, name: CommandName): string => words('commands', name, FACTS);

/** Returns the help of all commands, or of those that begin with the words of a group. */
export function commandsHelp(words: Words, commands: readonly CommandSpec[] = COMMANDS): string {
  const usage = (command: CommandSpec): string => usageOf({ ...command, flags: {} }, words);
  return [
    words('help', 'usage_all'),
    '',
    definitions(commands.map((command) => [usage(command), helpOf(words, command.name)])),
    '',
    words('help', 'options_all'),
    definitions(flagPairs(words, GLOBAL_FLAGS)),
    '',
    ...wrap(words('help', 'note'), 78),
    '',
    words('help', 'exits'),
    definitions(exitPairs(words)),
    '',
  ].join('\n');
}

/** Returns the help of one command. */
export function commandHelp(words: Words, command: CommandSpec): string {
  const own = flagPairs(words, command.flags);
  return [
    `${words('help', 'usage')} auth-tui ${usageOf(command, words)}`,
    '',
    ...wrap(helpOf(words, command.name), 78),
    '',
    ...(own.length === 0 ? [] : [words('help', 'options'), definitions(own), '']),
    words('help', 'options_all'),
    definitions(flagPairs(words, GLOBAL_FLAGS)),
    '',
  ].join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** Returns the tables of docs/commands.md. */
export function commandsMarkdown(): string {
  const words = wordsOf('en');
  const commands = COMMANDS.map(
    (command) => `| \`${cell(usageOf(command, words))}\` | ${cell(helpOf(words, command.name))} |`,
  );
  const own = COMMANDS.flatMap((command) =>
    flagPairs(words, command.flags).map(
      ([flag, help]) => `| \`${command.name}\` | \`${cell(flag)}\` | ${cell(help)} |`,
    ),
  );
  const flags = flagPairs(words, GLOBAL_FLAGS).map(([flag, help]) => `| \`${cell(flag)}\` | ${cell(help)} |`);
  const exits = exitPairs(words).map(([code, meaning]) => `| ${code} | ${cell(meaning)} |`);
  return [
    '| command | what it does |',
    '|---|---|',
    ...commands,
    '',
    '| command | its option | |',
    '|---|---|---|',
    ...own,
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
