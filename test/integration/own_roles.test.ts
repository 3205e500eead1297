/** Roles of one's own: what they permit counts from the next call, for everybody who holds them, wherever it was changed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS, type ResultOf } from '../../src/protocol/index.js';
import { openBeside } from '../support/database.js';
import { administrator, RawPeer, registered, resumed, type SignedIn } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, temporaryFolder, type TestServer } from '../support/server.js';

let server: TestServer;
let boss: SignedIn;
let count = 0;
const fresh = (what: string): string => `${what}-${(count += 1)}`;

beforeAll(async () => {
  server = await startServer();
  boss = await administrator(server);
});
afterAll(async () => {
  await boss.peer[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** Somebody with a new role that permits these. */
async function holder(...permissions: string[]): Promise<{ role: string; one: SignedIn }> {
  const role = fresh('role');
  await boss.peer.call('create_role', { role, permissions });
  const one = await registered(server, `person.${(count += 1)}`);
  await boss.peer.call('assign_role', { account_id: one.account_id, role });
  return { role, one };
}

describe('a change of what a role permits', () => {
  test('is seen by the next call of an open connection, and told to everybody who holds it', async () => {
    const { role, one } = await holder('users.read');
    const { one: bystander } = await holder('users.read');
    // What was told of the role that they were given.
    for (const { peer } of [one, bystander]) await peer.call('list_users');
    await boss.peer.call('update_role', { role, permissions: ['wiki:write'] });
    expect(await one.peer.event('account_changed')).toMatchObject({
      data: { account: { account_id: one.account_id, roles: [role, 'user'] } },
    });
    expectRefusal(await one.peer.ask('list_users'), 'forbidden');
    // Another role is none of theirs: the reply is the next that they hear.
    bystander.peer.send({ action: 'list_users', id: 'next' });
    expect(await bystander.peer.take()).toMatchObject({ response: 200, id: 'next' });
    await boss.peer.call('update_role', { role, permissions: ['users.read', 'users.suspend'] });
    await one.peer.call('list_users');
    expect((await one.peer.call('whoami')).permissions).toEqual(['users.read', 'users.suspend']);
    const told = await boss.peer.call('verify_token', { token: one.session_token });
    expect(told.subject).toMatchObject({
      roles: [role, 'user'],
      permissions: ['users.read', 'users.suspend'],
    });
    for (const { peer } of [one, bystander]) await peer[Symbol.asyncDispose]();
  });

  test('that another process makes is heard within a second', async () => {
    const { role, one } = await holder('users.read');
    await one.peer.call('list_users');
    {
      using db = openBeside(server.data_folder);
      db.prepare('DELETE FROM role_permissions WHERE role = ?').run(role);
      db.prepare('INSERT INTO announcements (what) VALUES (?)').run(
        JSON.stringify({ kind: 'role_changed', role }),
      );
    }
    await expect
      .poll(async () => (await one.peer.ask('list_users'))['code'], { timeout: 5_000 })
      .toBe('forbidden');
    await one.peer[Symbol.asyncDispose]();
  });

  test('by somebody who edited what was there before somebody else did is refused', async () => {
    const { role, one } = await holder('users.read');
    const { role: before } = await boss.peer.call('update_role', { role, description: 'first' });
    await boss.peer.call('update_role', { role, description: 'second', version: before.version });
    expectRefusal(
      await boss.peer.ask('update_role', { role, permissions: [], version: before.version }),
      'stale_version',
    );
    const { roles } = await boss.peer.call('list_roles');
    expect(roles.find((known) => known.role === role)).toMatchObject({
      description: 'second',
      permissions: ['users.read'],
      version: before.version + 1,
    });
    await boss.peer.call('update_role', { role, description: null });
    await one.peer[Symbol.asyncDispose]();
  });

  test('outlives the server, and so do they', async () => {
    const folder = temporaryFolder();
    const first = await startServer({ data_folder: folder });
    const anna = await administrator(first);
    await anna.peer.call('create_role', {
      role: 'editor',
      permissions: ['wiki:write', 'wiki:write', 'server.read'],
    });
    const boris = await registered(first, 'boris');
    await anna.peer.call('assign_role', { account_id: boris.account_id, role: 'editor' });
    await anna.peer.call('update_role', { role: 'editor', permissions: ['server.read', 'wiki:read'] });
    await first.stop();
    await using second = await startServer({ data_folder: folder });
    const peer = await resumed(second, boris.session_token);
    await peer.call('server_stats');
    await peer[Symbol.asyncDispose]();
    await using again = await resumed(second, anna.session_token);
    const { roles } = await again.call('list_roles');
    expect(roles.map(({ role }) => role)).toEqual(['user', 'moderator', 'admin', 'editor']);
    expect(roles.at(-1)).toMatchObject({
      permissions: ['server.read', 'wiki:read'],
      version: 2,
      built_in: false,
    });
  });
});

