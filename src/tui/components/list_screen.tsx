/**
 * A list that fills the screen: search, filters, sorting and paging by the server, marks and ranges, a panel about the selected
 * row where there is room. What the rows are is said by their columns; what else can be done with them by whoever uses it.
 */
import { useContext, useRef, useState } from 'react';
import { Box, type DOMElement } from 'ink';
import { useCursor } from '../ink/index.js';
import type { Words } from '../i18n/index.js';
import type { Place } from '../input/index.js';
import { LIMITS } from '../../protocol/index.js';
import { DEPTH, useApp, useLayer, useServices, useWords, type Handlers } from '../services/index.js';
import {
  LISTS,
  listSpec,
  MARKS_MAX,
  markRange,
  openOverlay,
  selectedRow,
  selectRow,
  setMarks,
  setQuery,
  toggleMark,
  undoable,
  type ListName,
  type ListOf,
  type ListSpec,
  type QueryOf,
  type RowOf,
} from '../state/index.js';
import type { Theme } from '../theme/index.js';
import { useLayout } from './key_hints.js';
import { listKeys, scrollTop } from './list_keys.js';
import { ListRows, type ColumnsOf } from './list_rows.js';
import { filterLine, isNarrowed, marksRows, SIGN_CELLS, tableRows, titleLine } from './list_view.js';
import { CoveredContext, Rows } from './rows.js';
import { useCopy } from './use_copy.js';
import { useRowsShown } from './use_rows_shown.js';
import { useSearchField } from './use_search_field.js';

/** From here on the selected row is shown beside the table. */
const WIDE_COLS_MIN = 110;
const DETAIL_CELLS = 42;
/** Title, search and filters, and the titles of the columns. */
const HEAD_ROWS = 3;

export type ListScreenProps<N extends ListName> = {
  readonly cols: number;
  readonly height: number;
  readonly list: N;
  readonly title: string;
  readonly places: readonly Place[];
  readonly columns: ColumnsOf<RowOf<N>>;
  /** What can be done besides, with the selected row if there is one; `marked` says whether rows are marked. */
  readonly handlers: (row: RowOf<N> | undefined, marked: boolean) => Handlers;
  /** What of a row one wants elsewhere. */
  readonly copies: (row: RowOf<N>) => Parameters<typeof useCopy>[0];
  /** Rows can be marked, for acts on many. */
  readonly marks?: boolean;
  readonly detail?: (
    theme: Theme,
    words: Words,
    row: RowOf<N> | null,
    width: number,
    height: number,
  ) => readonly string[];
};

