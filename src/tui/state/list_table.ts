/**
 * The table of lists. An entry says what a row and a question are and what can be asked; the state of the list, its loader,
 * its menus, what can be typed behind `:` and its view derive from it. Its columns are in screens, its reading in effects.
 */
import {
  ACCOUNT_STATUSES,
  LIMITS,
  LOCAL_KEY_ID,
  BUILT_IN_ROLE_NAMES,
  ROLE_NAME,
  type Account,
  type AccountStatus,
  type ClientKeyRecord,
  type ResultOf,
  type BuiltInRole,
  type RoleRecord,
  type Session,
  type UserSort,
} from '../../protocol/index.js';
import { roleWord, type MessageKey, type Translate } from '../i18n/index.js';
import type { ActionId } from '../input/index.js';
import { unknownList, type ListQuery, type PagedList, type RowNames } from './paged_list.js';

export type SignInEntry = ResultOf<'login_history'>['entries'][number];

export type UsersQuery = ListQuery & {
  readonly filters: {
    /** The role that the list shows. */
    readonly role: OrNot<BuiltInRole> | null;
    readonly holds: string | null;
    readonly status: OrNot<AccountStatus> | null;
  };
  readonly sort: UserSort;
};
/** A value of a filter, or all rows but those with it. */
type OrNot<V extends string> = V | `!${V}`;

export type ClientKeySort = 'name' | 'state' | 'last_used_at' | 'key_id' | 'created_at';
/** They come at once, so they are searched and sorted here; unless told, in the server's order. */
export type ClientKeysQuery = ListQuery & {
  readonly filters: Readonly<Record<string, never>>;
  readonly sort: ClientKeySort | null;
};
export type RoleSort = 'name' | 'count' | 'updated_at';
/** They come at once, too: the built-in ones first, then the others by name. */
export type RolesQuery = ListQuery & {
  readonly filters: Readonly<Record<string, never>>;
  readonly sort: RoleSort | null;
};
/** A list of which nothing can be asked. */
type PlainQuery = ListQuery & { readonly filters: Readonly<Record<string, never>>; readonly sort: null };

/** The lists that there are: what their rows and their questions are. */
type ListTypes = {
  readonly users: { readonly row: Account; readonly query: UsersQuery };
  readonly sessions: { readonly row: Session; readonly query: PlainQuery };
  readonly history: { readonly row: SignInEntry; readonly query: PlainQuery };
  readonly client_keys: { readonly row: ClientKeyRecord; readonly query: ClientKeysQuery };
  readonly roles: { readonly row: RoleRecord; readonly query: RolesQuery };
};

export type ListName = keyof ListTypes;
export type RowOf<N extends ListName> = ListTypes[N]['row'];
export type QueryOf<N extends ListName> = ListTypes[N]['query'];
export type ListOf<N extends ListName> = PagedList<RowOf<N>, QueryOf<N>>;
export type ListsState = { readonly [N in ListName]: ListOf<N> };

export type FilterSpec<V extends string = string> = {
  /** What chooses it in the menu of filters. */
  readonly letter: string;
  readonly label: MessageKey;
  /** Each can also be asked for with `!` in front: all but these. */
  readonly values: readonly V[];
  word(t: Translate, value: V): string;
  /** There are others besides, which people made. */
  readonly more?: {
    /** Returns those that are known, of all roles as far as they were read. */
    known(roles: readonly RoleRecord[] | null): readonly string[];
    /** Returns true for what could be one. */
    could(value: string): boolean;
  };
  /** Told above the list only while it is set: it is seldom asked for, and the line is short. */
  readonly quiet?: true;
};

export type SortSpec = {
  /** What chooses it in the menu of orders. */
  readonly letter: string;
  /** The key that sorts by it without the menu; it stands in the title of the column. */
  readonly key: ActionId;
  readonly label: MessageKey;
  /** How it begins: times are looked at newest first. */
  readonly descending: boolean;
  /** How it may be written behind `sort:`, besides its own name. */
  readonly typed: string;
};

export type ListSpec<R = unknown, Q extends ListQuery = ListQuery> = RowNames<R> & {
  /** Rows of one page. */
  readonly page_rows: number;
  readonly first_query: Q;
  readonly filters: {
    readonly [F in keyof Q['filters']]: FilterSpec<Exclude<Extract<Q['filters'][F], string>, `!${string}`>>;
  };
  readonly sorts: Readonly<Record<Extract<Q['sort'], string>, SortSpec>>;
  readonly words: {
    /** How many there are, and that there are more than anybody counts; null where the server doesn't count. */
    readonly count: { readonly exact: MessageKey; readonly many: MessageKey } | null;
    /** Stands where nothing is searched for. */
    readonly search: MessageKey;
    readonly empty: MessageKey;
    /** Nothing matches what is asked. */
    readonly no_match: MessageKey;
  };
};

/** The most that the protocol gives at once. */
const PAGE_ROWS = 200;
const HISTORY_ROWS = 100;

const sorted = (
  letter: string,
  key: ActionId,
  label: MessageKey,
  typed: string,
  descending = false,
): SortSpec => ({ letter, key, label, typed, descending });

