/** How the pages of each list are read, and what screens ask for about lists, done. */
import type { ClientKeyRecord, ParamsOf, Session } from '../../protocol/index.js';
import { LIST_NAMES, LISTS, type AppStore, type ListName, type UsersQuery } from '../state/index.js';
import { map } from './attempts.js';
import type { ListEffects } from './contract.js';
import type { Link } from './link.js';
import { ListLoader, type ReadPage } from './list_loader.js';

type Readers = { readonly [N in ListName]: ReadPage<N> };
type Loaders = { readonly [N in ListName]: ListLoader<N> };

const listReaders = (link: Link): Readers => ({
  users: async (query, cursor) =>
    map(
      await link.attempt('list_users', listUsersParams(query, cursor)),
      ({ users, next_cursor, total, total_is_exact }) => ({
        rows: users,
        next_cursor,
        total,
        total_is_exact,
      }),
    ),
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
  // The server gives them all at once; what is searched for is found here.
  client_keys: async ({ search }) =>
    map(await link.attempt('list_client_keys', {}), ({ client_keys }) => {
      const rows = client_keys.filter((key) => isFound(key, search));
      return { rows, next_cursor: null, total: rows.length, total_is_exact: true };
    }),
});

const loaderOf = <N extends ListName>(store: AppStore, name: N, readers: Readers): ListLoader<N> =>
  new ListLoader(store, name, readers[name]);

export function listEffects(store: AppStore, link: Link): ListEffects {
  const readers = listReaders(link);
  const loaders = Object.fromEntries(
    LIST_NAMES.map((name) => [name, loaderOf(store, name, readers)]),
    // Each loader was made for its own name, which the compiler can't see through the names.
  ) as unknown as Loaders;
  return {
    ensureRows: (list, from, to) => loaders[list].ensure(from, to),
    refreshList: (list) => loaders[list].refresh(),
    matchingRows: (list, count_max) => loaders[list].matching(count_max),
  };
}

function listUsersParams(query: UsersQuery, cursor: string | null): ParamsOf<'list_users'> {
  const search = query.search.trim();
  const { role, holds, status } = query.filters;
  return {
    ...(search === '' ? {} : { search }),
    ...(role === null ? {} : { role }),
    ...(holds === null ? {} : { holds }),
    ...(status === null ? {} : { status }),
    sort: query.sort,
    descending: query.descending,
    limit: LISTS.users.page_rows,
    ...(cursor === null ? {} : { cursor }),
  };
}

/** However it was composed and written, `ё` as `е`: the same as where the server searches. */
const asCompared = (text: string): string =>
  text.normalize('NFKC').toLowerCase().replace(/ё/g, 'е').replace(/ς/g, 'σ');

/** Returns true for a key whose name or id holds the text. */
function isFound(key: ClientKeyRecord, search: string): boolean {
  const wanted = asCompared(search.trim());
  const shown = [key.key_id, LISTS.client_keys.name(key)];
  return shown.some((text) => asCompared(text).includes(wanted));
}

/** Returns the sessions with the one in which this is read first; the others keep the server's order, the one used last first. */
export const currentFirst = (sessions: readonly Session[]): readonly Session[] =>
  sessions.toSorted((a, b) => Number(b.current) - Number(a.current));
