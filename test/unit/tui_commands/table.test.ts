/** The contract of the table of commands: whatever is added to it has to keep to this. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ACTION_NAMES, type ActionName } from '../../../src/protocol/index.js';
import { usageOf } from '../../../src/tui/commands/command.js';
import { readCommandLine } from '../../../src/tui/commands/command_line.js';
import { COMMAND_WORDS, GLOBAL_FLAGS, lineKind } from '../../../src/tui/commands/command_words.js';
import { COMMANDS } from '../../../src/tui/commands/commands.js';
import { UsageError } from '../../../src/tui/commands/errors.js';
import { EXIT, exitCodeOf } from '../../../src/tui/commands/exit_codes.js';
import { commandHelp, commandsHelp, commandsMarkdown } from '../../../src/tui/commands/help.js';
import { wordsOf } from '../../../src/tui/commands/words/index.js';
import { LANGUAGES, PROBLEM_CODES, type ProblemCode } from '../../../src/tui/i18n/index.js';
import { width } from '../../../src/tui/text/index.js';
import { runLine } from '../../support/command_line.js';

const ENV = { HOME: '/nowhere' };

/** Words that satisfy a command's arguments. */
const argumentsOf = (command: (typeof COMMANDS)[number]): string[] =>
  command.args.filter(({ optional }) => optional !== true).map(({ name }) => `${name.toLowerCase()}=x`);

describe.each(COMMANDS.map((command) => [command.name, command] as const))('%s', (name, command) => {
  const words = name.split(' ');
  test.each(LANGUAGES)('says what it does, in sentences, within 80 columns: %s', (language) => {
    const say = wordsOf(language);
    expect(say('commands', name)).toMatch(/^[A-ZА-Я].*\.$/s);
    const help = commandHelp(say, command);
    expect(help).toContain(`auth-tui ${usageOf(command, say)}`);
    for (const line of help.split('\n').slice(1)) expect(width(line)).toBeLessThanOrEqual(80);
  });
  test.each(['--help', '-h'])('%s is answered without a server, with --json as a document', async (flag) => {
    for (const language of LANGUAGES) {
      const help = commandHelp(wordsOf(language), command);
      const { code, out } = await runLine([...words, flag, '--lang', language]);
      expect([code, out]).toEqual([EXIT.ok, help]);
      const document = await runLine([...words, flag, '--json', '--lang', language]);
      expect([document.code, JSON.parse(document.out)]).toEqual([EXIT.ok, { help }]);
    }
  });
  test('is found, with --json and every flag of all commands', () => {
    const asked = readCommandLine([...words, ...argumentsOf(command), '--json', '--data', '/x'], ENV);
    expect(asked).toMatchObject({ kind: 'run', command, flags: { json: true } });
    expect(lineKind(['--host', 'users', ...words])).toBe('command');
    expect(lineKind(['portcullis://somewhere', ...words])).toBe('command');
  });
  test('refuses an unknown flag with 64, in words and as JSON', async () => {
    const { code, out, err } = await runLine([
      ...words,
      ...argumentsOf(command),
      '--colour=hunter2',
      '--json',
    ]);
    expect(code).toBe(EXIT.usage);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'usage', retry_after_ms: null } });
    expect(err).toContain('--colour');
    expect(out + err).not.toContain('hunter2');
  });
  test('refuses too few and too many arguments without repeating them', () => {
    const least = argumentsOf(command);
    if (least.length > 0) expect(() => readCommandLine(words, ENV)).toThrow(UsageError);
    if (command.args.some(({ many }) => many === true)) return;
    const surplus = [...words, ...command.args.map(() => 'x'), 'hunter2'];
    expect(() => readCommandLine(surplus, ENV)).toThrow(/never given as arguments/);
    expect(() => readCommandLine(surplus, ENV)).not.toThrow(/hunter2/);
  });
  test.each(['--password=hunter2', '--password', '-p', '--token=hunter2', '--code'])(
    'refuses the secret argument %s',
    async (flag) => {
      const { code, out, err } = await runLine([...words, ...argumentsOf(command), flag, 'hunter2']);
      expect(code).toBe(EXIT.usage);
      expect(err).toContain('--password-stdin');
      expect(out + err).not.toContain('hunter2');
    },
  );
  test('has flags of its own that no other flag hides', () => {
    for (const flag of Object.keys(command.flags)) expect(Object.keys(GLOBAL_FLAGS)).not.toContain(flag);
  });
});

test('every action that a screen calls is also behind a command', () => {
  // The line itself, and the question before the worst acts of a screen.
  const elsewhere: readonly ActionName[] = ['probe', 'quit', 'resume', 'confirm_password'];
  const reached = new Set(COMMANDS.flatMap(({ actions }) => actions));
  expect(ACTION_NAMES.filter((name) => !reached.has(name) && !elsewhere.includes(name))).toEqual([]);
});

