/**
 * How roles of text look. The default uses the terminal's own 16 colours on its own background; `mono` (NO_COLOR, dumb
 * terminals) has none and keeps inverse, bold and underline; the 24-bit themes bring their own background. Screens name
 * roles, never colours.
 */
import { COLOURED, type ColouredName, type Colours, type Look } from './colours.js';
import type { ThemeName } from './theme_name.js';
import type { Paint } from './paint.js';

export type Theme = {
  readonly name: ThemeName;
  readonly paint: (role: Paint, text: string) => string;
  /** What stands under everything: foreground and background; null leaves the terminal's own. */
  readonly base: { readonly foreground: string; readonly background: string } | null;
};

type Style = readonly [open: string, close: string];
const sgr = (open: string, close: string): Style => [`\x1b[${open}m`, `\x1b[${close}m`];
const both = (...styles: readonly Style[]): Style => [
  styles.map(([open]) => open).join(''),
  styles
    .map(([, close]) => close)
    .reverse()
    .join(''),
];

const NONE: Style = ['', ''];
const BOLD = sgr('1', '22');
const DIM = sgr('2', '22');
const UNDERLINE = sgr('4', '24');
const INVERSE = sgr('7', '27');
const RED = sgr('31', '39');
const GREEN = sgr('32', '39');
const YELLOW = sgr('33', '39');
const CYAN = sgr('36', '39');

type Styles = Readonly<Record<Paint, Style>>;

const MONO: Styles = {
  plain: NONE,
  dim: NONE,
  strong: BOLD,
  title: BOLD,
  border: NONE,
  border_active: BOLD,
  accent: BOLD,
  ok: NONE,
  warn: BOLD,
  error: BOLD,
  selected: INVERSE,
  tab_active: INVERSE,
  field: UNDERLINE,
  field_active: both(BOLD, UNDERLINE),
  key: BOLD,
  hint: NONE,
  banner: INVERSE,
};

const ANSI: Styles = {
  ...MONO,
  dim: DIM,
  border: DIM,
  border_active: CYAN,
  accent: CYAN,
  title: BOLD,
  ok: GREEN,
  warn: YELLOW,
  error: RED,
  tab_active: both(BOLD, INVERSE),
  field_active: both(UNDERLINE, CYAN),
  key: CYAN,
  hint: DIM,
  banner: both(YELLOW, INVERSE),
};

/** `#rrggbb` as the three numbers of an SGR. */
const rgb = (colour: string): string =>
  [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)).join(';');

function styleOf({ fg, bg, bold, underline }: Look): Style {
  return both(
    ...(bold === true ? [BOLD] : []),
    ...(underline === true ? [UNDERLINE] : []),
    ...(fg === undefined ? [] : [sgr(`38;2;${rgb(fg)}`, '39')]),
    ...(bg === undefined ? [] : [sgr(`48;2;${rgb(bg)}`, '49')]),
  );
}

const stylesOf = (colours: Colours): Styles =>
  // The roles of `Colours` are those of Paint, so the shape is kept.
  Object.fromEntries(Object.entries(colours.roles).map(([role, look]) => [role, styleOf(look)])) as Styles;

function themed(name: ThemeName, styles: Styles, base: Theme['base']): Theme {
  return {
    name,
    base,
    paint: (role, text) => {
      const [open, close] = styles[role];
      return text === '' ? '' : open + text + close;
    },
  };
}

const coloured = (name: ColouredName): Theme => {
  const { fg, bg } = COLOURED[name];
  const base = { foreground: `\x1b[38;2;${rgb(fg)}m`, background: `\x1b[48;2;${rgb(bg)}m` };
  return themed(name, stylesOf(COLOURED[name]), base);
};

const THEMES: Readonly<Record<ThemeName, Theme>> = {
  ansi: themed('ansi', ANSI, null),
  mono: themed('mono', MONO, null),
  dark: coloured('dark'),
  light: coloured('light'),
  'high-contrast': coloured('high-contrast'),
};

/** Returns the theme of a name, always the same object; the nearest to it where the terminal has fewer colours. */
export function themeOf(name: ThemeName, colours: 'none' | 'sixteen' | 'all' = 'all'): Theme {
  if (colours === 'none') return THEMES.mono;
  return colours === 'sixteen' && THEMES[name].base !== null ? THEMES.ansi : THEMES[name];
}
