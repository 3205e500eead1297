import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  ConfigError,
  flagOf,
  helpText,
  loadConfig,
  OPTIONS,
  variableOf,
  type OptionName,
} from '../../../src/server/config.js';
import { readCommandLine } from '../../../src/server/commands/index.js';
import { temporaryFolder } from '../../support/server.js';

const NAMES = Object.keys(OPTIONS) as OptionName[];

describe('configuration', () => {
  let data: string;
  beforeEach(() => void (data = temporaryFolder()));
  afterEach(() => rmSync(data, { recursive: true, force: true }));
  const write = (settings: unknown): void =>
    writeFileSync(join(data, 'config.json'), JSON.stringify(settings));

  test('without anything said, the fallbacks hold', () => {
    const config = loadConfig({ data }, {});
    for (const name of NAMES.filter((one) => one !== 'data')) {
      expect(config[name], name).toEqual(OPTIONS[name].fallback);
    }
  });

  test('a flag beats the environment, which beats the file', () => {
    write({ port: 1, server_name: 'file', password_length_min: 12 });
    const environment = { AUTH_PORT: '2', AUTH_SERVER_NAME: 'environment' };
    const config = loadConfig({ data, port: '3' }, environment);
    expect(config).toMatchObject({ port: 3, server_name: 'environment', password_length_min: 12 });
  });

  test('an empty variable is none', () => {
    expect(loadConfig({ data }, { AUTH_PORT: '' }).port).toBe(OPTIONS.port.fallback);
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
