/**
 * How many terminal cells a piece of clean text takes, grapheme by grapheme. It knows nothing of SGR or escapes: styled
 * rows are the frame writer's business. Must not call string-width per frame and cell: that cost 5 ms per key once.
 */
import stringWidth from 'string-width';
import { isOneCellText } from './one_cell.js';

/** Graphemes whose width is remembered; 4096 covers every script a screen mixes, at about 0.5 MB. */
const WIDTH_MEMO_ENTRIES_MAX = 4096;

let made: Intl.Segmenter | null = null;
const memo = new Map<string, number>();

/** Made when it is first needed: it takes 7 ms, and most screens never need it. */
function segmenter(): Intl.Segmenter {
  made ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return made;
}

/** Returns the user-perceived characters of `s`, in order. */
export function graphemes(s: string): string[] {
  if (isOneCellText(s)) return s.split('');
  return Array.from(segmenter().segment(s), (part) => part.segment);
}

/** Returns the cells (0, 1, 2, seldom more) that one grapheme takes. Remembered, with a bound. */
export function graphemeWidth(grapheme: string): number {
  if (grapheme.length === 1 && isOneCellText(grapheme)) return 1;
  let cells = memo.get(grapheme);
  if (cells === undefined) {
    cells = stringWidth(grapheme, { countAnsiEscapeCodes: true });
    // Starting over is simpler than an LRU, and costs one slow frame in 4096 new graphemes.
    if (memo.size >= WIDTH_MEMO_ENTRIES_MAX) memo.clear();
    memo.set(grapheme, cells);
  }
  return cells;
}

/** Returns the cells that clean text takes. Escape sequences are counted as the characters they consist of. */
export function width(s: string): number {
  if (isOneCellText(s)) return s.length;
  let cells = 0;
  for (const part of segmenter().segment(s)) cells += graphemeWidth(part.segment);
  return cells;
}
