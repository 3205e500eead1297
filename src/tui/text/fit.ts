/**
 * Puts clean text into boxes of terminal cells: one line of exact width, or lines of bounded width. Ink's own truncation
 * can exceed its box with wide characters, so text is cut here, before Ink sees it. Knows no SGR.
 */
import { showControls } from './clean.js';
import { graphemes, graphemeWidth, width } from './measure.js';
import { isOneCellText } from './one_cell.js';

/** Where `fit` puts the text inside a wider box. */
export type Align = 'left' | 'right' | 'center';

/**
 * `s` in exactly `cols` cells: padded with spaces, or cut at a grapheme and ended with `…`. A wide character that would
 * straddle the edge gives way to a space. Controls and newlines come out as pictures. `''` if `cols` < 1.
 */
export function fit(s: string, cols: number, align: Align = 'left'): string {
  if (cols < 1) return '';
  if (isOneCellText(s)) {
    return s.length > cols ? `${s.slice(0, cols - 1)}…` : pad(s, cols - s.length, align);
  }
  const text = showControls(s);
  const cells = width(text);
  if (cells <= cols) return settle(text, cols, align);

  const kept: string[] = [];
  let used = 0;
  for (const grapheme of graphemes(text)) {
    const next = used + graphemeWidth(grapheme);
    if (next > cols - 1) break;
    kept.push(grapheme);
    used = next;
  }
  return settle(`${kept.join('')}…`, cols, align);
}

// A few letters (class Prepend) join with whatever follows, be it a pad or `…`, so the sum is measured once more.
function settle(text: string, cols: number, align: Align): string {
  let missing = cols - width(text);
  let boxed = pad(text, missing, align);
  for (let cells = width(boxed); cells < cols; cells = width(boxed)) {
    missing += cols - cells;
    boxed = pad(text, missing, align);
  }
  return boxed;
}

function pad(s: string, count: number, align: Align): string {
  if (count <= 0) return s;
  const left = align === 'left' ? 0 : align === 'right' ? count : Math.floor(count / 2);
  return ' '.repeat(left) + s + ' '.repeat(count - left);
}

/**
 * The lines of `s`, none wider than `cols` cells: broken at spaces, inside a word only if the word alone is too long.
 * Spaces at a break are dropped; `\n` starts a new line. A wide character in one column becomes `·`.
 */
export function wrap(s: string, cols: number): string[] {
  const box = Math.max(1, Math.floor(cols));
  return s.split('\n').flatMap((paragraph) => wrapParagraph(showControls(paragraph), box));
}

function wrapParagraph(paragraph: string, cols: number): string[] {
  if (width(paragraph) <= cols) return [paragraph];
  const lines: string[] = [];
  let line = '';
  let used = 0;
  const breakLine = (): void => {
    lines.push(line.trimEnd());
    line = '';
    used = 0;
  };
  for (const token of paragraph.match(/ +|[^ ]+/g) ?? []) {
    const cells = width(token);
    if (used + cells <= cols) {
      line += token;
      used += cells;
      continue;
    }
    if (token.startsWith(' ')) {
      breakLine();
      continue;
    }
    if (used > 0) breakLine();
    for (const grapheme of graphemes(token)) {
      const one = graphemeWidth(grapheme);
      const shown = one > cols ? '·' : grapheme;
      const shownCells = Math.min(one, cols);
      if (used + shownCells > cols) breakLine();
      line += shown;
      used += shownCells;
    }
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines;
}
