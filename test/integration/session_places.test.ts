/** Where a session is used: its last address is shown, a new place is in the history, and its client says anew what it is. */
import { expect, test } from 'vitest';
import type { ResultOf } from '../../src/protocol/index.js';
import { NEW_PLACES } from '../../src/server/domain/index.js';
import { addressOf, farAway, fromOneSite } from '../support/addresses.js';
import { auditRows, holdWrites, openBeside } from '../support/database.js';
import { DAY_MS, FakeClock, MINUTE_MS } from '../support/fake_clock.js';
import { PASSWORD, RawPeer, type Reachable } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { everything } from '../support/rows.js';
import { startServer, temporaryFolder, type TestServer } from '../support/server.js';

const HOME = '127.0.0.1';
const DEVICE = { client_name: 'phone app', client_version: '1', os: 'android', host_name: 'pocket' };

type Tokens = Pick<ResultOf<'authenticate'>, 'session_token' | 'refresh_token' | 'session'>;

/** Registers `anna` from her usual address, and hangs up. */
async function annaSignsIn(server: Reachable): Promise<Tokens> {
  await using peer = await RawPeer.handshaken(server);
  const user = { account_name: 'anna', password: PASSWORD };
  return await peer.call('register', { user, device: DEVICE });
}

const from = (server: Reachable, address: string): Promise<RawPeer> =>
  RawPeer.handshaken(server, server.address.key, { from: address });

async function resumedFrom(server: Reachable, address: string, params: object): Promise<ResultOf<'resume'>> {
  await using peer = await from(server, address);
  return await peer.call('resume', params);
}

/** What the account's owner sees, from the usual address. */
async function seen(
  server: Reachable,
  { session_token }: Tokens,
): Promise<{ session: ResultOf<'list_sessions'>['sessions'][number]; history: string[] }> {
  await using peer = await RawPeer.handshaken(server);
  await peer.call('authenticate', { user: { account_name: 'anna', password: PASSWORD } });
  const { sessions } = await peer.call('list_sessions');
  const { active, subject } = await peer.call('verify_token', { token: session_token });
  expect(active).toBe(true);
  const session = sessions.find(({ session_id }) => session_id === subject?.session_id);
  if (session === undefined) throw new Error('the session is gone');
  const { entries } = await peer.call('login_history', { limit: 200 });
  // What is looked at with is no part of it.
  const history = entries
    .filter(({ method }) => method !== 'password')
    .map(({ method, success, address, client_name }) => [method, success, address, client_name].join(' '));
  return { session, history };
}

const moved = ({ data_folder }: TestServer): unknown[] =>
  auditRows(data_folder)
    .filter(({ event }) => event === 'session_moved')
    .map((row) => ({ ...row, details: JSON.parse(row.details) as unknown }));

test('a stolen session token that is resumed elsewhere shows: last address, history and audit log, before its reply', async () => {
  await using server = await startServer();
  const anna = await annaSignsIn(server);
  expect(anna.session).toMatchObject({ address: HOME, last_address: HOME });

  await using thief = await from(server, '127.0.0.2');
  const { session } = await thief.call('resume', { session_token: anna.session_token });
  expect(session).toMatchObject({ address: HOME, last_address: '127.0.0.2', host_name: 'pocket' });
  // On disk by now: a server that is killed in this moment knows it when it starts again.
  {
    using db = openBeside(server.data_folder);
    const sql = "SELECT method, success, address, client_name FROM sign_ins WHERE method = 'resume'";
    expect(db.prepare(sql).all()).toEqual([
      { method: 'resume', success: 1, address: '127.0.0.2', client_name: 'phone app' },
    ]);
  }
  expect(moved(server)).toMatchObject([
    {
      actor_id: expect.stringMatching(/^a_/) as string,
      session_id: session.session_id,
      address: '127.0.0.2',
      details: { by: 'resume', last_address: HOME },
    },
  ]);
  const { sessions } = await thief.call('list_sessions');
  expect(sessions).toMatchObject([{ address: HOME, last_address: '127.0.0.2' }]);
});

test('each new place is told once for a session, whoever takes turns, also after a restart', async () => {
  const data_folder = temporaryFolder();
  const flapping = [farAway(1), HOME, farAway(2), farAway(1), farAway(2), HOME, farAway(1)];
  const told = ['resume true 198.18.0.2 phone app', 'resume true 198.18.0.1 phone app'];
  const anna = await (async () => {
    await using server = await startServer({ data_folder, addressOf });
    const tokens = await annaSignsIn(server);
    for (const address of flapping)
      await resumedFrom(server, address, { session_token: tokens.session_token });
    expect((await seen(server, tokens)).history).toEqual([...told, `registration true ${HOME} phone app`]);
    return tokens;
  })();
  await using server = await startServer({ data_folder, addressOf });
  const before = await seen(server, anna);
  expect(before.session).toMatchObject({ address: HOME, last_address: '198.18.0.1' });
  for (const address of flapping) await resumedFrom(server, address, { session_token: anna.session_token });
  expect((await seen(server, anna)).history).toEqual(before.history);
  expect(moved(server)).toHaveLength(2);
});

