/** Lists that leave accounts out: what a search finds with more terms than are listed, page after page of a bounded look. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIMITS, type ResultOf } from '../../src/protocol/index.js';
import { openBeside } from '../support/database.js';
import { administrator, type SignedIn } from '../support/raw_peer.js';
import { startServer, type TestServer } from '../support/server.js';

/** Made in the file itself: more than a page passes over, twice. */
const COMMON = 2 * LIMITS.search_passed_max + 500;
const RARE = 7;

let server: TestServer;
let boss: SignedIn;

beforeAll(async () => {
  server = await startServer();
  boss = await administrator(server);
  using db = openBeside(server.data_folder);
  const account = db.prepare(
    `INSERT INTO accounts (account_id, account_name, name_skeleton, status, created_at, updated_at)
     VALUES (@id, @name, @name, 'active', @at, @at)`,
  );
  const role = db.prepare("INSERT INTO account_roles (account_id, role) VALUES (?, 'user')");
  const term = db.prepare('INSERT INTO account_terms (term, account_id) VALUES (?, ?)');
  const add = (name: string, at: number): void => {
    const id = `a_${name.padStart(20, '0')}`;
    account.run({ id, name, at });
    role.run(id);
    term.run(name, id);
  };
  db.transaction(() => {
    for (let n = 0; n < COMMON; n += 1) add(`common${n}`, 1_000 + n);
    // The last ones in the order of names, behind all that are passed over.
    for (let n = 0; n < RARE; n += 1) add(`rare${n}`, 1);
  })();
});
afterAll(async () => {
  await boss[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test('what very many terms begin with is left out of every page, and pages go on to the end', async () => {
  const names: string[] = [];
  const pages: ResultOf<'list_users'>[] = [];
  let cursor: string | null = null;
  do {
    const page: ResultOf<'list_users'> = await boss.peer.call('list_users', {
      not: { search: 'comm' },
      ...(cursor === null ? {} : { cursor }),
    });
    pages.push(page);
    names.push(...page.users.map(({ account_name }) => account_name));
    cursor = page.next_cursor;
  } while (cursor !== null);
  expect(names).toEqual(['boss.one', ...Array.from({ length: RARE }, (_, n) => `rare${n}`)]);
  // The administrator's account is the first of all; the others are behind two looks.
  expect(pages.map(({ users }) => users.length)).toEqual([1, 0, RARE]);
  expect(pages[0]).toMatchObject({ total: 1, total_is_exact: false });
});

test('descending, and beside a filter, it is the same', async () => {
  const page = await boss.peer.call('list_users', {
    not: { search: 'comm' },
    sort: 'account_name',
    descending: true,
  });
  expect(page.users.map(({ account_name }) => account_name)).toEqual(
    Array.from({ length: RARE }, (_, n) => `rare${RARE - 1 - n}`),
  );
  expect(page.next_cursor).not.toBeNull();
  const none = await boss.peer.call('list_users', { not: { search: 'comm', role: 'user' } });
  expect(none.users.map(({ account_name }) => account_name)).toEqual(['boss.one']);
  expect(none).toMatchObject({ next_cursor: null, total: 1, total_is_exact: true });
});

test('a word that few terms begin with leaves out these alone, and the count stays exact', async () => {
  const page = await boss.peer.call('list_users', { not: { search: 'rare1' }, search: 'rare' });
  expect(page.users.map(({ account_name }) => account_name)).toEqual(
    [0, 2, 3, 4, 5, 6].map((n) => `rare${n}`),
  );
  expect(page).toMatchObject({ total: 6, total_is_exact: true, next_cursor: null });
});

test('a search that shows nothing finds nobody, so nobody is left out', async () => {
  const page = await boss.peer.call('list_users', { search: 'rare', not: { search: '\u200b' } });
  expect(page.total).toBe(RARE);
});

test('the order by name and e-mail has those without in front', async () => {
  const first = await boss.peer.call('list_users', { sort: 'email', limit: 1 });
  expect(first.users[0]?.email).toBeNull();
  await boss.peer.call('create_user', {
    user: { account_name: 'zoe', first_name: 'Zoe', email: 'A@x.test' },
  });
  await boss.peer.call('create_user', {
    user: { account_name: 'yan', first_name: 'adam', email: 'b@x.test' },
  });
  const namesBy = async (sort: 'name' | 'email'): Promise<readonly string[]> =>
    (await boss.peer.call('list_users', { sort, descending: true, limit: 2 })).users.map(
      ({ account_name }) => account_name,
    );
  expect(await namesBy('name')).toEqual(['zoe', 'yan']);
  expect(await namesBy('email')).toEqual(['yan', 'zoe']);
});
