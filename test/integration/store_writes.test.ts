import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rmSync } from 'node:fs';
import { isFailure } from '../../src/protocol/index.js';
import { type Store, StorageUnavailableError, type Who } from '../../src/server/store/index.js';
import { auditRows, openBeside } from '../support/database.js';
import { onSqlite } from '../support/engine.js';
import { FakeClock } from '../support/fake_clock.js';
import { openStore, temporaryFolder } from '../support/server.js';

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = temporaryFolder();
  store = await openStore(folder, new FakeClock(1_000));
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const id = (prefix: string, n: number): string => `${prefix}_${String(n).padStart(20, '0')}`;
const who: Who = {
  at: 2_000,
  actor: { kind: 'program', key_id: 'local', secret_id: null },
  address: '127.0.0.1',
};
/** The person whose account and session have this number. */
const as = (n: number): Who => ({
  ...who,
  actor: {
    kind: 'session',
    account_id: id('a', n),
    session_id: id('s', n),
    secret_id: null,
    permission: null,
  },
});

function registration(n: number, more: object = {}): Parameters<typeof register>[0] {
  return {
    who,
    account: { account_id: id('a', n), account_name: `name${n}`, ...more },
    password_hash: 'hash',
    setup_code_hash: null,
    session: {
      session_id: id('s', n),
      token_hash: Buffer.from(`token ${n}`),
      refresh_hash: Buffer.from(`refresh ${n}`),
      sessions_max: 10,
      key_id: 'local',
      on: { known_device_id: null, device_id: id('d', n), token_hash: Buffer.from(`device ${n}`) },
      idle_expires_at: 10_000,
      expires_at: 10_000,
    },
    device: {},
  };
}
const register = (args: Parameters<typeof store.run<'register_account'>>[1]) =>
  store.run('register_account', args);

function count(table: string): number {
  using db = openBeside(folder);
  return db.prepare<[], { n: number }>(`SELECT count(*) AS n FROM ${table}`).get()?.n ?? -1;
}

