/** Admin › Users: the accounts of the server with search, filters and sorting done by the server, in page windows. */
import { useContext, useEffect, useRef, useState } from 'react';
import { Box, type DOMElement } from 'ink';
import { DEPTH, useApp, useLayer, useServices, useWords } from '../services/index.js';
import {
  CoveredContext,
  listKeys,
  problemWords,
  Rows,
  scrollTop,
  useSearchField,
  viewField,
} from '../components/index.js';
import type { Translate } from '../i18n/index.js';
import { LIMITS } from '../../protocol/index.js';
import {
  FIRST_QUERY,
  markRange,
  MARKS_MAX,
  openOverlay,
  pushScreen,
  queryKey,
  selectedUser,
  selectUser,
  setMarks,
  setQuery,
  toggleMark,
  undoable,
  userAt,
  type UsersQuery,
  type UsersState,
} from '../state/index.js';
import { fit, width as cellsOf } from '../text/index.js';
import { useCursor } from '../ink/index.js';
import type { Theme } from '../theme/index.js';
import type { Words } from './account_words.js';
import type { BodySize } from './body_size.js';
import { userPanelRows } from './user_panel.js';
import { userKeys } from './user_keys.js';
import { UserRows } from './users_rows.js';

/** From here on the selected account is shown beside the table. */
const WIDE_COLS_MIN = 110;
const DETAIL_CELLS = 42;
/** Typing is given this long before the server is asked. */
const SEARCH_PAUSE_MS = 120;
const HEAD_ROWS = 3;
const NAMES_SHOWN = 10;

export function Users({ cols, height }: BodySize): React.JSX.Element {
  const { theme, effects, store, now, accessible } = useServices();
  const { t, language } = useWords();
  const users = useApp((state) => state.users);
  const session = useApp((state) => state.session);
  const covered = useContext(CoveredContext);
  const box = useRef<DOMElement | null>(null);
  const [cache] = useState(() => new UserRows());
  const topRef = useRef(0);
  const words: Words = { t, language, now: now() };

  const wide = cols >= WIDE_COLS_MIN;
  const tableCells = wide ? cols - DETAIL_CELLS : cols;
  const marked = users.marks.size;
  const marking = marked > 0 || users.range_from !== null;
  const room = Math.max(1, height - HEAD_ROWS - (marking ? 1 : 0));
  const top = scrollTop(topRef.current, users.selected, room, users.row_count);
  topRef.current = top;

  const key = queryKey(users.query);
  useEffect(() => {
    const timer = setTimeout(
      () => effects.ensureUsers(top, top + room - 1),
      key === users.shown_key ? 0 : SEARCH_PAUSE_MS,
    );
    return () => clearTimeout(timer);
  }, [effects, key, users.shown_key, users.pages, top, room]);

  const ask = (change: Partial<UsersQuery>): void =>
    store.setState(setQuery({ ...store.getState().users.query, ...change }));
  const search = useSearchField(users.query.search, LIMITS.search_length_max, (text) =>
    ask({ search: text }),
  );

  const current = selectedUser(users);
  const mayCreate = session?.permissions.includes('users.create') === true;
  const filtered = users.query.search !== '' || users.query.role !== null || users.query.status !== null;
  const clear = (): void => {
    search.set('');
    const query = { ...store.getState().users.query, search: '', role: null, status: null };
    store.setState(undoable(setQuery(query), { key: 'undo_cleared' }, now()));
  };
  const unmark = (): void => store.setState(undoable(setMarks(new Map()), { key: 'undo_unmarked' }, now()));
  const markAll = async (): Promise<void> => {
    const found = await effects.matchingUsers(MARKS_MAX);
    if (!found.ok) {
      effects.toast('error', { problem: found.problem });
      return;
    }
    const marks = new Map(found.value.map(({ account_id, account_name }) => [account_id, account_name]));
    const said = { key: 'undo_marked', params: { count: marks.size } } as const;
    store.setState(undoable(setMarks(marks), said, now()));
  };
  useLayer({
    depth: DEPTH.screen,
    places: ['list', 'users', 'user', 'global'],
    onDigit: accessible ? (digit) => store.setState(selectUser(top + digit - 1)) : undefined,
    handlers: {
      ...listKeys(users.row_count, users.selected, room, (index) => store.setState(selectUser(index))),
      ...(current === undefined
        ? {}
        : { open: () => store.setState(pushScreen({ name: 'user', account_id: current.account_id })) }),
      ...userKeys(store, current),
      ...(marked > 0
        ? { user_actions: () => store.setState(openOverlay({ name: 'menu', menu: 'bulk_actions' })) }
        : {}),
      ...(current === undefined
        ? {}
        : { mark: () => store.setState(toggleMark), mark_range: () => store.setState(markRange) }),
      ...(users.row_count === 0
        ? {}
        : {
            mark_all: () => {
              if (marked > 0) unmark();
              else void markAll();
            },
          }),
      search: search.open,
      filters: () => store.setState(openOverlay({ name: 'menu', menu: 'filters' })),
      sort: () => store.setState(openOverlay({ name: 'menu', menu: 'sort' })),
      reverse: () => {
        const { query } = store.getState().users;
        const turned = setQuery({ ...query, descending: !query.descending });
        store.setState(undoable(turned, { key: 'undo_sorted' }, now()));
      },
      ...(filtered ? { clear_filter: clear, back: clear } : {}),
      ...(marking ? { back: unmark } : {}),
      ...(mayCreate ? { new_user: () => store.setState(pushScreen({ name: 'create_user' })) } : {}),
      users_refresh: () => effects.refreshUsers(),
    },
  });
  useLayer(search.layer);

  cache.prepare(theme, words, tableCells - 3);
  const line = filterLine(t, theme, users.query, search.active ? search.text : null, cols);
  const cursor = search.active && !covered ? { row: 1, column: line.cursor } : undefined;
  useCursor(box, cursor);
  const table = tableRows({ users, cache, theme, words, cells: tableCells, top, room });
  const detail = wide ? userPanelRows(theme, words, current ?? null, null, DETAIL_CELLS, room + 1) : [];
  const rows = [
    titleLine(t, theme, users, cols),
    line.row,
    ...table.map((row, at) => (wide ? row + (detail[at] ?? ' '.repeat(DETAIL_CELLS)) : row)),
    ...(marking ? [marksLine(t, theme, users, cols)] : []),
  ];
  return (
    <Box ref={box} width={cols} height={height} flexDirection="column">
      <Rows rows={rows} />
    </Box>
  );
}

