import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeFrame, LIMITS, type JsonObject } from '../../src/protocol/index.js';
import { administrator, authenticated, PASSWORD, RawPeer, registered, resumed } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => (server = await startServer()));
afterAll(async () => server[Symbol.asyncDispose]());

let names = 0;
/** A name that no earlier test of this file used. */
const fresh = (): string => `guest.n${(names += 1)}`;

const requests = (count: number, action: string, params: object = {}): Buffer =>
  Buffer.concat(
    Array.from({ length: count }, (_, n) => encodeFrame(JSON.stringify({ action, id: `r${n}`, ...params }))),
  );

async function take(peer: RawPeer, count: number): Promise<JsonObject[]> {
  const all: JsonObject[] = [];
  while (all.length < count) {
    const message = await peer.take();
    if (message === null) throw new Error(`closed after ${all.length} of ${count} replies`);
    all.push(message);
  }
  return all;
}

describe('many requests at once', () => {
  test('100 requests in one write get 100 replies, each with its id', async () => {
    await using anna = await registered(server, fresh());
    const mixed = Buffer.concat([requests(50, 'whoami'), requests(50, 'nonsense')]);
    anna.peer.sendBytes(mixed);
    const replies = await take(anna.peer, 100);
    for (const [code, response] of [
      [undefined, 200],
      ['unknown_action', 400],
    ] as const) {
      const some = replies.filter((reply) => reply['code'] === code);
      expect(some).toHaveLength(50);
      expect(new Set(some.map(({ id }) => id)).size).toBe(50);
      for (const reply of some) expect(reply['response']).toBe(response);
    }
  });

  test('more than may be in work at once are all answered, writes too', async () => {
    await using anna = await registered(server, fresh());
    const count = LIMITS.in_flight_max * 3;
    const bodies = Array.from({ length: count }, (_, n) =>
      encodeFrame(JSON.stringify({ action: 'update_profile', id: `r${n}`, changes: { bio: `change ${n}` } })),
    );
    anna.peer.sendBytes(Buffer.concat(bodies));
    const replies = await take(anna.peer, count);
    expect(replies.filter(({ response }) => response !== 200)).toEqual([]);
    // Replies come in any order, and each change counts.
    expect(new Set(replies.map(({ id }) => id)).size).toBe(count);
    const { account } = await anna.peer.call('get_profile');
    expect(account.version).toBe(count + 1);
    expect(account.bio).toBe(`change ${count - 1}`);
  });

  test('what is written behind a sign-in waits for it', async () => {
    const user = { account_name: fresh(), password: PASSWORD };
    await using _anna = await registered(server, user.account_name);
    await using peer = await RawPeer.handshaken(server);
    peer.sendBytes(
      Buffer.concat([
        encodeFrame(JSON.stringify({ action: 'whoami', id: 'before' })),
        encodeFrame(JSON.stringify({ action: 'authenticate', id: 'sign-in', user })),
        encodeFrame(JSON.stringify({ action: 'whoami', id: 'after' })),
        encodeFrame(JSON.stringify({ action: 'authenticate', id: 'again', user })),
      ]),
    );
    const replies = await take(peer, 4);
    const reply = (id: string): JsonObject | undefined => replies.find((one) => one['id'] === id);
    expect(reply('before')).toMatchObject({ code: 'unauthenticated' });
    expect(reply('sign-in')).toMatchObject({ response: 200 });
    expect(reply('after')).toMatchObject({ response: 200 });
    expect(reply('again')).toMatchObject({ code: 'already_authenticated' });
  });

  test('what is written behind a refused sign-in is refused', async () => {
    await using peer = await RawPeer.handshaken(server);
    const user = { account_name: 'anna', password: 'wrong horse' };
    peer.sendBytes(
      Buffer.concat([
        encodeFrame(JSON.stringify({ action: 'authenticate', id: 'sign-in', user })),
        encodeFrame(JSON.stringify({ action: 'whoami', id: 'after' })),
      ]),
    );
    const [signIn, after] = await take(peer, 2);
    expect(signIn).toMatchObject({ id: 'sign-in', code: 'invalid_credentials' });
    expect(after).toMatchObject({ id: 'after', code: 'unauthenticated' });
  });

  test('replies of one tick leave in one piece', async () => {
    await using anna = await registered(server, fresh());
    // From here on her session is remembered, so that nothing has to be waited for.
    await anna.peer.call('probe');
    anna.peer.chunks.length = 0;
    anna.peer.sendBytes(requests(20, 'probe'));
    await take(anna.peer, 20);
    expect(anna.peer.chunks).toHaveLength(1);
  });

  test('what came before a broken frame is answered, then the connection ends', async () => {
    await using anna = await registered(server, fresh());
    anna.peer.sendBytes(Buffer.concat([requests(5, 'whoami'), Buffer.alloc(4)]));
    const all = await anna.peer.takeAll();
    expect(all.slice(0, 5).every(({ response }) => response === 200)).toBe(true);
    expectRefusal(all[5], 'frame_empty');
    expect(all).toHaveLength(6);
  });

  test('quit answers, then closes, and the session lives on', async () => {
    await using anna = await registered(server, fresh());
    await anna.peer.call('quit');
    expect(await anna.peer.takeAll()).toEqual([]);
    expect(anna.peer.broken).toBeNull();
    await using again = await resumed(server, anna.session_token);
    expect((await again.call('whoami')).session.session_id).toBe(anna.session_id);
  });

  test('quit before the sign-in closes as well', async () => {
    await using peer = await RawPeer.handshaken(server);
    await peer.call('quit');
    expect(await peer.takeAll()).toEqual([]);
  });
});

