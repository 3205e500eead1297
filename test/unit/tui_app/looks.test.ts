/** Themes keep their contrast, settings are refused in sentences, and the lines for screen readers are few and bare. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { themeOfBackground } from '../../../src/tui/background.js';
import type { Language } from '../../../src/tui/i18n/index.js';
import { Teller } from '../../../src/tui/commands/teller.js';
import { checkSettings, readSettings } from '../../../src/tui/settings.js';
import { isKeyName } from '../../../src/tui/input/keymap.js';
import { AppendWriter, spokenLine } from '../../../src/tui/terminal/append_writer.js';
import { backdrop, COLOURED, themeOf } from '../../../src/tui/theme/index.js';

/** Relative luminance and contrast. [WCAG 2.2] */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

describe('24-bit themes', () => {
  const pairs = Object.entries(COLOURED).flatMap(([theme, { fg, bg, roles }]) =>
    Object.entries(roles).map(([role, look]) => [theme, role, look.fg ?? fg, look.bg ?? bg] as const),
  );
  test.each(pairs)('%s: %s is legible', (theme, _role, fg, bg) => {
    expect(contrast(fg, bg)).toBeGreaterThanOrEqual(theme === 'high-contrast' ? 7 : 4.5);
  });
  test('contrast is measured right', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  });
  test('no cell of a frame is left on the terminal’s own background', () => {
    const light = themeOf('light');
    const frame = backdrop(light, `${light.paint('error', 'a')} b\n\n${light.paint('selected', '東')}`, 6);
    for (const row of frame.split('\n')) {
      expect(row).not.toMatch(/\x1b\[[34]9m/);
      expect(row.replace(/\x1b\[[0-9;]*m/g, '').length).toBeGreaterThanOrEqual(5);
    }
    expect(backdrop(themeOf('ansi'), 'x', 6)).toBe('x');
  });
  test.each([
    ['11;rgb:ffff/ffff/ffff', 'light'],
    ['11;rgb:00/00/00', 'dark'],
    ['11;rgb:fdfd/f6f6/e3e3', 'light'],
    ['11;rgb:2828/2c2c/3434', 'dark'],
    ['10;rgb:ffff/ffff/ffff', null],
    ['11;?', null],
  ])('%s is %s', (reply, theme) => {
    expect(themeOfBackground(reply)).toBe(theme);
  });
});

/** What a person is told of settings that can't be used. */
function told(settings: ReturnType<typeof checkSettings>, language: Language, ascii = false): string {
  if (!('fault' in settings)) throw new Error('nothing is wrong with them');
  let said = '';
  const fault = { ...settings, params: { path: 'tui.json', ...settings.params } };
  new Teller({ write: (text) => (said += text) }, { argv: [], language, ascii }).settings(fault);
  return said;
}

describe('settings file', () => {
  test.each([
    [[], 'one JSON object'],
    [{ colour: 1 }, '"colour" is not a setting; there are language, theme, ascii, accessible'],
    [{ langauge: 'ru' }, '"langauge" is not a setting; there are language, theme, ascii, accessible'],
    [{ langauge: 'ru' }, 'ask_before_quitting, keys. Did you mean language?'],
    [{ idle_lock_minuets: 5 }, 'Did you mean idle_lock_minutes?'],
    [{ ask_before_quiting: false }, 'Did you mean ask_before_quitting?'],
    [{ language: 'de' }, '"language" takes one of: en, ru.'],
    [{ theme: 'pink' }, '"theme" takes one of: auto, ansi'],
    [{ theme: 'drak' }, 'Did you mean dark?'],
    [{ theme: 7 }, '"theme" takes one of: auto, ansi'],
    [{ ascii: 'yes' }, '"ascii" has to be true or false.'],
    [{ idle_lock_minutes: -1 }, '"idle_lock_minutes" has to be a number from 0 (never) to 1440.'],
    [{ keys: [] }, '"keys" has to be an object'],
    [{ keys: { fly: 'x' } }, 'the action "fly", which there is none of'],
    [{ keys: { filtres: 'x' } }, 'Did you mean filters?'],
    [{ '\x1b[2J': 1 }, '"\u241b[2J" is not a setting'],
    [{ keys: { sort: [] } }, 'give sort a key'],
    [{ keys: { sort: 'shift+x' } }, '"shift+x"'],
    [{ keys: { sort: 'f' } }, 'the key f is bound twice: to filters and to sort.'],
  ])('%j is refused with a sentence', (value, part) => {
    expect(told(checkSettings(value), 'en')).toContain(part);
    // Russian says as much, in its own words and with the same names.
    const russian = told(checkSettings(value), 'ru');
    expect(russian).toMatch(/[а-я]{3}/);
    expect(told(checkSettings(value), 'ru', true)).not.toMatch(/[—«»…]/);
    for (const name of part.match(/(?<=")[a-z_]+(?=")|(?<=mean )[a-z_]+/g) ?? [])
      expect(russian).toContain(name);
  });
  test('own keys take the place of the table’s', () => {
    const settings = checkSettings({ theme: 'auto', idle_lock_minutes: 5, keys: { sort: ['S', 'C-o'] } });
    if ('fault' in settings) throw new Error(settings.fault);
    expect(settings).toMatchObject({ theme: 'auto', idle_lock_minutes: 5 });
    expect([settings.keymap.find('table', 'S'), settings.keymap.find('table', 's')]).toEqual([
      'sort',
      undefined,
    ]);
  });
  test('is found where XDG says, and must not be writable by others', () => {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-settings-'));
    try {
      const env = { XDG_CONFIG_HOME: folder };
      expect(readSettings(env)).toMatchObject({ theme: null });
      mkdirSync(join(folder, 'portcullis'));
      const path = join(folder, 'portcullis', 'tui.json');
      writeFileSync(path, '{"theme":"dark"}', { mode: 0o600 });
      expect(readSettings(env)).toMatchObject({ theme: 'dark' });
      chmodSync(path, 0o666);
      expect(told(readSettings(env), 'en')).toMatch(
        /tui\.json can be written by others\. Run: chmod 600 \/.*tui\.json\n$/,
      );
      chmodSync(path, 0o600);
      writeFileSync(path, '{');
      expect(told(readSettings(env), 'en')).toContain('tui.json is not JSON.');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
  test.each([
    ['a', true],
    ['C-r', true],
    ['S-tab', true],
    ['C-M-left', true],
    ['f12', true],
    ['C-R', false],
    ['S-a', false],
    ['ctrl-a', false],
    ['f99', false],
    ['', false],
    ['ж', false],
  ])('%s as a key: %s', (key, known) => {
    expect(isKeyName(key)).toBe(known);
  });
});

describe('lines for screen readers', () => {
  const written = (): { out: string[]; writer: AppendWriter } => {
    const out: string[] = [];
    const writer = new AppendWriter({
      write: (data) => {
        out.push(data);
        return true;
      },
      once: () => undefined,
    });
    return { out, writer };
  };
  test('a row loses frames, colours and gaps', () => {
    expect(spokenLine('\x1b[36m│ Login      \x1b[4manna   \x1b[24m │')).toBe('Login, anna');
    expect(spokenLine('╭─ Sign in ──────── localhost ─╮')).toBe('Sign in, localhost');
    expect(spokenLine('▸  ivan.k    user')).toBe('> ivan.k, user');
  });
  test('moving says the row that is now selected, and nothing of the one that was', () => {
    const { out, writer } = written();
    const frame = (at: number): string =>
      ['status', ...['a', 'b', 'c'].map((name, row) => `${row === at ? '▸' : ' '} ${name}`), 'keys'].join(
        '\n',
      );
    writer.draw(frame(0), undefined, 'list', true);
    writer.draw(frame(1), undefined, 'list', true);
    writer.draw(frame(1), undefined, 'list', true);
    expect(out).toEqual(['status\n> a\nb\nc\nkeys\n', '> b\n']);
  });
  test('never more than two lines for a key, the one with the cursor first', () => {
    const { out, writer } = written();
    writer.draw('s\na\nb\nc\nk', { row: 1, column: 0 }, 'x', true);
    writer.draw('s\nd\ne\nf\nk', { row: 3, column: 0 }, 'x', true);
    expect(out.at(-1)).toBe('f\nd\n');
  });
  test('a countdown is silent, a place that comes back is not read again', () => {
    const { out, writer } = written();
    writer.draw('s\nnext try in 5 s\n> a\nk', undefined, 'x', true);
    writer.draw('s\nnext try in 4 s\n> a\nk', undefined, 'x', false);
    expect(out).toHaveLength(1);
    writer.draw('s\nmenu\nk', undefined, 'y', true);
    writer.draw('s\nnext try in 4 s\n> a\nk', undefined, 'x', true);
    expect(out.at(-1)).toBe('> a\n');
  });
});
