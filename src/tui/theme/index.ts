/** The one door of tui/theme. */
export { backdrop } from './backdrop.js';
export { COLOURED } from './colours.js';
export { asciiRow, asciiText } from './glyphs.js';
export type { Paint } from './paint.js';
export { isThemeName, THEME_NAMES, type ThemeName } from './theme_name.js';
export { themeOf, type Theme } from './theme.js';
