/**
 * The fast answer to how wide a text is. In a file of its own because the build gives it to the copy of string-width that
 * Ink uses as well (scripts/bundle_edits.mjs). Must import nothing.
 */

/**
 * Characters that are always one UTF-16 unit, one grapheme, one cell, in NFC, and never joined to a neighbour from this
 * class: ASCII, Latin, Cyrillic, punctuation, arrows, lines, blocks and our status glyphs. A test checks each of them.
 */
const ONE_CELL =
  /^[\x20-\x7e\xa1-\xa8\xaa-\xac\xaf-\u02ff\u0400-\u0482\u048a-\u052f\u2010-\u2027\u2190-\u2193\u2400-\u2421\u2500-\u259f\u25b8\u25cb\u25cf\u25d0\u2713\u2717]*$/;

/** Returns true if every character of `s` is one unit, one grapheme and one cell: then `s.length` is its width. */
export function isOneCellText(s: string): boolean {
  return ONE_CELL.test(s);
}
