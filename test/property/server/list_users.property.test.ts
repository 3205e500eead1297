import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BUILT_IN_ROLE_NAMES,
  USER_SORTS,
  type Account,
  type ParamsOf,
  type ResultOf,
  type BuiltInRole,
} from '../../../src/protocol/index.js';
import { openBeside } from '../../support/database.js';
import { administrator, type SignedIn } from '../../support/raw_peer.js';
import { expectRefusal } from '../../support/replies.js';
import { startServer, type TestServer } from '../../support/server.js';
import { runs } from '../../support/runs.js';

const PEOPLE = 200;
const FIRST = ['Anna', 'ANNE', 'Øyvind', 'Мария', 'Li', "O'Neil", 'Zoë', null] as const;
const LAST = ['Smith', 'smithson', 'Van Dyke', 'Иванова', 'Li', null] as const;
const STATUSES = ['active', 'pending', 'suspended'] as const;
const RANKS = ['user', 'moderator', 'admin'] as const;

let server: TestServer;
let boss: SignedIn;
/** All accounts as the server shows them one by one: what every list is compared with. */
let all: Account[];

beforeAll(async () => {
  server = await startServer();
  boss = await administrator(server);
  const made: string[] = [];
  for (let n = 0; n < PEOPLE; n += 1) {
    const [first_name, last_name] = [FIRST[n % FIRST.length], LAST[n % LAST.length]];
    const user = {
      account_name: `${['anna', 'bob', 'маша', 'zed.x', 'q-1'][n % 5] ?? ''}${n}`,
      ...(first_name === null || first_name === undefined ? {} : { first_name }),
      ...(last_name === null || last_name === undefined ? {} : { last_name }),
      ...(n % 3 === 0 ? { email: `mail.${n}@host${n % 7}.test` } : {}),
    };
    const roles = [...(n % 11 === 0 ? ['admin'] : []), ...(n % 4 === 0 ? ['moderator'] : [])];
    made.push((await boss.peer.call('create_user', { user, roles })).user.account_id);
  }
  {
    using db = openBeside(server.data_folder);
    const change = db.prepare(
      'UPDATE accounts SET status = ?, created_at = ?, last_seen_at = ? WHERE account_id = ?',
    );
    // Many ties, so that the account id has to decide; a third was never seen.
    made.forEach((id, n) =>
      change.run(STATUSES[n % 3], 1_000 + (n % 9), n % 3 === 0 ? 0 : 5_000 + (n % 5), id),
    );
  }
  for (const [n, account_id] of made.entries()) {
    const { roles } = (await boss.peer.call('get_user', { account_id })).user;
    if (n % 10 === 1 && !roles.includes('admin'))
      await boss.peer.call('assign_role', { account_id, role: 'admin' });
    if (n % 8 === 0) await boss.peer.call('unassign_role', { account_id, role: roles[0] });
  }
  all = [];
  for (const account_id of [...made, boss.account_id]) {
    all.push((await boss.peer.call('get_user', { account_id })).user);
  }
});
afterAll(async () => {
  await boss[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

type Question = Omit<ParamsOf<'list_users'>, 'cursor'>;

/** What the column of roles shows. */
const shownIn = ({ roles }: Account): BuiltInRole => RANKS.findLast((role) => roles.includes(role)) ?? 'user';

/** The model: a search word is the beginning of a field or of a word in it, whatever its case. */
function matches(account: Account, { not, ...asked }: Question): boolean {
  if (!keeps(account, asked)) return false;
  return Object.entries(not ?? {}).every(([name, value]) => !keeps(account, { [name]: value }));
}

function keeps(account: Account, { search, role, holds, status }: Omit<Question, 'not'>): boolean {
  const fields = [account.account_name, account.email, account.first_name, account.last_name];
  const words = (search ?? '').toLowerCase().split(' ').filter(Boolean);
  const found = words.every((word) =>
    fields.some((field) => {
      const text = (field ?? '').toLowerCase();
      return text.startsWith(word) || text.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word));
    }),
  );
  return (
    found &&
    (role === undefined || shownIn(account) === role) &&
    (holds === undefined || account.roles.includes(holds)) &&
    (status === undefined || account.status === status)
  );
}

const asciiSmall = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

function expected(question: Question): string[] {
  const sort = question.sort ?? 'account_name';
  const key = (account: Account): string | number =>
    // The highest role first.
    sort === 'role'
      ? -RANKS.indexOf(shownIn(account))
      : sort === 'name'
        ? asciiSmall([account.first_name, account.last_name].filter((part) => part !== null).join(' '))
        : sort === 'email'
          ? asciiSmall(account.email ?? '')
          : (account[sort] ?? 0);
  const compare = (a: Account, b: Account): number => {
    const [left, right] = [key(a), key(b)];
    const byKey =
      typeof left === 'number' && typeof right === 'number'
        ? left - right
        : Buffer.compare(Buffer.from(String(left)), Buffer.from(String(right)));
    return byKey !== 0 ? byKey : Buffer.compare(Buffer.from(a.account_id), Buffer.from(b.account_id));
  };
  const sorted = all.filter((account) => matches(account, question)).sort(compare);
  return (question.descending === true ? sorted.reverse() : sorted).map(({ account_id }) => account_id);
}

const SEARCHES = [
  'anna',
  'ANN',
  'б',
  'маш',
  'li',
  'smith',
  'van dy',
  'mail',
  'mail.1',
  'host3',
  'o',
  'nobody',
  'zed.x',
  '1',
] as const;

const question: fc.Arbitrary<Question> = fc
  .record(
    {
      search: fc.constantFrom(...SEARCHES),
      role: fc.constantFrom(...BUILT_IN_ROLE_NAMES),
      holds: fc.constantFrom(...BUILT_IN_ROLE_NAMES),
      status: fc.constantFrom(...STATUSES),
      not: fc.oneof(
        fc.record({ search: fc.constantFrom(...SEARCHES) }),
        fc.record({ role: fc.constantFrom(...BUILT_IN_ROLE_NAMES) }),
        fc.record({ holds: fc.constantFrom('moderator', 'admin') }),
        fc.record({ status: fc.constantFrom(...STATUSES) }),
      ),
      sort: fc.constantFrom(...USER_SORTS),
      descending: fc.boolean(),
      limit: fc.oneof(fc.integer({ min: 1, max: 13 }), fc.constantFrom(50, 199, 200)),
    },
    { requiredKeys: [] },
  )
  .map((made) => made as Question);

describe('list_users against a model, over 201 accounts', () => {
  test('every page put together is the sorted, filtered list: nothing twice, nothing missing', async () => {
    await fc.assert(
      fc.asyncProperty(question, async (asked) => {
        const wanted = expected(asked);
        const got: string[] = [];
        let cursor: string | null = null;
        do {
          // Typed by hand: the loop would otherwise make the type depend on itself.
          const page: ResultOf<'list_users'> = await boss.peer.call('list_users', {
            ...asked,
            ...(cursor === null ? {} : { cursor }),
          });
          expect(page.users.length).toBeLessThanOrEqual(asked.limit ?? 50);
          expect(page).toMatchObject({ total: wanted.length, total_is_exact: true });
          for (const user of page.users) {
            expect(user).toEqual(all.find(({ account_id }) => account_id === user.account_id));
          }
          got.push(...page.users.map(({ account_id }) => account_id));
          cursor = page.next_cursor;
          if (cursor !== null) expect(page.users.length).toBe(asked.limit ?? 50);
        } while (cursor !== null);
        expect(got).toEqual(wanted);
      }),
      { numRuns: runs(60) },
    );
  });

  test('the model and the questions are worth something: most questions find someone', () => {
    const found = fc.sample(question, 200).filter((asked) => expected(asked).length > 0);
    expect(found.length).toBeGreaterThan(40);
  });

  test.each([
    ['a name where a number belongs', { sort: 'created_at' }, ['anna', 'a_x']],
    ['a number where a name belongs', {}, [5, 'a_x']],
    ['too few parts', {}, ['anna']],
    ['no id', {}, ['anna', 5]],
  ])('a cursor of another list is refused: %s', async (_what, params, at) => {
    const cursor = Buffer.from(JSON.stringify({ at })).toString('base64url');
    expectRefusal(await boss.peer.ask('list_users', { ...params, cursor }), 'invalid_params');
  });

  test('a page holds at most 200 accounts, and a search is no longer than the longest text that is shown', async () => {
    expectRefusal(await boss.peer.ask('list_users', { limit: 201 }), 'invalid_params');
    expectRefusal(await boss.peer.ask('list_users', { limit: 0 }), 'invalid_params');
    expectRefusal(await boss.peer.ask('list_users', { search: 'x'.repeat(255) }), 'invalid_params');
    expectRefusal(await boss.peer.ask('list_users', { search: '  ' }), 'invalid_params');
  });

  test.each(['%', '_', '*', "' OR 1=1 --", '\\', '"'])('%j in a search is only text', async (search) => {
    expect(await boss.peer.call('list_users', { search })).toMatchObject({ users: [], total: 0 });
  });
});
