/**
 * [T-47] Tokens that nobody can guess: made-up ones take nobody off, good ones can't be exchanged without end, and the same
 * refusal over and over fills no disk.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { BUCKET_LIMITS } from '../../src/protocol/index.js';
import { askAll } from '../support/ask_all.js';
import { auditRows, lastAuditSeq } from '../support/database.js';
import { FakeClock, MINUTE_MS } from '../support/fake_clock.js';
import { administrator, invited, PASSWORD, RawPeer, registered } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { tried } from '../support/runs.js';
import { startServer, temporaryFolder, type TestServer } from '../support/server.js';

const ON = { throttle: 'on' };
const MADE_UP = 'A'.repeat(43);
const signIn = (account_name: string, password = PASSWORD): object => ({ user: { account_name, password } });

/** Asks again and again, for as long as a machine that has much to do may take. */
async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 1_000) throw new Error('it never came to that');
    await sleep(20);
  }
}

/** How often each outcome came, of so many requests that are sent fifty at once. */
async function outcomesOf(
  peer: RawPeer,
  action: string,
  params: object,
  times: number,
): Promise<Record<string, number>> {
  const outcomes: Record<string, number> = {};
  for (let sent = 0; sent < times; sent += 50) {
    const requests = Array.from({ length: Math.min(50, times - sent) }, () => ({ action, params }));
    for (const { code, response } of await askAll(peer, requests)) {
      const outcome = String(code ?? response);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  }
  return outcomes;
}

describe('[T-47] made-up tokens', () => {
  const SLOTS = [
    ['resume', { session_token: `pcs_${MADE_UP}` }, 'session_invalid'],
    ['refresh', { refresh_token: `pcr_${MADE_UP}` }, 'session_invalid'],
    ['redeem_code', { account_name: 'anna', code: `pcc_${MADE_UP}`, new_password: PASSWORD }, 'code_invalid'],
    ['verify_token', { token: `pcs_${MADE_UP}` }, '200'],
  ] as const;

  test.each(tried(SLOTS))(
    'in %s: two thousand in ten minutes, and nobody else at the address notices any of them',
    async (action, params, refused) => {
      await using server = await startServer({ flags: ON });
      await using boss = await administrator(server);
      const anna = await registered(server, 'anna');
      const { refresh_token } = await anna.peer.call('logout').then(async () => {
        return anna.peer.call('authenticate', signIn('anna'));
      });
      const { code } = await invited(boss.peer, 'invited.one');
      await using attacker = await RawPeer.handshaken(server);
      const { points } = BUCKET_LIMITS.token[0];
      expect(await outcomesOf(attacker, action, params, points + 20)).toEqual({
        [refused]: points,
        throttled: 20,
      });
      // All of it from the same address: good passwords, tokens and codes pass.
      await using colleague = await RawPeer.handshaken(server);
      const { session_token } = await colleague.call('authenticate', signIn('anna'));
      expect((await colleague.call('verify_token', { token: session_token })).active).toBe(true);
      await colleague.call('refresh', { refresh_token });
      await using again = await RawPeer.handshaken(server);
      await again.call('resume', { session_token });
      await using third = await RawPeer.handshaken(server);
      await third.call('redeem_code', {
        account_name: 'invited.one',
        code,
        new_password: 'a quite new horse',
      });
      await anna.peer[Symbol.asyncDispose]();
    },
  );

  test('twenty colleagues whose sessions have ended are told so, and sign in', async () => {
    await using server = await startServer({ flags: ON });
    await using anna = await registered(server, 'anna');
    await anna.peer.call('logout');
    for (let n = 0; n < 40; n += 1) {
      await using colleague = await RawPeer.handshaken(server);
      const { session_token } = anna;
      expectRefusal(await colleague.ask('resume', { session_token }), 'session_invalid');
      if (n >= 38) await colleague.call('authenticate', signIn('anna'));
    }
  });
});

describe('[T-47] good tokens', () => {
  test('a session is refreshed sixty times in ten minutes, then again when they are over', async () => {
    await using server = await startServer({ flags: ON });
    await using peer = await RawPeer.handshaken(server);
    await (await registered(server, 'anna')).peer[Symbol.asyncDispose]();
    let { refresh_token } = await peer.call('authenticate', signIn('anna'));
    const other = await RawPeer.handshaken(server);
    const second = await other.call('authenticate', signIn('anna'));
    for (let n = 0; n < 60; n += 1) ({ refresh_token } = await peer.call('refresh', { refresh_token }));
    const before = lastAuditSeq(server.data_folder);
    const refusal = await peer.ask('refresh', { refresh_token });
    expectRefusal(refusal, 'throttled');
    expect(refusal['retry_after_ms']).toBeGreaterThan(9 * MINUTE_MS);
    expect(auditRows(server.data_folder, before)).toEqual([]);
    // It is no second use, another session of the same person has its own, and the session goes on.
    await other.call('refresh', { refresh_token: second.refresh_token });
    await peer.call('whoami');
    await other[Symbol.asyncDispose]();
  });

  test('the same token again within the grace time draws nothing and writes nothing', async () => {
    await using server = await startServer({ clock: new FakeClock(), flags: ON });
    await (await registered(server, 'anna')).peer[Symbol.asyncDispose]();
    await using peer = await RawPeer.handshaken(server);
    const { refresh_token } = await peer.call('authenticate', signIn('anna'));
    const first = await peer.call('refresh', { refresh_token });
    const before = lastAuditSeq(server.data_folder);
    for (let n = 0; n < 500; n += 1) {
      const again = await peer.call('refresh', { refresh_token });
      expect(again.refresh_token).toBe(first.refresh_token);
    }
    expect(auditRows(server.data_folder, before)).toEqual([]);
    // 59 are left.
    let next = first;
    for (let n = 0; n < 59; n += 1) next = await peer.call('refresh', { refresh_token: next.refresh_token });
    expectRefusal(await peer.ask('refresh', { refresh_token: next.refresh_token }), 'throttled');
  });

  test('a session is resumed six hundred times in ten minutes', async () => {
    await using server = await startServer({ flags: ON });
    await using anna = await registered(server, 'anna');
    const { session_token } = anna;
    const codes = new Map<unknown, number>();
    for (let n = 0; n < 605; n += 1) {
      await using peer = await RawPeer.handshaken(server);
      const { code = 200 } = await peer.ask('resume', { session_token });
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect(Object.fromEntries(codes)).toEqual({ 200: 600, throttled: 5 });
  });
});

describe('[T-47] is this e-mail address taken?', () => {
  test('a profile asks ten times an hour; other changes go on, and the same address is no change', async () => {
    await using server = await startServer({ flags: ON });
    await using anna = await registered(server, 'anna', {}, { email: 'anna@example.test' });
    await using boris = await registered(server, 'boris', {}, { email: 'boris@example.test' });
    const change = (email: string): object => ({ changes: { email } });
    expect(await outcomesOf(boris.peer, 'update_profile', change('boris@example.test'), 30)).toEqual({
      200: 30,
    });
    expect(await outcomesOf(boris.peer, 'update_profile', change('anna@example.test'), 250)).toEqual({
      email_taken: 10,
      throttled: 240,
    });
    await boris.peer.call('update_profile', { changes: { bio: 'still here', email: null } });
    await anna.peer.call('update_profile', change('anna.two@example.test'));
  });

  test('a change that succeeds tells as much', async () => {
    await using server = await startServer({ flags: ON });
    await using anna = await registered(server, 'anna');
    for (let n = 0; n < 10; n += 1)
      await anna.peer.call('update_profile', { changes: { email: `free${n}@example.test` } });
    expectRefusal(
      await anna.peer.ask('update_profile', { changes: { email: 'free@example.test' } }),
      'throttled',
    );
  });

  test('registering tells ten times an hour for an address; those who register for good are not counted', async () => {
    await using server = await startServer({ flags: ON });
    for (const [n, letter] of 'abcdefghijkl'.split('').entries())
      await (
        await registered(server, `pupil.${letter}`, {}, { email: `p${n}@example.test` })
      ).peer[Symbol.asyncDispose]();
    await using peer = await RawPeer.handshaken(server);
    const asked = (letter: string): object => ({
      user: { account_name: `asks.${letter}`, password: PASSWORD, email: 'p1@example.test' },
    });
    const codes: unknown[] = [];
    for (const letter of 'abcdefghijkl') codes.push((await peer.ask('register', asked(letter)))['code']);
    expect(codes).toEqual([...Array.from({ length: 10 }, () => 'email_taken'), 'throttled', 'throttled']);
    // Without an e-mail address there is nothing to be told.
    await peer.call('register', { user: { account_name: 'honest', password: PASSWORD } });
  });
});

describe('[T-47] the same refusal over and over', () => {
  type Told = { event: string; count: number | null };
  const refusalsIn = (server: Pick<TestServer, 'data_folder'>, after: number): Told[] =>
    auditRows(server.data_folder, after)
      .filter(({ event }) => event.endsWith('_refused'))
      .map(({ event, details }) => ({
        event,
        count: (JSON.parse(details) as { count?: number }).count ?? null,
      }));

  test('of a refresh token under another key: a row at once, then one a minute with its count', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    await using boss = await administrator(server);
    const { client_key, key } = await boss.peer.call('create_client_key', { name: 'another' });
    const { refresh_token } = await boss.peer
      .call('logout')
      .then(() => boss.peer.call('authenticate', signIn('boss.one')));
    const another = { key_id: client_key.key_id, key: Buffer.from(key, 'base64url') };
    /** On a connection of its own: one that waits for a minute without signing in is closed. */
    const refusedTimes = async (times: number): Promise<void> => {
      await using other = await RawPeer.handshaken(server, another);
      const outcomes = await outcomesOf(other, 'refresh', { refresh_token }, times);
      expect(outcomes).toEqual({ client_key_wrong: times });
    };
    const before = lastAuditSeq(server.data_folder);
    const event = 'refresh_token_refused';
    await refusedTimes(300);
    expect(refusalsIn(server, before)).toEqual([{ event, count: null }]);
    clock.advance(MINUTE_MS);
    await until(() => refusalsIn(server, before).length === 2);
    await refusedTimes(40);
    clock.advance(MINUTE_MS);
    await until(() => refusalsIn(server, before).length === 3);
    expect(refusalsIn(server, before)).toEqual([
      { event, count: null },
      { event, count: 299 },
      { event, count: 40 },
    ]);
    const [first, second] = auditRows(server.data_folder, before).filter((row) => row.event === event);
    expect({ ...second, seq: 0, at: 0, details: '' }).toEqual({ ...first, seq: 0, at: 0, details: '' });
  });

  test('of a wrong password: the same; names, accounts and reasons are told apart, and a stop writes what it has', async () => {
    const data_folder = temporaryFolder();
    const server = await startServer({ data_folder });
    await using anna = await registered(server, 'anna');
    await using peer = await RawPeer.handshaken(server);
    const before = lastAuditSeq(server.data_folder);
    for (const name of ['anna', 'nobody', 'nobody.else'])
      expect(await outcomesOf(peer, 'authenticate', signIn(name, 'a wrong horse'), 30)).toEqual({
        invalid_credentials: 30,
      });
    expect(await outcomesOf(anna.peer, 'confirm_password', { password: 'a wrong horse' }, 5)).toEqual({
      current_password_wrong: 5,
    });
    expect(refusalsIn(server, before)).toHaveLength(4);
    await server.stop();
    const counts = refusalsIn(server, before).map(({ count }) => count);
    // Those of the stop are written in any order.
    expect(counts.slice(0, 4)).toEqual([null, null, null, null]);
    expect(counts.slice(4).sort()).toEqual([29, 29, 29, 4]);
    // History and counter have each of them.
    await using again = await startServer({ data_folder });
    await using back = await RawPeer.handshaken(again);
    await back.call('authenticate', signIn('anna'));
    const { entries } = await back.call('login_history', { limit: 50 });
    expect(entries.filter(({ success }) => !success)).toHaveLength(35);
  });
});
