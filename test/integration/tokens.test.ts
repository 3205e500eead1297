/** Sessions and tokens as their owners meet them: kept, refreshed, replaced, expired, signed out. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { Client } from '../../src/client/index.js';
import { systemRuntime } from '../../src/client/runtime.js';
import { MitmProxy } from '../support/mitm_proxy.js';
import { auditRows, changesSeen, openBeside } from '../support/database.js';
import { DAY_MS, FakeClock, MINUTE_MS } from '../support/fake_clock.js';
import { authenticated, PASSWORD, RawPeer, registered, resumed } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { liveRefreshTokens } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

const USER = { user: { account_name: 'anna', password: PASSWORD } };
const refreshes = (server: TestServer): number =>
  auditRows(server.data_folder).filter(({ event }) => event === 'tokens_refreshed').length;
/** What comes by itself comes at last, on a busy machine too. */
const LATEST = { timeout: 20_000, interval: 10 };
/** Time for something that must not come. */
const settled = (ms = 60): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('how long an access token is good', () => {
  test.each([
    [{}, 15, false],
    [{ 'access-token-minutes': '1' }, 1, false],
    [{ 'access-token-minutes': '1440' }, 1_440, true],
  ] as const)(
    '%j: %i minutes, and a longer time than usual is told at the start',
    async (flags, minutes, told) => {
      const clock = new FakeClock();
      await using server = await startServer({ clock, flags });
      await using peer = await RawPeer.handshaken(server);
      const { access_token, access_token_expires_at } = await peer.call('register', USER);
      expect(access_token_expires_at - clock.now()).toBeGreaterThan((minutes - 1) * MINUTE_MS);
      expect(access_token_expires_at - clock.now()).toBeLessThanOrEqual(minutes * MINUTE_MS);
      clock.advance(minutes * MINUTE_MS);
      expect((await peer.call('verify_token', { token: access_token })).active).toBe(false);
      const line = server.log_lines.find((one) => one.includes('"access_token_minutes"'));
      expect(line !== undefined).toBe(told);
      if (told) expect(line).toMatch(/"level":"WARN".*only the signature of access tokens.*verify_token/);
    },
  );
});

describe('client.accessToken()', () => {
  /** A client and a server that share a clock which the test moves. */
  async function together(server: TestServer, clock: FakeClock): Promise<Client & AsyncDisposable> {
    const client = new Client({ address: server.address }, { ...systemRuntime, now_ms: () => clock.now() });
    await client.call('register', USER);
    return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
  }

  test('gives the token of the sign-in as long as it is good for half a minute', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    await using client = await together(server, clock);
    const first = await client.accessToken();
    clock.advance(869_000);
    expect(await client.accessToken()).toBe(first);
    expect(refreshes(server)).toBe(0);
    const { active } = await client.call('verify_token', { token: first });
    expect(active).toBe(true);
  });

  test('refreshes once, however many ask, and all get the same new token', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    await using client = await together(server, clock);
    const first = await client.accessToken();
    for (let round = 1; round <= 3; round += 1) {
      clock.advance(875_000);
      const all = await Promise.all(Array.from({ length: 100 }, () => client.accessToken()));
      expect(new Set(all).size).toBe(1);
      expect(all).not.toContain(first);
      expect(refreshes(server)).toBe(round);
      expect((await client.call('verify_token', { token: all[0] ?? '' })).active).toBe(true);
    }
  });

  test.each([1, 3])(
    'replies that never came, %i of them, cost nobody the session, however long it takes to ask again',
    async (lost) => {
      const clock = new FakeClock();
      await using server = await startServer({ clock });
      let to_lose = lost;
      await using proxy = await MitmProxy.listen({
        target: server,
        edit: (from, body) => {
          if (from === 'client' || to_lose === 0 || !body.includes('"alert":"tokens refreshed"')) return body;
          to_lose -= 1;
          clock.advance(11_000);
          return body.replace(/"id":"[^"]*"/, '"id":"nobody"');
        },
      });
      const address = { ...server.address, port: proxy.port };
      const runtime = { ...systemRuntime, now_ms: () => clock.now() };
      const client = new Client({ address, request_ms: 2_000 }, runtime);
      try {
        await client.call('register', USER);
        clock.advance(875_000);
        for (let asked = 0; asked < lost - 1; asked += 2)
          await expect(client.accessToken()).rejects.toMatchObject({ code: 'request_timeout' });
        const token = await client.accessToken();
        expect((await client.call('verify_token', { token })).active).toBe(true);
        expect(refreshes(server)).toBe(1);
        clock.advance(875_000);
        expect(await client.accessToken()).not.toBe(token);
      } finally {
        await client.close();
      }
    },
  );

  test('says so when the session has ended meanwhile', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    await using client = await together(server, clock);
    await using other = await authenticated(server, 'anna');
    const ended = new Promise((resolve) => client.onSignedOut(resolve));
    await other.peer.call('logout_all', { keep_current: true });
    expect(await ended).toBe('signed_out');
    await expect(client.accessToken()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(client.session_token).toBeNull();
  });

  test('without a sign-in there is none', async () => {
    await using server = await startServer();
    const client = new Client({ address: server.address });
    await expect(client.accessToken()).rejects.toMatchObject({ code: 'unauthenticated' });
    await client.close();
  });
});

