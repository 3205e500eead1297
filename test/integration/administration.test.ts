import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditRows, lastAuditSeq } from '../support/database.js';
import { DAY_MS, FakeClock } from '../support/fake_clock.js';
import {
  administrator,
  authenticated,
  invited,
  PASSWORD,
  RawPeer,
  registered,
  resumed,
  type SignedIn,
} from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, type TestServer } from '../support/server.js';
import { stopwatch } from '../support/stopwatch.js';

const clock = new FakeClock();
let server: TestServer;
let boss: SignedIn;
let moderator: SignedIn;
beforeAll(async () => {
  server = await startServer({ clock });
  boss = await administrator(server);
  moderator = await registered(server, 'mod.one');
  await boss.peer.call('assign_role', { account_id: moderator.account_id, role: 'moderator' });
});
afterAll(async () => {
  await boss[Symbol.asyncDispose]();
  await moderator[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test('everybody may see the own account as administrators see it, and nobody else’s', async () => {
  await using anna = await registered(server, 'anna.self');
  const { account_id } = anna;
  const own = await anna.peer.call('get_user', { account_id });
  expect(own).toEqual(await boss.peer.call('get_user', { account_id }));
  expect(own).toMatchObject({ user: { account_name: 'anna.self' }, live_sessions: 1 });
  for (const other of [boss.account_id, `a_${'0'.repeat(20)}`, account_id.toLowerCase(), [account_id], null])
    expectRefusal(await anna.peer.ask('get_user', { account_id: other }), 'forbidden');
  // The one who asks counts, not what is asked beside it.
  expectRefusal(await anna.peer.ask('get_user', { account_id, user_id: boss.account_id }), 'invalid_params');
});

describe('making accounts for others', () => {
  test('the code chooses a password once, and nobody else’s', async () => {
    const { account_id, code } = await invited(boss.peer, 'vera', { roles: ['moderator'] });
    const other = await invited(boss.peer, 'wanda');
    expect((await boss.peer.call('get_user', { account_id })).user).toMatchObject({
      status: 'pending',
      roles: ['moderator', 'user'],
      password_changed_at: null,
      last_seen_at: null,
    });
    await using peer = await RawPeer.handshaken(server);
    const redeem = { account_name: 'VERA', code, new_password: PASSWORD };
    for (const wrong of [
      { ...redeem, account_name: 'wanda' },
      { ...redeem, account_name: 'nobody' },
      { ...redeem, code: other.code },
      { ...redeem, code: `pcc_${'A'.repeat(43)}` },
    ]) {
      expectRefusal(await peer.ask('redeem_code', wrong), 'code_invalid');
    }
    expectRefusal(await peer.ask('redeem_code', { ...redeem, new_password: 'vera' }), 'password_rejected');
    const result = await peer.call('redeem_code', redeem);
    expect(result.account).toMatchObject({ account_id, status: 'active', roles: ['moderator', 'user'] });
    await peer.call('list_users');
    await using again = await RawPeer.handshaken(server);
    expectRefusal(await again.ask('redeem_code', redeem), 'code_invalid');
    await again.call('authenticate', { user: { account_name: 'vera', password: PASSWORD } });
    expect((await again.call('login_history')).entries.map(({ method }) => method)).toEqual([
      'password',
      'code',
    ]);
  });

  test('[T-38] one code at the same moment on many connections: one success', async () => {
    const { code } = await invited(boss.peer, 'xenia');
    const peers = await Promise.all(Array.from({ length: 6 }, () => RawPeer.handshaken(server)));
    const replies = await Promise.all(
      peers.map((peer) => peer.ask('redeem_code', { account_name: 'xenia', code, new_password: PASSWORD })),
    );
    expect(replies.filter(({ response }) => response === 200)).toHaveLength(1);
    for (const reply of replies.filter(({ response }) => response !== 200)) {
      expectRefusal(reply, 'code_invalid');
    }
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  });

  test('the code is dead after three days, and when the account is suspended', async () => {
    const own = new FakeClock();
    await using late = await startServer({ clock: own });
    await using admin = await administrator(late);
    const { code } = await invited(admin.peer, 'yara');
    const second = await invited(admin.peer, 'zora');
    await admin.peer.call('suspend_user', { account_id: second.account_id });
    await using peer = await RawPeer.handshaken(late);
    const redeem = { account_name: 'zora', code: second.code, new_password: PASSWORD };
    expectRefusal(await peer.ask('redeem_code', redeem), 'code_invalid');
    const { user } = await admin.peer.call('resume_user', { account_id: second.account_id });
    expect(user.status).toBe('pending');
    own.advance(3 * DAY_MS + 1);
    await using after = await RawPeer.handshaken(late);
    const expired = { account_name: 'yara', code, new_password: PASSWORD };
    expectRefusal(await after.ask('redeem_code', expired), 'code_invalid');
  });

  test('names and addresses that are taken or can not be are refused', async () => {
    const user = { account_name: 'abel', email: 'abel@example.test' };
    await boss.peer.call('create_user', { user });
    expectRefusal(
      await boss.peer.ask('create_user', { user: { account_name: 'ABEL' } }),
      'account_name_taken',
    );
    const sameMail = { account_name: 'abel.two', email: 'ABEL@example.test' };
    expectRefusal(await boss.peer.ask('create_user', { user: sameMail }), 'email_taken');
    expectRefusal(
      await boss.peer.ask('create_user', { user: { account_name: 'root' } }),
      'account_name_invalid',
    );
  });
});

describe('changing other people', () => {
  test('update_user changes the profile as its owner would, and the owner is told', async () => {
    await using one = await registered(server, 'bella');
    const { account_id } = one;
    const { user } = await boss.peer.call('update_user', {
      account_id,
      changes: { first_name: 'Bella' },
      version: 1,
    });
    expect(user).toMatchObject({ first_name: 'Bella', version: 2 });
    expect(await one.peer.event('account_changed')).toMatchObject({ data: { account: user } });
    const stale = { account_id, changes: { first_name: 'Old' }, version: 1 };
    expectRefusal(await boss.peer.ask('update_user', stale), 'stale_version');
    await registered(server, 'bella.two', {}, { email: 'bella@example.test' });
    const taken = { account_id, changes: { email: 'Bella@example.test' } };
    expectRefusal(await boss.peer.ask('update_user', taken), 'email_taken');
  });

  test('suspending ends every session at once; resuming brings none back; deleting frees the name', async () => {
    await using one = await registered(server, 'cyril');
    await using two = await authenticated(server, 'cyril');
    const { account_id } = one;
    expect((await boss.peer.call('get_user', { account_id })).live_sessions).toBe(2);
    const elapsed = stopwatch();
    const suspended = await boss.peer.call('suspend_user', { account_id, reason: 'shared the password' });
    expect(suspended).toMatchObject({ ended_sessions: 2, user: { status: 'suspended' } });
    for (const { peer } of [one, two]) {
      expect((await peer.takeAll()).at(-1)).toMatchObject({ data: { reason: 'account_suspended' } });
    }
    expect(elapsed()).toBeLessThan(1_000);
    await using peer = await RawPeer.handshaken(server);
    const user = { account_name: 'cyril', password: PASSWORD };
    expectRefusal(await peer.ask('authenticate', { user }), 'account_suspended');
    const wrong = { account_name: 'cyril', password: 'wrong horse' };
    expectRefusal(await peer.ask('authenticate', { user: wrong }), 'invalid_credentials');
    expectRefusal(await boss.peer.ask('suspend_user', { account_id }), 'wrong_status');
    expect((await boss.peer.call('resume_user', { account_id })).user.status).toBe('active');
    expectRefusal(await boss.peer.ask('resume_user', { account_id }), 'wrong_status');
    const { session_token } = one;
    expectRefusal(await peer.ask('resume', { session_token }), 'session_invalid');
    await peer.call('authenticate', { user });
    expect(await boss.peer.call('delete_user', { account_id })).toEqual({ account_id, ended_sessions: 1 });
    expect((await peer.takeAll()).at(-1)).toMatchObject({ data: { reason: 'account_deleted' } });
    for (const action of ['get_user', 'suspend_user', 'resume_user', 'delete_user']) {
      expectRefusal(await boss.peer.ask(action, { account_id }), 'not_found');
    }
    await using reborn = await registered(server, 'cyril');
    expect(reborn.account_id).not.toBe(account_id);
    expect((await reborn.peer.call('login_history')).entries).toHaveLength(1);
    expect(auditRows(server.data_folder).some(({ target_id }) => target_id === account_id)).toBe(true);
  });

  test('a password that is being checked while its account is suspended signs nobody in', async () => {
    const one = await registered(server, 'dinah');
    await using peer = await RawPeer.handshaken(server);
    peer.send({ action: 'authenticate', id: 'race', user: { account_name: 'dinah', password: PASSWORD } });
    await boss.peer.call('suspend_user', { account_id: one.account_id });
    const reply = await peer.take();
    expectRefusal(reply, 'account_suspended');
  });

  test('each change leaves exactly one audit row, with the event that the table names', async () => {
    const { account_id } = await invited(boss.peer, 'edda');
    const steps: readonly (readonly [string, object, string])[] = [
      ['update_user', { changes: { bio: 'x' } }, 'account_updated'],
      ['assign_role', { role: 'moderator' }, 'role_assigned'],
      ['unassign_role', { role: 'moderator' }, 'role_unassigned'],
      ['suspend_user', {}, 'account_suspended'],
      ['resume_user', {}, 'account_resumed'],
      ['delete_user', {}, 'account_deleted'],
    ];
    for (const [action, params, event] of steps) {
      const before = lastAuditSeq(server.data_folder);
      await boss.peer.ask(action, { account_id, ...params });
      const rows = auditRows(server.data_folder, before);
      expect(rows).toMatchObject([
        { event, actor_id: boss.account_id, target_id: account_id, session_id: boss.session_id },
      ]);
    }
  });
});

describe('the audit log', () => {
  test('what people do with their own accounts leaves one row each, too', async () => {
    const rowsOf = async (work: () => Promise<unknown>): Promise<string[]> => {
      const before = lastAuditSeq(server.data_folder);
      await work();
      return auditRows(server.data_folder, before).map(({ event }) => event);
    };
    await using peer = await RawPeer.handshaken(server);
    const user = { account_name: 'nestor', password: PASSWORD };
    const new_password = 'staple gun on a tuesday';
    let session_id = '';
    expect(await rowsOf(() => peer.call('register', { user }))).toEqual(['account_registered']);
    expect(
      await rowsOf(async () => {
        const other = await authenticated(server, 'nestor');
        ({ session_id } = other);
        await other.peer[Symbol.asyncDispose]();
      }),
    ).toEqual(['signed_in']);
    expect(await rowsOf(() => peer.call('update_profile', { changes: { bio: 'x' } }))).toEqual([
      'profile_updated',
    ]);
    expect(await rowsOf(() => peer.call('revoke_session', { session_id }))).toEqual(['session_revoked']);
    const change = { current_password: PASSWORD, new_password };
    expect(await rowsOf(() => peer.call('change_password', change))).toEqual(['password_changed']);
    await using stranger = await RawPeer.handshaken(server);
    expect(await rowsOf(() => stranger.ask('authenticate', { user }))).toEqual(['sign_in_refused']);
    let code = '';
    expect(await rowsOf(async () => ({ code } = await invited(boss.peer, 'ottilie')))).toEqual([
      'account_created',
    ]);
    const redeem = { account_name: 'ottilie', code, new_password: PASSWORD };
    expect(await rowsOf(() => stranger.call('redeem_code', redeem))).toEqual(['code_redeemed']);
    // Reading leaves none.
    expect(await rowsOf(() => boss.peer.call('list_users'))).toEqual([]);
    expect(await rowsOf(() => peer.call('login_history'))).toEqual([]);
  });
});

describe('roles', () => {
  test('a role works from the next request on, without another sign-in, and ends as quickly', async () => {
    await using one = await registered(server, 'fritz');
    const { account_id } = one;
    expectRefusal(await one.peer.ask('list_users'), 'forbidden');
    const { user } = await boss.peer.call('assign_role', { account_id, role: 'moderator' });
    expect(user.roles).toEqual(['moderator', 'user']);
    await one.peer.call('list_users');
    expectRefusal(await boss.peer.ask('assign_role', { account_id, role: 'moderator' }), 'wrong_status');
    await boss.peer.call('unassign_role', { account_id, role: 'moderator' });
    expectRefusal(await one.peer.ask('list_users'), 'forbidden');
    expectRefusal(await boss.peer.ask('unassign_role', { account_id, role: 'moderator' }), 'wrong_status');
    expectRefusal(await boss.peer.ask('unassign_role', { account_id, role: 'user' }), 'wrong_status');
  });

  test('a moderator can suspend users, but not act on administrators or on other powers', async () => {
    await using one = await registered(server, 'greta');
    const { account_id } = one;
    await moderator.peer.call('suspend_user', { account_id });
    await moderator.peer.call('resume_user', { account_id });
    expectRefusal(await moderator.peer.ask('suspend_user', { account_id: boss.account_id }), 'forbidden');
    for (const [action, params] of [
      ['delete_user', { account_id }],
      ['update_user', { account_id, changes: {} }],
      ['assign_role', { account_id: moderator.account_id, role: 'admin' }],
      ['create_user', { user: { account_name: 'minion' } }],
    ] as const) {
      expectRefusal(await moderator.peer.ask(action, params), 'forbidden');
    }
    await boss.peer.call('whoami');
  });

  test('the last administrator stays: not suspended, not deleted, not demoted, not even by themselves', async () => {
    const { account_id } = boss;
    for (const [action, params] of [
      ['suspend_user', {}],
      ['delete_user', {}],
      ['unassign_role', { role: 'admin' }],
    ] as const) {
      expectRefusal(await boss.peer.ask(action, { account_id, ...params }), 'last_administrator');
    }
    // A pending and a suspended administrator don't count: neither could sign in.
    const pending = await invited(boss.peer, 'hanna', { roles: ['admin'] });
    const second = await registered(server, 'igor');
    await boss.peer.call('assign_role', { account_id: second.account_id, role: 'admin' });
    await boss.peer.call('suspend_user', { account_id: second.account_id });
    expectRefusal(await boss.peer.ask('delete_user', { account_id }), 'last_administrator');
    await boss.peer.call('resume_user', { account_id: second.account_id });
    await boss.peer.call('delete_user', { account_id: pending.account_id });
    await boss.peer.call('delete_user', { account_id: second.account_id });
  });

  test('of two administrators who remove each other at the same moment one stays', async () => {
    await using pair = await startServer();
    await using first = await administrator(pair);
    const second = await registered(pair, 'second');
    await first.peer.call('assign_role', { account_id: second.account_id, role: 'admin' });
    first.peer.send({ action: 'delete_user', id: 'a', account_id: second.account_id });
    second.peer.send({ action: 'delete_user', id: 'b', account_id: first.account_id });
    await Promise.race([first.peer.gone(), second.peer.gone()]);
    const left = first.peer.closed ? second : first;
    await using again = await resumed(pair, left.session_token);
    const admins = await again.call('list_users', { role: 'admin' });
    expect(admins.users.map(({ account_id }) => account_id)).toEqual([left.account_id]);
  });

  test('an administrator who steps down is obeyed at once', async () => {
    const second = await registered(server, 'jonas');
    await boss.peer.call('assign_role', { account_id: second.account_id, role: 'admin' });
    const { account_id } = second;
    await second.peer.call('unassign_role', { account_id, role: 'admin' });
    expectRefusal(await second.peer.ask('list_users'), 'forbidden');
    await second.peer[Symbol.asyncDispose]();
  });
});

/** The next thing to arrive is the answer to a question asked now: no event came before it. */
async function expectNothingWaits(peer: RawPeer): Promise<void> {
  peer.send({ action: 'probe', id: 'only' });
  expect(await peer.take()).toMatchObject({ id: 'only', response: 200 });
}

describe('events reach the right connections only', () => {
  test('account_changed goes to the other connections of that account, and to nobody else', async () => {
    await using one = await registered(server, 'karla');
    await using two = await authenticated(server, 'karla');
    await using other = await registered(server, 'lukas');
    await using stranger = await RawPeer.handshaken(server);
    for (const peer of [one.peer, two.peer, other.peer, boss.peer]) {
      await peer.call('probe');
      peer.takeArrived();
    }
    const { account } = await one.peer.call('update_profile', { changes: { bio: 'new' } });
    expect(await two.peer.event('account_changed')).toMatchObject({ data: { account } });
    await boss.peer.call('assign_role', { account_id: one.account_id, role: 'moderator' });
    for (const { peer } of [one, two]) {
      expect(await peer.event('account_changed')).toMatchObject({
        data: { account: { roles: ['moderator', 'user'] } },
      });
    }
    for (const peer of [one.peer, two.peer, other.peer, boss.peer, stranger]) {
      await expectNothingWaits(peer);
    }
  });

  test('session_ended goes to every connection of the ended session, and to no other of the account', async () => {
    await using one = await registered(server, 'maria');
    await using beside = await resumed(server, one.session_token);
    await using other = await authenticated(server, 'maria');
    await other.peer.call('revoke_session', { session_id: one.session_id });
    for (const peer of [one.peer, beside]) {
      expect(await peer.takeAll()).toMatchObject([
        { event: 'session_ended', data: { session_id: one.session_id } },
      ]);
    }
    await expectNothingWaits(other.peer);
  });
});
