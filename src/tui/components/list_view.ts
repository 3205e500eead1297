/** How a list looks: its title, what is asked of it, its rows with marks and a scroll bar, and why there are none. Pure. */
import type { Translate, Words } from '../i18n/index.js';
import {
  filterParts,
  queryKey,
  rowAt,
  type EditedText,
  type ListQuery,
  type ListSpec,
  type PagedList,
} from '../state/index.js';
import { keysOn, type Keymap, type Layout } from '../input/index.js';
import { fit, width as cellsOf, wrap } from '../text/index.js';
import type { Theme } from '../theme/index.js';
import { viewField } from './field_view.js';
import type { ListRows } from './list_rows.js';
import { problemWords } from './problem_words.js';

const NAMES_SHOWN = 10;

/** Returns true when something is asked that leaves rows out. */
export const isNarrowed = ({ search, filters }: ListQuery): boolean =>
  search !== '' || Object.values(filters).some((value) => value !== null);

/** Returns true when what is shown answers what is asked: until then nobody knows how many there are, or that there are none. */
export const isAnswered = <R, Q extends ListQuery>({ shown_key, query }: PagedList<R, Q>): boolean =>
  shown_key === queryKey(query);

/** Returns what stands in the place of rows: what went wrong, that it is being read, or why there is nothing. */
export function emptyWords<R, Q extends ListQuery>(
  { t, language }: Words,
  list: PagedList<R, Q>,
  { words }: Pick<ListSpec, 'words'>,
): string {
  if (list.problem !== null) return problemWords(t, language, list.problem).sentence;
  if (!isAnswered(list)) return t('loading');
  return t(isNarrowed(list.query) ? words.no_match : words.empty);
}

/** Returns the title with how many there are and in which order. */
export function titleLine(
  t: Translate,
  theme: Theme,
  title: string,
  list: PagedList<unknown, ListQuery>,
  { words, sorts }: ListSpec,
  cols: number,
): string {
  const { total, total_is_exact, query } = list;
  const count =
    total === null || words.count === null || !isAnswered(list)
      ? ''
      : t(total_is_exact ? words.count.exact : words.count.many, { count: total });
  const sort = query.sort === null ? undefined : sorts[query.sort];
  const order = sort === undefined ? '' : `${t(sort.label)} ${query.descending ? '↓' : '↑'} `;
  const room = Math.max(0, cols - cellsOf(title));
  const busy = list.loading || (!isAnswered(list) && list.problem === null) ? '… ' : '';
  // Where it is narrow the order gives way, which the menu tells as well.
  const [right = ''] = [`${busy}${count}   ${order}`, `${busy}${count} `].filter(
    (text, at) => at === 1 || cellsOf(text) < room,
  );
  return theme.paint('title', fit(title, cols - room)) + theme.paint('dim', fit(right, room, 'right'));
}

/** Returns what a filter lets through, in words. */
export function filterWords(
  t: Translate,
  filter: Pick<ListSpec['filters'][string], 'word'>,
  asked: string | null,
): string {
  if (asked === null) return t('any');
  const { not, value } = filterParts(asked);
  const what = filter.word(t, value);
  return not ? t('filter_not', { what }) : what;
}

/** Returns what can be typed; that something can be left out where there is room to say it whole. */
function searchWords(t: Translate, what: string, cells: number): string {
  const whole = t('search_without', { what });
  return cellsOf(whole) <= cells ? whole : what;
}

export type FilterLine = { readonly row: string; readonly cursor: number };

/** Returns what is searched for, or typed just now, and the filters. */
export function filterLine(
  t: Translate,
  theme: Theme,
  query: ListQuery,
  { words, filters }: ListSpec,
  typing: EditedText | null,
  cols: number,
): FilterLine {
  const fieldCells = Math.min(28, Math.max(10, Math.floor(cols / 3)));
  const view = typing === null ? null : viewField(typing, fieldCells, false);
  const text =
    view?.shown ??
    fit(query.search === '' ? searchWords(t, t(words.search), fieldCells) : query.search, fieldCells);
  const shown = Object.entries(filters).flatMap(([name, filter]) => {
    const value = query.filters[name] ?? null;
    if (value === null && filter.quiet === true) return [];
    const word = filterWords(t, filter, value);
    return { set: value !== null, word, text: `${t(filter.label)}: ${word}` };
  });
  const look = view !== null ? 'field_active' : query.search === '' ? 'dim' : 'field';
  const narrow = Object.values(query.filters).some((value) => value !== null);
  const room = cols - 3 - fieldCells;
  const all = `  ${shown.map(({ text }) => text).join('   ')}`;
  // Where it is narrow, what filters is told, and not what could.
  const set = shown.filter(({ set }) => set);
  const [told = ''] = [
    all,
    `  ${set.map(({ text }) => text).join('  ')}`,
    `  ${set.map(({ word }) => word).join('  ')}`,
  ].filter((text, at) => at === 2 || cellsOf(text) <= room);
  const row =
    ` ${theme.paint('key', '/')} ${theme.paint(look, text)}` +
    theme.paint(narrow ? 'warn' : 'dim', fit(told, room));
  return { row, cursor: 3 + (view?.cursor ?? 0) };
}

