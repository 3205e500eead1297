import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditRows, lastAuditSeq, openBeside } from '../support/database.js';
import { DAY_MS, FakeClock, MINUTE_MS } from '../support/fake_clock.js';
import {
  administrator,
  authenticated,
  invited,
  PASSWORD,
  RawPeer,
  registered,
  resumed,
} from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, type TestServer } from '../support/server.js';

const signIn = (account_name: string, password = PASSWORD): object => ({ user: { account_name, password } });

describe('signing in', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
    await using anna = await registered(server, 'anna', {}, { email: 'Anna@Example.test' });
    await anna.peer.call('whoami');
  });
  afterAll(async () => server[Symbol.asyncDispose]());

  test.each(['anna', 'ANNA', 'ａｎｎａ', '  anna ', 'anna@example.test', 'ANNA@EXAMPLE.TEST'])(
    'by %j',
    async (name) => {
      await using one = await authenticated(server, name);
      expect((await one.peer.call('whoami')).account.account_name).toBe('anna');
    },
  );

  test('a wrong password, an unknown name and a pending account look the same', async () => {
    await using boss = await administrator(server);
    await invited(boss.peer, 'pending.one');
    const bodies = new Set<string>();
    for (const name of ['anna', 'nobody', 'nobody@example.test', 'pending.one']) {
      await using peer = await RawPeer.handshaken(server);
      const refusal = await peer.ask('authenticate', signIn(name, 'wrong horse'));
      expectRefusal(refusal, 'invalid_credentials');
      bodies.add(JSON.stringify({ ...refusal, time: 0 }));
    }
    expect(bodies.size).toBe(1);
  });

  test('passwords are compared as they are: case, spaces and length count', async () => {
    await using peer = await RawPeer.handshaken(server);
    for (const near of [PASSWORD.toUpperCase(), `${PASSWORD} `, ` ${PASSWORD}`, PASSWORD.slice(0, -1)]) {
      expectRefusal(await peer.ask('authenticate', signIn('anna', near)), 'invalid_credentials');
    }
  });

  test('a composed and a decomposed letter are the same letter', async () => {
    await using hal = await registered(server, 'hal', {}, { password: 'caf\u{e9} noir la nuit' });
    await hal.peer.call('whoami');
    await using again = await authenticated(server, 'hal', 'cafe\u{301} noir la nuit');
    await again.peer.call('whoami');
  });

  test('refused tries are in the history of the owner, newest first, page by page', async () => {
    await using kim = await registered(server, 'kim');
    await using peer = await RawPeer.handshaken(server);
    for (let n = 0; n < 5; n += 1) {
      const device = { client_name: `try ${n}` };
      await peer.ask('authenticate', { ...signIn('kim', 'wrong horse'), device });
    }
    const seen: (string | null)[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page: { entries: { client_name: string | null }[]; next_cursor: string | null } =
        await kim.peer.call('login_history', { limit: 2, ...(cursor === null ? {} : { cursor }) });
      expect(page.entries.length).toBeLessThanOrEqual(2);
      seen.push(...page.entries.map(({ client_name }) => client_name));
      cursor = page.next_cursor;
      pages += 1;
    } while (cursor !== null);
    expect(seen).toEqual(['try 4', 'try 3', 'try 2', 'try 1', 'try 0', null]);
    expect(pages).toBe(3);
    const [newest] = (await kim.peer.call('login_history', { limit: 1 })).entries;
    expect(newest).toMatchObject({ method: 'password', success: false, failure: 'wrong_password' });
  });

  test('every sign-in, good or bad, is in the audit log and in the history: how, from where, and why not', async () => {
    await using own = await startServer();
    await using boss = await administrator(own);
    await using ida = await registered(own, 'ida');
    const { account_id } = ida;
    const invitation = await invited(boss.peer, 'olga');
    const after = lastAuditSeq(own.data_folder);
    const asked = async (name: string, password?: string): Promise<unknown> => {
      await using peer = await RawPeer.handshaken(own);
      return (await peer.ask('authenticate', signIn(name, password)))['code'];
    };
    expect(await asked('ida', 'wrong horse')).toBe('invalid_credentials');
    expect(await asked('nobody')).toBe('invalid_credentials');
    expect(await asked('olga')).toBe('invalid_credentials');
    await boss.peer.call('suspend_user', { account_id });
    expect(await asked('ida')).toBe('account_suspended');
    await boss.peer.call('resume_user', { account_id });
    await using back = await authenticated(own, 'ida');
    await using olga = await RawPeer.handshaken(own);
    await olga.call('redeem_code', {
      account_name: 'olga',
      code: invitation.code,
      new_password: 'a fine long password',
    });

    const signIns = auditRows(own.data_folder, after)
      .filter(({ event }) => ['signed_in', 'sign_in_refused', 'code_redeemed'].includes(event))
      .map(({ event, target_id, address, details }) => {
        expect(address).toBe('127.0.0.1');
        return [event, target_id, (JSON.parse(details) as { failure?: string }).failure ?? null];
      });
    expect(signIns).toEqual([
      ['sign_in_refused', account_id, 'wrong_password'],
      ['sign_in_refused', null, 'wrong_password'],
      ['sign_in_refused', invitation.account_id, 'pending'],
      ['sign_in_refused', account_id, 'suspended'],
      ['signed_in', account_id, null],
      ['code_redeemed', invitation.account_id, null],
    ]);
    const historyOf = async (peer: RawPeer): Promise<unknown[]> =>
      (await peer.call('login_history', {})).entries.map(({ method, success, failure, address }) => {
        expect(address).toBe('127.0.0.1');
        return [method, success, failure];
      });
    expect(await historyOf(back.peer)).toEqual([
      ['password', true, null],
      ['password', false, 'suspended'],
      ['password', false, 'wrong_password'],
      ['registration', true, null],
    ]);
    expect(await historyOf(olga)).toEqual([
      ['code', true, null],
      ['password', false, 'pending'],
    ]);
  });

  test.each([
    'AAAA',
    Buffer.from('{"at":["x"]}').toString('base64url'),
    Buffer.from('{"at":[1,2]}').toString('base64url'),
  ])('a cursor that is none of ours is refused: %s', async (cursor) => {
    await using one = await authenticated(server, 'anna');
    const refusal = await one.peer.ask('login_history', { cursor });
    expectRefusal(refusal, 'invalid_params');
    expect(refusal['details']).toMatchObject([{ path: 'cursor', reason: 'unknown_cursor' }]);
  });

  test('a session is listed where it is used, and another account never sees it', async () => {
    await using first = await registered(server, 'lea');
    await using second = await authenticated(server, 'lea');
    const { sessions } = await second.peer.call('list_sessions');
    expect(sessions.map(({ session_id }) => session_id).sort()).toEqual(
      [first.session_id, second.session_id].sort(),
    );
    expect(sessions.filter(({ current }) => current).map(({ session_id }) => session_id)).toEqual([
      second.session_id,
    ]);
    await using other = await registered(server, 'max');
    expect((await other.peer.call('list_sessions')).sessions).toHaveLength(1);
  });

  test('a session that is ended from another one is told why, closed, and never resumed', async () => {
    await using first = await registered(server, 'nina');
    await using second = await authenticated(server, 'nina');
    const { session_id } = first;
    expect(await second.peer.call('revoke_session', { session_id })).toEqual({ session_id });
    expect(await first.peer.takeAll()).toMatchObject([
      { event: 'session_ended', data: { session_id, reason: 'revoked' } },
    ]);
    expectRefusal(await second.peer.ask('revoke_session', { session_id }), 'not_found');
    await using again = await RawPeer.handshaken(server);
    const { session_token } = first;
    expectRefusal(await again.ask('resume', { session_token }), 'session_invalid');
  });

  test('ending the own session answers first, then says goodbye, then closes', async () => {
    await using one = await registered(server, 'olga');
    const beside = await resumed(server, one.session_token);
    one.peer.send({ action: 'revoke_session', id: 'bye', session_id: one.session_id });
    const all = await one.peer.takeAll();
    expect(all).toMatchObject([{ id: 'bye', response: 200 }, { event: 'session_ended' }]);
    expect(await beside.takeAll()).toMatchObject([{ event: 'session_ended', data: { reason: 'revoked' } }]);
  });

  test('a session of somebody else can not be ended, and is not told apart from none', async () => {
    await using mine = await registered(server, 'pia');
    await using theirs = await registered(server, 'quinn');
    const foreign = await mine.peer.ask('revoke_session', { session_id: theirs.session_id });
    const missing = await mine.peer.ask('revoke_session', { session_id: `s_${'0'.repeat(20)}` });
    expectRefusal(foreign, 'not_found');
    expect({ ...foreign, time: 0, id: 0 }).toEqual({ ...missing, time: 0, id: 0 });
    await theirs.peer.call('whoami');
  });

  test('a new password ends the other sessions and kills the old password', async () => {
    await using keep = await registered(server, 'rosa');
    await using other = await authenticated(server, 'rosa');
    const new_password = 'staple gun on a tuesday';
    const change = { current_password: PASSWORD, new_password };
    const wrong = { ...change, current_password: 'wrong horse' };
    expectRefusal(await keep.peer.ask('change_password', wrong), 'current_password_wrong');
    expectRefusal(
      await keep.peer.ask('change_password', { ...change, new_password: PASSWORD }),
      'password_rejected',
    );
    expect(await keep.peer.call('change_password', change)).toEqual({ ended_sessions: 1 });
    expect(await other.peer.takeAll()).toMatchObject([
      { event: 'session_ended', data: { session_id: other.session_id, reason: 'password_changed' } },
    ]);
    await keep.peer.call('whoami');
    await using again = await RawPeer.handshaken(server);
    expectRefusal(await again.ask('authenticate', signIn('rosa')), 'invalid_credentials');
    await again.call('authenticate', signIn('rosa', new_password));
  });

  test('two changes of one password at the same moment: one wins, and the password is the winner’s', async () => {
    await using one = await registered(server, 'sven');
    const two = await resumed(server, one.session_token);
    const passwords = ['first of two passwords', 'second of two passwords'];
    const replies = await Promise.all(
      [one.peer, two].map((peer, n) =>
        peer.ask('change_password', { current_password: PASSWORD, new_password: passwords[n] }),
      ),
    );
    const won = replies.findIndex(({ response }) => response === 200);
    expectRefusal(replies[1 - won], 'current_password_wrong');
    await using again = await authenticated(server, 'sven', passwords[won]);
    await again.peer.call('whoami');
    await two[Symbol.asyncDispose]();
  });
});