function titleLine(t: Translate, theme: Theme, users: UsersState, cols: number): string {
  const { total, total_is_exact, query } = users;
  const count =
    total === null ? '' : t(total_is_exact ? 'users_count' : 'users_count_many', { count: total });
  const order = `${t(`sort_${query.sort}`)} ${query.descending ? '↓' : '↑'} `;
  const left = ` ${t('tab_admin')} › ${t('users_title')}`;
  const right = `${users.loading ? '… ' : ''}${count}   ${order}`;
  const room = cols - cellsOf(left);
  return theme.paint('title', left) + theme.paint('dim', fit(right, room, 'right'));
}

type FilterLine = { readonly row: string; readonly cursor: number };

function filterLine(
  t: Translate,
  theme: Theme,
  query: UsersQuery,
  typing: Parameters<typeof viewField>[0] | null,
  cols: number,
): FilterLine {
  const fieldCells = Math.min(28, Math.max(10, Math.floor(cols / 3)));
  const view = typing === null ? null : viewField(typing, fieldCells, false);
  const text = view?.shown ?? fit(query.search === '' ? t('users_search') : query.search, fieldCells);
  const role = query.role === null ? t('any') : t(`role_${query.role}`);
  const status = query.status === null ? t('any') : t(`status_${query.status}`);
  const filters = `  ${t('field_role')}: ${role}   ${t('field_status')}: ${status}`;
  const look = view !== null ? 'field_active' : query.search === '' ? 'dim' : 'field';
  const row =
    ` ${theme.paint('key', '/')} ${theme.paint(look, text)}` +
    theme.paint(
      query.role === null && query.status === null ? 'dim' : 'warn',
      fit(filters, cols - 3 - fieldCells),
    );
  return { row, cursor: 3 + (view?.cursor ?? 0) };
}

type TableLook = {
  readonly users: UsersState;
  readonly cache: UserRows;
  readonly theme: Theme;
  readonly words: Words;
  readonly cells: number;
  readonly top: number;
  readonly room: number;
};

function tableRows({ users, cache, theme, words, cells, top, room }: TableLook): string[] {
  const { t, language } = words;
  const content = cells - 3;
  const rows = [`  ${cache.header(theme, content)} `];
  const end = Math.min(users.row_count, top + room);
  for (let at = top; at < end; at += 1) {
    const account = userAt(users, at);
    const selected = at === users.selected;
    const marked = account !== undefined && users.marks.has(account.account_id);
    const sign = `${selected ? '▸' : ' '}${marked ? '✓' : inRange(users, at) ? '·' : ' '}`;
    const text = account === undefined ? fit('…', content) : cache.row(theme, account, content, selected);
    rows.push(`${sign}${text}${scrollSign(users.row_count, top, room, at - top)}`);
  }
  const blank = ' '.repeat(cells);
  if (users.row_count === 0) {
    const filtered =
      queryKey(users.query) !==
      queryKey({ ...FIRST_QUERY, sort: users.query.sort, descending: users.query.descending });
    const words_of =
      users.problem !== null
        ? problemWords(t, language, users.problem).sentence
        : users.shown_key === ''
          ? t('loading')
          : t(filtered ? 'users_no_match' : 'users_empty');
    rows.push(blank, fit(`   ${words_of}`, cells));
  }
  while (rows.length < room + 1) rows.push(blank);
  return rows;
}

const inRange = ({ range_from, selected }: UsersState, at: number): boolean =>
  range_from !== null && at >= Math.min(range_from, selected) && at <= Math.max(range_from, selected);

/** How many are marked, and who; or that a range is being drawn. */
function marksLine(t: Translate, theme: Theme, users: UsersState, cols: number): string {
  const { marks, range_from } = users;
  if (range_from !== null) return theme.paint('accent', fit(` ${t('users_range')}`, cols));
  const names = [...marks.values()].slice(0, NAMES_SHOWN).join(', ');
  const more = marks.size > NAMES_SHOWN ? ', …' : '';
  return theme.paint('accent', fit(` ${t('users_marked', { count: marks.size })}: ${names}${more}`, cols));
}

/** The scroll bar at the right edge, where there is more than fits. */
function scrollSign(count: number, top: number, room: number, at: number): string {
  if (count <= room) return ' ';
  const size = Math.max(1, Math.round((room * room) / count));
  const start = Math.round((top * (room - size)) / (count - room));
  return at >= start && at < start + size ? '█' : '│';
}
