import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { fields, jsonDocument, table, when } from '../../../src/tui/commands/layout.js';
import { readChanges } from '../../../src/tui/commands/account_commands.js';
import { UsageError } from '../../../src/tui/commands/errors.js';
import { runCommandLine } from '../../../src/tui/commands/run.js';
import { SecretSource } from '../../../src/tui/commands/secret_source.js';
import type { InputLine } from '../../../src/tui/reach/index.js';
import { wordsOf } from '../../../src/tui/commands/words/index.js';
import { keepFolder, readServerChoice } from '../../../src/tui/server_choice.js';
import { width } from '../../../src/tui/text/index.js';
import { lines } from '../../support/no_input.js';
import { codePoint } from '../../support/arbitraries.js';

describe('tables', () => {
  test('columns stand under each other in every script', () => {
    const lines = table(
      ['NAME', 'X'],
      [
        ['анна', '1'],
        ['山田太郎', '2'],
        ['e\u0301', '3'],
      ],
      null,
    ).split('\n');
    expect(lines.map((line) => width(line.slice(0, line.lastIndexOf(' ') + 1)))).toEqual([10, 10, 10, 10]);
  });
  test('a terminal gets lines of its width, a pipe gets all', () => {
    const rows = [['a'.repeat(30), 'b'.repeat(30)]];
    expect(
      table(['A', 'B'], rows, 20)
        .split('\n')
        .every((line) => width(line) <= 20),
    ).toBe(true);
    expect(table(['A', 'B'], rows, null)).toContain('b'.repeat(30));
  });
  test('further lines of a value stand under its first', () => {
    expect(
      fields([
        ['bio', 'one\ntwo'],
        ['name', 'x'],
      ]),
    ).toBe('bio   one\n      two\nname  x');
  });
  test('never is a dash', () => expect(when(null)).toBe('-'));
});

test('the JSON document means the value and holds nothing that a terminal obeys', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: codePoint }), (value, text) => {
      const printed = jsonDocument({ value, text });
      expect(JSON.parse(printed)).toEqual(JSON.parse(JSON.stringify({ value, text })));
      expect(printed).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\p{Cf}\u2028\u2029]/u);
    }),
  );
});

test.each([
  [0, {}, /long-enough-to-be-cut/],
  [undefined, {}, /long-enough-to-be-cut/],
  [0, { COLUMNS: '20' }, /^.{1,20}$/m],
  [20, { COLUMNS: '200' }, /^.{1,20}$/m],
])('a terminal of %s columns, with %j, shows rows', async (columns, env, row) => {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-columns-'));
  const key = Buffer.alloc(32).toString('base64url');
  let out = '';
  const run = (argv: string[], text: string): Promise<number> => {
    out = '';
    return runCommandLine({
      argv,
      env: { XDG_CONFIG_HOME: home, ...env },
      version: '0.0.0-test',
      language: 'en',
      streams: {
        stdin: lines(text),
        stdout: {
          write: (said) => (out += said),
          isTTY: true,
          ...(columns === undefined ? {} : { columns }),
        },
        stderr: { write: () => null },
      },
    });
  };
  await run(
    ['servers', 'add', '--name', 'long-enough-to-be-cut', '--password-stdin'],
    `portcullis://h.example:1?key=k_1.${key}`,
  );
  expect(await run(['servers', 'list'], '')).toBe(0);
  rmSync(home, { recursive: true });
  for (const line of out.trimEnd().split('\n')) expect(line.trim()).not.toBe('');
  expect(out).toMatch(row);
});

describe('changes', () => {
  test('a value, and nothing to clear', () => {
    expect(readChanges(['first_name=Anna=B', 'phone='])).toEqual({ first_name: 'Anna=B', phone: null });
  });
  test.each(['first_name', 'password=hunter2', '=x', 'toString=x'])(
    '%s is refused, and not repeated',
    (word) => {
      expect(() => readChanges([word])).toThrow(UsageError);
      expect(() => readChanges([word])).not.toThrow(/hunter2/);
    },
  );
});

type InputFault = Extract<InputLine, { readonly fault: string }>;

