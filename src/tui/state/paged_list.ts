/**
 * A list of rows that a server gives in pages, and what was asked of it: pages in the order of the server's cursors, of
 * which the 20 used last are kept; marks, a range, the selected row. Old rows stay until the first page of a new question
 * is there; late answers to old questions are dropped. Pure; knows no row and no question.
 */
import type { Problem } from '../i18n/index.js';

/** What is asked of a list. Lists that can't be searched, filtered or sorted leave these empty. */
export type ListQuery = {
  readonly search: string;
  readonly filters: Readonly<Record<string, string | null>>;
  /** Null for the server's own order. */
  readonly sort: string | null;
  readonly descending: boolean;
};

export type PagedList<R, Q extends ListQuery> = {
  readonly query: Q;
  /** The question whose answer is shown; an answer to any other is dropped. Empty until there was one. */
  readonly shown_key: string;
  readonly page_rows: number;
  readonly pages: ReadonlyMap<number, readonly R[]>;
  /** Where page n begins; [0] is null. Grows as pages are read. */
  readonly cursors: readonly (string | null)[];
  /** Rows that match, as far as counted; null while nothing is known, and where the server doesn't count. */
  readonly total: number | null;
  readonly total_is_exact: boolean;
  /** Rows known to exist, and one for those that nobody has counted; equals the whole list when `complete`. */
  readonly row_count: number;
  readonly complete: boolean;
  readonly loading: boolean;
  readonly problem: Problem | null;
  readonly selected: number;
  /** Marked rows: id and name. They may be far outside of what is shown. */
  readonly marks: ReadonlyMap<string, string>;
  /** Where a range of marks began; null while none is drawn. */
  readonly range_from: number | null;
};

export type Page<R> = {
  readonly rows: readonly R[];
  readonly next_cursor: string | null;
  /** Null where the server doesn't count. */
  readonly total: number | null;
  readonly total_is_exact: boolean;
};

/** What tells the rows of a list apart, and how they are called. */
export type RowNames<R> = {
  id(row: R): string;
  name(row: R): string;
};

/** Pages kept: 4,000 rows of 200, about 3 MB. */
const PAGES_KEPT_MAX = 20;
/** Rows that can be marked at once; each is an act of its own for the server. */
export const MARKS_MAX = 1_000;

/** What is searched for and what is left out: `iva !corp` asks for `iva` without what `corp` finds. */
export function searchParts(search: string): { readonly found: string; readonly left: string } {
  const [, found = search, left = ''] = /^(|.*?\s)!(.*)$/s.exec(search.trim()) ?? [];
  return { found: found.trim(), left: left.trim() };
}

/** The value of a filter, and whether all rows but those with it are meant. */
export const filterParts = (value: string): { readonly not: boolean; readonly value: string } => ({
  not: value.startsWith('!'),
  value: value.replace(/^!/, ''),
});

/** Returns the same text for questions that have the same answer. */
export const queryKey = ({ search, filters, sort, descending }: ListQuery): string =>
  JSON.stringify([search, filters, sort, descending]);

/** Returns a list of which nothing is known yet. */
export const unknownList = <R, Q extends ListQuery>(query: Q, page_rows: number): PagedList<R, Q> => ({
  query,
  shown_key: '',
  page_rows,
  pages: new Map(),
  cursors: [null],
  total: null,
  total_is_exact: true,
  row_count: 0,
  complete: false,
  loading: false,
  problem: null,
  selected: 0,
  marks: new Map(),
  range_from: null,
});

/** Returns the row at `index`, or undefined while its page isn't there. */
export const rowAt = <R, Q extends ListQuery>(list: PagedList<R, Q>, index: number): R | undefined =>
  list.pages.get(Math.floor(index / list.page_rows))?.[index % list.page_rows];

export const selectedRow = <R, Q extends ListQuery>(list: PagedList<R, Q>): R | undefined =>
  rowAt(list, list.selected);

/** Returns all rows that are loaded, in their order. */
export const loadedRows = <R, Q extends ListQuery>(list: PagedList<R, Q>): readonly R[] =>
  [...list.pages].sort(([a], [b]) => a - b).flatMap(([, rows]) => rows);

/** Asks a new question; what is shown stays until its answer comes. */
export const asked = <R, Q extends ListQuery>(list: PagedList<R, Q>, query: Q): PagedList<R, Q> =>
  queryKey(query) === queryKey(list.query) ? list : { ...list, query };

export const loading = <R, Q extends ListQuery>(list: PagedList<R, Q>): PagedList<R, Q> =>
  list.loading ? list : { ...list, loading: true };

export const failed = <R, Q extends ListQuery>(
  list: PagedList<R, Q>,
  key: string,
  problem: Problem,
): PagedList<R, Q> => (key === queryKey(list.query) ? { ...list, loading: false, problem } : list);

