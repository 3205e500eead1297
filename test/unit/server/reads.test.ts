/** A read of many rows costs as many statements as a read of one; what must be of one moment is one statement. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ACCOUNT_STATUSES,
  BUILT_IN_ROLE_NAMES,
  shownRole,
  USER_SORTS,
  type AccountStatus,
  type BuiltInRole,
} from '../../../src/protocol/index.js';
import { Reads } from '../../../src/server/store/reads/index.js';
import { openDatabase, type SqliteDatabase } from '../../../src/server/store/sqlite/database.js';
import { migrate, pendingMigrations } from '../../../src/server/store/sqlite/migrations/index.js';
import { sqliteReader } from '../../../src/server/store/sqlite/statements.js';
import type { SqlValue } from '../../../src/server/store/tx.js';
import { temporaryFolder } from '../../support/server.js';

const ACCOUNTS = 30;
const id = (prefix: string, n: number): string => `${prefix}_${String(n).padStart(20, '0')}`;
const folder = temporaryFolder();
let db: SqliteDatabase;
let reads: Reads;
let statements: string[] = [];
let asked: { readonly sql: string; readonly values: readonly SqlValue[] }[] = [];

beforeAll(() => {
  const path = join(folder, 'portcullis.db');
  db = openDatabase(path, { readonly: false });
  migrate(db, pendingMigrations(db, path), 1);
  const account = db.prepare(
    `INSERT INTO accounts (account_id, account_name, status, created_at, updated_at, name_skeleton)
     VALUES (?, ?, 'active', ?, 1, ?)`,
  );
  const role = db.prepare('INSERT INTO account_roles (account_id, role) VALUES (?, ?)');
  for (let n = 0; n < ACCOUNTS; n += 1) {
    const name = `name${String(n).padStart(2, '0')}`;
    account.run(id('a', n), name, n, name);
    role.run(id('a', n), 'user');
    if (n % 3 === 0) role.run(id('a', n), 'moderator');
    if (n % 5 === 0) role.run(id('a', n), 'admin');
    if (n % 7 === 0) role.run(id('a', n), 'of another release');
  }
  const key = db.prepare('INSERT INTO client_keys (key_id, name, created_at) VALUES (?, ?, ?)');
  const secret = db.prepare(
    'INSERT INTO client_key_secrets (key_id, slot, key, created_at, not_before) VALUES (?, ?, ?, ?, 0)',
  );
  for (let n = 0; n < 10; n += 1) {
    key.run(id('k', n), `key ${n}`, n);
    secret.run(id('k', n), 'current', Buffer.alloc(32), n);
    if (n % 2 === 0) secret.run(id('k', n), 'next', Buffer.alloc(32), n + 100);
  }
  db.prepare(
    `INSERT INTO sessions (session_id, account_id, token_hash, key_id, address, created_at, last_active_at,
       idle_expires_at, expires_at) VALUES (?, ?, ?, 'local', '::1', 1, 1, 100, 100)`,
  ).run(id('s', 0), id('a', 0), Buffer.from('hash'));
  const reader = sqliteReader(db);
  reads = new Reads({
    get: (sql, ...values) => {
      statements.push(sql);
      asked.push({ sql, values });
      return reader.get(sql, ...values);
    },
    all: (sql, ...values) => {
      statements.push(sql);
      asked.push({ sql, values });
      return reader.all(sql, ...values);
    },
  });
});
afterAll(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

async function counted<T>(read: () => Promise<T>): Promise<{ found: T; statements: number }> {
  statements = [];
  const found = await read();
  return { found, statements: statements.length };
}

/** How SQLite finds the rows of a statement, a line for each step. */
function planOf({ sql, values }: (typeof asked)[number]): string {
  const bound: SqlValue[] = [];
  const text = sql.replace(/\$(\d+)/g, (_, number: string) => {
    bound.push(values[Number(number) - 1] ?? null);
    return '?';
  });
  const steps = db
    .prepare<[readonly SqlValue[]], { detail: string }>(`EXPLAIN QUERY PLAN ${text}`)
    .all(bound);
  return steps.map(({ detail }) => detail).join('\n');
}

const page = { search: null, role: null, status: null, after: null } as const;

