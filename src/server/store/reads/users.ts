/** Pages of accounts, for administrators. */
import {
  ACCOUNT_STATUSES,
  LIMITS,
  BUILT_IN_ROLE_NAMES,
  type Account,
  type AccountStatus,
  type BuiltInRole,
  type UserSort,
} from '../../../protocol/index.js';
import { searchAsked } from '../../domain/index.js';
import type { Reader, SqlValue } from '../tx.js';
import { ACCOUNT_COLUMNS, toAccounts, type AccountRow } from '../records/accounts.js';

export type UserQuery = {
  readonly search: string | null;
  /** The role that lists show of an account: the highest that it holds. */
  readonly role: BuiltInRole | null;
  /** A role that it holds, whichever is shown. */
  readonly holds?: string | null;
  readonly status: AccountStatus | null;
  /** What leaves accounts out: each is one that the filter of its name would keep. */
  readonly not?: Left;
  readonly sort: UserSort;
  readonly descending: boolean;
  readonly limit: number;
  /** The sort value and id after which the page begins. */
  readonly after: readonly [string | number, string] | null;
};

type Left = {
  readonly search?: string | undefined;
  readonly role?: BuiltInRole | undefined;
  readonly holds?: string | undefined;
  readonly status?: AccountStatus | undefined;
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
  name: 'a.name_order',
  email: 'a.email_order',
  created_at: 'a.created_at',
  last_seen_at: 'a.last_seen_at',
  role: 'a.shown_role',
  status: 'a.status',
} as const satisfies Record<UserSort, string>;

