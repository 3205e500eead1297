/**
 * How many terminal cells a piece of clean text takes, grapheme by grapheme. It knows nothing of SGR or escapes: styled
 * rows are the frame writer's business. Must not call string-width per frame and cell: that cost 5 ms per key once.
 */
import stringWidth from 'string-width';

/** Graphemes whose width is remembered; 4096 covers every script a screen mixes, at about 0.5 MB. */
const WIDTH_MEMO_ENTRIES_MAX = 4096;

/**
 * Characters that are always one UTF-16 unit, one grapheme, one cell, in NFC, and never joined to a neighbour from this
 * class: ASCII, Latin, Cyrillic, punctuation, arrows, lines, blocks and our status glyphs. A test checks each of them.
 */
const ONE_CELL =
  /^[\x20-\x7e\xa1-\xa8\xaa-\xac\xaf-\u02ff\u0400-\u0482\u048a-\u052f\u2010-\u2027\u2190-\u2193\u2400-\u2421\u2500-\u259f\u25b8\u25cb\u25cf\u25d0\u2713\u2717]*$/;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const memo = new Map<string, number>();

/** True if every character of `s` is one unit, one grapheme and one cell: then `s.length` is its width. */
export function isOneCellText(s: string): boolean {
  return ONE_CELL.test(s);
}

/** The user-perceived characters of `s`, in order. */
export function graphemes(s: string): string[] {
  if (isOneCellText(s)) return s.split('');
  return Array.from(segmenter.segment(s), (part) => part.segment);
}

/** The cells (0, 1, 2, seldom more) that one grapheme takes. Remembered, with a bound. */
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

/** The cells that clean text takes. Escape sequences are counted as the characters they consist of. */
export function width(s: string): number {
  if (isOneCellText(s)) return s.length;
  let cells = 0;
  for (const part of segmenter.segment(s)) cells += graphemeWidth(part.segment);
  return cells;
}
