/** Incidents of this field that were about who may do what to whom, each with its id from the security notes. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  accessOf,
  ACTION_NAMES,
  ACTIONS,
  LIMITS,
  type ActionName,
  type ActionSpec,
  type JsonObject,
} from '../../src/protocol/index.js';
import type { Actor, Who } from '../../src/server/store/index.js';
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
import { columnsOf, openBeside } from '../support/database.js';
import { expectContract, expectRefusal } from '../support/replies.js';
import { everything, rowsOf } from '../support/rows.js';
import { openBesideServer, startServer, type TestServer } from '../support/server.js';
import { stopwatch } from '../support/stopwatch.js';

const specOf = (action: ActionName): ActionSpec => ACTIONS[action];
const signIn = (account_name: string, password = PASSWORD): object => ({ user: { account_name, password } });

/** Registers and gives everything that sign-in gives. */
async function person(server: TestServer, account_name: string, user: object = {}) {
  const peer = await RawPeer.handshaken(server);
  const result = await peer.call('register', { user: { account_name, password: PASSWORD, ...user } });
  return { peer, ...result, [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}

describe('one server, several people', () => {
  let server: TestServer;
  let boss: SignedIn;
  let moderator: SignedIn;
  beforeAll(async () => {
    server = await startServer();
    boss = await administrator(server);
    moderator = await registered(server, 'mod.one');
    await boss.peer.call('assign_role', { account_id: moderator.account_id, role: 'moderator' });
  });
  afterAll(async () => {
    await boss.peer[Symbol.asyncDispose]();
    await moderator.peer[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const CLAIMS = [
    'user_id',
    'sub',
    'account_name',
    'account_id',
    'from',
    'role',
    'session_id',
    'who',
    'principal',
  ];

  test('[T-01] whoever is not signed in changes nothing, whatever the body claims', async () => {
    await using stranger = await RawPeer.handshaken(server);
    const before = everything(server.data_folder);
    for (const action of ACTION_NAMES) {
      const { access, params, example } = specOf(action);
      const { by_nobody } = accessOf(access);
      for (const claim of CLAIMS) {
        if (Object.hasOwn(params.shape, claim) && by_nobody) continue;
        for (const value of [
          boss.account_id,
          boss.session_id,
          'boss.one',
          'admin',
          { account_id: boss.account_id },
        ]) {
          const refusal = await stranger.ask(action, { ...example.params, [claim]: value });
          expectRefusal(refusal, by_nobody ? 'invalid_params' : 'unauthenticated');
        }
      }
      const user: unknown = (example.params as JsonObject)['user'];
      if (by_nobody && typeof user === 'object') {
        for (const claim of ['role', 'roles', 'account_id', 'status', 'permissions']) {
          const inside = { ...example.params, user: { ...user, [claim]: ['admin'] } };
          expectRefusal(await stranger.ask(action, inside), 'invalid_params');
        }
      }
    }
    expect(everything(server.data_folder)).toBe(before);
  });

  describe('[T-22] mass assignment', () => {
    /** Tries every column at every place of the parameters that does not know it. */
    async function tryColumns(peer: RawPeer, action: ActionName, params: JsonObject): Promise<number> {
      using db = openBeside(server.data_folder);
      const columns = [
        ...columnsOf(db, 'accounts'),
        ...columnsOf(db, 'sessions'),
        ...['role', 'roles', 'permissions', 'is_admin', 'admin', 'code_hash', 'failures', 'expires'],
      ];
      const shape = specOf(action).params.shape as Record<string, { shape?: Record<string, unknown> }>;
      let tried = 0;
      for (const column of new Set(columns)) {
        for (const place of ['', 'user', 'changes', 'device']) {
          const known = place === '' ? shape : shape[place] === undefined ? null : SHAPES[place]?.(action);
          if (known === null || known === undefined || Object.hasOwn(known, column)) continue;
          const inside = params[place] ?? {};
          for (const value of [1, 'admin', null, ['admin']]) {
            const body =
              place === ''
                ? { ...params, [column]: value }
                : { ...params, [place]: { ...inside, [column]: value } };
            const refusal = await peer.ask(action, body);
            expectRefusal(refusal, 'invalid_params');
            const path = place === '' ? column : `${place}.${column}`;
            expect(refusal['details']).toContainEqual(
              expect.objectContaining({ path, reason: 'unknown_parameter' }),
            );
            tried += 1;
          }
        }
      }
      return tried;
    }

    /** What the objects inside parameters know by name, read off a refusal-free example of the schema. */
    const SHAPES: Record<string, (action: ActionName) => Record<string, unknown>> = {
      user: (action) => inner(action, 'user'),
      changes: (action) => inner(action, 'changes'),
      device: () => ({ client_name: 1, client_version: 1, os: 1, host_name: 1 }),
    };
    function inner(action: ActionName, name: string): Record<string, unknown> {
      const part: unknown = specOf(action).params.shape[name];
      // Both are strict objects in the table, and neither is optional.
      return (part as { shape: Record<string, unknown> }).shape;
    }

    test('register', async () => {
      await using stranger = await RawPeer.handshaken(server);
      const before = everything(server.data_folder);
      const params = { user: { account_name: 'mallory', password: PASSWORD } };
      expect(await tryColumns(stranger, 'register', params)).toBeGreaterThan(200);
      expect(everything(server.data_folder)).toBe(before);
    });

    test('update_profile, update_user and create_user', async () => {
      await using victim = await registered(server, 'victim.one');
      await victim.peer.call('whoami');
      const before = everything(server.data_folder);
      const { account_id } = victim;
      const changes = { first_name: 'Mallory' };
      expect(await tryColumns(victim.peer, 'update_profile', { changes })).toBeGreaterThan(150);
      expect(await tryColumns(boss.peer, 'update_user', { account_id, changes })).toBeGreaterThan(150);
      const user = { account_name: 'mallory' };
      expect(await tryColumns(boss.peer, 'create_user', { user })).toBeGreaterThan(150);
      expect(everything(server.data_folder)).toBe(before);
    });
  });

  describe('[T-25] nobody gives or takes beyond what they hold', () => {
    test('a moderator can not touch an administrator, nor give any role', async () => {
      await using plain = await registered(server, 'plain.one');
      const before = rowsOf(server.data_folder, boss.account_id);
      const { peer } = moderator;
      for (const account_id of [boss.account_id, plain.account_id, moderator.account_id]) {
        for (const role of ['admin', 'moderator', 'user'] as const) {
          expectRefusal(await peer.ask('assign_role', { account_id, role }), 'forbidden');
          expectRefusal(await peer.ask('unassign_role', { account_id, role }), 'forbidden');
        }
        expectRefusal(await peer.ask('delete_user', { account_id }), 'forbidden');
        expectRefusal(await peer.ask('clear_throttle', { account_id }), 'forbidden');
        expectRefusal(await peer.ask('update_user', { account_id, changes: { bio: 'x' } }), 'forbidden');
      }
      expectRefusal(
        await peer.ask('create_user', { user: { account_name: 'sock.puppet' }, roles: ['admin'] }),
        'forbidden',
      );
      // What a moderator may do, but not to someone who holds more.
      expectRefusal(await peer.ask('suspend_user', { account_id: boss.account_id }), 'forbidden');
      expectRefusal(await peer.ask('resume_user', { account_id: boss.account_id }), 'forbidden');
      expect(rowsOf(server.data_folder, boss.account_id)).toEqual(before);
      await peer.call('suspend_user', { account_id: plain.account_id });
    });

    test('an administrator who was demoted a moment ago: the transaction reads the roles itself', async () => {
      await using other = await registered(server, 'other.one');
      await other.peer.call('whoami');
      const before = everything(server.data_folder);
      // Past the door, as if the request had been let in before the role was taken.
      const store = await openBesideServer(server.data_folder);
      onTestFinished(() => store.close());
      const { account_id: moderator_id, session_id } = moderator;
      const at = Date.now();
      const actor: Actor = {
        kind: 'session',
        account_id: moderator_id,
        session_id,
        secret_id: null,
        permission: null,
      };
      const who: Who = { at, actor, address: '::1' };
      const gone: Who = { ...who, actor: { ...actor, account_id: 'a_gone' } };
      const { account_id } = other;
      const target = { who, account_id: boss.account_id };
      const refused = [
        await store.run('assign_role', { who, account_id, role: 'admin' }),
        await store.run('assign_role', { who, account_id, role: 'moderator' }),
        await store.run('unassign_role', { ...target, role: 'admin' }),
        await store.run('suspend_account', { ...target, reason: null }),
        await store.run('resume_account', target),
        await store.run('delete_account', target),
        await store.run('clear_throttle', target),
        await store.run('create_recovery_code', {
          ...target,
          code_hash: Buffer.alloc(32, 1),
          code_expires_at: at + 1_000,
        }),
        await store.run('update_profile', {
          ...target,
          changes: { first_name: 'Mallory' },
          version: null,
          administrative: true,
        }),
        await store.run('create_account', {
          who,
          account: { account_id: 'a_00000000000000000000', account_name: 'sock.puppet' },
          roles: ['admin'],
          code_hash: Buffer.alloc(32),
          code_expires_at: at + 1_000,
        }),
        // Nor does a program on whose connection nobody is signed in.
        await store.run('delete_account', {
          who: { ...who, actor: { kind: 'program', key_id: 'local', secret_id: null } },
          account_id: boss.account_id,
        }),
      ];
      for (const one of refused) expect(one).toEqual({ failed: 'forbidden' });
      // An actor who is not there at all is not heard.
      const session_invalid = { failure: { failed: 'session_invalid' } };
      const deleted = store.run('delete_account', { who: gone, account_id: boss.account_id });
      await expect(deleted).rejects.toMatchObject(session_invalid);
      const given = store.run('assign_role', { who: gone, account_id, role: 'admin' });
      await expect(given).rejects.toMatchObject(session_invalid);
      expect(everything(server.data_folder)).toBe(before);
    });
  });

  describe('[T-29] two accounts: A never reads or changes what is B’s', () => {
    async function matrix(
      actor: () => Promise<{ readonly peer: RawPeer } & AsyncDisposable>,
      victim: Awaited<ReturnType<typeof person>>,
      mayRead: boolean,
    ): Promise<void> {
      const { account, session } = victim;
      await victim.peer.call('whoami');
      await using shared = await actor();
      const before = rowsOf(server.data_folder, account.account_id);
      const secrets = [
        session.session_id,
        victim.session_token,
        victim.refresh_token,
        ...(mayRead ? [] : [String(account.email), String(account.phone), String(account.first_name)]),
      ];
      const ids: Record<string, readonly string[]> = {
        account_id: [account.account_id],
        session_id: [session.session_id],
        key_id: ['k_00000000000000000000'],
        cursor: [1, 2, 3, 1_000].map((n) => Buffer.from(JSON.stringify({ at: [n] })).toString('base64url')),
        search: ['victim'],
      };
      // Those that end the connection come last.
      const last: readonly ActionName[] = ['logout_all', 'logout', 'quit'];
      for (const action of [...ACTION_NAMES.filter((name) => !last.includes(name)), ...last]) {
        if (!last.includes(action)) expect(shared.peer.closed).toBe(false);
        const { params, example } = specOf(action);
        const names = Object.keys(params.shape).filter((name) => Object.hasOwn(ids, name));
        const bodies = [
          example.params,
          ...names.flatMap((name) => (ids[name] ?? []).map((id) => ({ ...example.params, [name]: id }))),
          ...(action === 'list_users' ? [{ search: 'victim' }, {}] : []),
        ];
        for (const [n, body] of bodies.entries()) {
          if (shared.peer.closed) break;
          shared.peer.send({ action, id: `m${n}`, ...body });
          let reply: JsonObject | null = {};
          while (reply !== null && reply['id'] !== `m${n}`) reply = await shared.peer.take();
          if (reply === null) break;
          expectContract(action, `m${n}`, reply);
          const text = JSON.stringify(reply);
          for (const secret of secrets)
            expect(text, `${action} ${JSON.stringify(body)}`).not.toContain(secret);
        }
      }
      expect(rowsOf(server.data_folder, account.account_id)).toEqual(before);
      await victim.peer.call('whoami');
      expect(victim.peer.takeArrived().filter(({ event }) => event !== 'probe')).toEqual([]);
    }

    const profile = (name: string): object => ({
      email: `${name}@secret.test`,
      phone: '+7 900 111-22-33',
      first_name: 'Unsichtbar',
    });

    test('a plain person against a plain person', async () => {
      await using victim = await person(server, 'victim.two', profile('two'));
      await using setup = await registered(server, 'actor.two');
      await setup.peer.call('whoami');
      await matrix(() => authenticated(server, 'actor.two'), victim, false);
    });

    test('a plain person against an administrator', async () => {
      await using victim = await person(server, 'victim.three', profile('three'));
      const { account_id } = victim.account;
      await boss.peer.call('assign_role', { account_id, role: 'admin' });
      await victim.peer.event('account_changed');
      await using setup = await registered(server, 'actor.three');
      await setup.peer.call('whoami');
      await matrix(() => authenticated(server, 'actor.three'), victim, false);
    });

    test('a moderator against an administrator: may read the account, and nothing else', async () => {
      await using victim = await person(server, 'victim.four', profile('four'));
      const { account_id } = victim.account;
      await boss.peer.call('assign_role', { account_id, role: 'admin' });
      await victim.peer.event('account_changed');
      await matrix(() => authenticated(server, 'mod.one'), victim, true);
    });

    test('an administrator ends nobody’s session by its id', async () => {
      await using victim = await person(server, 'victim.five');
      const { session_id } = victim.session;
      expectRefusal(await boss.peer.ask('revoke_session', { session_id }), 'not_found');
      await victim.peer.call('whoami');
    });
  });

  test('[T-26] whoever takes a free name inherits nothing from the one who had it', async () => {
    await using first = await person(server, 'phoenix', { email: 'phoenix@example.test' });
    const old = first.account.account_id;
    await boss.peer.call('assign_role', { account_id: old, role: 'admin' });
    await using peer = await RawPeer.handshaken(server);
    for (let n = 0; n < 5; n += 1) {
      expectRefusal(await peer.ask('authenticate', signIn('phoenix', 'wrong horse')), 'invalid_credentials');
    }
    await boss.peer.call('delete_user', { account_id: old });
    await first.peer.gone();
    expectRefusal(await peer.ask('authenticate', signIn('phoenix')), 'invalid_credentials');

    await using second = await person(server, 'phoenix', {
      email: 'phoenix@example.test',
      password: 'another fine password',
    });
    expect(second.account.account_id).not.toBe(old);
    const { account, permissions } = await second.peer.call('whoami');
    expect(account.roles).toEqual(['user']);
    expect(permissions).toEqual([]);
    expect((await second.peer.call('list_sessions')).sessions).toHaveLength(1);
    const { entries } = await second.peer.call('login_history', {});
    expect(entries).toMatchObject([{ method: 'registration', success: true }]);
    // Guesses at the free name and at the old account are not counted against the new one.
    expect(rowsOf(server.data_folder, account.account_id)['guess_counters']).toEqual([]);
    await using other = await RawPeer.handshaken(server);
    const { session_token, refresh_token, access_token } = first;
    expectRefusal(await other.ask('resume', { session_token }), 'session_invalid');
    expectRefusal(await other.ask('refresh', { refresh_token }), 'session_invalid');
    expect(await other.call('verify_token', { token: access_token })).toEqual({
      active: false,
      subject: null,
    });
    expectRefusal(await other.ask('authenticate', signIn('phoenix')), 'invalid_credentials');
    expectRefusal(await boss.peer.ask('get_user', { account_id: old }), 'not_found');
    for (const rows of Object.values(rowsOf(server.data_folder, old)).slice(0, -1)) expect(rows).toEqual([]);
  });

  test('[T-26] a one-time code dies with the account that it was for', async () => {
    const { account_id, code } = await invited(boss.peer, 'invited.two');
    await boss.peer.call('delete_user', { account_id });
    const again = await invited(boss.peer, 'invited.two');
    await using peer = await RawPeer.handshaken(server);
    const redeem = { account_name: 'invited.two', new_password: PASSWORD };
    expectRefusal(await peer.ask('redeem_code', { ...redeem, code }), 'code_invalid');
    const { account } = await peer.call('redeem_code', { ...redeem, code: again.code });
    expect(account.account_id).toBe(again.account_id);
  });

  describe('[T-08] suspended or deleted: out within a second, with nothing left that opens', () => {
    test.each([
      ['suspend_user', 'account_suspended'],
      ['delete_user', 'account_deleted'],
    ] as const)('%s', async (action, reason) => {
      await using anna = await person(server, `target.${action === 'suspend_user' ? 'one' : 'two'}`);
      await using second = await resumed(server, anna.session_token);
      await using third = await authenticated(server, anna.account.account_name);
      await using stranger = await RawPeer.handshaken(server);
      const { account_id } = anna.account;
      const elapsed = stopwatch();
      const { ended_sessions } = await boss.peer.call(action, { account_id });
      for (const peer of [anna.peer, second, third.peer]) {
        expect(await peer.takeAll()).toMatchObject([{ event: 'session_ended', data: { reason } }]);
      }
      expect(elapsed()).toBeLessThan(1_000);
      expect(ended_sessions).toBe(2);
      const { session_token, refresh_token, access_token } = anna;
      expectRefusal(await stranger.ask('resume', { session_token }), 'session_invalid');
      expectRefusal(await stranger.ask('refresh', { refresh_token }), 'session_invalid');
      for (const token of [session_token, access_token, third.session_token]) {
        expect(await stranger.call('verify_token', { token })).toEqual({ active: false, subject: null });
      }
      const refusal = await stranger.ask('authenticate', signIn(anna.account.account_name));
      expectRefusal(refusal, action === 'suspend_user' ? 'account_suspended' : 'invalid_credentials');
      if (action === 'suspend_user') {
        await boss.peer.call('resume_user', { account_id });
        // Lifting the suspension brings no session back.
        expectRefusal(await stranger.ask('resume', { session_token }), 'session_invalid');
        expectRefusal(await stranger.ask('refresh', { refresh_token }), 'session_invalid');
        expect((await stranger.call('verify_token', { token: access_token })).active).toBe(false);
      }
    });
  });

  describe('[T-34] nothing outlives what ended it, and the reason is told', () => {
    /** What each does to a person with two sessions; `keeps` says whether the first of them goes on. */
    const ENDS: readonly {
      name: string;
      reason: string;
      keeps: boolean;
      act: (anna: Awaited<ReturnType<typeof person>>, other: SignedIn) => Promise<unknown>;
    }[] = [
      {
        name: 'change_password',
        reason: 'password_changed',
        keeps: true,
        act: ({ peer }) =>
          peer.call('change_password', {
            current_password: PASSWORD,
            new_password: 'a quite other password',
          }),
      },
      {
        name: 'revoke_session',
        reason: 'revoked',
        keeps: true,
        act: ({ peer }, other) => peer.call('revoke_session', { session_id: other.session_id }),
      },
      {
        name: 'logout_all keep_current',
        reason: 'signed_out',
        keeps: true,
        act: ({ peer }) => peer.call('logout_all', { keep_current: true }),
      },
      {
        name: 'logout_all',
        reason: 'signed_out',
        keeps: false,
        act: ({ peer }) => peer.ask('logout_all'),
      },
      {
        name: 'suspend_user',
        reason: 'account_suspended',
        keeps: false,
        act: ({ account }) => boss.peer.call('suspend_user', { account_id: account.account_id }),
      },
      {
        name: 'delete_user',
        reason: 'account_deleted',
        keeps: false,
        act: ({ account }) => boss.peer.call('delete_user', { account_id: account.account_id }),
      },
    ];

    test.each(ENDS)('$name', async ({ name, reason, keeps, act }) => {
      const account_name = `ends.${name.replace(/[^a-z]/g, '')}`;
      await using anna = await person(server, account_name);
      const other = await authenticated(server, account_name);
      await using third = await RawPeer.handshaken(server);
      const { refresh_token, access_token } = await third.call('authenticate', signIn(account_name));
      const elapsed = stopwatch();
      await act(anna, other);
      expect(await other.peer.takeAll()).toMatchObject([
        { event: 'session_ended', data: { session_id: other.session_id, reason } },
      ]);
      expect(elapsed()).toBeLessThan(1_000);
      await using stranger = await RawPeer.handshaken(server);
      const { session_token } = other;
      expectRefusal(await stranger.ask('resume', { session_token }), 'session_invalid');
      expect((await stranger.call('verify_token', { token: session_token })).active).toBe(false);
      if (name !== 'revoke_session') {
        expectRefusal(await stranger.ask('refresh', { refresh_token }), 'session_invalid');
        expect((await stranger.call('verify_token', { token: access_token })).active).toBe(false);
      }
      if (keeps) await anna.peer.call('whoami');
      else
        expect((await anna.peer.takeAll()).at(-1)).toMatchObject({
          event: 'session_ended',
          data: { reason },
        });
      expect((await stranger.call('verify_token', { token: anna.access_token })).active).toBe(keeps);
    });

    test('a role is given or taken: told at once, and counted from the next request on', async () => {
      await using anna = await person(server, 'rolling.one');
      const { account_id } = anna.account;
      const verify = async (): Promise<unknown> =>
        (await boss.peer.call('verify_token', { token: anna.access_token })).subject?.permissions;
      expectRefusal(await anna.peer.ask('list_users', {}), 'forbidden');
      expect(await verify()).toEqual([]);
      let elapsed = stopwatch();
      await boss.peer.call('assign_role', { account_id, role: 'moderator' });
      expect(await anna.peer.event('account_changed')).toMatchObject({
        data: { account: { roles: ['moderator', 'user'] } },
      });
      expect(elapsed()).toBeLessThan(1_000);
      await anna.peer.call('list_users', {});
      expect(await verify()).toEqual(['users.read', 'users.suspend']);
      elapsed = stopwatch();
      await boss.peer.call('unassign_role', { account_id, role: 'moderator' });
      expect(await anna.peer.event('account_changed')).toMatchObject({
        data: { account: { roles: ['user'] } },
      });
      expect(elapsed()).toBeLessThan(1_000);
      expectRefusal(await anna.peer.ask('list_users', {}), 'forbidden');
      expect(await verify()).toEqual([]);
    });
  });

  describe('[T-35] A signs out and B signs in on the same connection', () => {
    test('nothing of A is left: principal, permissions, frame limit, events, replies', async () => {
      await using anna = await person(server, 'first.here', { first_name: 'Prima' });
      const { account_id } = anna.account;
      await boss.peer.call('assign_role', { account_id, role: 'moderator' });
      await anna.peer.event('account_changed');
      await using boris = await registered(server, 'second.here');
      const { peer } = anna;
      // All in one go: what A asked is answered as A, then who is asking changes, then B asks.
      peer.send({ action: 'whoami', id: 'a1' });
      peer.send({ action: 'list_users', id: 'a2' });
      peer.send({ action: 'logout', id: 'out' });
      peer.send({ action: 'whoami', id: 'between' });
      peer.send({ action: 'authenticate', id: 'in', ...signIn('second.here') });
      peer.send({ action: 'whoami', id: 'b1' });
      peer.send({ action: 'list_users', id: 'b2' });
      const replies = new Map<unknown, JsonObject>();
      while (replies.size < 7) {
        const message = (await peer.take()) ?? {};
        if ('id' in message) replies.set(message['id'], message);
      }
      const accountOf = (id: string): unknown =>
        (replies.get(id) as { result?: { account?: { account_id?: string } } }).result?.account?.account_id;
      expect(accountOf('a1')).toBe(account_id);
      expect(replies.get('a2')).toMatchObject({ response: 200 });
      expectRefusal(replies.get('between'), 'unauthenticated');
      expect(accountOf('in')).toBe(boris.account_id);
      expect(accountOf('b1')).toBe(boris.account_id);
      expectRefusal(replies.get('b2'), 'forbidden');

      // What happens to A is not told here; what happens to B is.
      await using again = await authenticated(server, 'first.here');
      await again.peer.call('update_profile', { changes: { bio: 'elsewhere' } });
      await boss.peer.call('suspend_user', { account_id });
      await peer.call('whoami');
      expect(peer.takeArrived()).toEqual([]);
      await boris.peer.call('update_profile', { changes: { bio: 'here' } });
      expect(await peer.event('account_changed')).toMatchObject({ data: { account: { bio: 'here' } } });
      await boris.peer.call('logout_all', { keep_current: true });
      expect(await peer.event('session_ended')).toMatchObject({ data: { reason: 'signed_out' } });
    });

    test('between the two, the limit for strangers holds again', async () => {
      await using anna = await person(server, 'third.here');
      const { peer } = anna;
      const filler = 'x'.repeat(LIMITS.frame_bytes_max_before_sign_in);
      // Signed in, a frame of this size is only wrong.
      expectRefusal(await peer.ask('whoami', { filler }), 'invalid_params');
      await peer.call('logout');
      expectRefusal(await peer.ask('get_profile'), 'unauthenticated');
      peer.send({ action: 'whoami', id: 'big', filler });
      expectRefusal((await peer.takeAll()).at(-1), 'frame_too_large');
    });
  });
});
