/** Pure changes of what belongs to the person: who is signed in, their lists, the account that is open. */
import type { Account } from '../../protocol/index.js';
import type { Problem } from '../i18n/index.js';
import { LIST_NAMES, LISTS, type ListName, type ListOf, type QueryOf, type RowOf } from './list_table.js';
import type { AppState } from './model.js';
import {
  asked,
  failed,
  loading,
  marked,
  markToggled,
  pageTaken,
  rangeMarked,
  rowPut,
  rowsKept,
  selected,
  unknownList,
  type Page,
} from './paged_list.js';
import { NOBODY, type PersonState, type SessionView } from './person.js';
import { mayBeAt, screenEntry, SCREEN_NAMES, SIGNED_IN_SCREEN, type ScreenName } from './screen_table.js';

type Change = (state: AppState) => AppState;

export const changePerson =
  (change: Partial<PersonState>): Change =>
  (state) => ({ ...state, person: { ...state.person, ...change } });

/** Who is signed in from now on. Another session than before begins with nothing. */
export const signedInAs =
  (session: SessionView): Change =>
  (state) => {
    const same = state.person.session?.session_id === session.session_id;
    return {
      ...state,
      signed_out_reason: null,
      resuming: null,
      person: { ...(same ? state.person : NOBODY), session },
    };
  };

/** What may no longer be seen by whoever comes to the keyboard: rows and accounts leave the state, questions stay. */
export const lock: Change = (state) => {
  const unlocked = LIST_NAMES.reduce((next, name) => forgetRows(name)(next), state);
  return {
    ...changePerson({ locked: true, roles: null, user_detail: null, resumable: null })(unlocked),
    overlays: [],
    unasked: state.unasked + 1,
  };
};

const changeList =
  <N extends ListName>(name: N, change: (list: ListOf<N>) => ListOf<N>): Change =>
  (state) => {
    const before: ListOf<N> = state.person.lists[name];
    const list = change(before);
    return list === before ? state : changePerson({ lists: { ...state.person.lists, [name]: list } })(state);
  };

/** Asks a new question of a list; what is shown stays until its answer comes. */
export const setQuery = <N extends ListName>(name: N, query: QueryOf<N>): Change =>
  changeList(name, (list) => asked(list, query));

export const listLoading = (name: ListName): Change => changeList(name, (list) => loading(list));

export const listFailed = (name: ListName, key: string, problem: Problem): Change =>
  changeList(name, (list) => failed(list, key, problem));

/** Takes page `number` of the question `key`; `fresh` says that a first page was read again. */
export const pageArrived = <N extends ListName>(
  name: N,
  key: string,
  number: number,
  page: Page<RowOf<N>>,
  fresh: boolean,
): Change => changeList(name, (list) => pageTaken(list, key, number, page, fresh, LISTS[name]));

export const selectRow = (name: ListName, index: number): Change =>
  changeList(name, (list) => selected(list, index));

export const toggleMark = (name: ListName): Change =>
  changeList(name, (list) => markToggled(list, LISTS[name]));

export const markRange = (name: ListName): Change =>
  changeList(name, (list) => rangeMarked(list, LISTS[name]));

export const setMarks = (name: ListName, marks: ReadonlyMap<string, string>): Change =>
  changeList(name, (list) => marked(list, marks));

export const forgetRows = (name: ListName): Change =>
  changeList(name, ({ query, page_rows }) => unknownList(query, page_rows));

/** Drops rows of a list that comes at once. */
export const keepRows = <N extends ListName>(name: N, keeps: (row: RowOf<N>) => boolean): Change =>
  changeList(name, (list) => rowsKept(list, keeps));

/** Puts a changed row into the place of the one before, if that is loaded. */
export const rowChanged = <N extends ListName>(name: N, row: RowOf<N>): Change =>
  changeList(name, (list) => rowPut(list, row, LISTS[name]));

/** Puts a changed account wherever it is shown: into its row and the detail view. */
export const userChanged =
  (account: Account): Change =>
  (state) => {
    const { user_detail } = state.person;
    const next = rowChanged('users', account)(state);
    return user_detail?.account_id === account.account_id
      ? changePerson({ user_detail: { ...user_detail, account } })(next)
      : next;
  };

/** The own account as it is now, in the session and in the list of accounts. */
export const ownAccountChanged =
  (account: Account): Change =>
  (state) => {
    const { session } = state.person;
    const next = userChanged(account)(state);
    return session === null ? next : changePerson({ session: { ...session, account } })(next);
  };

/**
 * Leaves screens whose rights were taken away, down to the first one below that is still allowed, and forgets what was read
 * for them.
 */
export const leaveForbidden: Change = (state) => {
  const permissions = state.person.session?.permissions ?? null;
  const allowed = ({ name }: { readonly name: ScreenName }): boolean => mayBeAt(name, permissions);
  const forgotten = SCREEN_NAMES.filter((name) => !mayBeAt(name, permissions)).reduce((next, name) => {
    const { list, loads } = screenEntry(name);
    const rows = list === undefined ? next : forgetRows(list)(next);
    const without = list === 'roles' ? changePerson({ roles: null })(rows) : rows;
    return loads.includes('user') ? changePerson({ user_detail: null })(without) : without;
  }, state);
  if (state.screens.every(allowed)) return forgotten;
  const end = state.screens.findIndex((screen) => !allowed(screen));
  const [root = SIGNED_IN_SCREEN, ...above] = state.screens.slice(0, end);
  return {
    ...forgotten,
    overlays: [],
    typed: false,
    screens: [root, ...above],
    unasked: state.unasked + 1,
  };
};
