/** Reads the pages of the users table that the screen asks for, one at a time, newest question first. */
import type { Account, ParamsOf, ResultOf } from '../../protocol/index.js';
import {
  type AppStore,
  missingPage,
  PAGE_ROWS,
  queryKey,
  usersFailed,
  usersLoading,
  usersPageArrived,
  type UsersQuery,
} from '../state/index.js';
import type { Attempt } from '../i18n/index.js';
import type { Link } from './link.js';

type Wanted = { readonly from: number; readonly to: number };

export class UsersLoader {
  private readonly store: AppStore;
  private readonly link: Link;
  private wanted: Wanted = { from: 0, to: 0 };
  private fresh = false;
  private running = false;

  constructor(store: AppStore, link: Link) {
    this.store = store;
    this.link = link;
  }

  ensure(from: number, to: number): void {
    this.wanted = { from, to };
    void this.run();
  }

  refresh(): void {
    this.fresh = true;
    void this.run();
  }

  /** Accounts that match the question, the first `count_max`, page after page; nothing of it is kept here. */
  async matching(count_max: number): Promise<Attempt<readonly Account[]>> {
    const { query } = this.store.getState().users;
    const found: Account[] = [];
    let cursor: string | null = null;
    do {
      const page: Attempt<ResultOf<'list_users'>> = await this.link.attempt(
        'list_users',
        listParams(query, cursor),
      );
      if (!page.ok) return page;
      found.push(...page.value.users);
      cursor = page.value.next_cursor;
    } while (cursor !== null && found.length < count_max);
    return { ok: true, value: found.slice(0, count_max) };
  }

  private async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      for (let page = this.next(); page !== null; page = this.next()) {
        if (!(await this.read(page))) return;
      }
    } finally {
      this.running = false;
    }
  }

  /** The next page to read, or null when nothing is missing. */
  private next(): number | null {
    const { users } = this.store.getState();
    if (this.fresh || queryKey(users.query) !== users.shown_key) return 0;
    return missingPage(users, this.wanted.from, this.wanted.to);
  }

  private async read(number: number): Promise<boolean> {
    const { query, cursors } = this.store.getState().users;
    const key = queryKey(query);
    const fresh = this.fresh;
    this.fresh = false;
    this.store.setState(usersLoading);
    const outcome = await this.link.attempt(
      'list_users',
      listParams(query, number === 0 ? null : (cursors[number] ?? null)),
    );
    if (!outcome.ok) {
      this.store.setState(usersFailed(key, outcome.problem));
      return false;
    }
    this.store.setState(usersPageArrived(key, number, outcome.value, fresh));
    return true;
  }
}

function listParams(query: UsersQuery, cursor: string | null): ParamsOf<'list_users'> {
  const search = query.search.trim();
  return {
    ...(search === '' ? {} : { search }),
    ...(query.role === null ? {} : { role: query.role }),
    ...(query.status === null ? {} : { status: query.status }),
    sort: query.sort,
    descending: query.descending,
    limit: PAGE_ROWS,
    ...(cursor === null ? {} : { cursor }),
  };
}
