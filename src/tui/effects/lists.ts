/** How the pages of each list are read, and what screens ask for about lists, done. */
import type {
  Account,
  ClientKeyRecord,
  ParamsOf,
  ResultOf,
  RoleRecord,
  Session,
} from '../../protocol/index.js';
import type { Attempt, Problem, ProblemCode } from '../i18n/index.js';
import {
  changePerson,
  CLIENT_KEY_STATES,
  clientKeyState,
  dropProblem,
  filterParts,
  LIST_NAMES,
  LISTS,
  searchParts,
  type AppStore,
  type ClientKeysQuery,
  type RolesQuery,
  type ListName,
  type Page,
  type UsersQuery,
} from '../state/index.js';
import { map } from './attempts.js';
import type { Effects, ListEffects } from './contract.js';
import type { Link } from './link.js';
import { ListLoader, type ListLoaderOptions, type ReadPage } from './list_loader.js';

type Readers = { readonly [N in ListName]: ReadPage<N> };
type Loaders = { readonly [N in ListName]: ListLoader<N> };

const listReaders = (store: AppStore, link: Link, now: () => number): Readers => ({
  users: (query, cursor) => readUsers(link, query, cursor),
  sessions: async () =>
    map(await link.attempt('list_sessions', {}), ({ sessions }) => ({
      rows: currentFirst(sessions),
      next_cursor: null,
      total: sessions.length,
      total_is_exact: true,
    })),
  history: async (_query, cursor) =>
    map(
      await link.attempt('login_history', {
        limit: LISTS.history.page_rows,
        ...(cursor === null ? {} : { cursor }),
      }),
      ({ entries, next_cursor }) => ({ rows: entries, next_cursor, total: null, total_is_exact: true }),
    ),
  // The server gives them all at once; what is searched for is found here, and so is the order.
  client_keys: async (query) =>
    map(await link.attempt('list_client_keys', {}), ({ client_keys }) => {
      const rows = sortedKeys(
        foundRows(client_keys, query.search, (key) => [key.key_id, LISTS.client_keys.name(key)]),
        query,
        now(),
      );
      return { rows, next_cursor: null, total: rows.length, total_is_exact: true };
    }),
  // So it does roles; all of them are kept besides, for whatever has to know what one permits.
  roles: async (query) => {
    const owner = store.getState().person.session?.session_id;
    const read = await link.attempt('list_roles', {});
    if (read.ok && store.getState().person.session?.session_id === owner)
      store.setState(changePerson({ roles: read.value.roles }));
    return map(read, ({ roles }) => {
      const rows = sortedRoles(
        foundRows(roles, query.search, ({ role, description, permissions }) => [
          role,
          description ?? '',
          ...permissions,
        ]),
        query,
      );
      return { rows, next_cursor: null, total: rows.length, total_is_exact: true };
    });
  },
});

const loaderOf = <N extends ListName>(
  store: AppStore,
  name: N,
  readers: Readers,
  options: ListLoaderOptions,
): ListLoader<N> => new ListLoader(store, name, readers[name], options);

export function listEffects(
  store: AppStore,
  link: Link,
  now: () => number,
  toast: Effects['toast'],
): ListEffects {
  const readers = listReaders(store, link, now);
  const onStale = (problem: Problem): void => {
    const { connection, toasts } = store.getState();
    // Of a line that is down the status bar tells; and several lists of a screen say the same.
    const told = toasts.some(({ said }) => 'problem' in said && said.problem.code === problem.code);
    if (connection.name === 'ready' && !told) toast('error', { problem });
  };
  const onPassed = (code: ProblemCode): void => store.setState(dropProblem(code));
  const loaders = Object.fromEntries(
    LIST_NAMES.map((name) => [name, loaderOf(store, name, readers, { onStale, onPassed })]),
    // Each loader was made for its own name, which the compiler can't see through the names.
  ) as unknown as Loaders;
  return {
    ensureRows: (list, from, to) => loaders[list].ensure(from, to),
    refreshList: (list) => loaders[list].refresh(),
    matchingRows: (list, count_max) => loaders[list].matching(count_max),
  };
}

