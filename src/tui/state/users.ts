/**
 * The users table as page windows: 200-row pages in the order of the server's cursors, of which the 20 used last are
 * kept. Old rows stay until the first page of a new question is there; late answers to old questions are dropped.
 */
import type { Account } from '../../protocol/index.js';
import { FIRST_USERS, queryKey, type AppState, type UsersQuery, type UsersState } from './model.js';
import type { Problem } from '../i18n/index.js';

/** Rows of one page: the most that the protocol gives at once. */
export const PAGE_ROWS = 200;
/** Pages kept: 4,000 rows, about 3 MB. */
const PAGES_KEPT_MAX = 20;

export type UsersPage = {
  readonly users: readonly Account[];
  readonly next_cursor: string | null;
  readonly total: number;
  readonly total_is_exact: boolean;
};

type Change = (state: AppState) => AppState;

const withUsers =
  (change: (users: UsersState) => UsersState): Change =>
  (state) => {
    const users = change(state.users);
    return users === state.users ? state : { ...state, users };
  };

/** The row at `index`, or undefined while its page isn't there. */
export function userAt(users: UsersState, index: number): Account | undefined {
  return users.pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS];
}

export const selectedUser = (users: UsersState): Account | undefined => userAt(users, users.selected);

/** Asks a new question; what is shown stays until its answer comes. */
export const setQuery = (query: UsersQuery): Change =>
  withUsers((users) => (queryKey(query) === queryKey(users.query) ? users : { ...users, query }));

export const usersLoading = withUsers((users) => (users.loading ? users : { ...users, loading: true }));

export const usersFailed = (key: string, problem: Problem): Change =>
  withUsers((users) => (key === queryKey(users.query) ? { ...users, loading: false, problem } : users));

/** Takes page `number` of the question `key`. A first page of a new question, or of a refresh, replaces all pages. */
export const usersPageArrived = (key: string, number: number, page: UsersPage, fresh: boolean): Change =>
  withUsers((users) => {
    if (key !== queryKey(users.query)) return users;
    if (number === 0 && (fresh || key !== users.shown_key)) return firstPage(users, key, page);
    if (key !== users.shown_key) return users;
    const pages = new Map(users.pages);
    pages.delete(number);
    pages.set(number, page.users);
    for (const oldest of pages.keys()) {
      if (pages.size <= PAGES_KEPT_MAX) break;
      pages.delete(oldest);
    }
    const cursors = [...users.cursors];
    if (page.next_cursor !== null) cursors[number + 1] = page.next_cursor;
    const loaded = number * PAGE_ROWS + page.users.length;
    const complete = users.complete || page.next_cursor === null;
    return {
      ...users,
      pages,
      cursors,
      complete,
      loading: false,
      problem: null,
      row_count: page.next_cursor === null ? loaded : Math.max(users.row_count, loaded),
    };
  });

function firstPage(users: UsersState, key: string, page: UsersPage): UsersState {
  const complete = page.next_cursor === null;
  const same = key === users.shown_key;
  const before = same ? userAt(users, users.selected)?.account_id : undefined;
  const again = before === undefined ? -1 : page.users.findIndex((user) => user.account_id === before);
  const row_count = complete ? page.users.length : Math.max(page.users.length, page.total);
  const selected = again >= 0 ? again : same ? Math.min(users.selected, Math.max(0, row_count - 1)) : 0;
  return {
    ...users,
    shown_key: key,
    pages: new Map([[0, page.users]]),
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

/** The first page that is needed for the rows `from` … `to` and isn't there: it, or the page whose cursor leads to it. */
export function missingPage(users: UsersState, from: number, to: number): number | null {
  const last = Math.floor(Math.max(from, Math.min(to, users.row_count - 1)) / PAGE_ROWS);
  for (let page = Math.floor(Math.max(0, from) / PAGE_ROWS); page <= last; page += 1) {
    if (users.pages.has(page)) continue;
    return Math.min(page, users.cursors.length - 1);
  }
  return null;
}

export const selectUser = (index: number): Change =>
  withUsers((users) => {
    const selected = Math.max(0, Math.min(index, users.row_count - 1));
    return selected === users.selected ? users : { ...users, selected };
  });

/** Puts a changed account into the rows and the detail view, wherever it is shown. */
export const userChanged =
  (account: Account): Change =>
  (state) => {
    const pages = new Map(state.users.pages);
    for (const [number, rows] of pages) {
      const at = rows.findIndex((row) => row.account_id === account.account_id);
      if (at >= 0) pages.set(number, rows.with(at, account));
    }
    const detail = state.user_detail;
    return {
      ...state,
      users: { ...state.users, pages },
      user_detail: detail?.account_id === account.account_id ? { ...detail, account } : detail,
    };
  };

export const forgetUsers: Change = (state) => ({
  ...state,
  users: { ...FIRST_USERS, query: state.users.query },
});

/** Marks or unmarks the selected account and goes on to the next. */
export const toggleMark = withUsers((users) => {
  const account = selectedUser(users);
  if (account === undefined) return users;
  const marks = new Map(users.marks);
  if (!marks.delete(account.account_id)) marks.set(account.account_id, account.account_name);
  return {
    ...users,
    marks,
    range_from: null,
    selected: Math.min(users.selected + 1, Math.max(0, users.row_count - 1)),
  };
});

/** Begins a range at the selected row; the second time marks all rows from there to here that are loaded. */
export const markRange = withUsers((users) => {
  if (users.range_from === null) return { ...users, range_from: users.selected };
  const marks = new Map(users.marks);
  const [from, to] = [Math.min(users.range_from, users.selected), Math.max(users.range_from, users.selected)];
  for (let at = from; at <= to && marks.size < MARKS_MAX; at += 1) {
    const account = userAt(users, at);
    if (account !== undefined) marks.set(account.account_id, account.account_name);
  }
  return { ...users, marks, range_from: null };
});

export const setMarks = (marks: ReadonlyMap<string, string>): Change =>
  withUsers((users) => ({ ...users, marks, range_from: null }));

/** Accounts that can be marked at once; each is an act of its own for the server. */
export const MARKS_MAX = 1_000;
