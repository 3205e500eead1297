/**
 * The one sanitiser for text that others chose: logins, messages, user agents, database cells. What comes out can be
 * printed anywhere: it holds no control byte, nothing invisible, nothing that reorders its neighbours, and it is bounded.
 * Every dangerous character stays visible as something harmless; nothing vanishes silently except the fifth and
 * further combining mark on one base. Must not be replaced by ad-hoc stripping elsewhere.
 */
import { graphemes } from './measure.js';
import { isOneCellText } from './one_cell.js';

/** Longest result in code points unless the caller says otherwise: twice the longest message. */
const CLEAN_CODE_POINTS_MAX = 8192;
/** Combining marks kept per base: Vietnamese needs 2, Hebrew with cantillation 3–4; "zalgo" needs dozens. */
const MARKS_PER_BASE_MAX = 4;

const DOT = '·';
// Format characters (bidi controls, joiners, tags …), what Unicode says to ignore (fillers, selectors), line and
// paragraph separators, and code points that are no characters.
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/u;
const MARK = /\p{M}/u;
const PICTOGRAPH = /\p{Extended_Pictographic}/u;
const JOINER = '\u200d';
/** A family of four has as many; no emoji that is in use has more, and what is behind them would be hidden. */
const JOINERS_MAX = 3;
/** What stands between an emoji and its joiner: a selector, a colour of skin. */
const GOES_ON = /\ufe0f|[\u{1f3fb}-\u{1f3ff}]/u;
const KEYCAP_BASE = /^[0-9#*]$/;
const KEYCAP = '\u20e3';
const LONE_SURROGATE = /\p{Surrogate}/gu;
const CONTROL = /[\x00-\x1f\x7f-\x9f]/g;

function pictureOf(control: string): string {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : DOT;
}

/** `s` with each C0, DEL and C1 control, newline included, replaced by a visible one-cell character. */
export function showControls(s: string): string {
  return s.replace(CONTROL, pictureOf);
}

/** What `clean` may let through. */
export type CleanOptions = {
  /** Keep `\n` (and `\r\n` as `\n`); by default a newline becomes `␊`. */
  readonly multiline?: boolean;
  /** Longest result in code points, the closing `…` included. */
  readonly max?: number;
  /**
   * Keep joiners between emoji, of which a family is made. Only for text that is put into cells by the frame writer, which
   * doesn't rely on what a terminal thinks of their width.
   */
  readonly joined?: boolean;
};

/**
 * Foreign text made safe to print: well-formed, NFC, controls as Control Pictures, invisible and bidi characters as `·`,
 * at most four combining marks per base, at most `max` code points with `…` at the cut. Idempotent. Emoji joined by
 * U+200D fall apart into `👩·💻` unless `joined`: a joiner is invisible, and terminals disagree about the width of such pairs.
 */
export function clean(s: string, options: CleanOptions = {}): string {
  const max = Math.max(1, options.max ?? CLEAN_CODE_POINTS_MAX);
  if (s.length <= max && isOneCellText(s)) return s;

  const wellFormed = s.replace(LONE_SURROGATE, '\ufffd').normalize('NFC');
  const text = options.multiline === true ? wellFormed.replaceAll('\r\n', '\n') : wellFormed;
  const points = Array.from(text);
  const out: string[] = [];
  let marks = 0;
  let joiners = 0;
  let last: string | undefined;
  for (let i = 0; i < points.length && out.length <= max; i++) {
    const char = points[i] ?? '';
    let shown: string;
    if (char === '\n' && options.multiline === true) shown = char;
    else if (/^[\x00-\x1f\x7f-\x9f]$/.test(char)) shown = pictureOf(char);
    else if (char === '\ufe0f' || char === '\ufe0e') shown = selectorOf(char, last, points[i + 1]);
    else if (
      char === JOINER &&
      options.joined === true &&
      joiners < JOINERS_MAX &&
      joins(last, points[i + 1])
    ) {
      joiners += 1;
      shown = char;
    } else if (INVISIBLE.test(char)) shown = DOT;
    else if (MARK.test(char)) {
      marks += 1;
      if (marks > MARKS_PER_BASE_MAX) continue;
      // A mark without a base would sit on whatever the screen shows to its left.
      shown = last === undefined || last === '\n' ? DOT : char;
    } else shown = char;
    if (!MARK.test(shown)) marks = 0;
    // Another sequence begins wherever nothing goes on.
    if (shown !== JOINER && last !== JOINER && !GOES_ON.test(shown)) joiners = 0;
    out.push(shown);
    last = shown;
  }
  return out.length <= max ? out.join('') : cut(out.join(''), max);
}

const UNTYPED = /[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;
/** Joiners and selectors: some scripts and emoji need them. */
const KEPT = /^(?:\u200c|\u200d|\ufe0e|\ufe0f)$/;
/** Tags after a black flag make the flag of a country's part. */
const TAGGED_FLAG = /(\u{1f3f4}[\u{e0020}-\u{e007f}]+)/u;

/** Returns pasted or typed text without the invisible characters that come along from web pages, so that they go nowhere. */
export function withoutInvisible(s: string): string {
  return s
    .split(TAGGED_FLAG)
    .map((part, at) =>
      at % 2 === 1 ? part : part.replace(UNTYPED, (character) => (KEPT.test(character) ? character : '')),
    )
    .join('');
}

/** Whether there is something in a text that nobody sees. */
export const hasInvisible = (s: string): boolean => withoutInvisible(s) !== s;

/** A joiner only between two emoji. */
const joins = (before: string | undefined, after: string | undefined): boolean =>
  before !== undefined &&
  after !== undefined &&
  (PICTOGRAPH.test(before) || GOES_ON.test(before)) &&
  PICTOGRAPH.test(after);

/** A variation selector only where it has a meaning: once, after an emoji or inside a keycap; else it hides data. */
function selectorOf(selector: string, before: string | undefined, after: string | undefined): string {
  if (before === undefined) return DOT;
  if (PICTOGRAPH.test(before)) return selector;
  return KEYCAP_BASE.test(before) && after === KEYCAP ? selector : DOT;
}

function cut(s: string, max: number): string {
  let kept = '';
  let count = 0;
  for (const grapheme of graphemes(s)) {
    count += Array.from(grapheme).length;
    if (count > max - 1) break;
    kept += grapheme;
  }
  return `${kept}…`;
}
