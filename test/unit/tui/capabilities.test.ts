/** What the environment says of a terminal, as a table; and that whatever is drawn keeps to it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandLanguage, readCommand, type UiConfig } from '../../../src/tui/config.js';
import { capabilitiesOf, sizeOf, type Capabilities } from '../../../src/tui/terminal/index.js';
import { asciiText, THEME_NAMES, themeOf } from '../../../src/tui/theme/index.js';

type Env = Readonly<Record<string, string>>;
const UTF8 = { LANG: 'en_US.UTF-8' };

test.each<[Env, Partial<Capabilities>]>([
  [{ TERM: 'dumb' }, { lines_only: true, colours: 'none' }],
  [{ TERM: 'unknown' }, { lines_only: true, colours: 'none' }],
  [{ TERM: 'emacs' }, { lines_only: true }],
  [
    { TERM: 'dumb', COLORTERM: 'truecolor', FORCE_COLOR: '3' },
    { lines_only: true, colours: 'none' },
  ],
  [{ TERM: 'xterm-256color' }, { lines_only: false, colours: 'all', kitty: true }],
  [{ TERM: 'xterm-kitty' }, { colours: 'all' }],
  [{ TERM: 'tmux-256color' }, { colours: 'all' }],
  [{ TERM: 'screen-256color' }, { colours: 'all' }],
  [{ TERM: 'xterm' }, { colours: 'sixteen', kitty: true }],
  [{ TERM: 'xterm', COLORTERM: 'truecolor' }, { colours: 'all' }],
  [{ TERM: 'xterm', COLORTERM: '24bit' }, { colours: 'all' }],
  [{ TERM: 'xterm', COLORTERM: 'yes' }, { colours: 'sixteen' }],
  [{ TERM: 'linux' }, { colours: 'sixteen', ascii: true, kitty: false }],
  [{ TERM: 'linux', COLORTERM: 'truecolor' }, { colours: 'sixteen' }],
  [{ TERM: 'screen' }, { colours: 'sixteen', ascii: false }],
  [{ TERM: 'screen', COLORTERM: 'truecolor' }, { colours: 'sixteen' }],
  [{ TERM: 'vt100' }, { colours: 'none', kitty: false, lines_only: false }],
  [{ TERM: 'vt220', COLORTERM: 'truecolor' }, { colours: 'none' }],
  [{ TERM: 'xterm-mono' }, { colours: 'none' }],
  [{ TERM: '' }, { lines_only: false, colours: 'sixteen' }],
  [{}, { lines_only: false, colours: 'sixteen', ascii: false }],
  [{ TERM: 'xterm-256color', NO_COLOR: '1' }, { colours: 'none' }],
  [{ TERM: 'xterm-256color', NO_COLOR: '' }, { colours: 'all' }],
  [{ TERM: 'xterm-256color', NO_COLOR: '1', FORCE_COLOR: '3' }, { colours: 'none' }],
  [{ TERM: 'xterm-256color', FORCE_COLOR: '0' }, { colours: 'none' }],
  [{ TERM: 'xterm-256color', FORCE_COLOR: 'false' }, { colours: 'none' }],
  [{ TERM: 'xterm-256color', FORCE_COLOR: '1' }, { colours: 'sixteen' }],
  [{ TERM: 'xterm-256color', FORCE_COLOR: '2' }, { colours: 'sixteen' }],
  [{ TERM: 'linux', FORCE_COLOR: '3' }, { colours: 'all' }],
  [{ TERM: 'vt100', FORCE_COLOR: '' }, { colours: 'sixteen' }],
  [{ TERM: 'vt100', FORCE_COLOR: 'true' }, { colours: 'sixteen' }],
  [{ TERM: 'xterm-256color', FORCE_COLOR: 'true' }, { colours: 'all' }],
  [{ LANG: 'C' }, { ascii: true }],
  [{ LANG: 'POSIX' }, { ascii: true }],
  [{ LANG: 'C.UTF-8' }, { ascii: false }],
  [{ LANG: 'C.utf8' }, { ascii: false }],
  [{ LANG: 'en_US.ISO-8859-1' }, { ascii: true }],
  [{ LANG: 'en_US' }, { ascii: false }],
  [{ LC_ALL: 'C', LC_CTYPE: 'en_US.UTF-8', LANG: 'en_US.UTF-8' }, { ascii: true }],
  [{ LC_ALL: 'en_US.UTF-8', LC_CTYPE: 'C', LANG: 'C' }, { ascii: false }],
  [{ LC_ALL: '', LC_CTYPE: 'C', LANG: 'en_US.UTF-8' }, { ascii: true }],
  [{ LC_CTYPE: 'en_US.UTF-8', LANG: 'C' }, { ascii: false }],
  [{ LC_MESSAGES: 'C', LANG: 'en_US.UTF-8' }, { ascii: false }],
])('%j', (env, wanted) => {
  expect(capabilitiesOf(env)).toMatchObject(wanted);
});

describe('what is made of it', () => {
  const config = (env: Env, ...argv: string[]): UiConfig => {
    const command = readCommand(argv, { HOME: '/nowhere', ...env });
    if (command.kind !== 'run') throw new Error(command.kind);
    return command.config;
  };
  test('a terminal of lines gets lines, without a word of escape', () => {
    expect(config({ TERM: 'dumb', ...UTF8 })).toMatchObject({ accessible: true, theme: 'mono' });
    expect(config({ TERM: 'xterm', ...UTF8 })).toMatchObject({ accessible: false });
  });
  test('flags for signs are stronger than the environment', () => {
    expect(config({ LANG: 'C' }).ascii).toBe(true);
    expect(config(UTF8, '--ascii').ascii).toBe(true);
  });
  test('the background is asked for where both answers can be shown', () => {
    expect(config({ TERM: 'xterm-256color' }, '--theme', 'auto').ask_background).toBe(true);
    for (const TERM of ['linux', 'vt100', 'screen', 'dumb'])
      expect(config({ TERM }, '--theme', 'auto').ask_background).toBe(false);
  });
  test('a theme with more colours than there are gives way, also one that is chosen later', () => {
    for (const name of THEME_NAMES) {
      const painted = (colours: Capabilities['colours']): string =>
        themeOf(name, colours).paint('error', 'x');
      expect(painted('none')).not.toMatch(/\x1b\[(?:[34]\d|9\d|10\d)/);
      expect(painted('sixteen')).not.toMatch(/\x1b\[[34]8;/);
      expect(themeOf(name, 'sixteen').base).toBeNull();
    }
    expect(themeOf('dark', 'sixteen').name).toBe('ansi');
    expect(themeOf('dark', 'all').paint('error', 'x')).toMatch(/\x1b\[38;2;/);
  });
  test('Russian is for terminals that show its letters, unless it is asked for', () => {
    expect(config({ LANG: 'ru_RU.UTF-8' }).language).toBe('ru');
    expect(config({ LANG: 'ru_RU.KOI8-R' })).toMatchObject({ language: 'en', ascii: true });
    expect(config({ LANG: 'ru_RU.KOI8-R' }, '--lang', 'ru').language).toBe('ru');
    expect(commandLanguage({ HOME: '/nowhere', LC_ALL: 'C', LC_MESSAGES: 'ru_RU.UTF-8' })).toBe('en');
  });
  test('nobody else looks at TERM and its like', () => {
    const root = join(import.meta.dirname, '../../../src');
    const names =
      /'(TERM|COLORTERM|NO_COLOR|FORCE_COLOR|LC_CTYPE|LC_ALL)'|env\.(TERM|COLORTERM|NO_COLOR|FORCE_COLOR)\b/;
    const looking = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && names.test(readFileSync(join(root, name), 'utf8')))
      .map((name) => name.replaceAll('\\', '/'));
    expect(looking).toEqual(['tui/terminal/capabilities.ts']);
  });
});

test('every sign of ours that is not a letter has its ASCII', () => {
  const root = join(import.meta.dirname, '../../../src/tui');
  const own = readdirSync(root, { recursive: true, encoding: 'utf8' })
    // Russian letters are no signs; one_cell is about all that others write.
    .filter((name) => /\.tsx?$/.test(name) && !/one_cell|russian_layout/.test(name))
    .map((name) => readFileSync(join(root, name), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*/g, ''))
    .join('');
  const left = asciiText(own).match(/[^\x00-\x7f\p{L}]/gu) ?? [];
  expect([...new Set(left)]).toEqual([]);
  expect(asciiText('NAME … “x” — cut…')).toBe('NAME ... "x" - cut~');
});

test.each([
  [{ columns: 100, rows: 30 }, { COLUMNS: '80', LINES: '24' }, 100, 30],
  [{ columns: 0, rows: 0 }, {}, null, null],
  [{}, {}, null, null],
  [{ columns: 0, rows: 0 }, { COLUMNS: '132', LINES: '43' }, 132, 43],
  [{ columns: 0, rows: 25 }, { COLUMNS: '0', LINES: '9' }, null, 25],
  [{ columns: Number.NaN }, { COLUMNS: '-5', LINES: '1e3' }, null, null],
  [{}, { COLUMNS: ' 80', LINES: '' }, null, null],
])('a terminal that says %j, with %j', (said, env, columns, rows) => {
  expect(sizeOf(said, env)).toEqual({ columns, rows });
});