describe('secrets', () => {
  const source = (text: string, from_stdin = true): SecretSource =>
    new SecretSource({ stdin: lines(text), stderr: { write: () => null } }, from_stdin, wordsOf('en'));
  test('one in a line, in order; the new one is not asked twice', async () => {
    const secrets = source('one \r\ntwo\nthree');
    expect([
      await secrets.ask('current_password'),
      await secrets.choose('new_password'),
      await secrets.ask('setup_code'),
    ]).toEqual(['one ', 'two', 'three']);
    await expect(secrets.ask('code')).rejects.toThrow(/no line for the code/);
  });
  test('without a terminal and without the flag it says which flag', async () => {
    await expect(source('x', false).ask('password')).rejects.toThrow(/--password-stdin/);
  });
  test('a line that is no password is refused, and said to be', async () => {
    await expect(source('\nx').ask('password')).rejects.toThrow(/no line for the password/);
    const faulty = (fault: InputFault): SecretSource =>
      new SecretSource(
        { stdin: { ...lines(''), line: () => fault }, stderr: { write: () => null } },
        true,
        wordsOf('en'),
      );
    await expect(faulty({ fault: 'too_long' }).ask('password')).rejects.toThrow(/too long/);
    await expect(faulty({ fault: 'not_text' }).ask('password')).rejects.toThrow(/not UTF-8/);
    await expect(faulty({ fault: 'unreadable', cause: 'EISDIR' }).ask('password')).rejects.toThrow(/EISDIR/);
  });
  test('a token is a trimmed line; no line is none, an empty one is refused', () => {
    expect(source('  a.b.c \r\nrest').piped('token')).toBe('a.b.c');
    expect(source('').piped('token')).toBeNull();
    expect(() => source(' \nx').piped('token')).toThrow(/no line for the token/);
  });
  test('what is put in behind a line at a prompt is the next prompt’s', async () => {
    const keys = Object.assign(new PassThrough(), { setRawMode: () => null });
    const stdin = { ...lines(''), isTTY: true, keys: () => keys };
    // Also with the flag: nobody types a password where it is seen.
    const secrets = new SecretSource({ stdin, stderr: { write: () => null } }, true, wordsOf('en'));
    keys.write('old one\rnew one\rnew one\rrest');
    expect(await secrets.ask('current_password')).toBe('old one');
    expect(await secrets.choose('new_password')).toBe('new one');
    keys.write(' of it\r');
    expect(await secrets.ask('code')).toBe('rest of it');
  });
});

describe('which server', () => {
  test('flags win over the environment; nothing named is nothing typed', () => {
    expect(readServerChoice({}, undefined, {})).toMatchObject({
      typed: null,
      server: null,
      data_folder: './data',
    });
    expect(readServerChoice({ host: '::1' }, undefined, { AUTH_PORT: '99' })).toMatchObject({
      typed: '[::1]:99',
    });
    expect(readServerChoice({ server: 'lab' }, undefined, { AUTH_HOST: 'x' })).toMatchObject({
      server: 'lab',
      typed: null,
    });
  });
  test.each([
    [{ port: '0' }, undefined],
    [{ port: '70000' }, undefined],
    [{ server: 'lab', host: 'x' }, undefined],
    [{ server: 'lab' }, 'portcullis://x'],
    [{ 'connection-file': 'f', server: 'lab' }, undefined],
    [{ 'connection-file': 'f', host: 'x' }, undefined],
    [{ 'connection-file': 'f' }, 'portcullis://x'],
    [{ 'insecure-plain': 'yes' }, undefined],
    [{ 'insecure-plain': '' }, undefined],
  ])('%j %s is refused', (flags, positional) => {
    expect(readServerChoice(flags, positional, {})).toBeTypeOf('string');
  });
  test('a connection string comes from the environment or a file, and any flag that names a server beats it', () => {
    const env = { PORTCULLIS: 'portcullis://lab', AUTH_HOST: 'x', AUTH_PORT: '1' };
    expect(readServerChoice({}, undefined, env)).toMatchObject({ typed: 'portcullis://lab' });
    expect(readServerChoice({}, undefined, { ...env, PORTCULLIS: '' })).toMatchObject({ typed: 'x:1' });
    expect(readServerChoice({}, 'y', env)).toMatchObject({ typed: 'y' });
    expect(readServerChoice({ host: 'y' }, undefined, env)).toMatchObject({ typed: 'y:1' });
    expect(readServerChoice({ data: 'd' }, undefined, env)).toMatchObject({ typed: 'x:1', data_folder: 'd' });
    expect(readServerChoice({ server: 'lab' }, undefined, env)).toMatchObject({ server: 'lab', typed: null });
    expect(readServerChoice({ 'connection-file': 'f' }, undefined, env)).toMatchObject({
      typed: null,
      connection_file: 'f',
    });
  });
  test('XDG_CONFIG_HOME is respected when it is absolute', () => {
    expect(keepFolder({ XDG_CONFIG_HOME: '/c', HOME: '/h' })).toBe('/c/portcullis');
    expect(keepFolder({ XDG_CONFIG_HOME: 'c', HOME: '/h' })).toBe('/h/.config/portcullis');
    expect(keepFolder({})).toBe(null);
  });
});
