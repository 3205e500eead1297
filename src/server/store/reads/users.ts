/** Pages of accounts, for administrators. */
import {
  LIMITS,
  shownRole,
  type Account,
  type AccountStatus,
  type Role,
  type UserSort,
} from '../../../protocol/index.js';
import { searchAsked } from '../../domain/index.js';
import type { Reader, SqlValue } from '../tx.js';
import { ACCOUNT_COLUMNS, toAccounts, type AccountRow } from '../records/accounts.js';

export type UserQuery = {
  readonly search: string | null;
  /** The role that lists show of an account: the highest that it holds. */
  readonly role: Role | null;
  /** A role that it holds, whichever is shown. */
  readonly holds?: Role | null;
  readonly status: AccountStatus | null;
  readonly sort: UserSort;
  readonly descending: boolean;
  readonly limit: number;
  /** The sort value and id after which the page begins. */
  readonly after: readonly [string | number, string] | null;
};

export type UserPage = {
  readonly users: readonly Account[];
  readonly next: readonly [string | number, string] | null;
  readonly total: number;
  readonly total_is_exact: boolean;
};

/** A word, and how many terms begin with it. */
type Rarest = { readonly word: string; readonly terms: number };

/** Above every character that a term can hold. */
const AFTER_ALL = '\u{10FFFF}';

const SORT_COLUMNS = {
  account_name: 'a.account_name',
  created_at: 'a.created_at',
  last_seen_at: 'a.last_seen_at',
  role: 'a.shown_role',
  status: 'a.status',
} as const satisfies Record<UserSort, string>;

/** Returns what an account is sorted by, as its row has it. */
function sortKey(account: Account, sort: UserSort): string | number {
  if (sort === 'role') return shownRole(account.roles);
  // An account that was never seen has no time in a list, and the smallest one in the order.
  return account[sort] ?? 0;
}

