/** What programs may do by their client keys with nobody signed in, and what they are told of others' permissions. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS, type ClientPermission, type ParamsOf } from '../../src/protocol/index.js';
import { openBeside } from '../support/database.js';
import { administrator, PASSWORD, RawPeer, registered, type SignedIn } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, temporaryFolder, type TestServer } from '../support/server.js';

let server: TestServer;
let boss: SignedIn;
let count = 0;

beforeAll(async () => {
  server = await startServer();
  boss = await administrator(server);
});
afterAll(async () => {
  await boss.peer[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

type Key = { readonly key_id: string; readonly key: Buffer };

async function keyWith(permissions?: ClientPermission[]): Promise<Key> {
  const made = await boss.peer.call('create_client_key', {
    name: `key ${(count += 1)}`,
    ...(permissions === undefined ? {} : { permissions }),
  });
  expect(made.client_key.permissions).toEqual([...(permissions ?? [])].sort());
  return { key_id: made.client_key.key_id, key: Buffer.from(made.key, 'base64url') };
}
const service = async (permissions: ClientPermission[]): Promise<RawPeer> =>
  RawPeer.handshaken(server, await keyWith(permissions));

type Question = ParamsOf<'check_permission'>['questions'][number];
const asked = async (peer: RawPeer, ...questions: Question[]) =>
  (await peer.call('check_permission', { questions })).answers;
const check = { questions: [{ account_id: 'a_00000000000000000000', permission: 'write' }] };

describe('a client key', () => {
  test('permits nothing by itself unless told, and people sign in with it all the same', async () => {
    await using peer = await RawPeer.handshaken(server, await keyWith());
    expectRefusal(await peer.ask('verify_token', { token: boss.session_token }), 'forbidden');
    expectRefusal(await peer.ask('check_permission', check), 'forbidden');
    await peer.call('register', { user: { account_name: 'anna', password: PASSWORD } });
    // What somebody is who is signed in there makes no difference.
    expectRefusal(await peer.ask('verify_token', { token: boss.session_token }), 'forbidden');
  });

  test('permits what it says from the next call on, and no longer', async () => {
    const key = await keyWith(['tokens.verify']);
    await using peer = await RawPeer.handshaken(server, key);
    const verify = () => peer.ask('verify_token', { token: boss.session_token });
    expect((await verify())['response']).toBe(200);
    expectRefusal(await peer.ask('check_permission', check), 'forbidden');
    const { key_id } = key;
    const changed = await boss.peer.call('update_client_key', { key_id, permissions: ['permissions.check'] });
    expect(changed.client_key).toMatchObject({ key_id, permissions: ['permissions.check'] });
    expectRefusal(await verify(), 'forbidden');
    await peer.call('check_permission', check);
    await boss.peer.call('update_client_key', { key_id, permissions: [] });
    expectRefusal(await peer.ask('check_permission', check), 'forbidden');
    // A rotation changes the key and not what it permits.
    await boss.peer.call('update_client_key', { key_id, permissions: ['tokens.verify'] });
    const next = await boss.peer.call('rotate_client_key', { key_id });
    expect(next.client_key.permissions).toEqual(['tokens.verify']);
    await using other = await RawPeer.handshaken(server, { key_id, key: Buffer.from(next.key, 'base64url') });
    await other.call('verify_token', { token: boss.session_token });
    await boss.peer.call('revoke_client_key', { key_id });
    expectRefusal(
      await boss.peer.ask('update_client_key', { key_id, permissions: ['tokens.verify'] }),
      'not_found',
    );
  });

  test('that another process changes is heard within a second', async () => {
    const key = await keyWith(['tokens.verify']);
    await using peer = await RawPeer.handshaken(server, key);
    await peer.call('verify_token', { token: boss.session_token });
    {
      using db = openBeside(server.data_folder);
      db.prepare("UPDATE client_keys SET permissions = '' WHERE key_id = ?").run(key.key_id);
      db.prepare('INSERT INTO announcements (what) VALUES (?)').run(
        JSON.stringify({ kind: 'client_key_changed', key_id: key.key_id }),
      );
    }
    await expect
      .poll(async () => (await peer.ask('verify_token', { token: boss.session_token }))['code'], {
        timeout: 5_000,
      })
      .toBe('forbidden');
  });

  test('[T-25] is given only what whoever makes or changes it may see themselves', async () => {
    const role = 'keeper';
    await boss.peer.call('create_role', { role, permissions: ['clients.manage'] });
    const keeper = await registered(server, 'keeper.one');
    await boss.peer.call('assign_role', { account_id: keeper.account_id, role });
    const create = (permissions: string[]) =>
      keeper.peer.ask('create_client_key', { name: 'theirs', permissions });
    expectRefusal(await create(['permissions.check']), 'forbidden');
    expect((await create(['tokens.verify']))['response']).toBe(201);
    const { key_id } = await keyWith(['permissions.check']);
    for (const permissions of [[], ['tokens.verify']])
      expectRefusal(await keeper.peer.ask('update_client_key', { key_id, permissions }), 'forbidden');
    await boss.peer.call('update_role', { role, permissions: ['clients.manage', 'users.read'] });
    await keeper.peer.call('update_client_key', {
      key_id,
      permissions: ['permissions.check', 'tokens.verify'],
    });
    await keeper.peer[Symbol.asyncDispose]();
  });

  test('of before there were permissions keeps what it could do', async () => {
    const folder = temporaryFolder();
    const before = await startServer({ data_folder: folder });
    const anna = await administrator(before);
    const made = await anna.peer.call('create_client_key', { name: 'old' });
    await before.stop();
    {
      using db = openBeside(folder);
      db.exec(
        "ALTER TABLE client_keys DROP COLUMN permissions; DELETE FROM migrations WHERE name = 'client_permissions'",
      );
    }
    await using after = await startServer({ data_folder: folder });
    const key = { key_id: made.client_key.key_id, key: Buffer.from(made.key, 'base64url') };
    await using peer = await RawPeer.handshaken(after, key);
    expect((await peer.call('verify_token', { token: anna.session_token })).active).toBe(true);
    expectRefusal(await peer.ask('check_permission', check), 'forbidden');
  });
});

describe('check_permission', () => {
  test('tells what is held, and by which role, of accounts and of whoever tokens stand for', async () => {
    await using peer = await service(['permissions.check']);
    await boss.peer.call('create_role', { role: 'writers', permissions: ['wiki:write', 'write'] });
    const one = await registered(server, 'writer.one');
    const { account_id } = one;
    await boss.peer.call('assign_role', { account_id, role: 'writers' });
    const { access_token } = await one.peer.call('refresh', { refresh_token: one.refresh_token });
    const answers = await asked(
      peer,
      { account_id, permission: 'wiki:write' },
      // A built-in role is told before one's own.
      { account_id, permission: 'write' },
      { account_id, permission: 'moderate' },
      { token: one.session_token, permission: 'wiki:write' },
      { token: access_token, permission: 'wiki:read' },
      { account_id: boss.account_id, permission: 'wiki:read' },
      { token: boss.session_token, permission: 'users.delete' },
      { account_id: 'a_00000000000000000000', permission: 'read' },
      { token: `pcs_${'A'.repeat(43)}`, permission: 'read' },
      { token: access_token.slice(0, -4), permission: 'read' },
      { account_id, permission: 'wiki:write' },
    );
    expect(answers.map(({ active, held, by }) => [active, held, by])).toEqual([
      [true, true, 'writers'],
      [true, true, 'user'],
      [true, false, null],
      [true, true, 'writers'],
      [true, false, null],
      [true, true, 'admin'],
      [true, true, 'admin'],
      [false, false, null],
      [false, false, null],
      [false, false, null],
      [true, true, 'writers'],
    ]);
    // And a moment later.
    await boss.peer.call('update_role', { role: 'writers', permissions: [] });
    expect(await asked(peer, { token: one.session_token, permission: 'wiki:write' })).toEqual([
      { active: true, held: false, by: null },
    ]);
    await boss.peer.call('suspend_user', { account_id });
    const after = await asked(
      peer,
      { account_id, permission: 'read' },
      { token: one.session_token, permission: 'read' },
      { token: access_token, permission: 'read' },
    );
    expect(after.map(({ active, held }) => active || held)).toEqual([false, false, false]);
    await one.peer[Symbol.asyncDispose]();
  });

  test(`answers ${LIMITS.questions_max} questions at once, and no more`, async () => {
    await using peer = await service(['permissions.check']);
    const people = await Promise.all(Array.from({ length: 5 }, (_, n) => registered(server, `many.${n}`)));
    const questions = Array.from({ length: LIMITS.questions_max }, (_, n): Question => {
      const one = people[n % 5]!;
      const permission = n % 3 === 0 ? 'write' : 'wiki:write';
      return n % 2 === 0
        ? { account_id: one.account_id, permission }
        : { token: one.session_token, permission };
    });
    const answers = await asked(peer, ...questions);
    expect(answers.map(({ active, held }) => [active, held])).toEqual(
      questions.map(({ permission }) => [true, permission === 'write']),
    );
    expectRefusal(
      await peer.ask('check_permission', { questions: [...questions, questions[0]] }),
      'invalid_params',
    );
    expectRefusal(await peer.ask('check_permission', { questions: [] }), 'invalid_params');
    for (const one of people) await one.peer[Symbol.asyncDispose]();
  });

  test('each question is about one thing, and names a permission that there can be', async () => {
    await using peer = await service(['permissions.check']);
    const { account_id, session_token: token } = boss;
    for (const question of [
      { permission: 'read' },
      { permission: 'read', account_id, token },
      { permission: 'users.raed', account_id },
      { permission: '*', account_id },
      { account_id },
      { permission: 'read', account_id: 'anna' },
    ]) {
      const refusal = await peer.ask('check_permission', { questions: [question] });
      expectRefusal(refusal, 'invalid_params');
    }
  });

  test('frames of a service may be large, those of everybody else before they sign in may not', async () => {
    const large = { action: 'probe', id: 'x'.repeat(5_000), time: 0 };
    await using other = await RawPeer.handshaken(server, await keyWith());
    other.send(large);
    expectRefusal(await other.take(), 'frame_too_large');
    await using local = await RawPeer.handshaken(server);
    local.send(large);
    expectRefusal(await local.take(), 'frame_too_large');
    await using peer = await service(['tokens.verify']);
    // Too long for an id, and no longer for a frame.
    peer.send(large);
    expectRefusal(await peer.take(), 'invalid_envelope');
    // Signing in and out leaves it so.
    await peer.call('authenticate', {
      user: { account_name: 'boss.one', password: PASSWORD },
    });
    await peer.call('logout');
    peer.send(large);
    expectRefusal(await peer.take(), 'invalid_envelope');
    await peer.call('probe');
  });
});
