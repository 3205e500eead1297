/** Guessing is slowed down, account by account and address by address, and nobody else is. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  ACTION_NAMES,
  ACTIONS,
  BUCKET_LIMITS,
  isFailure,
  type ActionName,
  type ActionSpec,
} from '../../src/protocol/index.js';
import { Throttle } from '../../src/server/throttle/index.js';
import { addressKey } from '../../src/server/domain/index.js';
import { LadderGuard } from '../../src/server/throttle/guess_guard.js';
import { askAll } from '../support/ask_all.js';
import { IPV6_SPELLINGS } from '../support/addresses.js';
import { auditRows, lastAuditSeq, openBeside } from '../support/database.js';
import { FakeClock, MINUTE_MS } from '../support/fake_clock.js';
import { administrator, invited, PASSWORD, RawPeer, registered, resumed } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { openStore, startServer, temporaryFolder, type TestServer } from '../support/server.js';

const specOf = (action: ActionName): ActionSpec => ACTIONS[action];
const signIn = (account_name: string, password = PASSWORD): object => ({ user: { account_name, password } });
const WRONG = 'a wrong horse battery';
const ON = { throttle: 'on' };

/** Guesses wrong `times` times, each of which has to be looked at. */
async function guess(peer: RawPeer, name: string, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1)
    expectRefusal(await peer.ask('authenticate', signIn(name, WRONG)), 'invalid_credentials');
}

/** How many guesses the server has really looked at since a row of the audit log. */
const lookedAt = (server: TestServer, after: number): number =>
  auditRows(server.data_folder, after).filter(({ event }) => event === 'sign_in_refused').length;

/** Writes the counter of an account and the address of these tests, as if so many guesses had been made. */
function setFailures(server: TestServer, subject: string, failures: number, at: number): void {
  using db = openBeside(server.data_folder);
  const here = addressKey('127.0.0.1');
  db.prepare(
    `INSERT INTO guess_counters VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (subject, address) DO UPDATE SET failures = excluded.failures, last_failure_at = excluded.last_failure_at`,
  ).run(subject, here, here, failures, at);
}