export class UserReads {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Returns the word of a search that the fewest terms begin with, and how many do, counted up to one more than are looked at. */
  async #rarest(words: readonly string[]): Promise<Rarest | null> {
    let rarest: Rarest | null = null;
    for (const word of words) {
      const row = await this.#reader.get<{ terms: number }>(
        `SELECT count(*) AS terms FROM (
           SELECT 1 FROM account_terms WHERE term >= $1 AND term < $2 LIMIT ${LIMITS.search_rows_max + 1})`,
        word,
        word + AFTER_ALL,
      );
      const terms = row?.terms ?? 0;
      if (rarest === null || terms < rarest.terms) rarest = { word, terms };
    }
    return rarest;
  }

  /**
   * Returns the words that accounts are asked for. All of a search at once tells more than its words do: where more terms
   * begin with each of these than are looked at, it finds at least what is shown just so.
   */
  async #wordsOf(search: string): Promise<{ words: readonly string[]; rarest: Rarest | null; all: boolean }> {
    const { words, phrase } = searchAsked(search);
    const rarest = await this.#rarest(words);
    if (rarest === null || rarest.terms <= LIMITS.search_rows_max) return { words, rarest, all: true };
    const whole = words.length > 1 ? await this.#rarest([phrase]) : null;
    return whole === null || whole.terms === 0
      ? { words, rarest, all: false }
      : { words: [phrase], rarest: whole, all: false };
  }

  /** Returns a page of accounts by key: its cost doesn't depend on where it is. */
  async page(query: UserQuery): Promise<UserPage> {
    const values: SqlValue[] = [];
    const bind = (value: SqlValue): string => `$${values.push(value)}`;
    const where = ['1 = 1'];
    const { words, rarest, all } =
      query.search === null ? { words: [], rarest: null, all: true } : await this.#wordsOf(query.search);
    // Nothing that is shown begins with a text that shows nothing.
    if (query.search !== null && rarest === null) where.push('1 = 0');
    for (const word of words) {
      const inRange = `term >= ${bind(word)} AND term < ${bind(word + AFTER_ALL)}`;
      // The rarest word finds the accounts, and only so many; the others are looked up for each of these.
      where.push(
        word === rarest?.word
          ? `a.account_id IN (SELECT account_id FROM account_terms WHERE ${inRange} LIMIT ${LIMITS.search_rows_max})`
          : `EXISTS (SELECT 1 FROM account_terms t WHERE t.account_id = a.account_id AND ${inRange})`,
      );
    }
    // Everybody holds `user`.
    const holds = query.holds === 'user' ? null : (query.holds ?? null);
    // One condition finds the accounts, the one that is likely to find the fewest; each of these is asked for the others.
    const finder =
      rarest !== null
        ? 'search'
        : holds !== null
          ? 'holds'
          : query.role !== null && query.role !== 'user'
            ? 'role'
            : query.status !== null && query.status !== 'active'
              ? 'status'
              : // Nearly all match: whatever the order is by finds them, and few are passed over.
                query.sort;
    if (holds !== null) {
      const role = `role = ${bind(holds)} AND role <> 'user'`;
      where.push(
        finder === 'holds'
          ? `a.account_id IN (SELECT account_id FROM account_roles WHERE ${role})`
          : `EXISTS (SELECT 1 FROM account_roles r WHERE r.account_id = a.account_id AND ${role})`,
      );
    }
    const filter = (name: 'role' | 'status', value: string | null, usual: string): void => {
      if (value === null) return;
      const column = SORT_COLUMNS[name];
      // The literal says what the partial indexes say; a bound value alone would not let them be used. In all other cases an
      // expression, so that no index of the column is walked where another condition, or the order, finds the accounts.
      where.push(
        finder === name && value !== usual
          ? `${column} = ${bind(value)} AND ${column} <> '${usual}'`
          : `${column} || '' = ${bind(value)}`,
      );
    };
    filter('role', query.role, 'user');
    filter('status', query.status, 'active');
    const matching = where.join(' AND ');
    const counted = await this.#reader.get<{ total: number }>(
      `SELECT count(*) AS total FROM (SELECT 1 FROM accounts a WHERE ${matching} LIMIT ${LIMITS.count_max + 1})`,
      ...values,
    );
    const column = SORT_COLUMNS[query.sort];
    const beyond = query.descending ? '<' : '>';
    const direction = query.descending ? 'DESC' : 'ASC';
    const from =
      query.after === null
        ? ''
        : `AND (${column}, a.account_id) ${beyond} (${bind(query.after[0])}, ${bind(query.after[1])})`;
    const order = `${column} ${direction}, a.account_id ${direction}`;
    const rows = await this.#reader.all<AccountRow>(
      `SELECT a.*, r.role FROM (
         SELECT ${ACCOUNT_COLUMNS}, a.shown_role FROM accounts a WHERE ${matching} ${from}
         ORDER BY ${order} LIMIT ${bind(query.limit + 1)}) a
       LEFT JOIN account_roles r ON r.account_id = a.account_id ORDER BY ${order}, r.role`,
      ...values,
    );
    const accounts = toAccounts(rows);
    const page = withinBytes(accounts.slice(0, query.limit));
    const last = page.at(-1);
    const total = counted?.total ?? 0;
    return {
      users: page,
      next:
        accounts.length > page.length && last !== undefined
          ? [sortKey(last, query.sort), last.account_id]
          : null,
      total: Math.min(total, LIMITS.count_max),
      total_is_exact: total <= LIMITS.count_max && all,
    };
  }
}

/** Returns as many of the accounts as fit into a page's bytes; always at least one. */
function withinBytes(accounts: readonly Account[]): readonly Account[] {
  let bytes = 0;
  const fitting = accounts.findIndex((account, index) => {
    bytes += Buffer.byteLength(JSON.stringify(account));
    return index > 0 && bytes > LIMITS.page_bytes_max;
  });
  return fitting === -1 ? accounts : accounts.slice(0, fitting);
}
