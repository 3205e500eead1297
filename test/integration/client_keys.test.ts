/** Named client keys: made, listed, rotated and revoked over the wire, and what that does to connections. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { clientMac, LIMITS, NO_BINDING, type JsonObject } from '../../src/protocol/index.js';
import { auditRows, openBeside } from '../support/database.js';
import { DAY_MS, FakeClock, MINUTE_MS } from '../support/fake_clock.js';
import { administrator, PASSWORD, RawPeer, registered } from '../support/raw_peer.js';
import { expectRefusal, resultOf } from '../support/replies.js';
import { startServer, type TestServer } from '../support/server.js';
import { stopwatch } from '../support/stopwatch.js';

type Key = { key_id: string; key: Buffer };

const keyOf = (reply: JsonObject, action: 'create_client_key' | 'rotate_client_key'): Key => {
  const { client_key, key, connection_key } = resultOf(action, reply);
  expect(connection_key).toBe(`${client_key.key_id}.${key}`);
  return { key_id: client_key.key_id, key: Buffer.from(key, 'base64url') };
};

async function made(boss: RawPeer, extra: object = {}): Promise<Key> {
  return keyOf(await boss.ask('create_client_key', { name: 'build machine', ...extra }), 'create_client_key');
}

/** What a handshake with a key is answered. */
async function tried(server: TestServer, key: Key): Promise<JsonObject> {
  await using peer = await RawPeer.open(server);
  return await peer.handshake(key);
}

async function listed(boss: RawPeer, key_id: string) {
  const { client_keys } = resultOf('list_client_keys', await boss.ask('list_client_keys'));
  return client_keys.find((one) => one.key_id === key_id);
}

describe('create_client_key', () => {
  test('makes a key that opens the door, shown once and stored nowhere else', async () => {
    await using server = await startServer();
    const boss = await administrator(server);
    const key = await made(boss.peer);
    expect(key.key_id).toMatch(/^k_[0-9A-Za-z]{20}$/);
    expect(key.key).toHaveLength(32);
    expect(await tried(server, key)).toMatchObject({ response: 200 });
    await using peer = await RawPeer.handshaken(server, key);
    const signedIn = await peer.ask('authenticate', {
      user: { account_name: 'boss.one', password: PASSWORD },
    });
    expect(signedIn).toMatchObject({ response: 200 });
    const { session_id } = resultOf('authenticate', signedIn).session;
    using db = openBeside(server.data_folder);
    const row = db.prepare('SELECT key_id FROM sessions WHERE session_id = ?').get(session_id);
    expect(row).toEqual({ key_id: key.key_id });
    // Not in the log, the audit log or the list.
    const text = key.key.toString('base64url');
    expect(server.log_lines.join('')).not.toContain(text);
    expect(JSON.stringify(auditRows(server.data_folder))).not.toContain(text);
    expect(JSON.stringify(await boss.peer.ask('list_client_keys'))).not.toContain(text);
    expect(auditRows(server.data_folder).find(({ event }) => event === 'client_key_created')).toMatchObject({
      actor_id: boss.account_id,
      target_id: key.key_id,
      address: '127.0.0.1',
      details: JSON.stringify({ name: 'build machine', expires_at: null, permissions: [] }),
    });
  });

  test('refuses strangers, people without the permission, and unusable parameters', async () => {
    await using server = await startServer();
    const boss = await administrator(server);
    const anna = await registered(server, 'anna');
    await using stranger = await RawPeer.handshaken(server);
    const key_id = 'k_00000000000000000000';
    for (const [action, params] of [
      ['create_client_key', { name: 'mine' }],
      ['list_client_keys', {}],
      ['rotate_client_key', { key_id }],
      ['revoke_client_key', { key_id }],
    ] as const) {
      expectRefusal(await stranger.ask(action, params), 'unauthenticated');
      expectRefusal(await anna.peer.ask(action, params), 'forbidden');
    }
    expectRefusal(await boss.peer.ask('create_client_key', { name: '' }), 'invalid_params');
    expectRefusal(await boss.peer.ask('create_client_key', { name: 'x'.repeat(65) }), 'invalid_params');
    const past = await boss.peer.ask('create_client_key', { name: 'late', expires_at: 1_000 });
    expectRefusal(past, 'invalid_params');
    expect(past['details']).toMatchObject([{ path: 'expires_at', reason: 'in_the_past' }]);
    for (const bad of ['local', 'k_', 'k_0', `${key_id}0`, `K_${key_id.slice(2)}`, "k_' OR 1=1 --00000000"]) {
      expectRefusal(await boss.peer.ask('revoke_client_key', { key_id: bad }), 'invalid_params');
    }
    expectRefusal(await boss.peer.ask('rotate_client_key', { key_id }), 'not_found');
    expectRefusal(await boss.peer.ask('revoke_client_key', { key_id }), 'not_found');
    for (const overlap_hours of [-1, 721, 1.5]) {
      const params = { key_id, overlap_hours };
      expectRefusal(await boss.peer.ask('rotate_client_key', params), 'invalid_params');
    }
  });

  test('ends at its limit, and keys that ended make room', async () => {
    await using server = await startServer();
    const boss = await administrator(server);
    const first = await made(boss.peer);
    {
      using db = openBeside(server.data_folder);
      const insert = db.prepare('INSERT INTO client_keys (key_id, name, created_at) VALUES (?, ?, ?)');
      db.transaction(() => {
        for (let index = 1; index < LIMITS.client_keys_max; index += 1)
          insert.run(`k_${String(index).padStart(20, '0')}`, 'filler', 0);
      })();
    }
    expectRefusal(await boss.peer.ask('create_client_key', { name: 'one more' }), 'limit_reached');
    expect((await boss.peer.ask('revoke_client_key', { key_id: first.key_id }))['response']).toBe(200);
    expect(await tried(server, await made(boss.peer))).toMatchObject({ response: 200 });
    const { client_keys } = resultOf('list_client_keys', await boss.peer.ask('list_client_keys'));
    expect(client_keys).toHaveLength(LIMITS.client_keys_max + 1);
  });

  test('ends by itself at `expires_at`, with its connections', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    const boss = await administrator(server);
    const key = await made(boss.peer, { expires_at: clock.now() + 10_000 });
    await using peer = await RawPeer.handshaken(server, key);
    clock.advance(9_999);
    expect(await tried(server, key)).toMatchObject({ response: 200 });
    clock.advance(1);
    expectRefusal(await tried(server, key), 'hmac_error');
    expect(await peer.takeAll()).toMatchObject([
      { event: 'client_key_ended', data: { key_id: key.key_id, reason: 'expired' } },
    ]);
    expectRefusal(await boss.peer.ask('rotate_client_key', { key_id: key.key_id }), 'not_found');
  });
});