test('a page of accounts is two statements, however many it shows, with the roles of each in order', async () => {
  const some = await counted(() =>
    reads.users.page({ ...page, sort: 'created_at', descending: false, limit: 2 }),
  );
  const all = await counted(() =>
    reads.users.page({ ...page, sort: 'created_at', descending: true, limit: ACCOUNTS }),
  );
  expect([some.statements, all.statements]).toEqual([2, 2]);
  expect(some.found.users.map(({ roles }) => roles)).toEqual([
    ['admin', 'moderator', 'of another release', 'user'],
    ['user'],
  ]);
  expect(some.found.next).toEqual([1, id('a', 1)]);
  expect(all.found.users.map(({ account_id }) => account_id)).toEqual(
    Array.from({ length: ACCOUNTS }, (_, n) => id('a', ACCOUNTS - 1 - n)),
  );
  expect(all.found.next).toBeNull();
});

test('pages follow each other without a gap, whatever the order', async () => {
  for (const sort of USER_SORTS) {
    for (const descending of [false, true]) {
      const seen: string[] = [];
      let after: readonly [string | number, string] | null = null;
      do {
        const { users, next } = await reads.users.page({ ...page, sort, descending, limit: 7, after });
        seen.push(...users.map(({ account_id }) => account_id));
        after = next;
      } while (after !== null);
      expect(new Set(seen).size, `${sort} ${descending}`).toBe(ACCOUNTS);
      expect(seen.length).toBe(ACCOUNTS);
    }
  }
});

test('the role that lists show is the highest that is held, whatever becomes of the roles', () => {
  type Shown = { readonly account_id: string; readonly shown_role: string; readonly roles: string };
  const expectShown = (): void => {
    const rows = db
      .prepare<[], Shown>(
        `SELECT a.account_id, a.shown_role, group_concat(r.role) AS roles FROM accounts a
         LEFT JOIN account_roles r ON r.account_id = a.account_id GROUP BY a.account_id`,
      )
      .all();
    expect(rows.length).toBe(ACCOUNTS);
    for (const { account_id, shown_role, roles } of rows) {
      const held = BUILT_IN_ROLE_NAMES.filter((role) => roles.split(',').includes(role));
      expect(shown_role, `${account_id} ${roles}`).toBe(shownRole(held));
    }
  };
  expectShown();
  db.exec('BEGIN');
  db.exec("DELETE FROM account_roles WHERE role = 'admin'");
  expectShown();
  db.exec(
    "UPDATE account_roles SET role = 'admin' WHERE role = 'moderator' AND account_id < 'a_00000000000000000010'",
  );
  expectShown();
  db.exec("DELETE FROM account_roles WHERE role <> 'user'");
  expectShown();
  db.exec("INSERT INTO account_roles SELECT account_id, 'admin' FROM accounts");
  expectShown();
  db.exec('ROLLBACK');
  expectShown();
});

test('every list without a search is a walk along an index in its order, or asks the few who hold a role', async () => {
  for (const role of [null, ...BUILT_IN_ROLE_NAMES]) {
    for (const holds of [null, ...BUILT_IN_ROLE_NAMES]) {
      for (const status of [null, ...ACCOUNT_STATUSES]) {
        for (const sort of USER_SORTS) {
          const after = sort.endsWith('_at') ? ([5, 'a'] as const) : (['x', 'a'] as const);
          for (const [descending, from] of [
            [false, null],
            [true, after],
          ] as const) {
            asked = [];
            await reads.users.page({ ...page, role, holds, status, sort, descending, limit: 5, after: from });
            const plans = asked.map(planOf);
            const told = JSON.stringify({ role, holds, status, sort, plans });
            // Whether many hold a role is asked first.
            if (holds !== null && holds !== 'user')
              expect(plans.shift(), told).toMatch(
                /SEARCH account_roles USING COVERING INDEX account_roles_by_role/,
              );
            expect(plans.length, told).toBe(2);
            const [, inner = ''] = /^CO-ROUTINE a\n(.*?)\nSCAN a(\n|$)/s.exec(plans[1] ?? '') ?? [];
            expect(inner, told).toMatch(/^(SCAN|SEARCH) a USING (COVERING )?INDEX /);
            if (holds === null || holds === 'user') expect(inner, told).not.toMatch(/B-TREE FOR ORDER BY/);
            else
              expect(inner, told).toMatch(/SEARCH account_roles USING COVERING INDEX account_roles_by_role/);
          }
        }
      }
    }
  }
});