/** A call notes activity without waiting for it; a write behind it is on disk later. */
const settled = (peer: RawPeer): Promise<unknown> => peer.call('update_profile', { changes: {} });

describe('sessions and time', () => {
  test('a session survives the restart of the server, with everything about it', async () => {
    await using server = await startServer();
    await using anna = await registered(server, 'anna');
    await server.stop();
    await using second = await startServer({ data_folder: server.data_folder });
    await using again = await resumed(second, anna.session_token);
    const { account, session } = await again.call('whoami');
    expect(account.account_id).toBe(anna.account_id);
    expect(session.session_id).toBe(anna.session_id);
  });

  test('a session ends after 30 idle days, on an open connection too', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    await using anna = await registered(server, 'anna');
    const { session } = await anna.peer.call('whoami');
    expect(session.expires_at).toBe(clock.now() + 30 * DAY_MS);
    clock.advance(29 * DAY_MS);
    await using used = await resumed(server, anna.session_token);
    await used.call('whoami');
    await settled(used);
    clock.advance(29 * DAY_MS);
    await using still = await resumed(server, anna.session_token);
    clock.advance(MINUTE_MS * 2);
    await still.call('whoami');
    await settled(still);
    clock.advance(30 * DAY_MS + 1);
    still.send({ action: 'whoami', id: 'late' });
    const all = (await still.takeAll()).filter(({ event }) => event !== 'probe');
    expectRefusal(all[0], 'session_invalid');
    expect(all[1]).toMatchObject({ event: 'session_ended', data: { reason: 'expired' } });
    await using again = await RawPeer.handshaken(server);
    const { session_token } = anna;
    expectRefusal(await again.ask('resume', { session_token }), 'session_invalid');
  });

  test('who only resumes and listens keeps the session: both show it to be in use', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    await using anna = await registered(server, 'anna');
    const idleEnd = (): number => {
      using db = openBeside(server.data_folder);
      const sql = 'SELECT idle_expires_at AS at FROM sessions WHERE session_id = ?';
      return db.prepare<[string], { at: number }>(sql).get(anna.session_id)?.at ?? -1;
    };
    clock.advance(20 * DAY_MS);
    await using service = await resumed(server, anna.session_token);
    await expect.poll(idleEnd, { timeout: 30_000 }).toBe(clock.now() + 30 * DAY_MS);
    clock.advance(MINUTE_MS);
    await service.call('probe');
    await expect.poll(idleEnd, { timeout: 30_000 }).toBe(clock.now() + 30 * DAY_MS);
    // Another one on the same server shows nothing of it. It comes after the minute, in which it would have to sign in.
    const before = idleEnd();
    clock.advance(MINUTE_MS);
    await using stranger = await RawPeer.handshaken(server);
    await stranger.call('probe');
    expect(idleEnd()).toBe(before);
  });

  test('the history tells an own slip inside a session from a try at the door', async () => {
    await using server = await startServer();
    const device = { client_name: 'auth-tui', client_version: '0.1.0', os: 'linux', host_name: 'lab' };
    await using anna = await registered(server, 'anna', { device });
    const wrong = 'wrong horse battery';
    await anna.peer.ask('confirm_password', { password: wrong });
    await anna.peer.ask('change_password', { current_password: wrong, new_password: PASSWORD });
    await using stranger = await RawPeer.handshaken(server);
    await stranger.ask('authenticate', signIn('anna', wrong));
    const { entries } = await anna.peer.call('login_history');
    const unknown = { client_name: null, client_version: null, os: null, host_name: null };
    const slip = { method: 'confirmation', failure: 'wrong_password', success: false, ...device };
    expect(entries.slice(0, 3)).toMatchObject([{ method: 'password', ...unknown }, slip, slip]);
  });

  test('a session ends 180 days after sign-in, however busy it was', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    await using anna = await registered(server, 'anna');
    const { session_token } = anna;
    for (let day = 0; day < 175; day += 25) {
      clock.advance(25 * DAY_MS);
      await using peer = await resumed(server, session_token);
      await peer.call('whoami');
      await settled(peer);
    }
    clock.advance(5 * DAY_MS + 1);
    await using again = await RawPeer.handshaken(server);
    expectRefusal(await again.ask('resume', { session_token }), 'session_invalid');
  });

  test('the cost of the hash rises: the next sign-in makes a stronger one, and it still fits', async () => {
    await using server = await startServer({ flags: { 'password-cost': '15' } });
    await using anna = await registered(server, 'anna');
    await server.stop();
    const { data_folder } = server;
    const hash = (): string => {
      using db = openBeside(data_folder);
      const sql = 'SELECT password_hash AS hash FROM accounts WHERE account_id = ?';
      return db.prepare<[string], { hash: string }>(sql).get(anna.account_id)?.hash ?? '';
    };
    const weak = hash();
    await using second = await startServer({ data_folder, flags: { 'password-cost': '16' } });
    await using once = await authenticated(second, 'anna');
    await once.peer.call('whoami');
    const strong = hash();
    expect(Buffer.from(weak, 'base64')[7]).toBe(15);
    expect(Buffer.from(strong, 'base64')[7]).toBe(16);
    await using twice = await authenticated(second, 'anna');
    await twice.peer.call('whoami');
    expect(hash()).toBe(strong);
  });

  test('a stored hash that asks for too much memory counts as wrong', async () => {
    await using server = await startServer();
    await using anna = await registered(server, 'anna');
    {
      using db = openBeside(server.data_folder);
      const block = Buffer.alloc(96);
      block.write('scrypt');
      block[7] = 30;
      db.prepare('UPDATE accounts SET password_hash = ? WHERE account_id = ?').run(
        block.toString('base64'),
        anna.account_id,
      );
    }
    await using peer = await RawPeer.handshaken(server);
    expectRefusal(await peer.ask('authenticate', signIn('anna')), 'invalid_credentials');
  });

  test('[T-16] naughty strings as tokens and codes: one shape of refusal, and the server lives', async () => {
    await using server = await startServer();
    await using peer = await RawPeer.handshaken(server);
    const naughty = [
      '',
      'null',
      '0',
      'pcs_',
      `pcs_${'A'.repeat(42)}`,
      `pcs_${'A'.repeat(44)}`,
      `pcc_${'A'.repeat(43)}`,
    ];
    for (const session_token of [...naughty, `pcs_${'A'.repeat(43)}\n`, 'x'.repeat(3000)]) {
      expectRefusal(await peer.ask('resume', { session_token }), 'invalid_params');
    }
    expectRefusal(await peer.ask('resume', { session_token: `pcs_${'A'.repeat(43)}` }), 'session_invalid');
  });
});