describe('rotate_client_key', () => {
  test('both keys open the door until the overlap is over, then the new one alone', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    const boss = await administrator(server);
    const old = await made(boss.peer);
    const rotated = await boss.peer.ask('rotate_client_key', { key_id: old.key_id, overlap_hours: 1 });
    const next = keyOf(rotated, 'rotate_client_key');
    expect(next.key_id).toBe(old.key_id);
    expect(next.key.equals(old.key)).toBe(false);
    expect(resultOf('rotate_client_key', rotated).client_key).toMatchObject({
      current: { not_after: clock.now() + 60 * MINUTE_MS },
      next: { not_after: null, last_used_at: null },
    });
    for (const key of [old, next]) expect(await tried(server, key)).toMatchObject({ response: 200 });
    expectRefusal(await tried(server, { ...old, key: randomBytes(32) }), 'hmac_error');
    // Opened late, so that the deadline for signing in doesn't come first.
    clock.advance(60 * MINUTE_MS - 5_000);
    await using before = await RawPeer.handshaken(server, old);
    await using after = await RawPeer.handshaken(server, next);
    clock.advance(5_000);
    expectRefusal(await tried(server, old), 'hmac_error');
    expect(await tried(server, next)).toMatchObject({ response: 200 });
    expect((await before.takeAll()).at(-1)).toMatchObject({
      event: 'client_key_ended',
      data: { key_id: old.key_id, reason: 'rotated' },
    });
    expect(await after.ask('probe')).toMatchObject({ response: 200 });
  });

  test('keeps the old key for a week unless told', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    const boss = await administrator(server);
    const old = await made(boss.peer);
    const reply = await boss.peer.ask('rotate_client_key', { key_id: old.key_id });
    const { client_key } = resultOf('rotate_client_key', reply);
    expect(client_key.current?.not_after).toBe(clock.now() + 7 * DAY_MS);
  });

  test('never leaves three keys: the oldest ends with the second rotation', async () => {
    await using server = await startServer();
    const boss = await administrator(server);
    const first = await made(boss.peer);
    const ask = () => boss.peer.ask('rotate_client_key', { key_id: first.key_id });
    const second = keyOf(await ask(), 'rotate_client_key');
    const third = keyOf(await ask(), 'rotate_client_key');
    expectRefusal(await tried(server, first), 'hmac_error');
    expect(await tried(server, second)).toMatchObject({ response: 200 });
    expect(await tried(server, third)).toMatchObject({ response: 200 });
    using db = openBeside(server.data_folder);
    expect(db.prepare('SELECT count(*) AS n FROM client_key_secrets').get()).toEqual({ n: 2 });
    expect(auditRows(server.data_folder).filter(({ event }) => event === 'client_key_rotated')).toHaveLength(
      2,
    );
  });

  test('an overlap of zero ends the old key and its connections at once', async () => {
    await using server = await startServer();
    const boss = await administrator(server);
    const old = await made(boss.peer);
    await using peer = await RawPeer.handshaken(server, old);
    const params = { key_id: old.key_id, overlap_hours: 0 };
    const next = keyOf(await boss.peer.ask('rotate_client_key', params), 'rotate_client_key');
    expectRefusal(await tried(server, old), 'hmac_error');
    expect(await tried(server, next)).toMatchObject({ response: 200 });
    expect(await peer.takeAll()).toMatchObject([
      { event: 'client_key_ended', data: { key_id: old.key_id, reason: 'rotated' } },
    ]);
  });
});

