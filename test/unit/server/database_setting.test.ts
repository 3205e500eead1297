/** Where accounts are kept, as it is said: by which ways a password comes, which wins, and that nothing shows it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readCommandLine } from '../../../src/server/commands/index.js';
import { ConfigError, helpText, loadConfig } from '../../../src/server/config.js';
import { main } from '../../../src/server/main.js';
import { temporaryFolder } from '../../support/server.js';

const MARKER = 'MARKER-geheim';
const PLAIN_URL = 'postgres://me@db.example/auth';
const URL = `postgres://me:${MARKER}@db.example/auth`;

let data: string;
beforeEach(() => void (data = temporaryFolder()));
afterEach(() => rmSync(data, { recursive: true, force: true }));

const file = (name: string, text: string, mode = 0o600): string => {
  const path = join(data, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};

type Said = { readonly flags?: Record<string, string>; readonly environment?: Record<string, string> };

function passwordOf({ flags = {}, environment = {} }: Said): string | null {
  const { database } = loadConfig({ data, ...flags }, environment);
  if (database.kind !== 'postgres') throw new Error('it is SQLite');
  expect(database.address).toMatchObject({ host: 'db.example', user: 'me', database: 'auth' });
  return database.address.password?.reveal() ?? null;
}

function refusal({ flags = {}, environment = {} }: Said): string {
  try {
    loadConfig({ data, ...flags }, environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(inspect(error)).not.toContain(MARKER);
    return error.message;
  }
  throw new Error('it was taken');
}

describe('which database', () => {
  test('SQLite in the data folder, unless one is named', () => {
    for (const said of [
      {},
      { environment: { AUTH_DATABASE: '' } },
      { environment: { PGHOST: 'db', PGPASSWORD: 'x' } },
    ])
      expect(loadConfig({ data }, said.environment ?? {}).database).toEqual({ kind: 'sqlite' });
    // The strongest may take back what a weaker one says.
    expect(loadConfig({ data, database: '' }, { AUTH_DATABASE: URL }).database).toEqual({ kind: 'sqlite' });
  });

  test('a flag beats the environment, which beats the file', () => {
    const host = (flags: Record<string, string>, environment: Record<string, string>) => {
      const { database } = loadConfig({ data, ...flags }, environment);
      return database.kind === 'postgres' ? database.address.host : null;
    };
    file('config.json', JSON.stringify({ database: 'postgres://me@three/auth' }), 0o644);
    expect(host({}, {})).toBe('three');
    const environment = { AUTH_DATABASE: 'postgres://me@two/auth' };
    expect(host({}, environment)).toBe('two');
    expect(host({ database: 'postgres://me@one/auth' }, environment)).toBe('one');
  });

  test('what is wrong with it is said with where it came from', () => {
    const environment = { AUTH_DATABASE: `${PLAIN_URL}?sslmode=require` };
    expect(refusal({ environment })).toMatch(
      /^AUTH_DATABASE can not be used: `sslmode=require` does not .*verify-full/,
    );
    expect(refusal({ flags: { database: 'nonsense' } })).toMatch(
      /^--database can not be used: it is written postgres:/,
    );
    expect(refusal({ flags: { 'database-password-file': '/x' } })).toMatch(/belongs to --database/);
    expect(refusal({ flags: { database: PLAIN_URL, 'database-insecure-plain': 'yes' } })).toMatch(
      /takes `no` or `everyone-may-read-the-database`/,
    );
  });

  test('plain TCP to another machine by words alone', () => {
    const said = { database: PLAIN_URL, 'database-insecure-plain': 'everyone-may-read-the-database' };
    expect(loadConfig({ data, ...said }, {}).database).toMatchObject({
      address: { tls: { kind: 'plain', because: 'said_in_words' } },
    });
    expect(loadConfig({ data, database: PLAIN_URL }, { PGSSLMODE: 'disable' }).database).toMatchObject({
      address: { tls: { kind: 'verify_full' } },
    });
  });
});

describe('ways of a password', () => {
  test.each<[string, () => Said, string | null]>([
    ['none', () => ({ flags: { database: PLAIN_URL } }), null],
    ['in AUTH_DATABASE', () => ({ environment: { AUTH_DATABASE: URL } }), MARKER],
    [
      'in PGPASSWORD',
      () => ({ flags: { database: PLAIN_URL }, environment: { PGPASSWORD: MARKER } }),
      MARKER,
    ],
    [
      'in an empty PGPASSWORD',
      () => ({ flags: { database: PLAIN_URL }, environment: { PGPASSWORD: '' } }),
      null,
    ],
    [
      'in a file',
      () => ({ flags: { database: PLAIN_URL, 'database-password-file': file('p', `${MARKER}\n`) } }),
      MARKER,
    ],
    [
      'in a file named by the environment',
      () => ({
        environment: { AUTH_DATABASE: PLAIN_URL, AUTH_DATABASE_PASSWORD_FILE: file('p', MARKER, 0o400) },
      }),
      MARKER,
    ],
    [
      'in an environment file',
      () => ({ flags: { 'env-file': file('e', `AUTH_DATABASE=${URL}\n`) } }),
      MARKER,
    ],
    [
      'in config.json',
      () => {
        file('config.json', JSON.stringify({ database: URL }));
        return {};
      },
      MARKER,
    ],
    [
      'in AUTH_DATABASE, stronger than PGPASSWORD',
      () => ({ environment: { AUTH_DATABASE: URL, PGPASSWORD: 'other' } }),
      MARKER,
    ],
    [
      'in a file, stronger than PGPASSWORD',
      () => ({
        flags: { database: PLAIN_URL, 'database-password-file': file('p', MARKER) },
        environment: { PGPASSWORD: 'other' },
      }),
      MARKER,
    ],
    [
      'in a file behind a link, as secrets are mounted',
      () => {
        file('real', `${MARKER}\r\n`);
        symlinkSync(join(data, 'real'), join(data, 'link'));
        return { flags: { database: PLAIN_URL, 'database-password-file': join(data, 'link') } };
      },
      MARKER,
    ],
    [
      'with spaces around it, in a file',
      () => ({ flags: { database: PLAIN_URL, 'database-password-file': file('p', ' a b \n') } }),
      ' a b ',
    ],
  ])('%s', (_where, said, expected) => {
    expect(passwordOf(said())).toBe(expected);
  });

  test('never in a flag, which ps shows', () => {
    const sentence =
      /^--database holds a password, .* ps\..*AUTH_DATABASE.*PGPASSWORD.*--database-password-file\.$/;
    expect(refusal({ flags: { database: URL } })).toMatch(sentence);
    // Also where the address can't be read, which is no reason to leave it there.
    for (const broken of [`${URL}?x=y`, `postgres://me:${MARKER}`, `postgres://me:a/${MARKER}@h/d`])
      expect(refusal({ flags: { database: broken } })).toMatch(sentence);
  });

  test('two at once are one too many', () => {
    const flags = { 'database-password-file': file('p', 'x') };
    expect(refusal({ flags, environment: { AUTH_DATABASE: URL } })).toMatch(/leave one out/);
  });

  test('a file with one in it is private', () => {
    for (const mode of [0o644, 0o640, 0o604, 0o660, 0o602, 0o610]) {
      const open = new RegExp(
        `holds a password and can be read or written by others \\(mode ${mode.toString(8)}\\): .*chmod 600`,
      );
      file('config.json', JSON.stringify({ database: URL }), mode);
      expect(refusal({})).toMatch(open);
      // Without a password in it it may stay as it is.
      file('config.json', JSON.stringify({ database: PLAIN_URL }), mode);
      expect(passwordOf({})).toBeNull();
      expect(refusal({ flags: { 'env-file': file('e', `AUTH_DATABASE=${URL}`, mode) } })).toMatch(open);
      const flags = { database: PLAIN_URL, 'database-password-file': file('p', MARKER, mode) };
      expect(refusal({ flags })).toMatch(/^The password file .* can be read or written by others/);
    }
  });

  test.skipIf(process.getuid?.() !== 0)('a file of somebody else is not believed', () => {
    const path = file('p', MARKER);
    chownSync(path, 12_345, 12_345);
    const flags = { database: PLAIN_URL, 'database-password-file': path };
    expect(refusal({ flags })).toMatch(/belongs to user 12345/);
  });

  test.each<[string, () => string, RegExp]>([
    ['none', () => join(data, 'none'), /^There is no password file/],
    ['a folder', () => data, /is a folder and no file/],
    ['a device', () => '/dev/zero', /is a device and no file/],
    ['empty', () => file('p', '\n'), /is empty/],
    ['of two lines', () => file('p', `${MARKER}\n${MARKER}\n`), /one line/],
    ['with a zero', () => file('p', `${MARKER}\0`), /one line/],
    ['too large', () => file('p', MARKER.repeat(200)), /far too large/],
    ['without a way to it', () => join(file('p', MARKER), 'below'), /can not be read \(ENOTDIR\)/],
  ])('a file that is %s', (_what, path, sentence) => {
    expect(refusal({ flags: { database: PLAIN_URL, 'database-password-file': path() } })).toMatch(sentence);
  });

  test.skipIf(process.platform === 'win32')('a pipe is read, as it is made on purpose', () => {
    const pipe = join(data, 'pipe');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    execFileSync('sh', ['-c', `printf '%s\\n' '${MARKER}' > '${pipe}' & `], { stdio: 'ignore' });
    expect(passwordOf({ flags: { database: PLAIN_URL, 'database-password-file': pipe } })).toBe(MARKER);
  });
});

describe('nothing shows it', () => {
  test('neither a print of the configuration nor its JSON', () => {
    const folder = join(data, 'sub');
    mkdirSync(folder);
    for (const said of [
      loadConfig({ data: folder }, { AUTH_DATABASE: URL }),
      loadConfig({ data: folder, database: PLAIN_URL }, { PGPASSWORD: MARKER }),
      loadConfig({ data: folder, database: PLAIN_URL, 'database-password-file': file('p', MARKER) }, {}),
    ]) {
      expect(said.database).toMatchObject({ kind: 'postgres' });
      expect(JSON.stringify(said)).not.toContain(MARKER);
      expect(inspect(said, { depth: 9, showHidden: true })).not.toContain(MARKER);
    }
    expect(helpText()).not.toContain(MARKER);
  });

  test.each([
    `postgres://me@db.example/auth?password=${MARKER}`,
    `postgres://me@db.example/auth?sslpassword=${MARKER}`,
    `postgres://me@db.example/auth?options=-c%20password%3D${MARKER}`,
    `postgres://me:${MARKER}@one,two/auth`,
    `postgres://me:${MARKER}@%2Frun%2Fpostgresql/auth?sslmode=verify-full`,
    `host=db.example user=me password=${MARKER}`,
  ])('nor the refusal of %s, wherever it is said', (text) => {
    expect(refusal({ environment: { AUTH_DATABASE: text } })).toContain('can not be used');
    for (const read of [
      () => loadConfig({ data, database: text }, {}),
      () => readCommandLine([text]),
      () => readCommandLine(['doctor', text]),
      () => readCommandLine([`--databse=${text}`]),
    ]) {
      let said = '';
      try {
        read();
      } catch (error) {
        said = inspect(error);
      }
      expect(said).toContain('ConfigError');
      expect(said).not.toContain(MARKER);
    }
  });

  test('nor a setting, a word or a file in which it has no place', () => {
    for (const name of ['PORT', 'TLS', 'REGISTRATION', 'DATABASE_INSECURE_PLAIN'])
      expect(refusal({ environment: { [`AUTH_${name}`]: URL } })).toContain('can not be');
    for (const value of [[URL], { url: URL }, `${URL}\n`, `${URL}\u202e`]) {
      file('config.json', JSON.stringify({ database: value }));
      expect(refusal({})).toContain('can not be');
    }
    file('config.json', `{"database": "postgres://me:a"${MARKER}@db.example/auth"}`);
    expect(refusal({})).toContain('can not be read');
    file('config.json', `{"database": "${URL}" "port": 1}`);
    expect(refusal({})).toContain('can not be read');
    for (const argv of [
      [URL],
      ['--databse', URL],
      [`--databse=${URL}`],
      ['serve', URL],
      ['doctor', URL],
      ['-x', URL],
    ]) {
      let said = '';
      try {
        readCommandLine(argv);
      } catch (error) {
        said = inspect(error);
      }
      expect(said).toContain('ConfigError');
      expect(said).not.toContain(MARKER);
    }
  });

  test.each([[['unlock', 'somebody']], [['recover', 'somebody']], [['client', 'list']]])(
    'nor auth-server %j when there is none, which never takes the SQLite beside it instead',
    async (words) => {
      const written: string[] = [];
      const write = (text: string | Uint8Array, done?: unknown): boolean => {
        written.push(String(text));
        // Node's own type of it has three forms.
        if (typeof done === 'function') (done as () => void)();
        return true;
      };
      const spies = [process.stdout, process.stderr].map((one) =>
        vi.spyOn(one, 'write').mockImplementation(write),
      );
      const code = await main([...words, '--data', data], { AUTH_DATABASE: URL }, []).finally(() => {
        for (const spy of spies) spy.mockRestore();
      });
      expect(code).toBe(69);
      expect(written.join('')).toContain('There is no machine db.example.');
      expect(written.join('')).not.toContain(MARKER);
    },
  );
});