const PLAIN_QUERY: PlainQuery = { search: '', filters: {}, sort: null, descending: false };
const PLAIN_WORDS = {
  count: null,
  search: 'users_search',
  empty: 'history_empty',
  no_match: 'history_empty',
} as const;

export const LISTS: { readonly [N in ListName]: ListSpec<RowOf<N>, QueryOf<N>> } = {
  users: {
    id: ({ account_id }) => account_id,
    name: ({ account_name }) => account_name,
    page_rows: PAGE_ROWS,
    first_query: {
      search: '',
      filters: { role: null, holds: null, status: null },
      sort: 'account_name',
      descending: false,
    },
    filters: {
      role: { letter: 'r', label: 'field_role', values: BUILT_IN_ROLE_NAMES, word: roleWord },
      holds: {
        letter: 'h',
        label: 'filter_holds',
        values: BUILT_IN_ROLE_NAMES,
        word: roleWord,
        more: {
          known: (roles) => roles?.flatMap(({ role, built_in }) => (built_in ? [] : [role])) ?? [],
          could: (role) => ROLE_NAME.test(role),
        },
        quiet: true,
      },
      status: {
        letter: 's',
        label: 'field_status',
        values: ACCOUNT_STATUSES,
        word: (t, status) => t(`status_${status}`),
      },
    },
    sorts: {
      account_name: sorted('u', 'sort_by_account', 'sort_account_name', 'login'),
      name: sorted('n', 'sort_by_name', 'field_name', 'name'),
      email: sorted('e', 'sort_by_email', 'field_email', 'email'),
      role: sorted('r', 'sort_by_role', 'field_role', 'role'),
      status: sorted('s', 'sort_by_state', 'field_status', 'status'),
      last_seen_at: sorted('t', 'sort_by_last', 'sort_last_seen_at', 'last', true),
      created_at: sorted('c', 'sort_by_created', 'sort_created_at', 'created', true),
    },
    words: {
      count: { exact: 'users_count', many: 'users_count_many' },
      search: 'users_search',
      empty: 'users_empty',
      no_match: 'users_no_match',
    },
  },
  sessions: {
    id: ({ session_id }) => session_id,
    name: ({ session_id }) => session_id,
    // An account has only so many, far fewer than this: they come at once.
    page_rows: PAGE_ROWS,
    first_query: PLAIN_QUERY,
    filters: {},
    sorts: {},
    words: PLAIN_WORDS,
  },
  history: {
    // Entries have no id; two of the same moment, place and kind look the same to everyone.
    id: ({ at, method, address }) => `${at} ${method} ${address}`,
    name: ({ at }) => String(at),
    page_rows: HISTORY_ROWS,
    first_query: PLAIN_QUERY,
    filters: {},
    sorts: {},
    words: PLAIN_WORDS,
  },
  client_keys: {
    id: ({ key_id }) => key_id,
    // `local` is in a file on the server's machine and has no name but its id.
    name: ({ key_id, name }) => (key_id === LOCAL_KEY_ID ? key_id : name),
    // They come at once, `local` besides those that are counted.
    page_rows: LIMITS.client_keys_max + 1,
    first_query: PLAIN_QUERY,
    filters: {},
    sorts: {
      name: sorted('n', 'sort_by_name', 'field_name', 'name'),
      state: sorted('s', 'sort_by_state', 'field_state', 'state'),
      last_used_at: sorted('t', 'sort_by_last', 'field_last_used', 'last', true),
      key_id: sorted('i', 'sort_by_id', 'field_key_id', 'id'),
      created_at: sorted('c', 'sort_by_created', 'sort_created_at', 'created', true),
    },
    words: {
      count: { exact: 'client_keys_count', many: 'client_keys_count' },
      search: 'client_keys_search',
      empty: 'client_keys_empty',
      no_match: 'client_keys_no_match',
    },
  },
  roles: {
    id: ({ role }) => role,
    name: ({ role }) => role,
    page_rows: LIMITS.roles_max + BUILT_IN_ROLE_NAMES.length,
    first_query: PLAIN_QUERY,
    filters: {},
    sorts: {
      name: sorted('n', 'sort_by_name', 'field_name', 'name'),
      count: sorted('m', 'sort_by_count', 'field_permits', 'permits', true),
      updated_at: sorted('h', 'sort_by_changed', 'field_updated', 'changed', true),
    },
    words: {
      count: { exact: 'roles_count', many: 'roles_count' },
      search: 'roles_search',
      empty: 'roles_empty',
      no_match: 'roles_no_match',
    },
  },
};

export const LIST_NAMES = Object.keys(LISTS) as readonly ListName[];

/** Returns the entry of a list whose rows and questions are not known by type. */
export const listSpec = (name: ListName): ListSpec => LISTS[name];

/** All lists, of none of which anything is known. */
export const UNKNOWN_LISTS = Object.fromEntries(
  LIST_NAMES.map((name) => [
    name,
    unknownList<unknown, ListQuery>(LISTS[name].first_query, LISTS[name].page_rows),
  ]),
  // Each list was made of its own entry, which the compiler can't see through the names.
) as unknown as ListsState;