describe('writing in groups', () => {
  test('many operations at once are all on disk when they are answered', async () => {
    const length = 300;
    const results = await Promise.all(Array.from({ length }, (_, n) => register(registration(n))));
    expect(results.filter((result) => isFailure(result))).toEqual([]);
    expect(count('accounts')).toBe(length);
    expect(count('audit_events')).toBe(length);
  });

  test('a refused operation in the middle of a group leaves nothing, the others stay', async () => {
    const results = await Promise.all([
      register(registration(1)),
      register({ ...registration(2), account: { account_id: id('a', 2), account_name: 'name1' } }),
      register(registration(3, { email: 'a@b.test' })),
      register(registration(4, { email: 'A@B.test' })),
      register(registration(5)),
    ]);
    // Which of two is the first is not said where they run beside each other.
    const failures = results.map((result) => (isFailure(result) ? result.failed : null));
    expect(failures.slice(0, 2).sort()).toEqual(['account_name_taken', null]);
    expect(failures.slice(2, 4).sort()).toEqual(['email_taken', null]);
    expect(failures[4]).toBe(null);
    if (onSqlite('operations run in the order in which they are asked for'))
      expect(failures).toEqual([null, 'account_name_taken', null, 'email_taken', null]);
    for (const table of ['accounts', 'sessions', 'sign_ins', 'audit_events', 'account_roles']) {
      expect(count(table), table).toBe(3);
    }
  });

  test('an operation that throws fails alone: it leaves nothing and does not poison its group', async () => {
    // The same session id twice: a fault of ours, not of the caller, so it throws on a constraint.
    const twice = { ...registration(2), session: { ...registration(2).session, session_id: id('s', 1) } };
    const [first, second, third] = await Promise.allSettled([
      register(registration(1)),
      register(twice),
      register(registration(3)),
    ]);
    const [failed, ...others] = [first, second].toSorted((one) => (one.status === 'rejected' ? -1 : 1));
    // Which of the two is the later is not said where they run beside each other.
    if (onSqlite('operations run in the order in which they are asked for')) expect(failed).toBe(second);
    expect([...others, third].map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(failed).toMatchObject({ status: 'rejected' });
    expect(failed).not.toMatchObject({ reason: expect.any(StorageUnavailableError) });
    expect(count('accounts')).toBe(2);
    expect(count('account_terms')).toBe(2);
    expect(count('audit_events')).toBe(2);
  });

  test('results come back to their own callers, in whatever order', async () => {
    const accounts = await Promise.all(Array.from({ length: 50 }, (_, n) => register(registration(n))));
    accounts.forEach((account, n) => expect(account).toMatchObject({ account_name: `name${n}` }));
  });

  test('what waits is written before the store closes, and nothing is taken afterwards', async () => {
    const writes = Array.from({ length: 20 }, (_, n) => register(registration(n)));
    const closing = store.close();
    await expect(register(registration(99))).rejects.toThrow(StorageUnavailableError);
    await Promise.all(writes);
    await closing;
    expect(count('accounts')).toBe(20);
  });
});

describe('what an account leaves', () => {
  test('deleting removes sessions, sign-ins, roles, words and codes; the audit log stays', async () => {
    await register({ ...registration(1), setup_code_hash: null });
    using db = openBeside(folder);
    db.prepare("INSERT INTO account_roles VALUES (?, 'admin')").run(id('a', 1));
    await register(registration(2));
    const deleted = await store.run('delete_account', { who: as(1), account_id: id('a', 2) });
    expect(deleted).toMatchObject({ ended_sessions: 1 });
    for (const table of ['accounts', 'sessions', 'sign_ins', 'account_terms']) {
      expect(count(table), table).toBe(1);
    }
    expect(auditRows(folder).map(({ event }) => event)).toEqual([
      'account_registered',
      'account_registered',
      'account_deleted',
    ]);
  });

  test('[T-25] who lacks a permission can not give it, whatever the handler let through', async () => {
    await register(registration(1));
    await register(registration(2));
    using db = openBeside(folder);
    db.prepare("INSERT INTO account_roles VALUES (?, 'moderator')").run(id('a', 1));
    const moderator = as(1);
    const target = { who: moderator, account_id: id('a', 2) };
    expect(await store.run('assign_role', { ...target, role: 'moderator' })).toMatchObject({
      failed: 'forbidden',
    });
    const made = await store.run('create_account', {
      who: moderator,
      account: { account_id: id('a', 3), account_name: 'name3' },
      roles: ['admin'],
      code_hash: Buffer.from('code'),
      code_expires_at: 9_000,
    });
    expect(made).toMatchObject({ failed: 'forbidden' });
    // A program on whose connection nobody is signed in: no permission.
    expect(await store.run('assign_role', { who, account_id: id('a', 2), role: 'admin' })).toMatchObject({
      failed: 'forbidden',
    });
    expect(count('accounts')).toBe(2);
  });

  test('cleaning removes what is old and nothing else', async () => {
    await register(registration(1));
    const old = {
      at: 20_000,
      ended_before: 10_001,
      sign_ins_before: 2_001,
      counters_before: 0,
      rotated_before: 0,
      announced_before: 0,
    };
    expect(
      await store.run('prune', {
        at: 2_500,
        ended_before: 9_000,
        sign_ins_before: 1_000,
        counters_before: 0,
        rotated_before: 0,
        announced_before: 0,
      }),
    ).toBe(false);
    expect([count('sessions'), count('sign_ins'), count('accounts')]).toEqual([1, 1, 1]);
    // Fewer than go at once, so there are no more.
    expect(await store.run('prune', old)).toBe(false);
    expect([count('sessions'), count('sign_ins'), count('accounts')]).toEqual([0, 0, 1]);
  });
});

test('cleaning goes on as long as a kind fills what goes at once', async () => {
  {
    using db = openBeside(folder);
    const insert = db.prepare("INSERT INTO announcements (at, what) VALUES (1, '{}')");
    for (let n = 0; n < 501; n += 1) insert.run();
  }
  const none = { ended_before: 0, sign_ins_before: 0, counters_before: 0, rotated_before: 0 };
  const prune = (): Promise<boolean> => store.run('prune', { at: 0, ...none, announced_before: 2 });
  expect([await prune(), count('announcements')]).toEqual([true, 1]);
  expect([await prune(), count('announcements')]).toEqual([false, 0]);
});

describe('the audit log only grows', () => {
  test.each([
    ['UPDATE', "UPDATE audit_events SET event = 'nothing'"],
    ['DELETE', 'DELETE FROM audit_events'],
    onSqlite('only it has the statement')
      ? ['REPLACE', "REPLACE INTO audit_events (seq, at, event, details) VALUES (1, 0, 'nothing', '{}')"]
      : ['TRUNCATE', 'TRUNCATE audit_events'],
  ])('%s is refused by the database itself', async (_what, sql) => {
    await register(registration(1));
    using db = openBeside(folder);
    expect(() => db.exec(sql)).toThrow(/append-only/);
    expect(auditRows(folder)).toMatchObject([{ seq: 1, event: 'account_registered' }]);
  });
});