export function ListScreen<N extends ListName>(props: ListScreenProps<N>): React.JSX.Element {
  const { cols, height, list: name } = props;
  const { theme, effects, store, now, accessible, router } = useServices();
  const { t, language } = useWords();
  const layout = useLayout();
  const list: ListOf<N> = useApp((state) => state.person.lists[name]);
  const covered = useContext(CoveredContext);
  const box = useRef<DOMElement | null>(null);
  const [rows] = useState(() => new ListRows<RowOf<N>>(props.columns));
  const topRef = useRef(0);
  const words: Words = { t, language, now: now() };
  const spec: ListSpec<RowOf<N>> = LISTS[name];

  const wide = props.detail !== undefined && cols >= WIDE_COLS_MIN;
  const tableCells = wide ? cols - DETAIL_CELLS : cols;
  const marked = list.marks.size;
  const marking = marked > 0 || list.range_from !== null;
  const told = marking ? marksRows(t, theme, list, cols) : [];
  const room = Math.max(1, height - HEAD_ROWS - told.length);
  const top = scrollTop(topRef.current, list.selected, room, list.row_count);
  topRef.current = top;
  useRowsShown(name, top, room);

  const chosen = selectedRow(list) ?? null;
  const copying = useCopy(chosen === null ? [] : props.copies(chosen));
  const query = (): QueryOf<N> => store.getState().person.lists[name].query;
  const search = useSearchField(list.query.search, LIMITS.search_length_max, (text) =>
    store.setState(setQuery(name, { ...query(), search: text })),
  );
  useLayer({
    depth: DEPTH.screen,
    places: props.places,
    onDigit: accessible ? (digit) => store.setState(selectRow(name, top + digit - 1)) : undefined,
    handlers: {
      ...listKeys(list.row_count, list.selected, room, (index) => store.setState(selectRow(name, index))),
      ...props.handlers(selectedRow(list), marked > 0),
      ...askHandlers(),
      ...copying,
      ...(props.marks === true ? markHandlers() : {}),
    },
  });
  useLayer(search.layer);

  /** Sorts by a column as it begins, and turns the order of one that is sorted by already. */
  function sortBy(sort: string, descending: boolean): void {
    const asked = query();
    const turned = asked.sort === sort ? !asked.descending : descending;
    // One of the list's own orders: it was taken from its entry.
    const next = { ...asked, sort, descending: turned } as QueryOf<N>;
    store.setState(undoable(setQuery(name, next), { key: 'undo_sorted' }, now()));
  }

  function askHandlers(): Handlers {
    const clear = (): void => {
      search.set('');
      const filters = listSpec(name).first_query.filters;
      const cleared = { ...query(), search: '', filters };
      store.setState(undoable(setQuery(name, cleared), { key: 'undo_cleared' }, now()));
    };
    return {
      search: search.open,
      ...(Object.keys(spec.filters).length === 0
        ? {}
        : { filters: () => store.setState(openOverlay({ name: 'menu', menu: 'filters', list: name })) }),
      ...(Object.keys(spec.sorts).length === 0
        ? {}
        : {
            sort: () => store.setState(openOverlay({ name: 'menu', menu: 'sort', list: name })),
            ...Object.fromEntries(
              Object.entries(listSpec(name).sorts).map(([sort, { key, descending }]) => [
                key,
                () => sortBy(sort, descending),
              ]),
            ),
            reverse: () => {
              const turned = setQuery(name, { ...query(), descending: !query().descending });
              store.setState(undoable(turned, { key: 'undo_sorted' }, now()));
            },
          }),
      ...(isNarrowed(list.query) ? { clear_filter: clear, back: clear } : {}),
    };
  }

  function markHandlers(): Handlers {
    const unmark = (): void =>
      store.setState(undoable(setMarks(name, new Map()), { key: 'undo_unmarked' }, now()));
    const markAll = async (): Promise<void> => {
      const found = await effects.matchingRows(name, MARKS_MAX);
      if (!found.ok) {
        effects.toast('error', { problem: found.problem });
        return;
      }
      const marks = new Map(found.value.map((row) => [spec.id(row), spec.name(row)]));
      const { row_count, total_is_exact } = list;
      const more = row_count > marks.size || !total_is_exact;
      const said =
        marks.size >= MARKS_MAX && more
          ? ({ key: 'undo_marked_first', params: { count: marks.size, total: row_count } } as const)
          : ({ key: 'undo_marked', params: { count: marks.size } } as const);
      store.setState(undoable(setMarks(name, marks), said, now()));
    };
    return {
      ...(selectedRow(list) === undefined
        ? {}
        : {
            mark: () => store.setState(toggleMark(name)),
            mark_range: () => store.setState(markRange(name)),
          }),
      ...(list.row_count === 0
        ? {}
        : {
            mark_all: () => {
              if (marked > 0) unmark();
              else void markAll();
            },
          }),
      ...(marking ? { back: unmark } : {}),
    };
  }

  rows.prepare({
    theme,
    words,
    cells: tableCells - SIGN_CELLS,
    pages: list.pages.values(),
    question: list.shown_key,
  });
  const line = filterLine(t, theme, list.query, spec, search.active ? search.text : null, cols);
  useCursor(box, search.active && !covered ? { row: 1, column: line.cursor } : undefined);
  const table = tableRows({
    list,
    spec,
    rows,
    theme,
    words,
    cells: tableCells,
    top,
    room,
    keymap: router.keymap,
    layout,
  });
  const detail = wide ? props.detail(theme, words, chosen, DETAIL_CELLS, room + 1) : [];
  return (
    <Box ref={box} width={cols} height={height} flexDirection="column">
      <Rows
        rows={[
          titleLine(t, theme, props.title, list, spec, cols),
          line.row,
          ...table.map((row, at) => (wide ? row + (detail[at] ?? ' '.repeat(DETAIL_CELLS)) : row)),
          ...told,
        ]}
      />
    </Box>
  );
}