describe('[T-25] nobody makes more of themselves', () => {
  test('by a role that they make, change, give or keep', async () => {
    const { role, one } = await holder('roles.manage', 'roles.assign', 'users.read', 'wiki:write');
    const { peer, account_id } = one;
    const more = fresh('more');
    for (const permission of ['users.suspend', 'server.read', 'moderate', 'admin', 'chat:write'])
      expectRefusal(await peer.ask('create_role', { role: more, permissions: [permission] }), 'forbidden');
    expectRefusal(await peer.ask('update_role', { role, permissions: ['users.suspend'] }), 'forbidden');
    expectRefusal(await peer.ask('assign_role', { account_id, role: 'moderator' }), 'forbidden');
    const { role: strong } = await holder('server.read');
    expectRefusal(await peer.ask('update_role', { role: strong, permissions: [] }), 'forbidden');
    expectRefusal(await peer.ask('assign_role', { account_id, role: strong }), 'forbidden');
    // What is theirs to give they can.
    await peer.call('create_role', { role: more, permissions: ['wiki:write', 'read'] });
    const { account_id: other } = await registered(server, `person.${(count += 1)}`);
    await peer.call('assign_role', { account_id: other, role: more });
    await peer.call('unassign_role', { account_id: other, role: more });
    await peer.call('delete_role', { role: more });
    await peer[Symbol.asyncDispose]();
  });

  test('nor acts on somebody who holds more, be it a permission of a service', async () => {
    const { one } = await holder('users.read', 'users.suspend', 'users.delete');
    const { one: writer } = await holder('wiki:write');
    const { account_id } = writer;
    for (const action of ['suspend_user', 'delete_user'] as const)
      expectRefusal(await one.peer.ask(action, { account_id }), 'forbidden');
    await boss.peer.call('suspend_user', { account_id });
    for (const { peer } of [one, writer]) await peer[Symbol.asyncDispose]();
  });

  test('a role that was deleted and made again permits what it says now, and to nobody who held it before', async () => {
    const role = fresh('again');
    await boss.peer.call('create_role', { role, permissions: ['server.read'] });
    const one = await registered(server, `person.${(count += 1)}`);
    await boss.peer.call('assign_role', { account_id: one.account_id, role });
    await one.peer.call('server_stats');
    const refusal = await boss.peer.ask('delete_role', { role });
    expectRefusal(refusal, 'role_in_use');
    expect(refusal['data']).toEqual({ accounts: 1 });
    await boss.peer.call('unassign_role', { account_id: one.account_id, role });
    expectRefusal(await one.peer.ask('server_stats'), 'forbidden');
    await boss.peer.call('delete_role', { role });
    await boss.peer.call('create_role', { role, permissions: ['server.read'] });
    expectRefusal(await one.peer.ask('server_stats'), 'forbidden');
    await one.peer[Symbol.asyncDispose]();
  });
});

test('lists find who holds a role of one’s own, few or many, in every order', async () => {
  const role = fresh('listed');
  await boss.peer.call('create_role', { role, permissions: [] });
  const people = [];
  for (let n = 0; n < 5; n += 1) {
    const one = await registered(server, `listed.${n}`);
    await boss.peer.call('assign_role', { account_id: one.account_id, role });
    await one.peer[Symbol.asyncDispose]();
    people.push(`listed.${n}`);
  }
  for (const sort of ['account_name', 'created_at', 'last_seen_at', 'status'] as const) {
    const { users, total } = await boss.peer.call('list_users', { holds: role, sort, limit: 3 });
    expect([users.length, total]).toEqual([3, 5]);
  }
  const { users } = await boss.peer.call('list_users', { holds: role });
  expect(users.map(({ account_name }) => account_name)).toEqual(people);
  const others = await boss.peer.call('list_users', { search: 'listed', not: { holds: role } });
  expect(others.users).toEqual([]);
  // By the role that lists show they are ordinary people.
  const shown = await boss.peer.call('list_users', { search: 'listed', role: 'user' });
  expect(shown.total).toBe(5);
});

