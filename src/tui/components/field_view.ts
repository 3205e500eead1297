/** How a line of edited text looks in a field of some cells: scrolled so that the cursor is in it. Pure. */
import { fit, graphemeWidth, showControls } from '../text/index.js';
import type { EditedText } from '../state/index.js';

export type FieldView = { readonly shown: string; readonly cursor: number };

/** Returns the text in exactly `cells` cells and the cursor's column in it. `mask` hides every grapheme behind a dot. */
export function viewField(text: EditedText, cells: number, mask: boolean): FieldView {
  const parts = text.parts.map((part) => (mask ? '•' : showControls(part)));
  const widths = parts.map((part) => graphemeWidth(part));
  const sum = (from: number, to: number): number =>
    widths.slice(from, to).reduce((total, cell) => total + cell, 0);
  let from = 0;
  // The cursor needs a cell of its own behind the text.
  while (from < text.cursor && sum(from, text.cursor) > cells - 1) from += 1;
  let to = from;
  let used = 0;
  while (to < parts.length && used + (widths[to] ?? 0) <= cells) {
    used += widths[to] ?? 0;
    to += 1;
  }
  const shown = parts.slice(from, to).join('');
  return { shown: fit(shown, cells), cursor: Math.min(sum(from, text.cursor), Math.max(0, cells - 1)) };
}
