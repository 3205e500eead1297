/** What comes from outside: command line, environment, addresses, files, and foreign text. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCommand } from '../../../src/tui/config.js';
import { addressLabel, parseTarget, readSetupCode } from '../../../src/tui/reach/address.js';
import { chooseServer } from '../../../src/tui/reach/choose_server.js';
import { cleanProblem, cleanResult } from '../../../src/tui/reach/clean_result.js';
import { currentFirst } from '../../../src/tui/effects/lists.js';
import { SESSIONS } from '../../support/accounts.js';

const config = (argv: string[], env: Record<string, string> = {}) => {
  const command = readCommand(argv, env);
  if (command.kind !== 'run') throw new Error(`not a run: ${JSON.stringify(command)}`);
  return command.config;
};

describe('command line', () => {
  test('defaults, environment, flags: the later wins', () => {
    expect(config([])).toMatchObject({
      address: '127.0.0.1',
      data_folder: './data',
      language: 'en',
      ascii: false,
      theme: 'ansi',
    });
    const env = {
      AUTH_HOST: 'gate',
      AUTH_PORT: '1234',
      AUTH_DATA: '/srv',
      LANG: 'ru_RU.UTF-8',
      NO_COLOR: '1',
    };
    expect(config([], env)).toMatchObject({
      address: 'gate:1234',
      data_folder: '/srv',
      language: 'ru',
      ascii: false,
      theme: 'mono',
    });
    expect(config(['--host', '::1', '--port', '9', '--data', 'd', '--lang', 'en'], env)).toMatchObject({
      address: '[::1]:9',
      data_folder: 'd',
      language: 'en',
    });
    expect(config(['portcullis://x'], env).address).toBe('portcullis://x');
  });
  test.each([
    [['--port', 'x'], 'port_takes'],
    [['--port', '70000'], 'port_takes'],
    [['--lang', 'de'], 'lang_takes'],
    [['--nonsense'], 'nonsense'],
    [['a', 'b'], 'one_address'],
  ])('%j is refused', (argv, part) => {
    const command = readCommand(argv, {});
    expect(command.kind).toBe('usage_error');
    expect(JSON.stringify(command)).toContain(part);
  });
  test.each([
    [{ LANG: 'en_US.UTF-8' }, false],
    [{ LC_ALL: 'ru_RU.KOI8-R', LANG: 'en_US.UTF-8' }, true],
    [{ TERM: 'linux', LANG: 'en_US.UTF-8' }, true],
    [{}, false],
  ])('%j: ASCII is %s', (env: Record<string, string>, ascii) => {
    expect(config([], env).ascii).toBe(ascii);
  });
});

describe('addresses', () => {
  test.each([
    ['localhost', { host: 'localhost', port: 7777 }],
    ['localhost:1', { host: 'localhost', port: 1 }],
    ['[::1]:99', { host: '::1', port: 99 }],
    ['a b', null],
    ['x:99999', null],
    ['', null],
  ])('%s', (text, target) => {
    expect(parseTarget(text)).toEqual(target);
  });
  test('a label never holds a key', () => {
    expect(addressLabel({ host: '::1', port: 5 })).toBe('[::1]:5');
  });
  test('no key, a broken key file and a bad address are three sentences', () => {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-tui-'));
    const choose = (typed: string): unknown =>
      chooseServer({ server: null, typed, data_folder: folder, keep_folder: null }, null);
    try {
      expect(choose('localhost')).toMatchObject({ ok: false, problem: { code: 'no_key' } });
      expect(choose('a b')).toMatchObject({ ok: false, problem: { code: 'bad_address' } });
      expect(choose('portcullis://nonsense')).toMatchObject({ ok: false });
      writeFileSync(join(folder, 'client_key.json'), '{}');
      expect(choose('localhost')).toMatchObject({
        ok: false,
        problem: { code: 'bad_address' },
      });
      expect(readSetupCode(folder)).toBeNull();
      const code = `pca_${'A'.repeat(43)}`;
      writeFileSync(join(folder, 'setup_code'), `${code}\n`);
      expect(readSetupCode(folder)).toBe(code);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('foreign text', () => {
  const HOSTILE = ['\x1b]52;c;eA==\x07', '\x1b[2J', 'a\rb', '\u202eabc', 'a\u200bb', 'x\nY', '\x9b31m'];
  test('every string of a result is safe, wherever it stands', () => {
    const cleaned = JSON.stringify(cleanResult({ list: [{ deep: HOSTILE, version: 3, none: null }] }));
    expect(JSON.parse(cleaned)).toMatchObject({ list: [{ version: 3, none: null }] });
    const { list } = cleanResult({ list: [{ deep: HOSTILE }] });
    for (const text of list[0]!.deep) expect(text).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u200b]/);
  });
  test('only a bio has lines', () => {
    expect(cleanResult({ bio: 'a\nb', name: 'a\nb' })).toEqual({ bio: 'a\nb', name: 'a␊b' });
  });
  test('so is what a refusal says', () => {
    const details = [{ path: 'x', reason: 'y', message: '\x1b[31mred' }];
    expect(cleanProblem({ code: 'busy', details, retry_after_ms: null }).details[0]?.message).toBe(
      '␛[31mred',
    );
  });
});

describe('lists', () => {
  test('this session stands first; the others keep their order', () => {
    const [here, kazan, tokyo] = SESSIONS;
    expect(currentFirst([kazan!, here!, tokyo!])).toEqual([here, kazan, tokyo]);
    expect(currentFirst([kazan!, tokyo!])).toEqual([kazan, tokyo]);
  });
});