describe('the ladder', () => {
  test.each([
    ['an account', 'anna'],
    ['a name that no account has', 'nobody.here'],
  ])('for %s: three free guesses, then 1, 2, 4 … 900 seconds', async (_what, name) => {
    const clock = new FakeClock();
    await using server = await startServer({ clock, flags: ON });
    await using anna = await registered(server, 'anna');
    await anna.peer.call('whoami');
    await using first = await RawPeer.handshaken(server);
    await guess(first, name, 3);
    for (const wait_s of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
      clock.advance(wait_s * 1_000 - 1);
      // One that waited so long without signing in would be closed.
      await using peer = await RawPeer.handshaken(server);
      const refusal = await peer.ask('authenticate', signIn(name));
      expectRefusal(refusal, 'throttled');
      expect(refusal['retry_after_ms']).toBe(1);
      clock.advance(1);
      // An address has few guesses, which is the matter of other tests: the rest are written by hand.
      const { subject, failures } = counterIn(server);
      if (wait_s > 2) setFailures(server, subject, failures + 1, clock.now());
      else await guess(peer, name, 1);
    }
    expect(counterIn(server).failures).toBe(15);
  });

  /** The one counter there is. */
  const counterIn = (server: TestServer): { subject: string; failures: number } => {
    using db = openBeside(server.data_folder);
    const rows = db.prepare<[], { subject: string; failures: number }>('SELECT * FROM guess_counters').all();
    expect(rows).toHaveLength(1);
    return rows[0] ?? { subject: '', failures: -1 };
  };

  test('the right password while waiting is refused too, and after the wait it clears the counter', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock, flags: ON });
    await using anna = await registered(server, 'anna');
    await using peer = await RawPeer.handshaken(server);
    await guess(peer, 'anna', 3);
    const refusal = await peer.ask('authenticate', signIn('anna'));
    expectRefusal(refusal, 'throttled');
    expect(refusal['retry_after_ms']).toBe(1_000);
    // Whoever is in already notices nothing.
    await anna.peer.call('whoami');
    await anna.peer.call('update_profile', { changes: { bio: 'still here' } });
    clock.advance(1_000);
    await peer.call('authenticate', signIn('anna'));
    await peer.call('logout');
    await guess(peer, 'anna', 3);
    expectRefusal(await peer.ask('authenticate', signIn('anna')), 'throttled');
  });

  test('it survives a restart of the server', async () => {
    const clock = new FakeClock();
    const data_folder = temporaryFolder();
    try {
      const first = await startServer({ clock, data_folder, flags: ON });
      await (await registered(first, 'anna')).peer[Symbol.asyncDispose]();
      const before = await RawPeer.handshaken(first);
      await guess(before, 'anna', 3);
      clock.advance(1_000);
      await guess(before, 'anna', 1);
      await before[Symbol.asyncDispose]();
      await first.stop();
      await using second = await startServer({ clock, data_folder, flags: ON });
      await using after = await RawPeer.handshaken(second);
      const refusal = await after.ask('authenticate', signIn('anna'));
      expectRefusal(refusal, 'throttled');
      expect(refusal['retry_after_ms']).toBe(2_000);
      clock.advance(2_000);
      await after.call('authenticate', signIn('anna'));
    } finally {
      rmSync(data_folder, { recursive: true, force: true });
    }
  });

  test('a hundred wrong guesses at once over a hundred connections: at most three are looked at', async () => {
    await using server = await startServer({ clock: new FakeClock(), flags: ON });
    await using anna = await registered(server, 'anna');
    await anna.peer.call('whoami');
    const peers = await Promise.all(Array.from({ length: 100 }, () => RawPeer.handshaken(server)));
    const before = lastAuditSeq(server.data_folder);
    const replies = await Promise.all(peers.map((peer) => peer.ask('authenticate', signIn('anna', WRONG))));
    const codes = replies.map((reply) => reply['code']);
    expect(lookedAt(server, before)).toBeLessThanOrEqual(3);
    expect(codes.filter((code) => code === 'invalid_credentials').length).toBeLessThanOrEqual(3);
    expect(codes.filter((code) => code === 'throttled').length).toBeGreaterThanOrEqual(97);
    for (const reply of replies) {
      if (reply['code'] === 'throttled') expect(reply['retry_after_ms']).toBeGreaterThan(0);
    }
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  });

  test('after a hundred in a row the wait is what it was before; an administrator can clear it', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock, flags: ON });
    await using boss = await administrator(server);
    await using anna = await registered(server, 'anna');
    await using peer = await RawPeer.handshaken(server);
    const { account_id } = anna;
    setFailures(server, `account:${account_id}`, 99, clock.now() - 900_000);
    await guess(peer, 'anna', 1);
    for (const later of [0, 899_999]) {
      clock.advance(later);
      await using again = await RawPeer.handshaken(server);
      expectRefusal(await again.ask('authenticate', signIn('anna')), 'throttled');
    }
    const before = lastAuditSeq(server.data_folder);
    await using back = await resumed(server, boss.session_token);
    expect(await back.call('clear_throttle', { account_id })).toEqual({ account_id, failures: 100 });
    expect(auditRows(server.data_folder, before)).toMatchObject([
      { event: 'throttle_cleared', actor_id: boss.account_id, target_id: account_id },
    ]);
    await back.call('logout');
    await back.call('authenticate', signIn('anna'));
    await back.call('logout');
    setFailures(server, `account:${account_id}`, 1_000, clock.now());
    expectRefusal(await back.ask('authenticate', signIn('anna')), 'throttled');
    clock.advance(900_000);
    await using later = await RawPeer.handshaken(server);
    await later.call('authenticate', signIn('anna'));
  });

  test('a one-time code works while the password is locked, and clears the counter', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock, flags: ON });
    await using boss = await administrator(server);
    const { account_id, code } = await invited(boss.peer, 'invited.one');
    await using peer = await RawPeer.handshaken(server);
    await guess(peer, 'invited.one', 3);
    expectRefusal(await peer.ask('authenticate', signIn('invited.one')), 'throttled');
    setFailures(server, `account:${account_id}`, 100, clock.now());
    await peer.call('redeem_code', { account_name: 'invited.one', code, new_password: PASSWORD });
    await peer.call('logout');
    await peer.call('authenticate', signIn('invited.one'));
  });

  test('wrong guesses at the current password count for the session that they come from, and for nobody else', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock, flags: ON });
    await using anna = await registered(server, 'anna');
    const change = { current_password: WRONG, new_password: 'a quite other password' };
    for (let n = 0; n < 3; n += 1)
      expectRefusal(await anna.peer.ask('change_password', change), 'current_password_wrong');
    const right = { ...change, current_password: PASSWORD };
    expectRefusal(await anna.peer.ask('change_password', right), 'throttled');
    expectRefusal(await anna.peer.ask('confirm_password', { password: PASSWORD }), 'throttled');
    // The same session on another connection waits as well; another session and the door don't.
    await using same = await resumed(server, anna.session_token);
    expectRefusal(await same.ask('confirm_password', { password: PASSWORD }), 'throttled');
    await using peer = await RawPeer.handshaken(server);
    await peer.call('authenticate', signIn('anna'));
    await peer.call('confirm_password', { password: PASSWORD });
    clock.advance(1_000);
    await anna.peer.call('change_password', right);
  });

  test('[T-48] what strangers guess at the door makes nobody wait who is in, not even by the limit of their address', async () => {
    await using server = await startServer({ clock: new FakeClock(), flags: ON });
    await using anna = await registered(server, 'anna');
    await using peer = await RawPeer.handshaken(server);
    await guess(peer, 'anna', 3);
    for (let n = 0; n < 40; n += 1) await peer.ask('authenticate', signIn(`nobody.${n}`, 'a wrong horse'));
    // The address has used up what it may guess, at whatever name.
    expectRefusal(await peer.ask('authenticate', signIn('somebody.else')), 'throttled');
    await anna.peer.call('confirm_password', { password: PASSWORD });
    const new_password = 'a quite other password';
    await anna.peer.call('change_password', { current_password: PASSWORD, new_password });
  });

  test('the right password of a suspended account is no wrong guess', async () => {
    await using server = await startServer({ clock: new FakeClock(), flags: ON });
    await using boss = await administrator(server);
    await using anna = await registered(server, 'anna');
    await boss.peer.call('suspend_user', { account_id: anna.account_id });
    await using peer = await RawPeer.handshaken(server);
    for (let n = 0; n < 5; n += 1)
      expectRefusal(await peer.ask('authenticate', signIn('anna')), 'account_suspended');
  });
});

