/**
 * Tables as rows of text: each column as wide as what is in it, columns dropped from the right where there is no room. Pure,
 * but for what a layout remembers of the rows that it has seen.
 */
import { type Align, fit, width as cellsOf } from '../text/index.js';
import type { Paint, Theme } from '../theme/index.js';

export type Cell = string | { readonly role: Paint; readonly text: string };

export type Column<T> = {
  readonly title: string;
  /** The least that is worth showing of what can be cut. */
  readonly cells_min: number;
  /** Share of the room that nobody needs. With 0 what is in it is short, and never cut. */
  readonly grow: number;
  /** All that can be in it, where that is known: it gets room for that before the rest is spread. */
  readonly all?: readonly string[];
  readonly align?: Align;
  /** The order of the list that is by this column. */
  readonly sort?: string;
  readonly cell: (row: T) => Cell;
};

export type LaidColumn<T> = Column<T> & { readonly cells: number };

const GAP = 2;
/** Behind a title: a blank, the key that sorts by it, an arrow. */
const SORT_CELLS = 3;
/** The first column says which row it is. It is cut last, but leaves others some room. */
const FIRST_SHARE_MAX = 0.6;

export const cellText = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text);

/** Returns the widest of each column in these rows; no less than its title. */
export const contentWidths = <T>(columns: readonly Column<T>[], rows: Iterable<T>): number[] => {
  const widths = columns.map(({ title }) => cellsOf(title));
  for (const row of rows)
    for (const [at, column] of columns.entries())
      widths[at] = Math.max(widths[at] ?? 0, cellsOf(cellText(column.cell(row))));
  return widths;
};

/**
 * Returns the columns that fit into `cells`. Each gets what its content needs; where that is too much together, the first
 * one and the short ones get it, and the longest share what is left. The first column always stays.
 */
export function layColumns<T>(
  columns: readonly Column<T>[],
  contents: readonly number[],
  cells: number,
): readonly LaidColumn<T>[] {
  const needs = columns.map((_, at) => contents[at] ?? 0);
  const least = columns.map(({ cells_min, grow }, at) => {
    const need = needs[at] ?? 0;
    if (at === 0) return Math.min(need, Math.max(cells_min, Math.floor(cells * FIRST_SHARE_MAX)), cells);
    return grow === 0 ? need : Math.min(need, cells_min);
  });
  let used = 0;
  let count = 0;
  for (const [at, cells_least] of least.entries()) {
    const wanted = cells_least + (at === 0 ? 0 : GAP);
    if (at > 0 && used + wanted > cells) break;
    used += wanted;
    count += 1;
  }
  const given = least.slice(0, count);
  let left = Math.max(0, cells - used);
  const give = (at: number, more: number): void => {
    given[at] = (given[at] ?? 0) + more;
    left -= more;
  };
  const missing = (at: number): number => (needs[at] ?? 0) - (given[at] ?? 0);
  give(0, Math.min(left, Math.max(0, missing(0))));
  // The short ones first: what the longest can't have is no use to anyone else.
  const short = given.map((_, at) => at).filter((at) => missing(at) > 0);
  short.sort((a, b) => missing(a) - missing(b));
  for (const [place, at] of short.entries())
    give(at, Math.min(missing(at), Math.floor(left / (short.length - place))));
  const kept = columns.slice(0, count);
  for (const [at, { title, sort, all = [] }] of kept.entries()) {
    const titled = sort === undefined ? 0 : cellsOf(title) + SORT_CELLS;
    const longest = Math.max(titled, ...all.map((text) => cellsOf(text)));
    give(at, Math.min(left, Math.max(0, longest - (given[at] ?? 0))));
  }
  // What is over is spread, so that something longer on another page finds its room without moving the others.
  const shares = kept.reduce((sum, { grow }) => sum + grow, 0);
  const spare = left;
  if (shares > 0) for (const [at, { grow }] of kept.entries()) give(at, Math.floor((spare * grow) / shares));
  return kept.map((column, at) => ({ ...column, cells: Math.max(1, given[at] ?? 1) }));
}

/**
 * The layout of one table while it is looked at. It learns from every page that arrives and gives room where something is
 * longer than its column, but never takes it back: scrolling up and down moves nothing.
 */
export class TableLayout<T> {
  #signature = '';
  #contents: number[] = [];
  #laid: readonly LaidColumn<T>[] = [];
  #seen = new WeakSet<readonly T[]>();

  /** `about`: what makes it another table, such as the question, the language and the width. */
  lay(
    columns: readonly Column<T>[],
    pages: Iterable<readonly T[]>,
    cells: number,
    about: string,
  ): readonly LaidColumn<T>[] {
    const signature = `${cells} ${columns.map(({ title }) => title).join(' ')} ${about}`;
    const same = signature === this.#signature;
    if (!same) {
      this.#signature = signature;
      this.#contents = contentWidths(columns, []);
      this.#seen = new WeakSet();
      this.#laid = [];
    }
    let wider = false;
    for (const page of pages) {
      if (this.#seen.has(page)) continue;
      this.#seen.add(page);
      for (const [at, cells_wanted] of contentWidths(columns, page).entries()) {
        if (cells_wanted <= (this.#contents[at] ?? 0)) continue;
        this.#contents[at] = cells_wanted;
        wider ||= cells_wanted > (this.#laid[at]?.cells ?? 0);
      }
    }
    if (!same || wider || this.#laid.length === 0) this.#laid = layColumns(columns, this.#contents, cells);
    // What the cells say may be another each minute; the room that they have is not.
    return this.#laid.flatMap(({ cells: room }, at) => {
      const column = columns[at];
      return column === undefined ? [] : [{ ...column, cells: room }];
    });
  }
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
