import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditRows, lastAuditSeq } from '../support/database.js';
import { FakeClock, MINUTE_MS } from '../support/fake_clock.js';
import { administrator, authenticated, PASSWORD, RawPeer, registered } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, type TestServer } from '../support/server.js';

const user = (account_name: string, more: object = {}): object => ({
  user: { account_name, password: PASSWORD, ...more },
});

describe('names that are reserved', () => {
  const reserved = { code: 'account_name_invalid', details: [{ reason: 'reserved' }] };

  test('the first administrator may be called admin, and nobody who comes without the setup code', async () => {
    await using server = await startServer();
    const setup_code = server.setup_code ?? '';
    await using peer = await RawPeer.handshaken(server);
    for (const name of ['admin', 'root', 'operator'])
      expect(await peer.ask('register', user(name))).toMatchObject(reserved);
    // A code that is none makes nobody, whatever the name.
    const made_up = `pca_${'A'.repeat(43)}`;
    for (const name of ['admin', 'anna'])
      expectRefusal(await peer.ask('register', { ...user(name), setup_code: made_up }), 'setup_code_invalid');
    // What only looks like it, and what misleads whoever bears it.
    for (const name of ['adrnin', 'ad.min', 'null', 'nobody', 'constructor', 'server', 'support', 'guest']) {
      const refusal = await peer.ask('register', { ...user(name), setup_code });
      expect([name, refusal]).toMatchObject([name, reserved]);
    }
    const { account } = await peer.call('register', { ...user('Admin'), setup_code });
    expect(account).toMatchObject({
      account_name: 'admin',
      roles: expect.arrayContaining(['admin']) as string[],
    });
    await using other = await RawPeer.handshaken(server);
    expect(await other.ask('register', user('root'))).toMatchObject(reserved);
    expectRefusal(await other.ask('register', { ...user('root'), setup_code }), 'setup_code_invalid');
    await other.call('authenticate', user('ADMIN'));
    expect((await other.call('whoami')).account.account_id).toBe(account.account_id);
    // Nor does an administrator give such a name to somebody else.
    expect(await peer.ask('create_user', { user: { account_name: 'root' } })).toMatchObject({
      code: 'account_name_invalid',
    });
  });
});

describe('registering', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
    await using boss = await administrator(server);
    await boss.peer.call('whoami');
  });
  afterAll(async () => server[Symbol.asyncDispose]());

  test('gives an account, a session and a token, and signs the connection in', async () => {
    await using peer = await RawPeer.handshaken(server);
    const result = await peer.call('register', {
      ...user('Carol', { first_name: '  Carol ', email: 'Carol@example.test', phone: '+1 555 0100' }),
      device: { client_name: 'test', os: 'linux' },
    });
    expect(result.account).toMatchObject({
      account_name: 'carol',
      first_name: 'Carol',
      last_name: null,
      email: 'Carol@example.test',
      status: 'active',
      roles: ['user'],
      version: 1,
    });
    expect(result.account.created_at).toBe(result.account.password_changed_at);
    expect(result.session).toMatchObject({
      current: true,
      client_name: 'test',
      client_version: null,
      os: 'linux',
      address: '127.0.0.1',
    });
    expect((await peer.call('whoami')).session.session_id).toBe(result.session.session_id);
    expect((await peer.call('login_history')).entries).toMatchObject([
      { method: 'registration', success: true, failure: null },
    ]);
  });

  test.each(['dmitri', 'DMITRI', 'ｄｍｉｔｒｉ', 'ＤＭｉｔｒｉ'])(
    'a name is taken in every spelling: %s',
    async (spelling) => {
      await using peer = await RawPeer.handshaken(server);
      if (spelling === 'dmitri') await peer.call('register', user(spelling));
      else expectRefusal(await peer.ask('register', user(spelling)), 'account_name_taken');
    },
  );

  test.each([
    ['admin', 'reserved'],
    ['ＲＯＯＴ', 'reserved'],
    ['an na', 'character'],
    ['anna@home', 'character'],
    ['anna\u{200B}', 'character'],
    ['anna\u{202E}', 'character'],
    ['\u{1F600}\u{1F600}\u{1F600}', 'character'],
    ['.anna', 'punctuation'],
    ['anna.', 'punctuation'],
    ['an..na', 'punctuation'],
    ['12345', 'no_letter'],
    ['аnna', 'mixed_scripts'],
    ['pаypal', 'mixed_scripts'],
    ['z\u{301}\u{301}\u{301}\u{301}alg', 'character'],
  ])('nobody can be called %j: %s', async (account_name, reason) => {
    await using peer = await RawPeer.handshaken(server);
    const refusal = await peer.ask('register', user(account_name));
    expectRefusal(refusal, 'account_name_invalid');
    expect(refusal['details']).toMatchObject([{ path: 'user.account_name', reason }]);
  });

  test('an e-mail address is taken whatever its case is', async () => {
    await using first = await RawPeer.handshaken(server);
    await first.call('register', user('erin', { email: 'Erin@Example.test' }));
    await using second = await RawPeer.handshaken(server);
    const refusal = await second.ask('register', user('erin.two', { email: 'erin@EXAMPLE.test' }));
    expectRefusal(refusal, 'email_taken');
    await second.call('register', user('erin.two'));
  });

  test.each([
    ['short', 'too_short'],
    ['x'.repeat(257), 'too_long'],
    ['aaaaaaaaaaaa', 'repeated'],
    ['FRANCOISE', 'context'],
    ['francoise@example.test', 'context'],
    ['Portcullis', 'context'],
  ])('the password %j is refused: %s', async (password, reason) => {
    await using peer = await RawPeer.handshaken(server);
    const refusal = await peer.ask(
      'register',
      user('francoise', { password, email: 'francoise@example.test' }),
    );
    expectRefusal(refusal, 'password_rejected');
    expect(refusal['details']).toMatchObject([{ path: 'user.password', reason }]);
  });

  test('eight characters are enough, whatever they are; length counts characters, not bytes', async () => {
    await using peer = await RawPeer.handshaken(server);
    await peer.call('register', user('grace', { password: 'ключ🔑🔑🔑🔑' }));
    await using again = await authenticated(server, 'grace', 'ключ🔑🔑🔑🔑');
    await again.peer.call('whoami');
  });

  test('a refused registration leaves nothing: no row, no name, no sign-in', async () => {
    const before = lastAuditSeq(server.data_folder);
    await using peer = await RawPeer.handshaken(server);
    expectRefusal(await peer.ask('register', user('heidi', { password: 'short' })), 'password_rejected');
    const code = `pca_${'A'.repeat(43)}`;
    expectRefusal(await peer.ask('register', { ...user('heidi'), setup_code: code }), 'setup_code_invalid');
    expect(lastAuditSeq(server.data_folder)).toBe(before);
    expectRefusal(await peer.ask('whoami'), 'unauthenticated');
    await peer.call('register', user('heidi'));
  });

  test('the same name at the same moment: one gets it', async () => {
    const peers = await Promise.all(Array.from({ length: 8 }, () => RawPeer.handshaken(server)));
    const replies = await Promise.all(peers.map((peer) => peer.ask('register', user('ivan'))));
    expect(replies.filter(({ response }) => response === 201)).toHaveLength(1);
    for (const reply of replies.filter(({ response }) => response !== 201)) {
      expectRefusal(reply, 'account_name_taken');
    }
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  });
});