describe('revoke_client_key', () => {
  test('closes the connections of the key at once, signed in or not; sessions and other keys stay', async () => {
    await using server = await startServer();
    const boss = await administrator(server);
    const key = await made(boss.peer);
    const other = await made(boss.peer);
    await using plain = await RawPeer.handshaken(server, key);
    await using bystander = await RawPeer.handshaken(server, other);
    await using signedIn = await RawPeer.handshaken(server, key);
    const user = { account_name: 'anna', password: PASSWORD };
    const { session_token } = resultOf('register', await signedIn.ask('register', { user }));
    const elapsed = stopwatch();
    const reply = await boss.peer.ask('revoke_client_key', { key_id: key.key_id });
    expect(resultOf('revoke_client_key', reply).client_key.revoked_at).not.toBeNull();
    const ended = { event: 'client_key_ended', data: { key_id: key.key_id, reason: 'revoked' } };
    expect(await plain.takeAll()).toMatchObject([ended]);
    expect(await signedIn.takeAll()).toMatchObject([ended]);
    expect(elapsed()).toBeLessThan(1_000);
    expectRefusal(await tried(server, key), 'hmac_error');
    expect(await bystander.ask('probe')).toMatchObject({ response: 200 });
    // The person goes on through another key.
    expect(await bystander.ask('resume', { session_token })).toMatchObject({ response: 200 });
    expectRefusal(await boss.peer.ask('revoke_client_key', { key_id: key.key_id }), 'not_found');
    expectRefusal(await boss.peer.ask('rotate_client_key', { key_id: key.key_id }), 'not_found');
    using db = openBeside(server.data_folder);
    const left = db.prepare('SELECT key FROM client_key_secrets WHERE key_id = ?').all(key.key_id);
    expect(left).toEqual([{ key: Buffer.alloc(32) }]);
    // Not even the zeros that are left open the door.
    expectRefusal(await tried(server, { ...key, key: Buffer.alloc(32) }), 'hmac_error');
    const [row] = auditRows(server.data_folder).filter(({ event }) => event === 'client_key_revoked');
    expect(row).toMatchObject({ actor_id: boss.account_id, target_id: key.key_id });
  });

  test('of the own connection: the reply, then the event, then the close', async () => {
    await using server = await startServer();
    const boss = await administrator(server);
    const key = await made(boss.peer);
    await using peer = await RawPeer.handshaken(server, key);
    await peer.ask('authenticate', { user: { account_name: 'boss.one', password: PASSWORD } });
    expect(await peer.ask('revoke_client_key', { key_id: key.key_id })).toMatchObject({ response: 200 });
    expect(await peer.takeAll()).toMatchObject([{ event: 'client_key_ended', data: { reason: 'revoked' } }]);
  });

  test('between greeting and proof: the door stays shut', async () => {
    await using server = await startServer();
    const boss = await administrator(server);
    const key = await made(boss.peer);
    await using peer = await RawPeer.open(server);
    const challenge = (await peer.takeBody())!;
    const hello = JSON.stringify({
      action: 'hello',
      key_id: key.key_id,
      nonce: randomBytes(32).toString('base64url'),
      suite: 'hmac-sha256',
      channel_binding: 'none',
    });
    peer.send(hello);
    await boss.peer.ask('revoke_client_key', { key_id: key.key_id });
    const mac = clientMac(key.key, NO_BINDING, { challenge, hello: Buffer.from(hello) });
    peer.send({ action: 'proof', mac: mac.toString('base64url') });
    expectRefusal(await peer.take(), 'hmac_error');
  });
});

