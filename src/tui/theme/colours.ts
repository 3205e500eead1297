/**
 * The colours of the 24-bit themes. A test holds every pair of text and background to WCAG 2.2 (1.4.3): 4.5:1, and
 * 7:1 (1.4.6) in high contrast. Pure data.
 */
import type { Paint } from './paint.js';

/** Without `fg` or `bg` the theme's own stand. */
export type Look = {
  readonly fg?: string;
  readonly bg?: string;
  readonly bold?: boolean;
  readonly underline?: boolean;
};

export type Colours = {
  readonly fg: string;
  readonly bg: string;
  readonly roles: Readonly<Record<Paint, Look>>;
};

type Inks = {
  readonly fg: string;
  readonly bg: string;
  readonly dim: string;
  readonly accent: string;
  readonly ok: string;
  readonly warn: string;
  readonly error: string;
  readonly banner: string;
  readonly on_banner: string;
};

const from = ({ fg, bg, dim, accent, ok, warn, error, banner, on_banner }: Inks): Colours => ({
  fg,
  bg,
  roles: {
    plain: {},
    dim: { fg: dim },
    strong: { bold: true },
    title: { bold: true },
    border: { fg: dim },
    border_active: { fg: accent },
    accent: { fg: accent },
    ok: { fg: ok },
    warn: { fg: warn },
    error: { fg: error, bold: true },
    selected: { fg: bg, bg: accent },
    tab_active: { fg: bg, bg: fg, bold: true },
    field: { underline: true },
    field_active: { fg: accent, underline: true },
    key: { fg: accent },
    hint: { fg: dim },
    banner: { fg: on_banner, bg: banner },
  },
});

export type ColouredName = 'dark' | 'light' | 'high-contrast';

export const COLOURED: Readonly<Record<ColouredName, Colours>> = {
  dark: from({
    fg: '#d7dae0',
    bg: '#16181d',
    dim: '#9aa1ad',
    accent: '#7cc7ff',
    ok: '#7ee787',
    warn: '#f2cc60',
    error: '#ff9a92',
    banner: '#f2cc60',
    on_banner: '#16181d',
  }),
  light: from({
    fg: '#1f2328',
    bg: '#fbfbf8',
    dim: '#57606a',
    accent: '#0550ae',
    ok: '#116329',
    warn: '#7d4e00',
    error: '#a40e26',
    banner: '#ffd33d',
    on_banner: '#1f2328',
  }),
  'high-contrast': from({
    fg: '#ffffff',
    bg: '#000000',
    dim: '#e6e6e6',
    accent: '#ffff00',
    ok: '#5cff5c',
    warn: '#ffd75f',
    error: '#ff9c9c',
    banner: '#ffff00',
    on_banner: '#000000',
  }),
};