describe('refreshing', () => {
  test('a reply that was lost: the same token again within ten seconds gives the same successor', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    await using peer = await RawPeer.handshaken(server);
    const anna = await peer.call('register', USER);
    const { refresh_token } = anna;
    const first = await peer.call('refresh', { refresh_token });
    clock.advance(10_000);
    await using again = await RawPeer.handshaken(server);
    const second = await again.call('refresh', { refresh_token });
    expect(second.refresh_token).toBe(first.refresh_token);
    expect(second.session_id).toBe(anna.session.session_id);
    expect(liveRefreshTokens(server.data_folder, anna.session.session_id)).toBe(1);
    // Refreshing signs nobody in.
    expectRefusal(await again.ask('whoami'), 'unauthenticated');
  });

  test('it keeps the session from being idle, but not beyond its absolute end', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    await using peer = await RawPeer.handshaken(server);
    let { refresh_token } = await peer.call('register', USER);
    await peer[Symbol.asyncDispose]();
    for (let day = 29; day < 180; day += 29) {
      clock.advance(29 * DAY_MS);
      await using another = await RawPeer.handshaken(server);
      ({ refresh_token } = await another.call('refresh', { refresh_token }));
    }
    // Day 174: the access token of the last minutes ends with the session.
    clock.advance(6 * DAY_MS - 5 * MINUTE_MS);
    await using late = await RawPeer.handshaken(server);
    const last = await late.call('refresh', { refresh_token });
    expect(last.access_token_expires_at - clock.now()).toBeLessThanOrEqual(5 * MINUTE_MS);
    clock.advance(5 * MINUTE_MS + 1);
    await using over = await RawPeer.handshaken(server);
    expectRefusal(await over.ask('refresh', { refresh_token: last.refresh_token }), 'session_invalid');
    expect((await over.call('verify_token', { token: last.access_token })).active).toBe(false);
  });

  test('an idle session can not be refreshed either', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    await using peer = await RawPeer.handshaken(server);
    const { refresh_token, session_token } = await peer.call('register', USER);
    clock.advance(30 * DAY_MS);
    await using later = await RawPeer.handshaken(server);
    expectRefusal(await later.ask('refresh', { refresh_token }), 'session_invalid');
    expectRefusal(await later.ask('resume', { session_token }), 'session_invalid');
  });
});

describe('the end of a session by time, also from memory', () => {
  test('idle: a session that was just looked up is dead to the millisecond', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    await using anna = await registered(server, 'anna');
    const { session_token: token } = anna;
    const isActive = async (): Promise<boolean> => {
      await using stranger = await RawPeer.handshaken(server);
      return (await stranger.call('verify_token', { token })).active;
    };
    clock.advance(30 * DAY_MS - 1);
    expect(await isActive()).toBe(true);
    clock.advance(1);
    expect(await isActive()).toBe(false);
    await using stranger = await RawPeer.handshaken(server);
    expectRefusal(await stranger.ask('resume', { session_token: token }), 'session_invalid');
    // And a clock that goes back brings back only what the database still calls alive.
    clock.advance(-1);
    expect(await isActive()).toBe(true);
  });

  test('on its own connection: the refusal, then the reason', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    await using anna = await registered(server, 'anna');
    await anna.peer.call('whoami');
    clock.advance(30 * DAY_MS);
    anna.peer.send({ action: 'whoami', id: 'late' });
    const all = (await anna.peer.takeAll()).filter(({ event }) => event !== 'probe');
    expectRefusal(all[0], 'session_invalid');
    expect(all.slice(1)).toMatchObject([{ event: 'session_ended', data: { reason: 'expired' } }]);
  });
});

