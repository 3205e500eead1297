/** The names of the looks that can be chosen. */
export const THEME_NAMES = ['ansi', 'mono', 'dark', 'light', 'high-contrast'] as const;
export type ThemeName = (typeof THEME_NAMES)[number];

export const isThemeName = (value: string): value is ThemeName =>
  (THEME_NAMES as readonly string[]).includes(value);
