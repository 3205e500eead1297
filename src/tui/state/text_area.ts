/**
 * A text of several lines in a field of some cells: its rows, the cursor's place in them, and its way up and down. The
 * edits themselves are those of the text field. Pure; knows no keys.
 */
import { graphemeWidth, showControls } from '../text/index.js';
import type { EditedText } from './text_edit.js';

/** The graphemes `from` … `to` (without `to`, and without the newline that may end them) as one row of the field. */
export type AreaRow = { readonly from: number; readonly to: number };
export type AreaPlace = { readonly row: number; readonly column: number };

const cellsOf = (part: string): number => graphemeWidth(showControls(part));

/**
 * Rows that are broken at newlines, and at spaces where a line is longer than the field. Every grapheme but the newlines is
 * in exactly one row, so the cursor can be wherever the text is. The last cell is the cursor's behind a full row; one
 * space may hang there.
 */
export function areaRows(parts: readonly string[], cells: number): readonly AreaRow[] {
  const room = Math.max(1, cells - 1);
  const rows: AreaRow[] = [];
  let from = 0;
  let used = 0;
  // Behind the last space of this row, where it may be broken; `from` while there is none.
  let seam = 0;
  const next = (to: number, begin: number): void => {
    rows.push({ from, to });
    from = begin;
  };
  for (const [at, part] of parts.entries()) {
    if (part === '\n') {
      next(at, at + 1);
      [used, seam] = [0, from];
      continue;
    }
    const wanted = Math.min(cellsOf(part), room);
    if (part === ' ' && used + wanted > room) {
      next(at + 1, at + 1);
      [used, seam] = [0, from];
      continue;
    }
    while (used + wanted > room) {
      next(seam > from ? seam : at, seam > from ? seam : at);
      seam = from;
      used = parts.slice(from, at).reduce((sum, moved) => sum + cellsOf(moved), 0);
    }
    used += wanted;
    if (part === ' ') seam = at + 1;
  }
  rows.push({ from, to: parts.length });
  return rows;
}

/** Where the cursor is. Between two rows of one line it is at the beginning of the second. */
export function areaPlace({ parts, cursor }: EditedText, rows: readonly AreaRow[]): AreaPlace {
  const row = Math.max(
    0,
    rows.findLastIndex(({ from }) => from <= cursor),
  );
  const from = rows[row]?.from ?? 0;
  return { row, column: parts.slice(from, cursor).reduce((sum, part) => sum + cellsOf(part), 0) };
}

/**
 * The cursor so many rows further down or up, in the column where it began: shorter rows between don't make it forget.
 * Null where there is no such row.
 */
export function moveRows(text: EditedText, cells: number, by: number): EditedText | null {
  const { parts } = text;
  const rows = areaRows(parts, cells);
  const place = areaPlace(text, rows);
  const target = rows[place.row + by];
  if (target === undefined) return null;
  const goal = text.goal ?? place.column;
  // Behind the last grapheme of a row that goes on in the next, the cursor would be in the next.
  const goesOn = rows[place.row + by + 1]?.from === target.to;
  const last = goesOn ? target.to - 1 : target.to;
  let cursor = target.from;
  for (let used = 0; cursor < last; cursor += 1) {
    used += cellsOf(parts[cursor] ?? '');
    if (used > goal) break;
  }
  return { parts, cursor, goal };
}
