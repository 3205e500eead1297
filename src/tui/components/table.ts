/** Tables as rows of text: columns that are dropped from the right where there is no room. Pure. */
import { type Align, fit } from '../text/index.js';
import type { Paint, Theme } from '../theme/index.js';

export type Cell = string | { readonly role: Paint; readonly text: string };

export type Column<T> = {
  readonly title: string;
  readonly cells_min: number;
  /** Share of the room that is left over; 0 keeps the least width. */
  readonly grow: number;
  readonly align?: Align;
  /** The order of the list that is by this column. */
  readonly sort?: string;
  readonly cell: (row: T) => Cell;
};

export type LaidColumn<T> = Column<T> & { readonly cells: number };

const GAP = 2;

/** Returns the columns that fit into `cells`, with their widths; the first one always stays. */
export function layColumns<T>(columns: readonly Column<T>[], cells: number): readonly LaidColumn<T>[] {
  const kept: Column<T>[] = [];
  let used = 0;
  for (const column of columns) {
    const wanted = column.cells_min + (kept.length === 0 ? 0 : GAP);
    if (kept.length > 0 && used + wanted > cells) break;
    kept.push(column);
    used += wanted;
  }
  const shares = kept.reduce((sum, { grow }) => sum + grow, 0);
  let left = Math.max(0, cells - used);
  const spare = left;
  return kept.map((column, at) => {
    const last = at === kept.length - 1;
    const more =
      shares === 0 ? (last ? left : 0) : Math.min(left, Math.floor((spare * column.grow) / shares));
    left -= more;
    return { ...column, cells: Math.max(1, Math.min(cells, column.cells_min + more)) };
  });
}

const padTo = (row: string, used: number, cells: number): string =>
  row + ' '.repeat(Math.max(0, cells - used));

const cellsUsed = (columns: readonly { readonly cells: number }[]): number =>
  columns.reduce((sum, column, at) => sum + column.cells + (at === 0 ? 0 : GAP), 0);

/** `titleOf`: a title as wide as its column. */
export function headerRow<T>(
  theme: Theme,
  columns: readonly LaidColumn<T>[],
  cells: number,
  titleOf: (column: LaidColumn<T>) => string = ({ title, cells: room, align }) =>
    theme.paint('dim', fit(title, room, align)),
): string {
  return padTo(columns.map(titleOf).join(' '.repeat(GAP)), cellsUsed(columns), cells);
}

/** One row; a selected row is one inverse run without colours of its own, so that it is legible in every theme. */
export function tableRow<T>(
  theme: Theme,
  columns: readonly LaidColumn<T>[],
  row: T,
  cells: number,
  selected: boolean,
): string {
  const gap = ' '.repeat(GAP);
  const texts = columns.map((column) => {
    const cell = column.cell(row);
    const text = fit(typeof cell === 'string' ? cell : cell.text, column.cells, column.align);
    return selected || typeof cell === 'string' ? text : theme.paint(cell.role, text);
  });
  const joined = padTo(texts.join(gap), cellsUsed(columns), cells);
  return selected ? theme.paint('selected', joined) : joined;
}
