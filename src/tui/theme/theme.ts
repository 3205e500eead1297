/**
 * How roles of text look. The default uses the terminal's own 16 colours on its own background; `mono` (NO_COLOR, dumb
 * terminals) has none and keeps inverse, bold and underline. Screens name roles, never colours.
 */
export type Paint =
  | 'plain'
  | 'dim'
  | 'strong'
  | 'title'
  | 'border'
  | 'border_active'
  | 'accent'
  | 'ok'
  | 'warn'
  | 'error'
  | 'selected'
  | 'tab_active'
  | 'field'
  | 'field_active'
  | 'key'
  | 'hint'
  | 'banner';

export const THEME_NAMES = ['ansi', 'mono'] as const;
export type ThemeName = (typeof THEME_NAMES)[number];

export type Theme = { readonly name: ThemeName; readonly paint: (role: Paint, text: string) => string };

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

const MONO: Readonly<Record<Paint, Style>> = {
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

const ANSI: Readonly<Record<Paint, Style>> = {
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

const STYLES: Readonly<Record<ThemeName, Readonly<Record<Paint, Style>>>> = { ansi: ANSI, mono: MONO };

export function themeOf(name: ThemeName): Theme {
  const styles = STYLES[name];
  return {
    name,
    paint: (role, text) => {
      const [open, close] = styles[role];
      return text === '' ? '' : open + text + close;
    },
  };
}