describe('last activity', () => {
  test('is written at most once a minute, however much is asked', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    await using anna = await registered(server, 'anna');
    using db = openBeside(server.data_folder);
    const written = (): unknown => db.prepare('SELECT last_active_at, idle_expires_at FROM sessions').get();
    const changes = (): unknown => changesSeen(db);
    const began = clock.now();
    const first = written();
    clock.advance(MINUTE_MS - 1);
    const before = changes();
    for (let n = 0; n < 20; n += 1) await anna.peer.call('whoami');
    await settled();
    expect(written()).toEqual(first);
    expect(changes()).toBe(before);
    clock.advance(1);
    for (let n = 0; n < 20; n += 1) await anna.peer.call('whoami');
    await vi.waitFor(
      () =>
        expect(written()).toEqual({
          last_active_at: began + MINUTE_MS,
          idle_expires_at: began + MINUTE_MS + 30 * DAY_MS,
        }),
      LATEST,
    );
    const { session, account } = await anna.peer.call('whoami');
    expect(session.last_active_at).toBe(began + MINUTE_MS);
    expect(account.last_seen_at).toBe(began + MINUTE_MS);
    const after = changes();
    clock.advance(MINUTE_MS - 1);
    await anna.peer.call('list_sessions');
    await settled();
    expect(changes()).toBe(after);
  });

  test('a clock that went back writes nothing and shortens nothing', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    await using anna = await registered(server, 'anna');
    const { session } = await anna.peer.call('whoami');
    clock.advance(-60 * MINUTE_MS);
    await anna.peer.call('whoami');
    await settled();
    expect((await anna.peer.call('whoami')).session).toEqual(session);
  });
});

describe('the most sessions that an account may have', () => {
  test('one too many ends the one that was active longest ago, and tells it `replaced`', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock, flags: { 'sessions-max': '3' } });
    const first = await registered(server, 'anna');
    const others = [];
    for (let n = 0; n < 2; n += 1) {
      clock.advance(20_000);
      others.push(await authenticated(server, 'anna'));
    }
    const [second, third] = others;
    // The first is used again, so the second is the one that was active longest ago.
    clock.advance(25_000);
    await first.peer.call('whoami');
    await settled();
    await using fourth = await authenticated(server, 'anna');
    const told = (await second?.peer.takeAll())?.filter(({ event }) => event !== 'probe');
    expect(told).toMatchObject([
      { event: 'session_ended', data: { session_id: second?.session_id, reason: 'replaced' } },
    ]);
    const { sessions } = await fourth.peer.call('list_sessions');
    expect(sessions.map(({ session_id }) => session_id).sort()).toEqual(
      [first.session_id, third?.session_id, fourth.session_id].sort(),
    );
    const rows = auditRows(server.data_folder).filter(({ event }) => event === 'session_replaced');
    expect(rows.map(({ details }) => details)).toEqual([
      JSON.stringify({ ended_session_id: second?.session_id }),
    ]);
    for (const one of [first, third]) await one?.peer[Symbol.asyncDispose]();
  });

  test('ten unless told; sessions of others do not count', async () => {
    await using server = await startServer();
    await using boris = await registered(server, 'boris');
    await using anna = await registered(server, 'anna');
    for (let n = 0; n < 10; n += 1) await (await authenticated(server, 'anna')).peer[Symbol.asyncDispose]();
    expect(await anna.peer.event('session_ended')).toMatchObject({ data: { reason: 'replaced' } });
    await boris.peer.call('whoami');
    await using last = await authenticated(server, 'anna');
    expect((await last.peer.call('list_sessions')).sessions).toHaveLength(10);
  });
});

