/** What the terminal can show, by what the environment says of it: the one place that judges TERM and its like. Pure. */

/** `none`, the 16 that every terminal names itself, or all of 24 bits. */
export type Colours = 'none' | 'sixteen' | 'all';

export type Capabilities = {
  /** Lines one after the other are all it can: no cursor, no colours, no escape sequence. */
  readonly lines_only: boolean;
  /** Signs beyond ASCII would come out as others. */
  readonly ascii: boolean;
  readonly colours: Colours;
  /** The keys of the kitty protocol may be asked for: what doesn't know the question passes over it. */
  readonly kitty: boolean;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** What programs run inside of that show text and nothing else: shells of editors, pipes that call themselves terminals. */
const LINES_ONLY = /^(?:dumb|unknown|emacs)$/;
/** DEC's own, and whatever says in its name that it has no colours. */
const NO_COLOURS = /^vt\d|-(?:m|mono)$/;
/** Never more than 16, whatever COLORTERM says: that may be the word of another terminal, inherited on the way here. */
const SIXTEEN = /^(?:linux|screen|ansi|cygwin|cons25|rxvt)$/;
/** By their names: 256 colours and 24 bits came together, but for terminals that nobody uses any more. */
const ALL = /-(?:256color|direct|truecolor)$|kitty|alacritty|ghostty|wezterm|foot|iterm/;
const CONSOLE = /^(?:linux|vt\d.*|cons25)$/;

const isSet = (value: string | undefined): value is string => value !== undefined && value !== '';

/** Returns the locale of a category: the first variable that is set decides, as everywhere. [POSIX 8.2] */
export const localeOf = (env: Environment, category: 'LC_MESSAGES' | 'LC_CTYPE'): string | undefined =>
  [env['LC_ALL'], env[category], env['LANG']].find(isSet);

/** Returns true where letters beyond ASCII come out as they are. */
export function speaksUtf8(env: Environment): boolean {
  const locale = localeOf(env, 'LC_CTYPE');
  // Without any locale, as in containers, today's terminals speak UTF-8 all the same; who says C means ASCII.
  if (locale === undefined) return true;
  if (locale === 'C' || locale === 'POSIX') return false;
  return /utf-?8/i.test(locale) || !locale.includes('.');
}

function coloursOf(env: Environment, term: string): Colours {
  if (isSet(env['NO_COLOR'])) return 'none';
  const forced = env['FORCE_COLOR'];
  if (forced === '0' || forced === 'false') return 'none';
  if (forced === '1' || forced === '2') return 'sixteen';
  if (forced === '3') return 'all';
  const own = ownColours(env['COLORTERM'], term);
  // Without a number it asks for colours, however many there are.
  return forced !== undefined && own === 'none' ? 'sixteen' : own;
}

function ownColours(color_term: string | undefined, term: string): Colours {
  if (NO_COLOURS.test(term)) return 'none';
  if (SIXTEEN.test(term)) return 'sixteen';
  return ALL.test(term) || color_term === 'truecolor' || color_term === '24bit' ? 'all' : 'sixteen';
}

/** Returns a number of cells that somebody said; null for none, and for the 0 of terminals that don't know. */
const cells = (said: unknown): number | null => {
  const number = typeof said === 'string' && /^\d{1,4}$/.test(said) ? Number(said) : said;
  return typeof number === 'number' && number > 0 ? number : null;
};

type Size = { readonly columns: number | null; readonly rows: number | null };

/**
 * Returns how large a terminal is, as far as anybody knows: it itself, else COLUMNS and LINES. Serial lines, and terminals
 * of programs that run others, often say 0.
 */
export const sizeOf = (
  said: { readonly columns?: number | undefined; readonly rows?: number | undefined },
  env: Environment,
): Size => ({
  columns: cells(said.columns) ?? cells(env['COLUMNS']),
  rows: cells(said.rows) ?? cells(env['LINES']),
});

/** Returns what the terminal can show. */
export function capabilitiesOf(env: Environment): Capabilities {
  const term = env['TERM'] ?? '';
  const lines_only = LINES_ONLY.test(term);
  return {
    lines_only,
    // The font of the Linux console lacks our signs.
    ascii: term === 'linux' || !speaksUtf8(env),
    colours: lines_only ? 'none' : coloursOf(env, term),
    kitty: !CONSOLE.test(term),
  };
}