describe('[T-36] aliases share one counter', () => {
  test.each([
    [
      'an account',
      ['anna', 'ANNA', ' anna ', 'ａｎｎａ', 'Anna@Example.test', 'anna@EXAMPLE.test', ' anna@example.test '],
    ],
    ['a name that no account has', ['nobody', 'NOBODY', ' nobody ', 'ｎｏｂｏｄｙ', 'noＢody']],
    [
      'an address that no account has',
      [
        'no@bücher.test',
        'NO@BÜCHER.test',
        'no@xn--bcher-kva.test',
        'no@bu\u{308}cher.test',
        ' no@bücher.test',
      ],
    ],
  ])('%s', async (_what, aliases) => {
    await using server = await startServer({ clock: new FakeClock(), flags: ON });
    await using anna = await registered(server, 'anna', {}, { email: 'anna@example.test' });
    await anna.peer.call('whoami');
    await using peer = await RawPeer.handshaken(server);
    for (const [n, alias] of aliases.entries()) {
      const refusal = await peer.ask('authenticate', signIn(alias, WRONG));
      expectRefusal(refusal, n < 3 ? 'invalid_credentials' : 'throttled');
    }
    using db = openBeside(server.data_folder);
    expect(db.prepare('SELECT failures FROM guess_counters').all()).toEqual([{ failures: 3 }]);
  });
});