/** Takes page `number` of the question `key`. A first page of a new question, or of a refresh, replaces all pages. */
export function pageTaken<R, Q extends ListQuery>(
  list: PagedList<R, Q>,
  key: string,
  number: number,
  page: Page<R>,
  fresh: boolean,
  names: RowNames<R>,
): PagedList<R, Q> {
  if (key !== queryKey(list.query)) return list;
  if (number === 0 && (fresh || key !== list.shown_key)) return firstPage(list, key, page, names);
  if (key !== list.shown_key) return list;
  const pages = new Map(list.pages);
  pages.delete(number);
  pages.set(number, page.rows);
  for (const oldest of pages.keys()) {
    if (pages.size <= PAGES_KEPT_MAX) break;
    pages.delete(oldest);
  }
  const cursors = [...list.cursors];
  if (page.next_cursor !== null) cursors[number + 1] = page.next_cursor;
  const loaded = number * list.page_rows + page.rows.length;
  const last = page.next_cursor === null;
  return {
    ...list,
    pages,
    cursors,
    complete: list.complete || last,
    loading: false,
    problem: null,
    row_count: last ? loaded : Math.max(list.row_count, list.total === null ? loaded + 1 : loaded),
  };
}

function firstPage<R, Q extends ListQuery>(
  list: PagedList<R, Q>,
  key: string,
  page: Page<R>,
  names: RowNames<R>,
): PagedList<R, Q> {
  const complete = page.next_cursor === null;
  const same = key === list.shown_key;
  const before = same ? selectedRow(list) : undefined;
  const again = before === undefined ? -1 : page.rows.findIndex((row) => names.id(row) === names.id(before));
  const { length } = page.rows;
  const row_count = complete ? length : Math.max(length, page.total ?? length + 1);
  const selected = again >= 0 ? again : same ? Math.min(list.selected, Math.max(0, row_count - 1)) : 0;
  return {
    ...list,
    shown_key: key,
    pages: new Map([[0, page.rows]]),
    cursors: complete ? [null] : [null, page.next_cursor],
    total: page.total,
    total_is_exact: page.total_is_exact,
    row_count,
    complete,
    loading: false,
    problem: null,
    selected,
    range_from: null,
  };
}

/**
 * Returns the first page that is needed for the rows `from` … `to` and isn't there: it, or the page whose cursor leads to
 * it; null when nothing is missing.
 */
export function missingPage<R, Q extends ListQuery>(
  list: PagedList<R, Q>,
  from: number,
  to: number,
): number | null {
  const last = Math.floor(Math.max(from, Math.min(to, list.row_count - 1)) / list.page_rows);
  for (let page = Math.floor(Math.max(0, from) / list.page_rows); page <= last; page += 1) {
    if (list.pages.has(page)) continue;
    return Math.min(page, list.cursors.length - 1);
  }
  return null;
}

export function selected<R, Q extends ListQuery>(list: PagedList<R, Q>, index: number): PagedList<R, Q> {
  const within = Math.max(0, Math.min(index, list.row_count - 1));
  return within === list.selected ? list : { ...list, selected: within };
}

/** Puts a changed row in the place of the one with its id, wherever that is. */
export function rowPut<R, Q extends ListQuery>(
  list: PagedList<R, Q>,
  row: R,
  names: RowNames<R>,
): PagedList<R, Q> {
  const pages = new Map(list.pages);
  for (const [number, rows] of pages) {
    const at = rows.findIndex((other) => names.id(other) === names.id(row));
    if (at >= 0) pages.set(number, rows.with(at, row));
  }
  return { ...list, pages };
}

/** Drops loaded rows until the list is read again; only for lists of one page. */
export function rowsKept<R, Q extends ListQuery>(
  list: PagedList<R, Q>,
  keeps: (row: R) => boolean,
): PagedList<R, Q> {
  const rows = loadedRows(list).filter(keeps);
  const last = Math.max(0, rows.length - 1);
  return {
    ...list,
    pages: new Map([[0, rows]]),
    row_count: rows.length,
    selected: Math.min(list.selected, last),
  };
}

/** Marks or unmarks the selected row and goes on to the next. */
export function markToggled<R, Q extends ListQuery>(
  list: PagedList<R, Q>,
  names: RowNames<R>,
): PagedList<R, Q> {
  const row = selectedRow(list);
  if (row === undefined) return list;
  const marks = new Map(list.marks);
  if (!marks.delete(names.id(row))) marks.set(names.id(row), names.name(row));
  const next = Math.min(list.selected + 1, Math.max(0, list.row_count - 1));
  return { ...list, marks, range_from: null, selected: next };
}

/** Begins a range at the selected row; the second time marks all rows from there to here that are loaded. */
export function rangeMarked<R, Q extends ListQuery>(
  list: PagedList<R, Q>,
  names: RowNames<R>,
): PagedList<R, Q> {
  if (list.range_from === null) return { ...list, range_from: list.selected };
  const marks = new Map(list.marks);
  const [from, to] = [Math.min(list.range_from, list.selected), Math.max(list.range_from, list.selected)];
  for (let at = from; at <= to && marks.size < MARKS_MAX; at += 1) {
    const row = rowAt(list, at);
    if (row !== undefined) marks.set(names.id(row), names.name(row));
  }
  return { ...list, marks, range_from: null };
}

export const marked = <R, Q extends ListQuery>(
  list: PagedList<R, Q>,
  marks: ReadonlyMap<string, string>,
): PagedList<R, Q> => ({ ...list, marks, range_from: null });
