/** The one door of tui/theme. */
export { asciiRow } from './glyphs.js';
export { THEME_NAMES, themeOf, type Paint, type Theme, type ThemeName } from './theme.js';