test('of IPv6 a new /64 is a new place, another address in it only the last address', async () => {
  const names = new Map([
    [farAway(1), '2001:db8:1:2::a'],
    [farAway(2), '2001:db8:1:2:ffff::b'],
  ]);
  await using server = await startServer({
    addressOf: ({ remoteAddress = '' }) => names.get(remoteAddress.replace('::ffff:', '')) ?? remoteAddress,
  });
  const anna = await annaSignsIn(server);
  const { session_token } = anna;
  await resumedFrom(server, farAway(1), { session_token });
  const { session } = await resumedFrom(server, farAway(2), { session_token });
  expect(session.last_address).toBe('2001:db8:1:2:ffff::b');
  expect((await seen(server, anna)).history[0]).toBe('resume true 2001:db8:1:2::a phone app');
  expect(moved(server)).toHaveLength(1);
});

test('a flood from a thousand places is twenty entries a day, and the last address stays right', async () => {
  const clock = new FakeClock();
  await using server = await startServer({ addressOf, clock });
  const anna = await annaSignsIn(server);
  const { session_token } = anna;
  for (let n = 0; n < NEW_PLACES + 10; n += 1) await resumedFrom(server, fromOneSite(n), { session_token });
  const flooded = await seen(server, anna);
  expect(flooded.history.filter((entry) => entry.startsWith('resume'))).toHaveLength(20);
  expect(flooded.session.last_address).toBe('2001:db8:1:1d::1');
  clock.jump(DAY_MS + 1);
  await resumedFrom(server, fromOneSite(NEW_PLACES + 9), { session_token });
  expect((await seen(server, anna)).history[0]).toBe('resume true 2001:db8:1:1d::1 phone app');
  using db = openBeside(server.data_folder);
  expect(db.prepare('SELECT count(*) AS places FROM session_places').get()).toEqual({ places: 21 });
});

test('a refresh token that is used elsewhere shows as well, also as a repeat within the grace time', async () => {
  await using server = await startServer();
  const anna = await annaSignsIn(server);
  const { refresh_token } = anna;
  {
    await using peer = await RawPeer.handshaken(server);
    await peer.call('refresh', { refresh_token });
    // Twice from the same place is a lost reply, and writes nothing.
    const before = everything(server.data_folder);
    await peer.call('refresh', { refresh_token });
    expect(everything(server.data_folder)).toBe(before);
  }
  await using thief = await from(server, '127.0.0.2');
  const next = await thief.call('refresh', { refresh_token });
  await using other = await from(server, '127.0.0.3');
  await other.call('refresh', { refresh_token: next.refresh_token });
  const { session, history } = await seen(server, anna);
  expect(session).toMatchObject({ address: HOME, last_address: '127.0.0.3' });
  expect(history.slice(0, 2)).toEqual([
    'refresh true 127.0.0.3 phone app',
    'refresh true 127.0.0.2 phone app',
  ]);
  expect(moved(server)).toMatchObject([
    { address: '127.0.0.2', details: { by: 'refresh', last_address: HOME } },
    { address: '127.0.0.3', details: { by: 'refresh', last_address: '127.0.0.2' } },
  ]);
});

test('the last address is that of whoever was active last; a service that checks a token is not', async () => {
  const clock = new FakeClock();
  await using server = await startServer({ clock });
  const anna = await annaSignsIn(server);
  const { session_token } = anna;
  await using at_home = await RawPeer.handshaken(server);
  await at_home.call('resume', { session_token });
  await using elsewhere = await from(server, '127.0.0.2');
  await elsewhere.call('resume', { session_token });
  await using service = await from(server, '127.0.0.9');
  await service.call('verify_token', { token: session_token });
  // Asked beside the server: a question through a connection is activity of its own.
  const last = (): unknown => {
    using db = openBeside(server.data_folder);
    return db.prepare('SELECT last_address FROM sessions').pluck().get();
  };
  expect(last()).toBe('127.0.0.2');
  clock.advance(2 * MINUTE_MS);
  await at_home.call('probe');
  await expect.poll(last, { timeout: 30_000 }).toBe(HOME);
  clock.advance(2 * MINUTE_MS);
  await elsewhere.call('probe');
  await expect.poll(last, { timeout: 30_000 }).toBe('127.0.0.2');
  expect(moved(server)).toHaveLength(1);
});