describe('peers that vanish', () => {
  test('a reset in the middle of requests harms nobody', async () => {
    await using other = await registered(server, fresh());
    for (let round = 0; round < 10; round += 1) {
      const peer = await resumed(server, other.session_token);
      peer.sendBytes(requests(30, 'update_profile', { changes: { bio: `round ${round}` } }));
      await sleep(round);
      peer.socket.resetAndDestroy();
      await peer.gone();
    }
    await other.peer.call('whoami');
    expect(server.log_lines.filter((line) => line.includes('"level":"ERROR"'))).toEqual([]);
  });

  test('peers that leave while their password is being hashed leave nothing behind that stays', async () => {
    const user = { account_name: fresh(), password: PASSWORD };
    await using _anna = await registered(server, user.account_name);
    for (let n = 0; n < 10; n += 1) {
      const peer = await RawPeer.handshaken(server);
      peer.send({ action: 'authenticate', user });
      await sleep(2);
      peer.socket.destroy();
    }
    // The queue of hashes behind them drains, and the next sign-in works.
    await using again = await authenticated(server, user.account_name);
    await again.peer.call('whoami');
    expect(server.log_lines.filter((line) => line.includes('"level":"ERROR"'))).toEqual([]);
  });
});

describe('too many', () => {
  test('connections of one address on which nobody has signed in: told, closed, and free again later', async () => {
    await using server = await startServer({ flags: { 'connections-per-address': '3' } });
    await using anna = await registered(server, fresh());
    const waiting = [await RawPeer.open(server), await RawPeer.open(server), await RawPeer.open(server)];
    for (const peer of waiting) expect(await peer.take()).toMatchObject({ action: 'challenge' });
    await using fourth = await RawPeer.open(server);
    fourth.send({ action: 'hello', note: 'sent before anything was read' });
    const all = await fourth.takeAll();
    expect(all).toHaveLength(1);
    expectRefusal(all[0], 'too_many_connections');
    expect(fourth.broken, 'no reset').toBeNull();
    // Whoever is signed in isn't counted, and isn't touched.
    await anna.peer.call('whoami');
    await waiting[0]?.[Symbol.asyncDispose]();
    await sleep(50);
    await using next = await registered(server, 'boris');
    await next.peer.call('whoami');
    for (const peer of waiting) await peer[Symbol.asyncDispose]();
  });

  test('password hashes waiting: the rest are told `busy` at once, and may try again', async () => {
    await using server = await startServer({ flags: { 'hash-queue': '1' } });
    const peers = await Promise.all(Array.from({ length: 12 }, () => RawPeer.handshaken(server)));
    const replies = await Promise.all(
      peers.map((peer, n) =>
        peer.ask('register', { user: { account_name: `guest${n}`, password: PASSWORD } }),
      ),
    );
    const busy = replies.filter(({ code }) => code === 'busy');
    expect(busy.length).toBeGreaterThan(0);
    expectRefusal(busy[0], 'busy');
    expect(replies.filter(({ response }) => response === 201).length).toBe(12 - busy.length);
    const again = peers[replies.findIndex(({ code }) => code === 'busy')];
    await again?.call('register', { user: { account_name: 'patient', password: PASSWORD } });
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  });

  test('wrong guesses from one address are throttled, and an open session is not touched', async () => {
    await using server = await startServer({ flags: { throttle: 'on' } });
    await using boss = await administrator(server);
    await using peer = await RawPeer.handshaken(server);
    let refusal: JsonObject = {};
    for (let n = 0; n < 25 && refusal['code'] !== 'throttled'; n += 1) {
      const user = { account_name: `nobody.${'abcde'[n % 5] ?? ''}`, password: 'a wrong horse' };
      refusal = await peer.ask('authenticate', { user });
    }
    expectRefusal(refusal, 'throttled');
    expect(refusal['retry_after_ms']).toBeGreaterThan(0);
    await boss.peer.call('whoami');
    await boss.peer.call('list_users');
  });
});

describe('a server that stops', () => {
  test('answers what is in work, tells late requests `shutting_down`, and says goodbye to all', async () => {
    // A hash that is still in work when the server stops.
    await using server = await startServer({ flags: { 'password-cost': '15' } });
    await using anna = await registered(server, fresh());
    await using idle = await RawPeer.handshaken(server);
    anna.peer.send({
      action: 'change_password',
      id: 'slow',
      current_password: PASSWORD,
      new_password: 'staple gun on a tuesday',
    });
    await sleep(5);
    const stopping = server.stop();
    expect(await anna.peer.take()).toMatchObject({
      event: 'server_stopping',
      data: { reconnect_after_ms: 1000 },
    });
    anna.peer.send({ action: 'whoami', id: 'late' });
    expect(await idle.take()).toMatchObject({ event: 'server_stopping' });
    idle.send({ action: 'probe', id: 'late too' });
    const rest = await anna.peer.takeAll();
    expectRefusal(
      rest.find(({ id }) => id === 'late'),
      'shutting_down',
    );
    expect(rest.find(({ id }) => id === 'slow')).toMatchObject({ response: 200 });
    const [refusal] = await idle.takeAll();
    expectRefusal(refusal, 'shutting_down');
    expect([anna.peer.broken, idle.broken]).toEqual([null, null]);
    await stopping;
    await expect(RawPeer.open(server)).rejects.toThrow(/ECONNREFUSED/);
  });
});