describe('a server that is closed for strangers', () => {
  test('refuses them, but not whoever holds the setup code', async () => {
    await using server = await startServer({ flags: { registration: 'closed' } });
    await using stranger = await RawPeer.handshaken(server);
    expect(await stranger.call('server_info')).toMatchObject({
      registration_open: false,
      setup_required: true,
    });
    expectRefusal(await stranger.ask('register', user('stranger')), 'registration_closed');
    await using boss = await administrator(server);
    expect((await boss.peer.call('whoami')).account.roles).toEqual(['admin', 'user']);
    expect((await stranger.call('server_info')).setup_required).toBe(false);
    expectRefusal(await stranger.ask('register', user('stranger')), 'registration_closed');
  });

  test('asks for longer passwords when told so', async () => {
    await using server = await startServer({ flags: { 'password-length-min': '20' } });
    await using peer = await RawPeer.handshaken(server);
    expect((await peer.call('server_info')).password_length_min).toBe(20);
    expectRefusal(
      await peer.ask('register', user('judy', { password: 'nineteen characters' })),
      'password_rejected',
    );
  });
});

describe('the first administrator', () => {
  test('without the code the first account is a plain user', async () => {
    await using server = await startServer();
    await using first = await registered(server, 'first');
    expect((await first.peer.call('whoami')).account.roles).toEqual(['user']);
    expectRefusal(await first.peer.ask('list_users'), 'forbidden');
    await using boss = await administrator(server);
    expect((await boss.peer.call('whoami')).permissions).toContain('roles.assign');
  });

  test('the code lies in a file for its owner alone, works once, and is gone then', async () => {
    await using server = await startServer();
    const file = join(server.data_folder, 'setup_code');
    expect(readFileSync(file, 'utf8').trim()).toBe(server.setup_code);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(server.data_folder, 'client_key.json')).mode & 0o777).toBe(0o600);
    await using boss = await administrator(server);
    expect(existsSync(file)).toBe(false);
    await using second = await RawPeer.handshaken(server);
    const again = { ...user('second'), setup_code: server.setup_code };
    expectRefusal(await second.ask('register', again), 'setup_code_invalid');
    const events = auditRows(server.data_folder).map(({ event, target_id }) => [event, target_id]);
    expect(events).toEqual([
      ['account_registered', boss.account_id],
      ['administrator_claimed', boss.account_id],
    ]);
  });

  test('two people with the same code at the same moment: one becomes administrator', async () => {
    await using server = await startServer();
    const { setup_code } = server;
    const peers = await Promise.all(Array.from({ length: 6 }, () => RawPeer.handshaken(server)));
    const replies = await Promise.all(
      peers.map((peer, n) => peer.ask('register', { ...user(`claimer.${n}`), setup_code })),
    );
    expect(replies.filter(({ response }) => response === 201)).toHaveLength(1);
    for (const reply of replies.filter(({ response }) => response !== 201)) {
      expectRefusal(reply, 'setup_code_invalid');
    }
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  });

  test('the code is dead after 30 minutes', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    clock.advance(30 * MINUTE_MS + 1);
    await using peer = await RawPeer.handshaken(server);
    const late = { ...user('late'), setup_code: server.setup_code };
    expectRefusal(await peer.ask('register', late), 'setup_code_invalid');
  });

  test('a second start makes another code while there is no administrator, and none afterwards', async () => {
    await using server = await startServer();
    await server.stop();
    const { data_folder } = server;
    {
      await using second = await startServer({ data_folder });
      expect(second.setup_code).toMatch(/^pca_/);
      expect(second.setup_code).not.toBe(server.setup_code);
      await using peer = await RawPeer.handshaken(second);
      const old = { ...user('old'), setup_code: server.setup_code };
      expectRefusal(await peer.ask('register', old), 'setup_code_invalid');
      await using boss = await administrator(second);
      await boss.peer.call('whoami');
    }
    await using third = await startServer({ data_folder });
    expect(third.setup_code).toBeNull();
    expect(existsSync(join(data_folder, 'setup_code'))).toBe(false);
  });
});