describe('addresses', () => {
  test('twenty failures in ten minutes, whatever they were; what succeeds is given back', async () => {
    await using server = await startServer({ clock: new FakeClock(), flags: ON });
    await using anna = await registered(server, 'anna');
    await using peer = await RawPeer.handshaken(server);
    const { account_id, session_token } = anna;
    for (let n = 0; n < 30; n += 1) {
      await peer.call('authenticate', signIn('anna'));
      await peer.call('logout');
    }
    // Ten names twice: more of them an address may not try.
    for (let n = 0; n < 20; n += 1) await guess(peer, `nobody.${'abcdefghij'[n % 10] ?? ''}`, 1);
    const refusal = await peer.ask('authenticate', signIn('nobody.a'));
    expectRefusal(refusal, 'throttled');
    expect(refusal['retry_after_ms']).toBeGreaterThan(9 * MINUTE_MS);
    expect(refusal['retry_after_ms']).toBeLessThanOrEqual(10 * MINUTE_MS);
    // Another connection is the same address.
    await using other = await RawPeer.handshaken(server);
    expectRefusal(await other.ask('authenticate', signIn('anna')), 'throttled');
    // Tokens are no guesses, and who is in is in.
    expect((await other.call('resume', { session_token })).account.account_id).toBe(account_id);
    await anna.peer.call('whoami');
  });

  test('ten accounts in ten minutes, counted once each; an eleventh has to wait, a known one has not', async () => {
    await using server = await startServer({ clock: new FakeClock(), flags: ON });
    await using peer = await RawPeer.handshaken(server);
    for (let n = 0; n < 10; n += 1) await guess(peer, `nobody.${'abcdefghij'[n] ?? ''}`, 1);
    const refusal = await peer.ask('authenticate', signIn('nobody.k'));
    expectRefusal(refusal, 'throttled');
    expect(refusal['retry_after_ms']).toBeGreaterThan(9 * MINUTE_MS);
    await guess(peer, 'nobody.a', 1);
  });

  test('thirty people behind one address sign in at once: some wait a second, nobody ten minutes', async () => {
    await using server = await startServer({ flags: { ...ON, 'hash-queue': '100' } });
    const names = Array.from(
      { length: 30 },
      (_, n) => `pupil.${'abcdefghij'[n % 10] ?? ''}${'klm'[(n / 10) | 0] ?? ''}`,
    );
    const peers = await Promise.all(names.map(() => RawPeer.handshaken(server)));
    {
      // Past `register`, whose hashes this test doesn't need thirty times.
      await using first = await registered(server, 'pupil.zz');
      await first.peer.call('whoami');
      using db = openBeside(server.data_folder);
      for (const [n, name] of names.entries()) {
        db.exec(`INSERT INTO accounts (account_id, account_name, name_skeleton, status, password_hash, created_at, updated_at)
          SELECT 'a_${String(n).padStart(20, '0')}', '${name}', '${name}', status, password_hash, created_at, updated_at
          FROM accounts WHERE account_name = 'pupil.zz'`);
      }
    }
    let waiting = names.map((name, n) => ({ name, peer: peers[n]! }));
    for (let round = 0; round < 3; round += 1) {
      const replies = await Promise.all(
        waiting.map(async (one) => ({ one, reply: await one.peer.ask('authenticate', signIn(one.name)) })),
      );
      const refused = replies.filter(({ reply }) => reply['response'] !== 200);
      expect(waiting.length - refused.length).toBeGreaterThanOrEqual(Math.min(10, waiting.length));
      for (const { reply } of refused) {
        expectRefusal(reply, 'throttled');
        expect(reply['retry_after_ms']).toBeLessThanOrEqual(1_000);
      }
      waiting = refused.map(({ one }) => one);
    }
    expect(waiting).toEqual([]);
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  });

  test('signing in to one account many times at once earns no tries at others', async () => {
    await using server = await startServer({ flags: ON });
    await using anna = await registered(server, 'anna');
    await anna.peer.call('whoami');
    for (let round = 0; round < 4; round += 1) {
      const three = await Promise.all([1, 2, 3].map(() => RawPeer.handshaken(server)));
      await Promise.all(three.map((peer) => peer.ask('authenticate', signIn('anna'))));
      for (const peer of three) await peer[Symbol.asyncDispose]();
    }
    await using peer = await RawPeer.handshaken(server);
    for (let n = 0; n < 10; n += 1) await guess(peer, `nobody.${'abcdefghij'[n] ?? ''}`, 1);
    expectRefusal(await peer.ask('authenticate', signIn('nobody.k')), 'throttled');
  });

  describe('[T-06] 200 attempts from one IPv6 /64, in all spellings', () => {
    const refusedOf = async (draws: Promise<unknown>[]): Promise<number> =>
      (await Promise.all(draws)).filter((draw) => isFailure(draw)).length;

    test.each([
      ['guess', 20],
      ['create', 60],
    ] as const)('the bucket %s lets %i of them through', async (bucket, points) => {
      const throttle = new Throttle(true);
      const refused = await refusedOf(
        IPV6_SPELLINGS.map((address) => throttle.draw(bucket, addressKey(address))),
      );
      expect(IPV6_SPELLINGS.length - refused).toBe(points);
      expect(BUCKET_LIMITS[bucket][0].points).toBe(points);
      expect(isFailure(await throttle.draw(bucket, addressKey('2001:db8:85a3:fe::1')))).toBe(false);
    });

    test('[T-45] right answers come back to the narrow limits, and draw from a wide one', async () => {
      const throttle = new Throttle(true);
      for (let n = 0; n < 1_200; n += 1) {
        const draw = await throttle.draw('guess', '192.0.2.7');
        if (isFailure(draw)) throw new Error(`refused after ${n}`);
        await draw.succeeded();
        draw.end();
      }
      const refusal = await throttle.draw('guess', '192.0.2.7');
      if (!isFailure(refusal)) throw new Error('one too many');
      expect(refusal.retry_after_ms).toBeGreaterThan(9 * MINUTE_MS);
      expect(isFailure(await throttle.draw('guess', '192.0.2.8'))).toBe(false);
    });

    test('[T-45] right answers in all sessions and on all known devices of an account draw from one', async () => {
      await using server = await startServer({ flags: ON });
      const user = { account_name: 'anna', password: PASSWORD };
      await using here = await RawPeer.handshaken(server);
      const { device_token } = await here.call('register', { user });
      await using there = await RawPeer.handshaken(server);
      await there.call('authenticate', { user, device_token });
      const { points } = BUCKET_LIMITS.guess[2];
      // No more at once than a session may have undecided.
      const confirm = { action: 'confirm_password', params: { password: PASSWORD } };
      let right = 1;
      while (right < points) {
        const left = points - right;
        const asking = left < 6 ? [here] : [here, there];
        const asked = asking.map((one) =>
          askAll(
            one,
            Array.from({ length: Math.min(3, left) }, () => confirm),
          ),
        );
        for (const reply of (await Promise.all(asked)).flat()) {
          expect(reply).toMatchObject({ response: 200 });
          right += 1;
        }
      }
      for (const one of [here, there])
        expectRefusal(await one.ask('confirm_password', confirm.params), 'throttled');
      await there.call('logout');
      expectRefusal(await there.ask('authenticate', { user, device_token }), 'throttled');
      // It is this account's own work that is at its end, and nobody else's.
      await there.call('register', { user: { account_name: 'boris', password: PASSWORD } });
    });

    test('and may try ten accounts', async () => {
      const folder = temporaryFolder();
      try {
        const clock = new FakeClock();
        const store = await openStore(folder, clock);
        const guard = new LadderGuard({ store, clock, enabled: true });
        const begun = IPV6_SPELLINGS.map((address, n) => guard.begin(`name:${n}`, address));
        expect(IPV6_SPELLINGS.length - (await refusedOf(begun))).toBe(10);
        expect(isFailure(await guard.begin('name:other', '2001:db8:85a3:fe::1'))).toBe(false);
        await store.close();
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
});

describe('[T-33] every way to sign in', () => {
  /** The list. Who adds to it adds the test of its throttle below. */
  const WAYS: readonly ActionName[] = ['register', 'authenticate', 'resume', 'redeem_code'];

  test('is in this list: by the table, and by what handlers do', () => {
    const byTable = ACTION_NAMES.filter((action) => specOf(action).identity === 'begins');
    expect([...byTable].sort()).toEqual([...WAYS].sort());
    const folder = join(import.meta.dirname, '../../src/server/handlers');
    const adopting = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .filter((file) =>
        /\bpeer\.adopt\(|\bsignedIn\(context\b/.test(readFileSync(join(folder, file), 'utf8')),
      )
      .map((file) => basename(file));
    // replies.ts holds what three of them share.
    expect(adopting.sort()).toEqual([...WAYS, 'replies'].map((name) => `${name}.ts`).sort());
  });

  test('every action that checks a secret draws from a limited bucket', () => {
    const secrets = /password|token|code/;
    for (const action of ACTION_NAMES) {
      const { params, bucket } = specOf(action);
      const names = JSON.stringify(Object.keys(params.shape));
      if (!secrets.test(names) && action !== 'authenticate') continue;
      expect(['guess', 'token', 'create'], action).toContain(bucket);
    }
  });

  const TRIES: Record<string, { action: ActionName; params: (n: number) => object; most: number }> = {
    register: {
      action: 'register',
      params: () => ({ user: { account_name: 'admin', password: WRONG } }),
      most: 60,
    },
    authenticate: { action: 'authenticate', params: (n) => signIn(`nobody.${nth(n)}`, WRONG), most: 20 },
    resume: { action: 'resume', params: () => ({ session_token: `pcs_${'A'.repeat(43)}` }), most: 2_000 },
    redeem_code: {
      action: 'redeem_code',
      params: () => ({ account_name: 'anna', code: `pcc_${'A'.repeat(43)}`, new_password: WRONG }),
      most: 2_000,
    },
  };
  const nth = (n: number): string => `${'abcdefghij'[Math.floor(n / 10)] ?? ''}${'abcdefghij'[n % 10] ?? ''}`;

  test.each(Object.entries(TRIES))('%s is throttled', async (_name, { action, params, most }) => {
    await using server = await startServer({ flags: ON });
    let n = 0;
    // A connection for fifty tries: what is counted is the address.
    for (let throttled = false; !throttled && n <= most;) {
      await using peer = await RawPeer.handshaken(server);
      for (let tries = 0; tries < 50 && !throttled; tries += 1) {
        throttled = (await peer.ask(action, params(n)))['code'] === 'throttled';
        if (!throttled) n += 1;
      }
    }
    expect(n).toBeGreaterThan(2);
    expect(n).toBeLessThanOrEqual(most);
  });

  test('a sign-in that registers counts like `register`, though it succeeds', async () => {
    await using server = await startServer({ flags: { ...ON, 'auto-register': 'on' } });
    await using stranger = await RawPeer.handshaken(server);
    const refused = { user: { account_name: 'admin', password: WRONG } };
    for (let n = 0; n < 58; n += 1)
      expectRefusal(await stranger.ask('register', refused), 'account_name_invalid');
    for (const name of ['anna', 'boris']) {
      await stranger.call('authenticate', signIn(name));
      await stranger.call('logout');
    }
    expectRefusal(await stranger.ask('authenticate', signIn('chloe')), 'throttled');
    // Those who have an account are let in.
    await stranger.call('authenticate', signIn('boris'));
  });
});

describe('automatic registration', () => {
  const AUTO = { flags: { 'auto-register': 'on' } };

  test('off: an unknown name is refused and stays unknown', async () => {
    await using server = await startServer();
    await using peer = await RawPeer.handshaken(server);
    expectRefusal(await peer.ask('authenticate', signIn('anna')), 'invalid_credentials');
    expectRefusal(await peer.ask('authenticate', signIn('anna')), 'invalid_credentials');
  });

  test('on: the first time registers, and from then on it is that password', async () => {
    await using server = await startServer(AUTO);
    await using peer = await RawPeer.handshaken(server);
    const { account, created } = await peer.call('authenticate', signIn('Anna'));
    expect(created).toBe(true);
    expect(account).toMatchObject({ account_name: 'anna', roles: ['user'], status: 'active' });
    expect((await peer.call('login_history', {})).entries).toMatchObject([{ method: 'registration' }]);
    await peer.call('logout');
    expectRefusal(await peer.ask('authenticate', signIn('anna', WRONG)), 'invalid_credentials');
    const again = await peer.call('authenticate', signIn('ANNA'));
    expect(again.account.account_id).toBe(account.account_id);
    expect(again).not.toHaveProperty('created');
    expect(auditRows(server.data_folder).filter(({ event }) => event === 'account_registered')).toHaveLength(
      1,
    );
  });

  test('on: names and passwords have to be as good as for `register`', async () => {
    await using server = await startServer(AUTO);
    await using peer = await RawPeer.handshaken(server);
    expectRefusal(await peer.ask('authenticate', signIn('admin')), 'account_name_invalid');
    expectRefusal(await peer.ask('authenticate', signIn('x')), 'account_name_invalid');
    expectRefusal(await peer.ask('authenticate', signIn('anna', 'password1')), 'password_rejected');
    expectRefusal(await peer.ask('authenticate', signIn('nobody@example.test')), 'invalid_credentials');
    await peer.call('authenticate', signIn('annal'));
    await using other = await RawPeer.handshaken(server);
    expectRefusal(await other.ask('authenticate', signIn('anna1')), 'account_name_taken');
  });

  test('on: two at once with one name make one account', async () => {
    await using server = await startServer(AUTO);
    await using one = await RawPeer.handshaken(server);
    await using two = await RawPeer.handshaken(server);
    const replies = await Promise.all([one, two].map((peer) => peer.ask('authenticate', signIn('anna'))));
    const ids = replies.filter(({ response }) => response === 200);
    expect(ids.length).toBeGreaterThanOrEqual(1);
    using db = openBeside(server.data_folder);
    expect(db.prepare('SELECT count(*) AS n FROM accounts').get()).toEqual({ n: 1 });
  });

  test('on: never makes an administrator, though there is none yet', async () => {
    await using server = await startServer(AUTO);
    await using peer = await RawPeer.handshaken(server);
    await peer.call('authenticate', signIn('anna'));
    expect((await peer.call('whoami')).permissions).toEqual([]);
    expect((await peer.call('server_info')).setup_required).toBe(true);
  });
});
