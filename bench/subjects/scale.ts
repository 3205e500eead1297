/** P9: what a million accounts, or as many as are asked for, cost that a thousand don't. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { frameOf, type Bench, type Subject } from '../bench.js';
import { HASH_SLOTS, Load, type ServerUnderTest } from '../children.js';
import type { Measured } from '../load/commands.js';
import { accountIdOf, accountOf, tokenOf } from '../seed.js';
import { peopleOf } from './sign_in.js';
import { LIMITS, USER_SORTS, type UserSort } from '../../src/protocol/index.js';
import { PageCursors } from '../../src/server/crypto/index.js';
import { completeKeys, keptKeys } from '../../src/server/data_folder/index.js';
import { questionOf } from '../../src/server/handlers/cursor.js';
import { systemRandom } from '../../src/server/runtime/index.js';
import { DATABASE_FILE } from '../../src/server/store/index.js';

const SMALL = 1_000;
const LARGE = 1_000_000;
const LARGE_QUICK = 20_000;
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
/** More sessions than the server keeps in memory: each check misses. */
const SESSIONS_LARGE = 60_000;

type Question = { readonly name: string; readonly params: object };

const orderOf = (sort: string, descending: boolean): string => (descending ? `${sort}, descending` : sort);

/** Cursors of pages in the middle of each list, by the order, as the server would have given them to whoever asks here. */
function deepCursors(folder: string, accounts: number): ReadonlyMap<string, string> {
  const sealed = new PageCursors(completeKeys(folder, keptKeys(folder), systemRandom).server_secret);
  const db = new Database(join(folder, DATABASE_FILE), { readonly: true });
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

function questions(cursors: ReadonlyMap<string, string>, accounts: number): readonly Question[] {
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

async function verifies(bench: Bench, server: ServerUnderTest, tokens: number): Promise<Measured> {
  return bench.measure({
    kind: 'closed_loop',
    target: server.target,
    requests: Array.from({ length: tokens }, (_, number) =>
      frameOf('verify_token', { token: tokenOf(number) }),
    ),
    expect: '"active":true',
    connections: 64,
    depth: 1,
    sign_in_with: [],
    warm_ms: bench.ms(400),
    measure_ms: bench.ms(1_200),
    cpu_of: server.pid,
  });
}

async function signsIn(bench: Bench, { target, pid }: ServerUnderTest): Promise<Measured> {
  await using load = new Load(bench.programs);
  return await load.measure({
    kind: 'sign_ins',
    target,
    people: peopleOf(HASH_SLOTS + 2),
    warm_ms: bench.ms(400),
    measure_ms: bench.ms(2_500),
    cpu_of: pid,
  });
}

async function run(bench: Bench): Promise<void> {
  const { figures } = bench;
  const count = bench.quick ? LARGE_QUICK : (bench.accounts ?? LARGE);
  const sessions = bench.quick ? SMALL : SESSIONS_LARGE;
  const flags = ['--password-cost', '15'];
  bench.show(`scale: making ${count} accounts`, 0);
  const began = performance.now();
  const largeData = await bench.seeded(count, sessions);
  figures.note(`making ${count} accounts`, 's', (performance.now() - began) / 1000);
  const cursors = deepCursors(largeData, count);
  await using small = await bench.server({ data: await bench.seeded(SMALL, SMALL), flags });
  await using large = await bench.server({ data: largeData, flags });
  await bench.eachRound(
    'scale',
    async () => {
      const [few, many] = [await verifies(bench, small, SMALL), await verifies(bench, large, SMALL)];
      const [fewIn, manyIn] = [await signsIn(bench, small), await signsIn(bench, large)];
      const limit = { at_most: 1.2 };
      figures.add(
        'P9',
        `verify_token, CPU: ${count} accounts / ${SMALL}`,
        'x',
        many.cpu_us / few.cpu_us,
        limit,
      );
      figures.add(
        'P9',
        `sign-in, CPU: ${count} accounts / ${SMALL}`,
        'x',
        manyIn.cpu_us / fewIn.cpu_us,
        limit,
      );
      if (sessions > SMALL) {
        const missed = await verifies(bench, large, sessions);
        figures.note(
          `verify_token that misses the cache, ${count} accounts: server CPU`,
          'µs',
          missed.cpu_us,
        );
        figures.note(`verify_token from the cache, ${count} accounts: server CPU`, 'µs', many.cpu_us);
      }
    },
    0.35,
    0.65,
  );
  await lists(bench, large, questions(cursors, count), count);
}

async function lists(
  bench: Bench,
  large: ServerUnderTest,
  all: readonly Question[],
  count: number,
): Promise<void> {
  const { figures } = bench;
  const smaller = Math.round(100 / bench.rounds);
  await bench.eachRound(
    'scale: list_users',
    async () => {
      await using load = new Load(bench.programs);
      const answers = await load.ask({
        kind: 'asks',
        target: large.target,
        session_token: tokenOf(0),
        questions: all.map(({ name, params }) => ({ name, action: 'list_users', params })),
        times: bench.quick ? 5 : Math.max(100, smaller),
        time_ms_max: bench.ms(1_000),
      });
      for (const { name, p99_ms, errors } of answers) {
        if (errors > 0) throw new Error(`list_users refused: ${name}`);
        figures.add('P9', `list_users at ${count}, ${name}: p99`, 'ms', p99_ms, { at_most: 10 });
      }
    },
    0.65,
    1,
  );
}

export const scale: Subject = {
  name: 'scale',
  summary: 'P9: a million accounts against a thousand, and every kind of list',
  seconds: 230,
  run,
};