/** Cells of a table beside its text: the sign of the selected row, the mark, the scroll bar. */
export const SIGN_CELLS = 3;

type TableLook<R extends object> = {
  readonly list: PagedList<R, ListQuery>;
  readonly spec: ListSpec<R>;
  readonly rows: ListRows<R>;
  readonly theme: Theme;
  readonly words: Words;
  readonly cells: number;
  readonly top: number;
  readonly room: number;
  readonly keymap: Keymap;
  /** Which letters are typed: the keys in the titles are written in them. */
  readonly layout: Layout;
};

/** Returns exactly `room` rows below the one with the titles of the columns. */
export function tableRows<R extends object>(look: TableLook<R>): string[] {
  const { list, spec, rows, theme, words, cells, top, room } = look;
  const content = cells - SIGN_CELLS;
  const shown = [`  ${rows.header(theme, content, (column) => sortTitle(look, column))} `];
  const end = Math.min(list.row_count, top + room);
  for (let at = top; at < end; at += 1) {
    const row = rowAt(list, at);
    const selected = at === list.selected;
    const marked = row !== undefined && list.marks.has(spec.id(row));
    // A range is lit as what it will be: marks.
    const mark = inRange(list, at) ? theme.paint('accent', '✓') : marked ? '✓' : ' ';
    const sign = `${selected ? '▸' : ' '}${mark}`;
    const text = row === undefined ? fit('…', content) : rows.row(theme, row, content, selected);
    shown.push(`${sign}${text}${scrollSign(list.row_count, top, room, at - top)}`);
  }
  const blank = ' '.repeat(cells);
  if (list.row_count === 0)
    shown.push(
      blank,
      ...wrap(emptyWords(words, list, spec), cells - 4).map((line) => fit(`   ${line}`, cells)),
    );
  while (shown.length < room + 1) shown.push(blank);
  return shown.slice(0, room + 1);
}

/** Returns the title of a column with the key that sorts by it, and in which order it is sorted, as far as there is room. */
function sortTitle<R extends object>(
  { theme, list, spec, keymap, layout }: TableLook<R>,
  { title, sort, cells }: { readonly title: string; readonly sort?: string; readonly cells: number },
): string {
  const { query } = list;
  const sorts: ListSpec['sorts'] = spec.sorts;
  const order = sort === undefined ? undefined : sorts[sort];
  if (order === undefined) return theme.paint('dim', fit(title, cells));
  const arrow = sort === query.sort ? (query.descending ? '↓' : '↑') : '';
  const [key = ''] = keysOn(layout, keymap.keysOf(order.key));
  const named = cellsOf(title);
  const room = cells - named - cellsOf(arrow);
  if (key === '' || room < 1 + cellsOf(key))
    return theme.paint('dim', fit(room < 0 ? title : `${title}${arrow}`, cells));
  return (
    theme.paint('dim', `${title} `) +
    theme.paint('key', key) +
    theme.paint('dim', fit(arrow, cells - named - 1 - cellsOf(key)))
  );
}

const inRange = ({ range_from, selected }: PagedList<unknown, ListQuery>, at: number): boolean =>
  range_from !== null && at >= Math.min(range_from, selected) && at <= Math.max(range_from, selected);

/** Returns how many are marked, and who; or that a range is being drawn, in as many rows as that takes. */
export function marksRows(
  t: Translate,
  theme: Theme,
  { marks, range_from, selected }: PagedList<unknown, ListQuery>,
  cols: number,
): string[] {
  if (range_from !== null)
    return wrap(t('users_range', { count: Math.abs(selected - range_from) + 1 }), cols - 2).map((line) =>
      theme.paint('accent', fit(` ${line}`, cols)),
    );
  const names = [...marks.values()].slice(0, NAMES_SHOWN).join(', ');
  const more = marks.size > NAMES_SHOWN ? ', …' : '';
  return [theme.paint('accent', fit(` ${t('users_marked', { count: marks.size })}: ${names}${more}`, cols))];
}

/** Returns the scroll bar at the right edge, where there is more than fits. */
function scrollSign(count: number, top: number, room: number, at: number): string {
  if (count <= room) return ' ';
  const size = Math.max(1, Math.round((room * room) / count));
  const start = Math.round((top * (room - size)) / (count - room));
  return at >= start && at < start + size ? '█' : '│';
}