/** An account with one of its roles, and what it is sorted by. */
type SortedRow = AccountRow & { readonly sort_key: string | number };

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
           SELECT 1 FROM account_terms WHERE term >= $1 AND term < $2 LIMIT ${LIMITS.search_rows_max + 1}) terms`,
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

  /** Returns what a search that leaves accounts out asks for; null where it finds nobody. */
  async #wordsLeft(search: string): Promise<{ words: readonly string[]; rarest: Rarest } | null> {
    const { words } = searchAsked(search);
    const rarest = await this.#rarest(words);
    return rarest === null ? null : { words, rarest };
  }

  /** Returns whether more hold a role than are looked up one by one. */
  async #areMany(role: string): Promise<boolean> {
    const row = await this.#reader.get<{ held: number }>(
      `SELECT count(*) AS held FROM (
         SELECT 1 FROM account_roles WHERE role = $1 AND role <> 'user' LIMIT ${LIMITS.search_passed_max + 1}) held`,
      role,
    );
    return (row?.held ?? 0) > LIMITS.search_passed_max;
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
    // Who are many aren't gone through to find a few of them: they are met on the way along whatever finds the accounts.
    const crowd = holds !== null && rarest === null && (await this.#areMany(holds));
    const left = query.not ?? {};
    // What may be shown is one of few: what is left out says as well what stays.
    const shown = {
      role: stays(BUILT_IN_ROLE_NAMES, query.role, left.role),
      status: stays(ACCOUNT_STATUSES, query.status, left.status),
    };
    // One condition finds the accounts, the one that is likely to find the fewest; each of these is asked for the others.
    const finder =
      rarest !== null
        ? 'search'
        : holds !== null && !crowd
          ? 'holds'
          : shown.role?.includes('user') === false
            ? 'role'
            : shown.status?.includes('active') === false
              ? 'status'
              : // Nearly all match: whatever the order is by finds them, and few are passed over.
                query.sort;
    if (holds !== null && !crowd) {
      const role = `role = ${bind(holds)} AND role <> 'user'`;
      where.push(
        finder === 'holds'
          ? `a.account_id IN (SELECT account_id FROM account_roles WHERE ${role})`
          : `EXISTS (SELECT 1 FROM account_roles r WHERE r.account_id = a.account_id AND ${role})`,
      );
    }
    /** Conditions that each find a part of the accounts along an index in its order; one that says nothing finds all. */
    let parts = [''];
    for (const [name, usual] of [
      ['role', 'user'],
      ['status', 'active'],
    ] as const) {
      const values: readonly string[] | null = shown[name];
      const column = SORT_COLUMNS[name];
      if (values === null) continue;
      if (values.length === 0) where.push('1 = 0');
      // The literal says what the partial indexes say; a bound value alone would not let them be used. In all other cases an
      // expression, so that no index of the column is walked where another condition, or the order, finds the accounts.
      else if (finder === name && !values.includes(usual))
        parts = values.map((value) => `AND ${column} = ${bind(value)} AND ${column} <> '${usual}'`);
      else where.push(`${column} || '' IN (${values.map(bind).join(', ')})`);
    }
    if (left.holds === 'user') where.push('1 = 0');
    else if (left.holds !== undefined)
      where.push(
        `a.account_id NOT IN (SELECT account_id FROM account_roles WHERE role = ${bind(left.holds)} AND role <> 'user')`,
      );
    const has = (account_id: string, word: string): string =>
      `EXISTS (SELECT 1 FROM account_terms t WHERE t.account_id = ${account_id}
         AND t.term >= ${bind(word)} AND t.term < ${bind(word + AFTER_ALL)})`;
    const out = left.search === undefined ? null : await this.#wordsLeft(left.search);
    const fewOut = out !== null && out.rarest.terms <= LIMITS.search_rows_max;
    if (fewOut) {
      const { word } = out.rarest;
      const others = out.words.filter((other) => other !== word);
      const found = [
        `r.term >= ${bind(word)} AND r.term < ${bind(word + AFTER_ALL)}`,
        ...others.map((other) => has('r.account_id', other)),
      ];
      where.push(
        `a.account_id NOT IN (SELECT r.account_id FROM account_terms r WHERE ${found.join(' AND ')})`,
      );
    }
    const matching = where.join(' AND ');
    const ofMatching = values.length;
    const column = SORT_COLUMNS[query.sort];
    const direction = query.descending ? 'DESC' : 'ASC';
    const order = `${column} ${direction}, a.account_id ${direction}`;
    const outer = `a.sort_key ${direction}, a.account_id ${direction}`;
    const beyond = query.descending ? '<' : '>';
    const from =
      query.after === null
        ? ''
        : `AND (${column}, a.account_id) ${beyond} (${bind(query.after[0])}, ${bind(query.after[1])})`;
    const ofFrom = values.length;
    /** So many of the accounts that match, in their order: each part is walked no further than all of them together. */
    const walk = (columns: string, most: string): string => {
      const walks = parts.map(
        (part) => `SELECT ${columns}, ${column} AS sort_key FROM accounts a WHERE ${matching} ${part} ${from}
         ORDER BY ${order} LIMIT ${most}`,
      );
      const [only = ''] = walks;
      return walks.length === 1
        ? only
        : `SELECT * FROM (${walks.map((one) => `SELECT * FROM (${one}) walk`).join(' UNION ALL ')}) a ORDER BY ${outer} LIMIT ${most}`;
    };
    // Too many to be listed, whether they are left out or asked for: each account that is passed is looked at, and only so many are passed.
    const conditions = [
      ...(out === null || fewOut
        ? []
        : [`NOT (${out.words.map((word) => has('a.account_id', word)).join(' AND ')})`]),
      ...(crowd
        ? [
            `EXISTS (SELECT 1 FROM account_roles h WHERE h.account_id = a.account_id AND h.role = ${bind(holds)} AND h.role <> 'user')`,
          ]
        : []),
    ];
    const each = conditions.length === 0 ? null : conditions.join(' AND ');
    const countMax = LIMITS.count_max + 1;
    const matches = parts.map(
      (part) =>
        `SELECT * FROM (SELECT 1 FROM accounts a WHERE ${matching} ${part} LIMIT ${countMax}) matching`,
    );
    // Every role is an account's: nobody has to be looked up to be counted.
    const byRoleAlone =
      holds !== null &&
      where.length === (crowd ? 1 : 2) &&
      parts.join('') === '' &&
      conditions.length === (crowd ? 1 : 0)
        ? `SELECT 1 FROM account_roles WHERE role = $1 AND role <> 'user' LIMIT ${countMax}`
        : null;
    const passedMax = String(LIMITS.search_passed_max);
    const columns = `${ACCOUNT_COLUMNS}, a.shown_role`;
    const limit = bind(query.limit + 1);
    const found =
      each === null
        ? walk(columns, limit)
        : `SELECT * FROM (${walk(columns, passedMax)}) a WHERE ${each} LIMIT ${limit}`;
    // Where the database is another program's, one is counted and the other found at the same time.
    const [counted, rows] = await Promise.all([
      this.#reader.get<{ total: number; passed: number }>(
        each === null || byRoleAlone !== null
          ? `SELECT count(*) AS total, 0 AS passed FROM (${byRoleAlone ?? matches.join(' UNION ALL ')}) matching`
          : `SELECT COALESCE(sum(CASE WHEN ${each} THEN 1 ELSE 0 END), 0) AS total, count(*) AS passed FROM (${walk('a.account_id', passedMax)}) a`,
        ...(byRoleAlone !== null ? [holds] : values.slice(0, each === null ? ofMatching : -1)),
      ),
      this.#reader.all<SortedRow>(
        `SELECT a.*, r.role FROM (${found}) a
       LEFT JOIN account_roles r ON r.account_id = a.account_id ORDER BY ${outer}, r.role`,
        ...values,
      ),
    ]);
    const accounts = toAccounts(rows);
    const page = withinBytes(accounts.slice(0, query.limit));
    const last = page.at(-1);
    const total = counted?.total ?? 0;
    const keyOf = ({ account_id }: Account): UserPage['next'] => {
      const row = rows.find((one) => one.account_id === account_id);
      return row === undefined ? null : [row.sort_key, account_id];
    };
    const more = accounts.length > page.length && last !== undefined ? keyOf(last) : null;
    return {
      users: page,
      next:
        more === null && each !== null
          ? await this.#lastPassed(walk('a.account_id', passedMax), values.slice(0, ofFrom))
          : more,
      total: Math.min(total, LIMITS.count_max),
      total_is_exact: total <= LIMITS.count_max && all && (counted?.passed ?? 0) < LIMITS.search_passed_max,
    };
  }

  /** Returns where a page ends that passed over as many accounts as it may; null when it came to the end of all. */
  async #lastPassed(walked: string, values: readonly SqlValue[]): Promise<UserPage['next']> {
    const row = await this.#reader.get<{ sort_key: string | number; account_id: string }>(
      `SELECT sort_key, account_id FROM (${walked}) walked LIMIT 1 OFFSET ${LIMITS.search_passed_max - 1}`,
      ...values,
    );
    return row === undefined ? null : [row.sort_key, row.account_id];
  }
}

/** Returns which of all values stay when only one is wanted, or one is left out; null when all do. */
function stays<T extends string>(
  all: readonly T[],
  only: T | null,
  without: T | undefined,
): readonly T[] | null {
  if (only === null && without === undefined) return null;
  return all.filter((value) => (only === null || value === only) && value !== without);
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
