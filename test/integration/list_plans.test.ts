/** How PostgreSQL goes about the lists of many accounts: along an index, never through all of them for one page. */
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { USER_SORTS, type BuiltInRole } from '../../src/protocol/index.js';
import { UserReads, type UserQuery } from '../../src/server/store/reads/users.js';
import type { Reader } from '../../src/server/store/tx.js';
import { freshDatabase, postgresAvailable } from '../support/fresh_database.js';

/** So many that going through all of them is dearer than an index, and few enough for a test. */
const ACCOUNTS = 20_000;

type Plan = {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Plan[];
};

/** The whole tables that a plan goes through. */
const wholesOf = (plan: Plan): string[] => [
  ...(plan['Node Type'] === 'Seq Scan' ? [plan['Relation Name'] ?? '?'] : []),
  ...(plan.Plans ?? []).flatMap(wholesOf),
];

/** A reader that asks how each statement would be carried out, and finds nothing. */
function planning(client: Client, plans: { sql: string; plan: Plan }[]): Reader {
  const all = async <R extends object>(sql: string, values: readonly unknown[]): Promise<R[]> => {
    const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: Plan }[] }>(
      `EXPLAIN (FORMAT JSON) ${sql}`,
      [...values],
    );
    plans.push({ sql, plan: rows[0]!['QUERY PLAN'][0]!.Plan });
    return [];
  };
  return {
    get: async <R extends object>(sql: string, ...values: readonly unknown[]) =>
      (await all<R>(sql, values))[0],
    all: <R extends object>(sql: string, ...values: readonly unknown[]) => all<R>(sql, values),
  };
}

const EVERYBODY: Omit<UserQuery, 'sort' | 'descending'> = {
  search: null,
  role: null,
  status: null,
  limit: 50,
  after: null,
};

test.runIf(postgresAvailable())(
  'a page of those whom nearly everybody is among is found by index',
  async () => {
    await using database = await freshDatabase();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      await client.query(
        `INSERT INTO accounts (account_id, account_name, status, created_at, updated_at, last_seen_at, name_skeleton, email, first_name)
       SELECT 'a' || n, 'name' || n, CASE WHEN n % 50 = 0 THEN 'suspended' ELSE 'active' END, n, n, n % 777, 'skeleton' || n,
         'mail' || n, 'first' || n % 100
       FROM generate_series(1, $1::int) n`,
        [ACCOUNTS],
      );
      await client.query(
        `INSERT INTO account_roles SELECT account_id, 'user' FROM accounts
       UNION ALL SELECT account_id, 'moderator' FROM accounts WHERE created_at % 1000 = 0`,
      );
      await client.query('ANALYZE');
      const through: string[] = [];
      for (const sort of USER_SORTS)
        for (const descending of [false, true])
          for (const [role, status] of [
            ['user', 'active'],
            ['user', null],
            [null, 'active'],
          ] as const satisfies readonly (readonly [BuiltInRole | null, UserQuery['status']])[]) {
            const plans: { sql: string; plan: Plan }[] = [];
            await new UserReads(planning(client, plans)).page({
              ...EVERYBODY,
              role,
              status,
              sort,
              descending,
            });
            const page = plans.at(-1)!;
            expect(page.sql).toContain('ORDER BY');
            const whole = wholesOf(page.plan).filter((table) => table === 'accounts');
            if (whole.length > 0)
              through.push(`${role} ${status} by ${sort}${descending ? ', descending' : ''}`);
          }
      expect(through).toEqual([]);
    } finally {
      await client.end();
    }
  },
);