test.each(['resume', 'refresh'] as const)(
  '%s takes `device`: it replaces what the session shows',
  async (action) => {
    await using server = await startServer();
    const anna = await annaSignsIn(server);
    let { refresh_token } = anna;
    await using peer = await RawPeer.handshaken(server);
    const go = async (params: object): Promise<object> => {
      if (action === 'refresh')
        ({ refresh_token } = await peer.call('refresh', { refresh_token, ...params }));
      else await resumedFrom(server, HOME, { session_token: anna.session_token, ...params });
      return (await seen(server, anna)).session;
    };
    expect(await go({})).toMatchObject(DEVICE);
    expect(await go({ device: { client_name: ' tablet app ', os: 'linux' } })).toMatchObject({
      client_name: 'tablet app',
      client_version: null,
      os: 'linux',
      host_name: null,
      address: HOME,
      last_address: HOME,
    });
    expect(await go({ device: {} })).toMatchObject({ client_name: null, os: null });
    expect(await go({ device: DEVICE })).toMatchObject(DEVICE);
    // It is no new place.
    expect(moved(server)).toEqual([]);
  },
);

test('a wrong `device` is refused before anything is spent', async () => {
  await using server = await startServer();
  const { refresh_token, session_token } = await annaSignsIn(server);
  const wrong = [
    { client_name: 'x'.repeat(65) },
    { host_name: 'two\nlines' },
    { os: 7 },
    { name: 'unknown' },
    'text',
    null,
  ];
  await using peer = await from(server, '127.0.0.2');
  const before = everything(server.data_folder);
  for (const device of wrong) {
    expectRefusal(await peer.ask('refresh', { refresh_token, device }), 'invalid_params');
    expectRefusal(await peer.ask('resume', { session_token, device }), 'invalid_params');
  }
  expect(everything(server.data_folder)).toBe(before);
  // Nobody was signed in by it, and the token is the unused one.
  expectRefusal(await peer.ask('whoami'), 'unauthenticated');
  await peer.call('refresh', { refresh_token });
});

test.each([
  ['its session is revoked', "UPDATE sessions SET ended_at = 1, end_reason = 'revoked'", 'session_invalid'],
  ['its account is suspended', "UPDATE accounts SET status = 'suspended'", 'session_invalid'],
  ['its client key is revoked', 'UPDATE client_keys SET revoked_at = 1', 'hmac_error'],
] as const)('nothing of it is written once %s', async (_what, sql, code) => {
  await using server = await startServer();
  await using boss = await RawPeer.handshaken(server);
  const setup = { user: { account_name: 'boss.one', password: PASSWORD }, setup_code: server.setup_code };
  await boss.call('register', setup);
  const { client_key, key } = await boss.call('create_client_key', {
    name: 'of this test',
    permissions: ['tokens.verify'],
  });
  const { refresh_token, session_token } = await annaSignsIn(server);
  const own = { key_id: client_key.key_id, key: Buffer.from(key, 'base64url') };
  const asked = [
    ['resume', { session_token, device: { os: 'plan 9' } }],
    ['refresh', { refresh_token, device: { os: 'plan 9' } }],
  ] as const;
  await using first = await RawPeer.handshaken(server, own, { from: '127.0.0.2' });
  await using second = await RawPeer.handshaken(server, own, { from: '127.0.0.3' });
  // It is remembered as live.
  await first.call('verify_token', { token: session_token });
  await boss.call('update_profile', { changes: { bio: 'comes after the note that the key was used' } });
  using db = openBeside(server.data_folder);
  expect(db.prepare(sql).run().changes).toBeGreaterThan(0);
  const before = everything(server.data_folder);
  for (const [index, [action, params]] of asked.entries())
    expectRefusal(await (index === 0 ? first : second).ask(action, params), code);
  expect(everything(server.data_folder)).toBe(before);
});

test('where the database can not be written people go on, and the next activity tells of the place', async () => {
  const clock = new FakeClock();
  await using server = await startServer({ clock });
  const { session_token } = await annaSignsIn(server);
  await using elsewhere = await from(server, '127.0.0.2');
  {
    using _held = holdWrites(server.data_folder);
    const { session } = await elsewhere.call('resume', { session_token, device: { os: 'plan 9' } });
    // As it is stored.
    expect(session).toMatchObject({ last_address: HOME, os: 'android' });
  }
  expect(moved(server)).toEqual([]);
  clock.advance(2 * MINUTE_MS);
  await elsewhere.call('probe');
  await expect.poll(() => moved(server), { timeout: 30_000 }).toMatchObject([{ address: '127.0.0.2' }]);
});
