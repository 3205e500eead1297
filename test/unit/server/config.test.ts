import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  ConfigError,
  flagOf,
  helpText,
  loadConfig,
  OPTIONS,
  placesIn,
  takesOf,
  variableOf,
  type OptionName,
} from '../../../src/server/config.js';
import { readCommandLine } from '../../../src/server/commands/index.js';
import { temporaryFolder } from '../../support/server.js';

const NAMES = Object.keys(OPTIONS) as OptionName[];

function rangeOf(name: OptionName): { min: number; max: number } {
  const { schema } = OPTIONS[name];
  if (!(schema instanceof z.ZodNumber)) throw new Error(`${name} is no number`);
  return { min: schema.minValue ?? Number.NaN, max: schema.maxValue ?? Number.NaN };
}

describe('configuration', () => {
  let data: string;
  beforeEach(() => void (data = temporaryFolder()));
  afterEach(() => rmSync(data, { recursive: true, force: true }));
  const write = (settings: unknown): void =>
    writeFileSync(join(data, 'config.json'), JSON.stringify(settings));

  test('without anything said, the fallbacks hold', () => {
    const config = loadConfig({ data }, {});
    for (const name of NAMES.filter((one) => one !== 'data' && one !== 'database')) {
      expect(config[name], name).toEqual(OPTIONS[name].fallback);
    }
    expect(config.database).toEqual({ kind: 'sqlite' });
  });

  test('a flag beats the environment, which beats the file', () => {
    write({ port: 1, server_name: 'file', password_length_min: 12 });
    const environment = { AUTH_PORT: '2', AUTH_SERVER_NAME: 'environment' };
    const config = loadConfig({ data, port: '3' }, environment);
    expect(config).toMatchObject({ port: 3, server_name: 'environment', password_length_min: 12 });
  });

  test('an empty variable is none, also where it names a folder or a file', () => {
    expect(loadConfig({ data }, { AUTH_PORT: '' }).port).toBe(OPTIONS.port.fallback);
    write({ registration: 'closed' });
    for (const environment of [{ AUTH_DATA: '' }, { AUTH_CONFIG: '' }, { AUTH_REGISTRATION: '' }]) {
      expect(loadConfig({ data }, environment).registration).toBe('closed');
    }
    // The folder's own file, and not one that lies where the program was started.
    const here = process.cwd();
    process.chdir(data);
    try {
      write({ port: 1 });
      expect(loadConfig({}, { AUTH_DATA: '' })).toMatchObject({ data: 'data', port: OPTIONS.port.fallback });
      expect(placesIn({}, { AUTH_DATA: '' }).data).toBe('data');
    } finally {
      process.chdir(here);
    }
  });

  describe('the places that can be told from settings that can not be used', () => {
    const url = 'postgres://anna@127.0.0.1/auth';
    const there = { kind: 'postgres', address: expect.objectContaining({ database: 'auth' }) };
    const lines = (text: string): string => {
      const path = join(data, 'lines');
      writeFileSync(path, text);
      return path;
    };
    type Case = [what: string, flags: () => Record<string, string>, environment?: Record<string, string>];

    test.each<Case>([
      ['a flag beside a strange variable', () => ({ database: url }), { AUTH_PROT: '1' }],
      ['a variable beside a bad flag', () => ({ port: 'many' }), { AUTH_DATABASE: url }],
      [
        'a variable beside a file with a strange setting',
        () => {
          write({ prot: 1 });
          return {};
        },
        { AUTH_DATABASE: url },
      ],
      [
        'a variable beside a file that is no JSON',
        () => {
          writeFileSync(join(data, 'config.json'), '{');
          return {};
        },
        { AUTH_DATABASE: url },
      ],
      [
        'a file with a strange setting of its own',
        () => {
          write({ prot: 1, database: url });
          return {};
        },
      ],
      ['lines with a strange name', () => ({ 'env-file': lines(`AUTH_PROT=1\nAUTH_DATABASE=${url}\n`) })],
      ['settings that do not go together', () => ({ database: url, 'tls-cert': 'x' })],
    ])('%s: the PostgreSQL', (_what, flags, environment = {}) => {
      const all = { data, ...flags() };
      expect(() => loadConfig(all, environment)).toThrow(ConfigError);
      expect(placesIn(all, environment)).toEqual({ data, database: there });
    });

    test.each<Case>([
      [
        'a file that is no JSON',
        () => {
          writeFileSync(join(data, 'config.json'), '{');
          return {};
        },
      ],
      ['lines that are none', () => ({ 'env-file': lines('!') })],
      ['an address that can not be used', () => ({ database: 'postgres://127.0.0.1' })],
      ['a password that others see', () => ({ database: 'postgres://anna:secret@127.0.0.1/auth' })],
    ])('%s: it is not known', (_what, flags) => {
      const all = { data, ...flags() };
      expect(() => loadConfig(all, {})).toThrow(ConfigError);
      expect(placesIn(all, {})).toEqual({ data, database: null });
    });

    test('nothing is said of a PostgreSQL: the data folder', () => {
      write({ prot: 1, data: 'elsewhere' });
      expect(placesIn({ data }, { AUTH_PROT: '1' })).toEqual({ data, database: { kind: 'sqlite' } });
    });
  });

  test.each(NAMES.filter((name) => !['data', 'server_name', 'host'].includes(name)))(
    'a bad %s is refused with its name and where it came from',
    (name) => {
      const bad = 'certainly not';
      // Options that take any text have no bad value of this kind.
      if (OPTIONS[name].schema.safeParse(bad).success) return;
      expect(() => loadConfig({ data, [flagOf(name)]: bad }, {})).toThrow(`--${flagOf(name)} can not be`);
      expect(() => loadConfig({ data }, { [variableOf(name)]: bad })).toThrow(
        `${variableOf(name)} can not be`,
      );
      write({ [name]: bad });
      expect(() => loadConfig({ data }, {})).toThrow(new RegExp(`^${name} in .*config\\.json can not be`));
    },
  );

  const NUMBERS = NAMES.filter((name) => typeof OPTIONS[name].fallback === 'number');
  const NO_NUMBERS = [
    '',
    ' ',
    '1e1',
    '0xa',
    '+10',
    '-1',
    ' 10 ',
    '10.0',
    '1_0',
    '10,0',
    '010',
    '١٠',
    'null',
    'true',
    'NaN',
  ];

  test.each(NUMBERS)('%s is made of digits and of nothing else, and the refusal names the range', (name) => {
    const { min, max } = rangeOf(name);
    for (const text of [...NO_NUMBERS, String(min - 1), String(max + 1)]) {
      expect(() => loadConfig({ data, [flagOf(name)]: text }, {}), text).toThrow(
        `--${flagOf(name)} can not be \`${text}\`: it takes a whole number from ${min.toLocaleString('en-US')} to ${max.toLocaleString('en-US')} (`,
      );
      if (text === '') continue;
      expect(() => loadConfig({ data }, { [variableOf(name)]: text }), text).toThrow(
        `${variableOf(name)} can not be`,
      );
    }
    for (const value of [min, max]) {
      expect(loadConfig({ data, [flagOf(name)]: String(value) }, {})[name]).toBe(value);
      write({ [name]: value });
      expect(loadConfig({ data }, {})[name]).toBe(value);
    }
    for (const value of [null, true, false, '', ' ', '10', [min], {}, min + 0.5, min - 1, max + 1]) {
      write({ [name]: value });
      expect(() => loadConfig({ data }, {}), JSON.stringify(value)).toThrow(
        /^\w+ in .*config\.json can not be `.*`: it takes a whole number from [\d,]+ to [\d,]+ \(/,
      );
    }
  });

  test.each(NAMES.filter((name) => typeof OPTIONS[name].fallback === 'string'))(
    '%s is made of text and of nothing else',
    (name) => {
      const file = join(data, 'named.json');
      for (const value of [null, true, 5, ['a'], {}, ' ', 'a\u001b[2J', 'a\nb']) {
        writeFileSync(file, JSON.stringify({ [name]: value }));
        const flags = name === 'data' ? { config: file } : { data, config: file };
        expect(() => loadConfig(flags, {}), JSON.stringify(value)).toThrow(
          /^\w+ in .*named\.json can not be `[^\p{Cc}]*`: it takes /u,
        );
      }
    },
  );

  test('a name that is nearly one of ours is refused, with the one that was meant, wherever it stands', () => {
    const file = join(data, 'some.env');
    writeFileSync(file, 'AUTH_REGISTRATON=closed\n');
    const meant = /There is no setting `AUTH_REGISTRATON` .*Did you mean `AUTH_REGISTRATION`\?/;
    expect(() => loadConfig({ data }, { AUTH_REGISTRATON: 'closed' })).toThrow(meant);
    expect(() => loadConfig({ data, 'env-file': file }, {})).toThrow(meant);
    write({ registraton: 'closed' });
    expect(() => loadConfig({ data }, {})).toThrow(/`registraton` .*Did you mean `registration`\?/);
    write({});
    for (const name of ['AUTH_PROT', 'AUTH_SESSION_DAY', 'AUTH_TLSCERT', 'AUTH_LOG_LEVLE'])
      expect(() => loadConfig({ data }, { [name]: '1' })).toThrow(/Did you mean/);
    // What it was set to may be a secret.
    expect(() => loadConfig({ data }, { AUTH_XYZZY: 'hunter2' })).toThrow(/^(?!.*hunter2).*--help\.$/);
    expect(loadConfig({ data }, { OTHER_PORT: '1', SSH_AUTH_SOCK: 'x' }).port).toBe(OPTIONS.port.fallback);
    expect(() => readCommandLine(['--regstration', 'closed'])).toThrow(/Did you mean --registration\?/);
  });
  test.each([
    [['doctr'], 'doctor'],
    [['unlok', 'anna'], 'unlock'],
    [['clinet', 'list'], 'client list'],
    [['client', 'creat', 'ci'], 'client create'],
    [['clients', 'list'], 'client list'],
    [['help', 'docter'], 'doctor'],
    [['recovr', '--help'], 'recover'],
  ])('%j: the command that was meant is named', (argv, meant) => {
    expect(() => readCommandLine(argv)).toThrow(`Did you mean \`${meant}\`?`);
  });
  test('a word that begins several commands names them, one that begins none suggests nothing', () => {
    expect(() => readCommandLine(['client'])).toThrow(/Which of these: client create, client update/);
    expect(() => readCommandLine(['frobnicate'])).toThrow(
      /^There is no command `frobnicate`\. Try --help\.$/,
    );
  });

  test('the folder of a file can not be named in it; another file may name one', () => {
    write({ data: 'elsewhere' });
    expect(() => loadConfig({ data }, {})).toThrow(/`data` can not be in .*config\.json/);
    const file = join(data, 'named.json');
    writeFileSync(file, JSON.stringify({ data: 'elsewhere' }));
    expect(loadConfig({ config: file }, {}).data).toBe('elsewhere');
    expect(loadConfig({ config: file, data }, {}).data).toBe(data);
  });

  test('a mark in front of a file is no part of it; another encoding is told', () => {
    const path = join(data, 'config.json');
    writeFileSync(path, '\uFEFF{"port":5}');
    expect(loadConfig({ data }, {}).port).toBe(5);
    writeFileSync(path, Buffer.from('\uFEFF{"port":5}', 'utf16le'));
    expect(() => loadConfig({ data }, {})).toThrow(/not UTF-8/);
    const file = join(data, 'some.env');
    writeFileSync(file, '\uFEFFAUTH_PORT=6\r\n');
    writeFileSync(path, '{"port":5}');
    expect(loadConfig({ data, 'env-file': file }, {}).port).toBe(6);
  });

  test('the same key twice, and a file that is none, are refused', () => {
    writeFileSync(join(data, 'config.json'), '{"registration":"closed","registration":"open"}');
    expect(() => loadConfig({ data }, {})).toThrow(/same key twice/);
    for (const path of ['/dev/zero', data, join(data, 'nothing')]) {
      expect(() => loadConfig({ data: 'x', config: path }, {})).toThrow(ConfigError);
      expect(() => loadConfig({ data: 'x', 'env-file': path }, {})).toThrow(ConfigError);
    }
  });

  describe('a file of variables', () => {
    const load = (text: string, environment = {}, flags = {}) => {
      writeFileSync(join(data, 'some.env'), text);
      return loadConfig({ data, 'env-file': join(data, 'some.env'), ...flags }, environment);
    };

    test('comments, export, quotes and spaces are understood; nothing is put into a value', () => {
      const config = load(
        '# ours\n\n export AUTH_PORT = 6 # six\nAUTH_SERVER_NAME=\'A # $B\' # name\nAUTH_HOST="::1"\r\nAUTH_TLS=\n',
      );
      expect(config).toMatchObject({ port: 6, server_name: 'A # $B', host: '::1', tls: 'auto' });
    });

    test('is weaker than flags and environment, and stronger than the JSON file', () => {
      write({ port: 1, session_days: 2, hash_queue: 3 });
      const text = 'AUTH_PORT=11\nAUTH_SESSION_DAYS=12\nAUTH_SERVER_NAME=env-file\n';
      const config = load(text, { AUTH_PORT: '21', AUTH_SERVER_NAME: 'env' }, { 'server-name': 'flag' });
      expect(config).toMatchObject({ port: 21, session_days: 12, hash_queue: 3, server_name: 'flag' });
    });

    test('what it says is refused with its line, and never repeated where nobody knows what it is', () => {
      expect(() => load('\nAUTH_PORT=x')).toThrow(
        /AUTH_PORT in line 2 of .*some\.env can not be `x`: it takes a/,
      );
      expect(() => load('AUTH_PORT=1\nAUTH_PORT=2')).toThrow(/Line 2 .* sets AUTH_PORT a second time/);
      expect(() => load('AUTH_PORT="1')).toThrow(/Line 1 .* a quote that does not end/);
      expect(() => load('hunter2')).toThrow(/^(?!.*hunter2)Line 1 .* is not NAME=VALUE/);
      expect(() => load('PASSWORD=hunter2')).toThrow(/^(?!.*hunter2)There is no setting `PASSWORD`/);
    });

    test.each([
      ['JWT_SECRET', /master_key/],
      ['SECRET_KEY', /master_key/],
      ['JWT_EXPIRATION_HOURS', /AUTH_SESSION_DAYS.*AUTH_ACCESS_TOKEN_MINUTES/],
      ['ACCESS_TOKEN_EXPIRE_MINUTES', /AUTH_ACCESS_TOKEN_MINUTES/],
      ['SESSION_COOKIE_MAX_AGE', /AUTH_SESSION_DAYS/],
      ['REDIS_URL', /AUTH_DATA/],
      ['DATABASE_URL', /AUTH_DATABASE names a PostgreSQL here/],
      ...['GOOGLE_CLIENT_ID', 'GITHUB_CLIENT_SECRET', 'FACEBOOK_APP_SECRET', 'YANDEX_CLIENT_ID'].map(
        (name) => [name, /nobody signs in through other services/] as const,
      ),
      ...['SESSION_COOKIE_NAME', 'SESSION_COOKIE_SECURE', 'FRONTEND_URL', 'BACKEND_CORS_ORIGINS'].map(
        (name) => [name, /no browser/] as const,
      ),
    ] as const)('%s of another system is answered with what there is here', (name, answer) => {
      expect(() => load(`${name}=s3cret`)).toThrow(answer);
      expect(() => load(`${name}=s3cret`)).toThrow(/^(?!.*s3cret)There is no setting/);
    });
  });

  test('the README says of each setting what it takes', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
    for (const name of NAMES) {
      const row = readme.split('\n').find((line) => line.includes(`\`${variableOf(name)}\``)) ?? '';
      expect(row, name).toContain(` | ${takesOf(name)} | `);
    }
    expect(takesOf('port')).toBe('a whole number from 0 to 65,535');
    expect(takesOf('registration')).toBe('`open` or `closed`');
  });

  test.each([['[]'], ['null'], ['7'], ['{'], ['']])('a file that holds %j is refused', (text) => {
    writeFileSync(join(data, 'config.json'), text);
    expect(() => loadConfig({ data }, {})).toThrow(ConfigError);
  });

  test('what security rests on can not be weakened below its floor', () => {
    for (const [flag, value] of [
      ['password-length-min', '7'],
      ['password-cost', '14'],
    ] as const) {
      expect(() => loadConfig({ data, [flag]: value }, {})).toThrow(ConfigError);
    }
  });

  test('what belongs together comes together: a certificate and its key, and never with plain TCP', () => {
    expect(() => loadConfig({ data, 'tls-cert': 'c.pem' }, {})).toThrow(
      '--tls-cert and --tls-key belong together',
    );
    expect(() => loadConfig({ data, 'tls-key': 'k.pem' }, {})).toThrow(
      '--tls-cert and --tls-key belong together',
    );
    const own = { 'tls-cert': 'c.pem', 'tls-key': 'k.pem' };
    expect(loadConfig({ data, ...own }, {})).toMatchObject({ tls_cert: 'c.pem', tls_key: 'k.pem' });
    const plain = { 'insecure-plain': 'everyone-may-read-the-passwords' };
    expect(() => loadConfig({ data, ...own, ...plain }, {})).toThrow('--insecure-plain asks for plain TCP');
    expect(() => loadConfig({ data, tls: 'on', ...plain }, {})).toThrow(
      '--insecure-plain asks for plain TCP',
    );
    expect(() => loadConfig({ data, registration: 'closed', 'auto-register': 'on' }, {})).toThrow(
      'leave one out',
    );
  });

  test('every option is in the help, with its fallback', () => {
    const help = helpText();
    for (const name of NAMES) {
      expect(help).toContain(`--${flagOf(name)} ${OPTIONS[name].value}`);
      // An option without a usual value says in words what happens then.
      const fallback = String(OPTIONS[name].fallback);
      if (fallback !== '') expect(help).toContain(`(${fallback})`);
    }
  });

  test('the command line knows help, version, options, and nothing else', () => {
    expect(readCommandLine(['-h']).command).toBe('help');
    expect(readCommandLine(['--version', '--port', '1']).command).toBe('version');
    expect(readCommandLine(['--port', '0', '--data', 'x'])).toEqual({
      command: 'serve',
      flags: { port: '0', data: 'x' },
    });
    for (const argv of [['--nonsense'], ['--port'], ['extra'], ['-x'], ['--json']]) {
      expect(() => readCommandLine(argv)).toThrow(ConfigError);
    }
  });
});