describe('list_client_keys', () => {
  test('shows the local key first, then the living, then what has ended', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    const boss = await administrator(server);
    const dead = await made(boss.peer, { name: 'dead' });
    clock.advance(1);
    const alive = await made(boss.peer, { name: 'alive' });
    await boss.peer.ask('revoke_client_key', { key_id: dead.key_id });
    const { client_keys } = resultOf('list_client_keys', await boss.peer.ask('list_client_keys'));
    expect(client_keys.map(({ key_id }) => key_id)).toEqual(['local', alive.key_id, dead.key_id]);
    expect(client_keys[0]).toMatchObject({ name: 'this machine', current: null, revoked_at: null });
  });

  test('knows the last use, and writes it at most once a minute', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    const boss = await administrator(server);
    const key = await made(boss.peer);
    expect(await listed(boss.peer, key.key_id)).toMatchObject({ last_used_at: null });
    const used = clock.now();
    await tried(server, key);
    await expect
      .poll(() => listed(boss.peer, key.key_id))
      .toMatchObject({
        last_used_at: used,
        current: { last_used_at: used },
      });
    clock.advance(MINUTE_MS - 1);
    await tried(server, key);
    await boss.peer.ask('update_profile', { changes: { first_name: 'A' } });
    expect(await listed(boss.peer, key.key_id)).toMatchObject({ last_used_at: used });
    clock.advance(1);
    await tried(server, key);
    await expect.poll(() => listed(boss.peer, key.key_id)).toMatchObject({ last_used_at: used + MINUTE_MS });
  });
});

describe('the handshake', () => {
  test('answers unknown id, wrong key and ended key with the same bytes', async () => {
    await using server = await startServer();
    const boss = await administrator(server);
    const key = await made(boss.peer);
    const revoked = await made(boss.peer);
    await boss.peer.ask('revoke_client_key', { key_id: revoked.key_id });
    const wrong = randomBytes(32);
    const answers = [
      await tried(server, { key_id: 'k_00000000000000000000', key: wrong }),
      await tried(server, { key_id: 'nobody', key: wrong }),
      await tried(server, { key_id: key.key_id, key: wrong }),
      await tried(server, { key_id: 'local', key: wrong }),
      await tried(server, revoked),
      // A right key under another key's id.
      await tried(server, { key_id: 'local', key: key.key }),
    ].map(({ time: _time, ...rest }) => JSON.stringify(rest));
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('hmac error');
  });

  test('opens nothing when the keys can not be read, not even for the local key', async () => {
    await using server = await startServer();
    const boss = await administrator(server);
    const key = await made(boss.peer);
    {
      using db = openBeside(server.data_folder);
      db.exec('ALTER TABLE client_key_secrets RENAME TO gone');
    }
    for (const one of [key, server.address.key]) expectRefusal(await tried(server, one), 'internal');
  });

  test('what could not be looked at once is looked at again: a connection of a rotated key does not stay', async () => {
    await using server = await startServer();
    const boss = await administrator(server);
    const key = await made(boss.peer);
    await using peer = await RawPeer.handshaken(server, key);
    using db = openBeside(server.data_folder);
    // The end of its secret is announced in the moment in which secrets can not be read.
    db.transaction(() => {
      db.prepare('UPDATE client_key_secrets SET not_after = 1 WHERE key_id = ?').run(key.key_id);
      const what = JSON.stringify({ kind: 'client_key_changed', key_id: key.key_id });
      db.prepare('INSERT INTO announcements (what) VALUES (?)').run(what);
      db.exec('ALTER TABLE client_key_secrets RENAME TO gone');
    })();
    await expect
      .poll(() => server.log_lines.join(''), { timeout: 30_000 })
      .toContain('what was announced could not be carried out');
    expect(peer.closed).toBe(false);
    db.exec('ALTER TABLE gone RENAME TO client_key_secrets');
    expect(await peer.event('client_key_ended')).toMatchObject({ data: { reason: 'rotated' } });
  });
});