/**
 * Reads as many rows as a page of the list has. The server's pages may be shorter where nearly all accounts are left out, or where
 * accounts are large.
 */
async function readUsers(
  link: Link,
  query: UsersQuery,
  cursor: string | null,
): Promise<Attempt<Page<Account>>> {
  const rows: Account[] = [];
  const { page_rows } = LISTS.users;
  let at = cursor;
  for (;;) {
    const read: Attempt<ResultOf<'list_users'>> = await link.attempt('list_users', {
      ...listUsersParams(query),
      limit: page_rows - rows.length,
      ...(at === null ? {} : { cursor: at }),
    });
    if (!read.ok) return read;
    const { users, next_cursor, total, total_is_exact } = read.value;
    rows.push(...users);
    at = next_cursor;
    if (at === null || rows.length === page_rows)
      return { ok: true, value: { rows, next_cursor: at, total, total_is_exact } };
  }
}

function listUsersParams(query: UsersQuery): ParamsOf<'list_users'> {
  const { found, left } = searchParts(query.search);
  const asked: Record<string, string> = found === '' ? {} : { search: found };
  const not: Record<string, string> = left === '' ? {} : { search: left };
  for (const [name, filter] of Object.entries(query.filters)) {
    if (filter === null) continue;
    const parts = filterParts(filter);
    (parts.not ? not : asked)[name] = parts.value;
  }
  return {
    // The filters of the list are the action's own parameters, and so are their values.
    ...(asked as ParamsOf<'list_users'>),
    ...(Object.keys(not).length === 0 ? {} : { not }),
    sort: query.sort,
    descending: query.descending,
  };
}

/** Returns keys in the order that is asked for; without one, in the server's. */
function sortedKeys(
  keys: readonly ClientKeyRecord[],
  { sort, descending }: ClientKeysQuery,
  now: number,
): readonly ClientKeyRecord[] {
  if (sort === null) return descending ? keys.toReversed() : keys;
  const keyOf = (key: ClientKeyRecord): string | number => {
    if (sort === 'name') return asCompared(LISTS.client_keys.name(key));
    if (sort === 'state') return CLIENT_KEY_STATES.indexOf(clientKeyState(key, now));
    return key[sort] ?? 0;
  };
  return inOrder(keys, keyOf, descending);
}

function sortedRoles(roles: readonly RoleRecord[], { sort, descending }: RolesQuery): readonly RoleRecord[] {
  if (sort === null) return descending ? roles.toReversed() : roles;
  const keyOf = ({ role, permissions, updated_at }: RoleRecord): string | number =>
    sort === 'name' ? role : sort === 'count' ? permissions.length : (updated_at ?? 0);
  return inOrder(roles, keyOf, descending);
}

function inOrder<R>(rows: readonly R[], keyOf: (row: R) => string | number, descending: boolean): R[] {
  const order = rows.toSorted((a, b) => {
    const [one, other] = [keyOf(a), keyOf(b)];
    return one < other ? -1 : one > other ? 1 : 0;
  });
  return descending ? order.reverse() : order;
}

/** However it was composed and written, `ё` as `е`: the same as where the server searches. */
const asCompared = (text: string): string =>
  text.normalize('NFKC').toLowerCase().replace(/ё/g, 'е').replace(/ς/g, 'σ');

/** Returns the rows of which a text holds what is searched for, without those of which one holds what is left out. */
function foundRows<R>(
  rows: readonly R[],
  search: string,
  textsOf: (row: R) => readonly string[],
): readonly R[] {
  const { found, left } = searchParts(search);
  const [wanted, unwanted] = [asCompared(found), asCompared(left)];
  return rows.filter((row) => {
    const texts = textsOf(row).map(asCompared);
    const has = (part: string): boolean => texts.some((text) => text.includes(part));
    return has(wanted) && (unwanted === '' || !has(unwanted));
  });
}

/** Returns the sessions with the one in which this is read first; the others keep the server's order, the one used last first. */
export const currentFirst = (sessions: readonly Session[]): readonly Session[] =>
  sessions.toSorted((a, b) => Number(b.current) - Number(a.current));
