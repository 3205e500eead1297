/** Every kind of page that lists of accounts are asked for, put to a server with many accounts. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Bench } from './bench.js';
import { Load } from './children.js';
import type { GoalName } from './figures.js';
import type { Target } from './load/commands.js';
import { accountIdOf, accountOf, tokenOf } from './seed.js';
import { LIMITS, USER_SORTS, type UserSort } from '../src/protocol/index.js';
import { PageCursors } from '../src/server/crypto/index.js';
import { questionOf } from '../src/server/handlers/cursor.js';
import { mastersIn, opened } from '../src/server/key_ring/index.js';
import { DATABASE_FILE, type RingKey } from '../src/server/store/index.js';

/** The orders of lists, and the columns that they are by. */
const COLUMNS = {
  account_name: 'account_name',
  name: 'name_order',
  email: 'email_order',
  created_at: 'created_at',
  last_seen_at: 'last_seen_at',
  role: 'shown_role',
  status: 'status',
} as const satisfies Record<UserSort, string>;
type Question = { readonly name: string; readonly params: object };

const orderOf = (sort: string, descending: boolean): string => (descending ? `${sort}, descending` : sort);

/** Cursors of pages in the middle of each list, by the order, as the server would have given them to whoever asks here. */
function deepCursors(folder: string, accounts: number): ReadonlyMap<string, string> {
  const db = new Database(join(folder, DATABASE_FILE), { readonly: true });
  const ring = db.prepare<[], RingKey>("SELECT * FROM ring_keys WHERE purpose = 'page_cursors'").get();
  if (ring === undefined) throw new Error(`no server has been started on ${folder}`);
  const sealed = new PageCursors(opened(folder, mastersIn(folder), ring));
  const cursors = new Map<string, string>();
  for (const sort of USER_SORTS) {
    const row = db
      .prepare<[number], { key: string | number; account_id: string }>(
        `SELECT ${COLUMNS[sort]} AS key, account_id FROM accounts ORDER BY ${COLUMNS[sort]}, account_id LIMIT 1 OFFSET ?`,
      )
      .get(Math.floor(accounts / 2));
    if (row === undefined) continue;
    for (const descending of [false, true]) {
      const question = questionOf('list_users', accountIdOf(0), { sort, descending });
      cursors.set(orderOf(sort, descending), sealed.seal(question, [row.key, row.account_id]));
    }
  }
  db.close();
  return cursors;
}

/** Returns what a server is asked that has the seeded accounts and the keys of this folder. */
export function listQuestions(folder: string, accounts: number): readonly Question[] {
  const cursors = deepCursors(folder, accounts);
  // The name of the account with the highest number of its kind begins like no other.
  const rare = accountOf(accounts - 1).account_name;
  return [
    ...USER_SORTS.flatMap((sort): Question[] =>
      [false, true].flatMap((descending): Question[] => {
        const order = orderOf(sort, descending);
        return [
          { name: `first page by ${order}`, params: { sort, descending } },
          {
            name: `page in the middle by ${order}`,
            params: { sort, descending, cursor: cursors.get(order) },
          },
        ];
      }),
    ),
    { name: `first page of ${LIMITS.page_rows_max}`, params: { limit: LIMITS.page_rows_max } },
    { name: 'search for a rare beginning', params: { search: rare } },
    { name: 'search that finds nobody', params: { search: 'zzzz' } },
    ...USER_SORTS.map((sort): Question => ({
      name: `search for a common beginning by ${sort}`,
      params: { search: 'ma', sort },
    })),
    { name: 'search for a common first and last name', params: { search: 'anna petrova' } },
    { name: 'search for one common letter', params: { search: 'a' } },
    ...(['admin', 'moderator', 'user'] as const).map((role): Question => ({
      name: `filter by role ${role}`,
      params: { role },
    })),
    ...(['active', 'suspended', 'pending'] as const).map((status): Question => ({
      name: `filter by status ${status}`,
      params: { status },
    })),
    ...USER_SORTS.flatMap((sort): Question[] => [
      { name: `filter by status suspended, by ${sort}`, params: { status: 'suspended', sort } },
      { name: `filter by role moderator, by ${sort}`, params: { role: 'moderator', sort } },
      {
        name: `filter by role user, by ${sort}, descending`,
        params: { role: 'user', sort, descending: true },
      },
      { name: `filter by who holds moderator, by ${sort}`, params: { holds: 'moderator', sort } },
      { name: `role user, suspended, by ${sort}`, params: { role: 'user', status: 'suspended', sort } },
    ]),
    { name: 'role user, active', params: { role: 'user', status: 'active' } },
    {
      name: 'common beginning, suspended, moderator',
      params: { search: 'ma', status: 'suspended', role: 'moderator' },
    },
  ];
}

export type ListsAsked = {
  readonly target: Target;
  readonly questions: readonly Question[];
  /** How a figure is called, in front of the question. */
  readonly of: string;
  readonly goal: GoalName;
  readonly p99_ms_max: number;
};

/** Asks each question again and again, on one connection, in this round. */
export async function askLists(bench: Bench, asked: ListsAsked): Promise<void> {
  await using load = new Load(bench.programs);
  const answers = await load.ask({
    kind: 'asks',
    target: asked.target,
    session_token: tokenOf(0),
    questions: asked.questions.map(({ name, params }) => ({ name, action: 'list_users', params })),
    times: bench.quick ? 5 : Math.max(100, Math.round(100 / bench.rounds)),
    time_ms_max: bench.ms(1_000),
  });
  for (const { name, p99_ms, errors } of answers) {
    if (errors > 0) throw new Error(`list_users refused: ${name}`);
    bench.figures.add(asked.goal, `${asked.of}, ${name}: p99`, 'ms', p99_ms, { at_most: asked.p99_ms_max });
  }
}