const LEFT_OUT: readonly { readonly role?: BuiltInRole; readonly status?: AccountStatus }[] = [
  ...BUILT_IN_ROLE_NAMES.map((role) => ({ role })),
  ...ACCOUNT_STATUSES.map((status) => ({ status })),
  { role: 'user', status: 'active' },
];

test('a list that leaves a role or a state out walks the same indexes, each part of it no further than all together', async () => {
  for (const role of [null, ...BUILT_IN_ROLE_NAMES]) {
    for (const status of [null, ...ACCOUNT_STATUSES]) {
      for (const not of LEFT_OUT) {
        for (const sort of USER_SORTS) {
          asked = [];
          await reads.users.page({ ...page, role, status, not, sort, descending: true, limit: 5 });
          const plans = asked.map(planOf);
          const told = JSON.stringify({ role, status, not, sort, plans });
          expect(plans.length, told).toBe(2);
          const walks = (plans[1] ?? '').split('\n').filter((step) => / a USING .*INDEX/.test(step));
          expect(walks.length, told).toBeGreaterThan(0);
          const kept = BUILT_IN_ROLE_NAMES.filter(
            (one) => one !== not.role && (role === null || one === role),
          );
          const left = ACCOUNT_STATUSES.filter(
            (one) => one !== not.status && (status === null || one === status),
          );
          const few =
            kept.length > 0 && left.length > 0 && !(kept.includes('user') && left.includes('active'));
          // Where few are asked for, an index of exactly these finds them, and nobody else is passed over.
          if (few) for (const step of walks) expect(step, told).toMatch(/^\W*SEARCH a USING/);
        }
      }
    }
  }
});

test('what is left out is what stays, whichever way it is asked for', async () => {
  const every = await reads.users.page({ ...page, sort: 'email', descending: false, limit: ACCOUNTS });
  for (const not of LEFT_OUT) {
    for (const only of [null, ...ACCOUNT_STATUSES]) {
      const right = every.users.filter(
        ({ roles, status }) =>
          shownRole(roles) !== not.role && status !== not.status && (only === null || status === only),
      );
      const seen: string[] = [];
      let after: readonly [string | number, string] | null = null;
      do {
        const found = await reads.users.page({
          ...page,
          status: only,
          not,
          sort: 'email',
          descending: false,
          limit: 3,
          after,
        });
        expect(found.total).toBe(right.length);
        seen.push(...found.users.map(({ account_id }) => account_id));
        after = found.next;
      } while (after !== null);
      expect(seen, JSON.stringify({ not, only })).toEqual(right.map(({ account_id }) => account_id));
    }
  }
});

test('an account with its roles, a session with its roles, and a list of keys are one statement each', async () => {
  const account = await counted(() => reads.accounts.byId(id('a', 15)));
  expect(account).toMatchObject({ statements: 1, found: { roles: ['admin', 'moderator', 'user'] } });
  expect(await counted(() => reads.accounts.byId('a_none'))).toEqual({ found: null, statements: 1 });
  // Whatever is stored is shown; what nobody knows permits nothing.
  const roles = ['admin', 'moderator', 'of another release', 'user'];
  const byToken = await counted(() => reads.sessions.byTokenHash(Buffer.from('hash'), 50));
  expect(byToken).toMatchObject({ statements: 1, found: { roles } });
  const byId = await counted(() => reads.sessions.byId(id('s', 0), 50));
  expect(byId.found).toEqual(byToken.found);
  expect(await counted(() => reads.sessions.byId(id('s', 0), 100))).toEqual({ found: null, statements: 1 });
  const keys = await counted(() => reads.client_keys.all(50));
  expect(keys.statements).toBe(1);
  expect(keys.found.map(({ key_id, next }) => [key_id, next !== null])).toEqual(
    Array.from({ length: 10 }, (_, n) => [id('k', 9 - n), (9 - n) % 2 === 0]),
  );
});
