/** What is neither a command nor a server is told, with the word that was meant; it never opens the UI. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nearest } from '../../../src/protocol/index.js';
import { parseConnectionString } from '../../../src/client/index.js';
import { lineKind, UI_OPTIONS } from '../../../src/tui/commands/command_words.js';
import { COMMANDS } from '../../../src/tui/commands/commands.js';
import { isServerName } from '../../../src/tui/commands/server_name.js';
import { strangeVariables, Teller } from '../../../src/tui/commands/teller.js';
import { readCommand } from '../../../src/tui/config.js';
import { OPTION_NAMES, variableOf } from '../../../src/server/config.js';
import { Keep } from '../../../src/tui/keep/index.js';
import { readServerChoice } from '../../../src/tui/server_choice.js';
import { runLine, type CommandRun } from '../../support/command_line.js';

const run = (...argv: string[]): Promise<CommandRun> => runLine(argv);
const runWith = (more: Readonly<Record<string, string>>, ...argv: string[]): Promise<CommandRun> =>
  runLine(argv, { HOME: '/nowhere', ...more });

describe('what a line asks for', () => {
  test.each([
    [[]],
    [['--host', 'whoami']],
    [['--theme', 'dark']],
    [['localhost']],
    [['LOCALHOST']],
    [['localhost:7777']],
    [['nas:7777']],
    [['lab.example']],
    [['lab.example:1']],
    [['lab.']],
    [['10.0.0.1']],
    [['10.0.0.1:99']],
    [['[::1]']],
    [['[::1]:99']],
    [['::1']],
    [['fe80::1']],
    [['portcullis://lab']],
    [['--demo']],
    [['--version', 'frob']],
    [['--theme', 'dark', 'lab.example']],
  ])('%j: the UI', (argv) => {
    expect(lineKind(argv)).toBe('ui');
  });
  test.each([
    [['--host=lab', 'whoami']],
    [['--json', 'whoami']],
    [['--json']],
    [['frob', 'list']],
    [['user', 'list']],
    [['lab.example', 'users', 'list']],
    [['portcullis://lab', 'frob']],
    [['frob', '--json']],
    [['--theme', 'dark', 'users', 'list']],
    [['--', 'users', 'list']],
  ])('%j: a command', (argv) => {
    expect(lineKind(argv)).toBe('command');
  });
  test.each(['frob', 'nas', 'user', 'whoam', 'user:list', 'a b', '', '7777', 'сервер', '../data', 'x@y'])(
    '%j: the UI, should there be a server of this name',
    (name) => {
      expect(lineKind([name])).toEqual({ name });
      expect(lineKind(['--lang', 'ru', name])).toEqual({ name });
    },
  );
  test('a name is a server’s when it is kept here or found in the network, and no number is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-names-'));
    try {
      const keep = new Keep(join(folder, 'portcullis'), () => 0);
      const key = Buffer.alloc(32).toString('base64url');
      keep.rememberServer(parseConnectionString(`portcullis://h.example:1?key=k_1.${key}`), 'cellar');
      const find = (name: string): Promise<unknown> =>
        ['nas', '7777'].includes(name)
          ? Promise.resolve({ address: '10.0.0.1' })
          : Promise.reject(new Error('ENOTFOUND'));
      const env = { XDG_CONFIG_HOME: folder };
      expect(await isServerName('cellar', env, find)).toBe('known');
      expect(await isServerName('nas', env, find)).toBe('known');
      for (const other of ['frob', '7777', 'user:list', ''])
        expect(await isServerName(other, env, find)).toBe('unknown');
      expect(await isServerName('cellar', {}, find)).toBe('unknown');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
  test('an IPv6 address needs no brackets', () => {
    expect(readServerChoice({}, '::1', {})).toMatchObject({ typed: '[::1]' });
    expect(readServerChoice({}, '[::1]:5', {})).toMatchObject({ typed: '[::1]:5' });
    expect(readServerChoice({}, 'lab:5', {})).toMatchObject({ typed: 'lab:5' });
  });
});

describe('a mistyped command', () => {
  test.each([
    [['whoam'], 'auth-tui whoami'],
    [['WHOAMI'], 'auth-tui whoami'],
    [['logn', 'anna'], 'auth-tui login'],
    [['user', 'list'], 'auth-tui users list'],
    [['usres', 'lsit'], 'auth-tui users list'],
    [['users-list'], 'auth-tui users list'],
    [['user:list'], 'auth-tui users list'],
    [['users', 'creat', 'boris'], 'auth-tui users create'],
    [['users', 'role_give', 'boris', 'admin'], 'auth-tui users role-give'],
    [['client', 'list'], 'auth-tui clients list'],
    [['servers', 'ad'], 'auth-tui servers add'],
    [['session', 'end-other'], 'auth-tui sessions end-others'],
    [['help', 'user'], 'auth-tui users'],
    [['usrs', '--help'], 'auth-tui users'],
  ])('%j meant %s', async (argv, meant) => {
    const { code, out, err } = await run(...argv);
    expect([code, out]).toEqual([64, '']);
    expect(err).toContain('There is no such command.');
    expect(err).toContain(`Did you mean ${meant}?`);
    const russian = await run(...argv, '--lang', 'ru');
    expect(russian.err).toContain(`Возможно, имелось в виду ${meant}?`);
    const json = await run(...argv, '--json');
    expect([json.code, JSON.parse(json.out)]).toMatchObject([64, { error: { code: 'usage' } }]);
  });
  test.each(COMMANDS.map(({ name }) => name))('%s is found when its last letter is missing', async (name) => {
    const { err } = await run(...name.slice(0, -1).split(' '), 'x');
    expect(err).toContain(`Did you mean auth-tui ${name}?`);
  });
  test.each([['frob'], ['hunter2'], ['users', 'frobnicate'], ['help', 'frob'], ['frob', '--help']])(
    '%j %j: nothing is near, and nothing is repeated',
    async (...argv) => {
      const { code, err } = await run(...argv);
      expect(code).toBe(64);
      expect(err).not.toContain('Did you mean');
      expect(err).not.toMatch(/frob|hunter/);
    },
  );
  test('an address before a command says where it belongs', async () => {
    expect((await run('lab.example', 'users', 'list')).err).toContain('auth-tui COMMAND --host HOST');
  });
  test.each([
    [['users', 'list', '--serach', 'x'], '--search'],
    [['users', 'list', '--limt=5'], '--limit'],
    [['whoami', '--jsn'], '--json'],
    [['users', 'create', 'boris', '--first_name', 'B'], '--first-name'],
  ])('%j: the option %s was meant', async (argv, meant) => {
    const { code, err } = await run(...argv);
    expect(code).toBe(64);
    expect(err).toContain(`Did you mean ${meant}?`);
  });
});

describe('a mistyped option of the UI', () => {
  const told = (...argv: string[]): { code: number; err: string } => {
    const command = readCommand(argv, {});
    if (command.kind !== 'usage_error') throw new Error(command.kind);
    let err = '';
    const teller = new Teller({ write: (text) => (err += text) }, { argv, language: 'en' });
    const code = teller.usage(command.fault);
    return { code, err };
  };
  // Of two letters one is left, which is near to nothing.
  test.each(Object.keys(UI_OPTIONS).filter(({ length }) => length > 2))(
    '--%s without its last letter',
    (flag) => {
      const { code, err } = told(`--${flag.slice(0, -1)}=hunter2`);
      expect(code).toBe(64);
      expect(err).toContain(`There is no option --${flag.slice(0, -1)}. Did you mean --${flag}?`);
      expect(err).not.toContain('hunter2');
      expect(told(`--${flag.slice(0, -1)}`, '--lang', 'ru').err).toContain(`имелось в виду --${flag}?`);
    },
  );
  test.each([
    [['--frob'], /^auth-tui: There is no option --frob\. See: auth-tui --help\n$/],
    [['-x'], /There is no option -x\./],
    [['--host'], /--host is not used like that/],
    [['--demo=yes'], /--demo is not used like that/],
    [['--lang', 'de'], /--lang takes en or ru/],
    [['--theme', 'drak'], /--theme takes one of: auto, ansi, mono, dark.*Did you mean dark\?/],
    [['--port', '0'], /--port has to be a number/],
    [['a.b', 'c.d'], /one server address/],
    [['--demo', '--host', 'lab'], /only --port goes with it/],
    [['--demo', 'lab.example'], /only --port goes with it/],
    [['--demo', '--data', '.'], /only --port goes with it/],
    [['--demo', '--server', 'lab'], /only --port goes with it/],
    [['--demo', '--connection-file', 'f'], /only --port goes with it/],
  ])('%j', (argv, said) => {
    expect(told(...argv)).toMatchObject({ code: 64, err: expect.stringMatching(said) });
    expect(told(...argv, ...(argv[0] === '--lang' ? [] : ['--lang', 'ru'])).err).toMatch(
      argv[0] === '--lang' ? said : /[а-я]{5}/,
    );
  });
});

test.each([
  ['lsit', ['list', 'get'], 'list'],
  ['frob', ['get', 'history'], null],
  ['', ['get'], null],
  ['ab', ['cd'], null],
  ['clear-throtle', ['clear-throttle'], 'clear-throttle'],
])('%s among %j: %s', (typed, words, near) => {
  expect(nearest(typed, words)).toBe(near);
});

describe('a mistyped variable', () => {
  test.each([
    ['AUTH_HOTS', 'AUTH_HOST'],
    ['AUTH_PROT', 'AUTH_PORT'],
    ['AUTH_DAT', 'AUTH_DATA'],
    ['AUTH_TUI_HOTS', 'AUTH_HOST'],
    ['AUTH_TUI_HOST', 'AUTH_HOST'],
    ['AUTH_SERVER_PROT', 'AUTH_PORT'],
    ['AUTH_SERVER_DATA', 'AUTH_DATA'],
    ['PORTCULIS', 'PORTCULLIS'],
    ['PORTCULLIS_', 'PORTCULLIS'],
    ['PROTCULLIS', 'PORTCULLIS'],
  ])('%s: %s was meant, which is told on standard error and changes nothing else', async (name, meant) => {
    expect(strangeVariables({ [name]: 'hunter2', PATH: '/bin' })).toEqual([[name, meant]]);
    for (const [language, said] of [
      ['en', `auth-tui: the variable ${name} says nothing to this program. Did you mean ${meant}?\n`],
      ['ru', `auth-tui: переменную ${name} эта программа не читает. Возможно, имелось в виду ${meant}?\n`],
    ] as const) {
      const { code, out, err } = await runWith(
        { [name]: 'hunter2' },
        'servers',
        'list',
        '--json',
        '--lang',
        language,
      );
      expect([code, JSON.parse(out), err]).toEqual([0, { servers: [] }, said]);
    }
  });
  test('variables of others, of the server, and our own, disturb nobody', () => {
    const others = ['AUTH_TOKEN', 'AUTH_SECRET', 'AUTH_URL', 'AUTH_USER', 'AUTH_PASSWORD', 'AUTH_TRUST_HOST'];
    const alike = [
      'SSH_AUTH_SOCK',
      'PORT',
      'PORTAGE_TMPDIR',
      'PORTCULLIS_QUICK',
      'HOST',
      'DATA',
      'XAUTHORITY',
    ];
    const own = ['AUTH_HOST', 'AUTH_PORT', 'AUTH_DATA', 'AUTH_TUI_STOPS_SERVER', 'PORTCULLIS'];
    const names = [...others, ...alike, ...own, ...OPTION_NAMES.map(variableOf), 'AUTH_CONFIG'];
    expect(strangeVariables(Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual([]);
  });
});

describe('a mistyped word of a closed list', () => {
  test.each([
    [['users', 'list', '--status', 'actve'], 'active'],
    [['users', 'list', '--role', 'moderatr'], 'moderator'],
    [['users', 'list', '--sort', 'frobnicate'], null],
    [['users', 'list', '--sort', 'emial'], 'email'],
    [['users', 'role-give', 'a_00000000000000000000', 'Moderatr'], 'moderator'],
    [['profile', 'set', 'frist_name=hunter2'], 'first_name'],
    [['users', 'set', 'anna', 'emial=hunter2'], 'email'],
    [['profile', 'set', 'hunter2'], null],
  ])('%j: %s was meant', async (argv, meant) => {
    // A server that isn't there: whoever mistypes is told before it is asked.
    const { code, out, err } = await run(...argv, '--host', '127.0.0.1', '--port', '1');
    expect([code, out]).toEqual([64, '']);
    expect(err).not.toContain('hunter2');
    if (meant === null) expect(err).not.toContain('Did you mean');
    else expect(err).toContain(`Did you mean ${meant}?`);
  });
  test('a known server', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-mistyped-'));
    try {
      const address = parseConnectionString(
        `portcullis://lab.example:1?key=k_00000000000000000000.${'A'.repeat(43)}&tls=ca`,
      );
      new Keep(join(folder, 'portcullis'), () => 0).rememberServer(address, 'laboratory');
      for (const argv of [
        ['servers', 'forget', 'labratory'],
        ['server', 'info', '--server', 'labratory'],
      ]) {
        const { code, err } = await runWith({ XDG_CONFIG_HOME: folder }, ...argv);
        expect([code, err]).toEqual([2, expect.stringContaining('Did you mean laboratory?')]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