test('a role that very many hold is met on the way: no page goes through all of them, none is left out', async () => {
  const role = fresh('crowd');
  await boss.peer.call('create_role', { role, permissions: [] });
  const most = LIMITS.search_passed_max + 200;
  const number = (n: number): string => String(n).padStart(6, '0');
  {
    using db = openBeside(server.data_folder);
    const account = db.prepare(
      `INSERT INTO accounts (account_id, account_name, name_skeleton, status, created_at, updated_at)
       VALUES (?, ?, ?, 'active', ?, 0)`,
    );
    const held = db.prepare('INSERT INTO account_roles (account_id, role) VALUES (?, ?)');
    db.transaction(() => {
      // As many who don't hold it come first: pages of these are empty, and go on.
      for (let n = 0; n < 2 * most; n += 1) {
        const account_id = `a_crowd${number(n).padStart(15, '0')}`;
        account.run(account_id, `crowd.${number(n)}`, `crowd.${number(n)}`, n);
        held.run(account_id, 'user');
        if (n >= most) held.run(account_id, role);
      }
    })();
  }
  for (const [sort, descending] of [
    ['created_at', false],
    ['account_name', true],
  ] as const) {
    const found: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page: ResultOf<'list_users'> = await boss.peer.call('list_users', {
        holds: role,
        sort,
        descending,
        limit: 200,
        ...(cursor === null ? {} : { cursor }),
      });
      // The role alone is counted, and only how far one counts is in the way.
      expect([page.total, page.total_is_exact]).toEqual([most, true]);
      found.push(...page.users.map(({ account_name }) => account_name));
      cursor = page.next_cursor;
      pages += 1;
    } while (cursor !== null);
    const wanted = Array.from({ length: most }, (_, n) => `crowd.${number(most + n)}`);
    expect(found).toEqual(descending ? wanted.toReversed() : wanted);
    expect(pages).toBeLessThan(20);
  }
  const active = await boss.peer.call('list_users', {
    holds: role,
    status: 'active',
    sort: 'created_at',
    descending: true,
  });
  expect([active.users.length, active.total_is_exact]).toEqual([50, false]);
  const left = await boss.peer.call('list_users', {
    not: { holds: role },
    sort: 'created_at',
    descending: true,
    limit: 1,
  });
  expect(left.users[0]?.account_name).not.toMatch(/^crowd/);
});

test('what is asked of nobody: a stranger and an ordinary person see no roles', async () => {
  await using stranger = await RawPeer.handshaken(server);
  expectRefusal(await stranger.ask('list_roles'), 'unauthenticated');
  const one = await registered(server, `person.${(count += 1)}`);
  for (const action of ['list_roles', 'list_permissions'] as const)
    expectRefusal(await one.peer.ask(action), 'forbidden');
  expectRefusal(await one.peer.ask('create_role', { role: 'mine', permissions: [] }), 'forbidden');
  await one.peer[Symbol.asyncDispose]();
});

test('a role has a name and permissions that there are, and not more of them than may be', async () => {
  const create = (params: object) => boss.peer.ask('create_role', params);
  for (const role of ['', 'A', 'Admin', 'роль', 'x'.repeat(33), '__proto__', 'a b'])
    expectRefusal(await create({ role, permissions: [] }), 'invalid_params');
  for (const permission of ['users.raed', '*', 'wiki:', ':x', 'Wiki:write', 'wiki write', '', 'constructor'])
    expectRefusal(await create({ role: 'odd', permissions: [permission] }), 'invalid_params');
  const many = Array.from({ length: LIMITS.role_permissions_max + 1 }, (_, n) => `wiki:${n}`);
  expectRefusal(await create({ role: 'odd', permissions: many }), 'invalid_params');
  await boss.peer.call('create_role', { role: fresh('full'), permissions: many.slice(1) });
});