test('names are unique, none begins another, and their first words are known before the table is loaded', () => {
  const names = COMMANDS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(names.filter((other) => other.startsWith(`${name} `))).toEqual([]);
  const first = new Set([...names.map((name) => name.split(' ')[0]), 'help']);
  expect([...COMMAND_WORDS].sort()).toEqual([...first].sort());
});

test('a group without a command names its commands; an unknown one is refused', async () => {
  const users = await runLine(['users']);
  expect([users.code, users.err]).toEqual([EXIT.usage, expect.stringContaining('auth-tui users list')]);
  const odd = await runLine(['users', 'explode']);
  expect(odd.code).toBe(EXIT.usage);
});

test('help of all commands lists each of them and every exit code', async () => {
  const { code, out } = await runLine(['help']);
  expect([code, out]).toEqual([EXIT.ok, commandsHelp(wordsOf('en'))]);
  for (const { name } of COMMANDS) expect(out).toContain(name);
  for (const exit of Object.values(EXIT)) expect(out).toMatch(new RegExp(`^ {2}${exit} `, 'm'));
  const group = await runLine(['help', 'sessions']);
  expect(group.out).toContain('sessions end-others');
  expect(group.out).not.toContain('users list');
});

/** What scripts tell each problem by. One that is missing doesn't compile. */
const EXIT_OF: Readonly<Record<ProblemCode, keyof typeof EXIT>> = {
  too_many_connections: 'temporary',
  shutting_down: 'unreachable',
  frame_empty: 'refused',
  frame_too_large: 'refused',
  deadline_exceeded: 'unreachable',
  invalid_json: 'refused',
  invalid_envelope: 'refused',
  too_many_bad_frames: 'refused',
  handshake_required: 'refused',
  hmac_error: 'unreachable',
  unknown_action: 'refused',
  unauthenticated: 'not_allowed',
  session_invalid: 'not_allowed',
  forbidden: 'not_allowed',
  invalid_params: 'refused',
  already_authenticated: 'refused',
  throttled: 'temporary',
  busy: 'temporary',
  invalid_credentials: 'refused',
  account_suspended: 'refused',
  registration_closed: 'refused',
  setup_code_invalid: 'refused',
  code_invalid: 'refused',
  current_password_wrong: 'refused',
  client_key_wrong: 'refused',
  not_found: 'not_found',
  stale_version: 'refused',
  wrong_status: 'refused',
  limit_reached: 'refused',
  role_taken: 'refused',
  role_built_in: 'refused',
  role_in_use: 'refused',
  last_administrator: 'refused',
  account_name_invalid: 'refused',
  account_name_taken: 'refused',
  email_taken: 'refused',
  password_rejected: 'refused',
  storage_unavailable: 'temporary',
  outcome_unknown: 'temporary',
  internal: 'refused',
  not_connected: 'unreachable',
  connection_lost: 'unreachable',
  request_timeout: 'unreachable',
  aborted: 'refused',
  invalid_reply: 'unreachable',
  unreachable: 'unreachable',
  server_not_genuine: 'unreachable',
  plain_refused: 'unreachable',
  not_portcullis: 'unreachable',
  timed_out: 'unreachable',
  lost: 'unreachable',
  refused: 'unreachable',
  closed_by_us: 'unreachable',
  no_key: 'usage',
  bad_address: 'usage',
  wrong_password_again: 'usage',
  pin_changed: 'unreachable',
  unknown_server: 'not_found',
  keep_unusable: 'refused',
};

test.each(PROBLEM_CODES)('%s ends with the exit code that says what kind of problem it is', (code) => {
  expect(exitCodeOf(code)).toBe(EXIT[EXIT_OF[code]]);
});

test('docs/commands.md holds the tables as they are now', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/commands.md'), 'utf8');
  // Prettier aligns the columns of a table.
  const plain = (markdown: string): string => markdown.replace(/[ -]*\|[ -]*/g, '|').trim();
  expect(plain(text)).toContain(plain(commandsMarkdown()));
});

test.each(['-abch', '-h', '-', '-1', '--x'])('a value that begins with a dash: %s', (cursor) => {
  const read = (): ReturnType<typeof readCommandLine> =>
    readCommandLine(['users', 'list', '--cursor', cursor, '--json'], ENV);
  // Two of them are an option, always.
  if (cursor === '--x') expect(read).toThrow(UsageError);
  else expect(read()).toMatchObject({ kind: 'run', flags: { cursor, json: true } });
  expect(readCommandLine(['users', 'list', '-h'], ENV)).toMatchObject({ kind: 'help' });
});