describe('signing out', () => {
  test('`logout` ends this session on all its connections and leaves this one for another sign-in', async () => {
    await using server = await startServer();
    await using peer = await RawPeer.handshaken(server);
    const anna = await peer.call('register', USER);
    await using second = await resumed(server, anna.session_token);
    await using other = await authenticated(server, 'anna');
    expect(await peer.call('logout')).toEqual({});
    expect(await second.takeAll()).toMatchObject([
      { event: 'session_ended', data: { reason: 'signed_out' } },
    ]);
    expectRefusal(await peer.ask('whoami'), 'unauthenticated');
    const { session_token, refresh_token, access_token } = anna;
    expectRefusal(await peer.ask('refresh', { refresh_token }), 'session_invalid');
    expectRefusal(await peer.ask('resume', { session_token }), 'session_invalid');
    expect((await peer.call('verify_token', { token: access_token })).active).toBe(false);
    await other.peer.call('whoami');
    await peer.call('authenticate', USER);
    expect(auditRows(server.data_folder).filter(({ event }) => event === 'signed_out')).toMatchObject([
      { session_id: anna.session.session_id, target_id: anna.account.account_id },
    ]);
  });

  test('`logout_all` ends all sessions, this one last, with its reply first', async () => {
    await using server = await startServer();
    await using anna = await registered(server, 'anna');
    await using second = await authenticated(server, 'anna');
    await using third = await authenticated(server, 'anna');
    anna.peer.send({ action: 'logout_all', id: 'out' });
    const all = await anna.peer.takeAll();
    expect(all).toMatchObject([
      { id: 'out', response: 200, result: { ended_sessions: 3 } },
      { event: 'session_ended', data: { session_id: anna.session_id, reason: 'signed_out' } },
    ]);
    for (const { peer, session_id } of [second, third]) {
      expect(await peer.takeAll()).toMatchObject([
        { event: 'session_ended', data: { session_id, reason: 'signed_out' } },
      ]);
    }
    expect(auditRows(server.data_folder).at(-1)).toMatchObject({
      event: 'signed_out_everywhere',
      details: JSON.stringify({ sessions: 3 }),
    });
  });

  test('`logout_all` with `keep_current` keeps this session on all its connections', async () => {
    await using server = await startServer();
    await using anna = await registered(server, 'anna');
    await using same = await resumed(server, anna.session_token);
    await using other = await authenticated(server, 'anna');
    await using boris = await registered(server, 'boris');
    expect(await anna.peer.call('logout_all', { keep_current: true })).toEqual({ ended_sessions: 1 });
    expect(await other.peer.takeAll()).toMatchObject([{ data: { reason: 'signed_out' } }]);
    await anna.peer.call('whoami');
    await same.call('whoami');
    await boris.peer.call('whoami');
    expect(await anna.peer.call('logout_all', { keep_current: true })).toEqual({ ended_sessions: 0 });
  });

  test('a request that was sent before `logout` is answered before it', async () => {
    await using server = await startServer();
    await using anna = await registered(server, 'anna');
    anna.peer.send({ action: 'update_profile', id: 'change', changes: { bio: 'last words' } });
    anna.peer.send({ action: 'logout', id: 'out' });
    anna.peer.send({ action: 'whoami', id: 'after' });
    expect(await anna.peer.take()).toMatchObject({ id: 'change', response: 200 });
    expect(await anna.peer.take()).toMatchObject({ id: 'out', response: 200 });
    expectRefusal(await anna.peer.take(), 'unauthenticated');
  });
});

test('with the keys that anybody is told a service checks access tokens by itself', async () => {
  await using server = await startServer();
  await using peer = await RawPeer.handshaken(server);
  const { access_token, account } = await peer.call('register', USER);
  const [header = '', claims = '', signature = ''] = access_token.split('.');
  const { keys } = await peer.call('get_signing_keys');
  const [jwk] = keys;
  if (jwk === undefined) throw new Error('no key');
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  expect(verify(null, Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url'))).toBe(
    true,
  );
  const read = (part: string): { kid?: unknown } =>
    JSON.parse(Buffer.from(part, 'base64url').toString()) as object;
  const { x } = key.export({ format: 'jwk' });
  const thumbprint = createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${String(x)}"}`);
  expect(read(header)).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: thumbprint.digest('base64url') });
  expect(jwk.kid).toBe(read(header).kid);
  expect(read(claims)).toMatchObject({ iss: 'Portcullis', aud: 'portcullis', sub: account.account_id });
});
