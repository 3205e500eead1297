/** Incidents of this field that were about tokens, each as a test with its id from the security notes. */
import { cpSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACTIONS, type ActionName, type ErrorCode, type JsonObject } from '../../src/protocol/index.js';
import { systemRandom } from '../../src/server/runtime/index.js';
import { auditRows, lastAuditSeq, openBeside } from '../support/database.js';
import { FakeClock } from '../support/fake_clock.js';
import { askAll } from '../support/ask_all.js';
import { administrator, invited, PASSWORD, RawPeer, registered, resumed } from '../support/raw_peer.js';
import { expectContract, expectRefusal, resultOf } from '../support/replies.js';
import { everything, liveRefreshTokens } from '../support/rows.js';
import { startServer, temporaryFolder, type TestServer } from '../support/server.js';
import { onSqlite } from '../support/engine.js';
import { startProgram } from '../support/server_program.js';

const HOUR_MS = 3_600_000;
const signIn = (account_name: string): object => ({ user: { account_name, password: PASSWORD } });

/** Registers and gives everything that sign-in gives. */
async function person(server: Parameters<typeof RawPeer.handshaken>[0], account_name: string) {
  const peer = await RawPeer.handshaken(server);
  const result = await peer.call('register', signIn(account_name));
  return { peer, ...result, [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}

const isActive = async (peer: RawPeer, token: string): Promise<boolean> =>
  (await peer.call('verify_token', { token })).active;

describe('[T-02] one refresh token, used a hundred times at once', () => {
  test('one live successor, the same for all; later reuse ends the family', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    await using anna = await person(server, 'anna');
    await using second = await resumed(server, anna.session_token);
    const { session_id } = anna.session;
    const peers = await Promise.all(Array.from({ length: 5 }, () => RawPeer.handshaken(server)));
    const { refresh_token } = anna;
    const twenty = Array.from({ length: 20 }, () => ({ action: 'refresh', params: { refresh_token } }));
    const replies = await Promise.all(peers.map((peer) => askAll(peer, twenty)));
    const results = replies.flat().map((reply) => resultOf('refresh', reply));
    expect(results).toHaveLength(100);
    const successors = new Set(results.map((result) => result.refresh_token));
    expect(successors.size).toBe(1);
    const successor = [...successors].join();
    expect(liveRefreshTokens(server.data_folder, session_id)).toBe(1);
    const asker = peers[0] ?? second;
    expect(await isActive(asker, results[99]?.access_token ?? '')).toBe(true);

    clock.advance(11_000);
    const before = lastAuditSeq(server.data_folder);
    expectRefusal(await asker.ask('refresh', { refresh_token }), 'session_invalid');
    for (const peer of [anna.peer, second]) {
      expect(await peer.takeAll()).toMatchObject([
        { event: 'session_ended', data: { session_id, reason: 'token_reused' } },
      ]);
    }
    expectRefusal(await asker.ask('refresh', { refresh_token: successor }), 'session_invalid');
    expectRefusal(await asker.ask('resume', { session_token: anna.session_token }), 'session_invalid');
    for (const { access_token } of results.slice(-3)) expect(await isActive(asker, access_token)).toBe(false);
    expect(auditRows(server.data_folder, before)).toMatchObject([
      { event: 'refresh_token_reused', target_id: anna.account.account_id, session_id },
    ]);
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  });

  test('reuse from the session’s own connection: the reply, then the reason, then the close', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    await using anna = await person(server, 'anna');
    const { refresh_token } = anna;
    await anna.peer.call('refresh', { refresh_token });
    clock.advance(11_000);
    anna.peer.send({ action: 'refresh', id: 'again', refresh_token });
    const all = (await anna.peer.takeAll()).filter(({ event }) => event !== 'probe');
    expectRefusal(all[0], 'session_invalid');
    expect(all.slice(1)).toMatchObject([
      { event: 'session_ended', data: { session_id: anna.session.session_id, reason: 'token_reused' } },
    ]);
  });

  test('ten seconds from the first exchange: the same successor, whatever became of it, and never another live one', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    await using anna = await person(server, 'anna');
    const { session_id } = anna.session;
    await using slow = await RawPeer.handshaken(server);
    const ask = async (refresh_token: string) => {
      const next = await slow.call('refresh', { refresh_token });
      expect(liveRefreshTokens(server.data_folder, session_id)).toBe(1);
      return next.refresh_token;
    };
    const second = await ask(anna.refresh_token);
    clock.advance(4_000);
    const third = await ask(second);
    const fourth = await ask(third);
    // One step each, however far the chain has gone; what is told again is not the live end of it.
    expect(await ask(anna.refresh_token)).toBe(second);
    expect(await ask(second)).toBe(third);
    clock.advance(6_000);
    expect(await ask(anna.refresh_token)).toBe(second);
    await anna.peer.call('whoami');
    expect(new Set([second, third, fourth]).size).toBe(3);
    // Asking again has not made it longer.
    clock.advance(1);
    expectRefusal(await slow.ask('refresh', { refresh_token: anna.refresh_token }), 'session_invalid');
    expect(await anna.peer.event('session_ended')).toMatchObject({ data: { reason: 'token_reused' } });
    expectRefusal(await slow.ask('refresh', { refresh_token: fourth }), 'session_invalid');
  });

  test('the same after the server was killed: who asks again within ten seconds is told the same, who is later ends it', async () => {
    const data_folder = temporaryFolder();
    try {
      const program = await startProgram(data_folder);
      const anna = await person(program, 'anna');
      const { refresh_token } = anna;
      const first = await anna.peer.call('refresh', { refresh_token });
      const at = Date.now();
      await program.kill();
      await anna.peer.gone();
      const clock = new FakeClock(at);
      await using server = await startServer({ data_folder, clock });
      await using peer = await RawPeer.handshaken(server);
      expect((await peer.call('refresh', { refresh_token })).refresh_token).toBe(first.refresh_token);
      const next = await peer.call('refresh', { refresh_token: first.refresh_token });
      expect((await peer.call('refresh', { refresh_token })).refresh_token).toBe(first.refresh_token);
      expect(liveRefreshTokens(data_folder, anna.session.session_id)).toBe(1);
      clock.advance(11_000);
      expectRefusal(await peer.ask('refresh', { refresh_token }), 'session_invalid');
      expectRefusal(await peer.ask('refresh', { refresh_token: next.refresh_token }), 'session_invalid');
    } finally {
      rmSync(data_folder, { recursive: true, force: true });
    }
  });

  test('the session itself is told the successor at any time, until somebody has used it', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    await using anna = await person(server, 'anna');
    await using boris = await person(server, 'boris');
    const { refresh_token } = anna;
    const again = async () => anna.peer.call('refresh_again', { refresh_token });
    // Never sent before: then it is the first exchange.
    const { refresh_token: second, access_token } = await again();
    expect(await isActive(anna.peer, access_token)).toBe(true);
    clock.advance(HOUR_MS);
    expect((await again()).refresh_token).toBe(second);
    expect(liveRefreshTokens(server.data_folder, anna.session.session_id)).toBe(1);
    // Nobody else is told, and by that nobody loses anything.
    expectRefusal(await boris.peer.ask('refresh_again', { refresh_token }), 'not_found');
    await boris.peer.call('whoami');
    await using stranger = await RawPeer.handshaken(server);
    expectRefusal(await stranger.ask('refresh_again', { refresh_token }), 'unauthenticated');
    await anna.peer.call('whoami');
    // Two parties.
    await stranger.call('refresh', { refresh_token: second });
    clock.advance(11_000);
    expectRefusal(await anna.peer.ask('refresh_again', { refresh_token }), 'session_invalid');
    expect(await anna.peer.event('session_ended')).toMatchObject({ data: { reason: 'token_reused' } });
  });

  test('a chain of rotations: each works once, and only the last is alive', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    await using anna = await person(server, 'anna');
    const chain = [anna.refresh_token];
    for (let n = 0; n < 10; n += 1) {
      clock.advance(600_000);
      const { refresh_token } = await anna.peer.call('refresh', { refresh_token: chain.at(-1) });
      chain.push(refresh_token);
      expect(liveRefreshTokens(server.data_folder, anna.session.session_id)).toBe(1);
    }
    expect(new Set(chain).size).toBe(11);
    await using thief = await RawPeer.handshaken(server);
    expectRefusal(await thief.ask('refresh', { refresh_token: chain[3] }), 'session_invalid');
    expectRefusal(await thief.ask('refresh', { refresh_token: chain[10] }), 'session_invalid');
  });

  test('a refused refresh costs the session of the asking connection nothing', async () => {
    await using server = await startServer();
    await using boris = await person(server, 'boris');
    const strange = `pcr_${'A'.repeat(43)}`;
    expectRefusal(await boris.peer.ask('refresh', { refresh_token: strange }), 'session_invalid');
    await boris.peer.call('whoami');
    const chloe = await person(server, 'chloe');
    await chloe.peer.call('refresh', { refresh_token: chloe.refresh_token });
    await chloe.peer.call('logout');
    expectRefusal(await boris.peer.ask('refresh', { refresh_token: chloe.refresh_token }), 'session_invalid');
    await boris.peer.call('whoami');
    await chloe[Symbol.asyncDispose]();
  });
});

test('[T-03] a refresh token of client key A on a connection with key B: refused, audited, and A goes on', async () => {
  await using server = await startServer();
  await using boss = await administrator(server);
  const keys = [];
  for (const name of ['machine a', 'machine b']) {
    const { client_key, key } = await boss.peer.call('create_client_key', { name });
    keys.push({ key_id: client_key.key_id, key: Buffer.from(key, 'base64url') });
  }
  const [keyA, keyB] = keys;
  await using onA = await RawPeer.handshaken(server, keyA);
  await using onB = await RawPeer.handshaken(server, keyB);
  await using onLocal = await RawPeer.handshaken(server);
  const anna = await onA.call('register', signIn('anna'));
  const { refresh_token } = anna;
  for (const other of [onB, onLocal]) {
    const before = lastAuditSeq(server.data_folder);
    // The session lives, so nobody is told that it has ended and forgets its token.
    expectRefusal(await other.ask('refresh', { refresh_token }), 'client_key_wrong');
    const rows = auditRows(server.data_folder, before).filter(({ event }) => event.startsWith('refresh'));
    expect(rows).toMatchObject([
      {
        event: 'refresh_token_refused',
        target_id: anna.account.account_id,
        session_id: anna.session.session_id,
      },
    ]);
  }
  expect(liveRefreshTokens(server.data_folder, anna.session.session_id)).toBe(1);
  await onA.call('whoami');
  const next = await onA.call('refresh', { refresh_token });
  // By the session itself, resumed with key B: one row, however often it is asked.
  await using resumedOnB = await RawPeer.handshaken(server, keyB);
  await resumedOnB.call('resume', { session_token: anna.session_token });
  const seq = lastAuditSeq(server.data_folder);
  for (let n = 0; n < 20; n += 1)
    expectRefusal(await resumedOnB.ask('refresh_again', { refresh_token }), 'client_key_wrong');
  const told = auditRows(server.data_folder, seq).filter(({ event }) => event === 'refresh_token_refused');
  expect(told.length).toBeLessThanOrEqual(1);
  // A token that was rotated is refused to B in the same way, and its family still lives.
  expectRefusal(await onB.ask('refresh', { refresh_token }), 'client_key_wrong');
  await onA.call('refresh', { refresh_token: next.refresh_token });
  await onA.call('whoami');
});

describe('[T-15] every kind of token in every slot', () => {
  /** What takes a token, and what it says to one that is well-formed and wrong. */
  const SLOTS: readonly { slot: string; action: ActionName; params: (token: string) => object }[] = [
    { slot: 'session', action: 'resume', params: (session_token) => ({ session_token }) },
    { slot: 'refresh', action: 'refresh', params: (refresh_token) => ({ refresh_token }) },
    {
      slot: 'code',
      action: 'redeem_code',
      params: (code) => ({ account_name: 'invited.one', code, new_password: 'a fine long password' }),
    },
    {
      slot: 'setup',
      action: 'register',
      params: (setup_code) => ({ ...signIn('claims.it'), setup_code }),
    },
  ];

  test('only the diagonal passes, also when the prefix is exchanged', async () => {
    await using server = await startServer();
    await using anna = await person(server, 'anna');
    const setup = server.setup_code ?? '';
    await using boss = await administrator(server);
    await using stranger = await RawPeer.handshaken(server);
    const { code } = await invited(boss.peer, 'invited.one');
    const kinds: Record<string, string> = {
      session: anna.session_token,
      refresh: anna.refresh_token,
      access: anna.access_token,
      device: anna.device_token,
      code,
      setup,
      client_key: server.address.key.key.toString('base64url'),
      session_id: anna.session.session_id,
      account_id: anna.account.account_id,
    };
    const allowed: readonly ErrorCode[] = [
      'invalid_params',
      'session_invalid',
      'code_invalid',
      'setup_code_invalid',
    ];
    const prefix: Record<string, string> = { session: 'pcs', refresh: 'pcr', code: 'pcc', setup: 'pca' };
    for (const { slot, action, params } of SLOTS) {
      for (const [kind, token] of Object.entries(kinds)) {
        if (kind === slot) continue;
        const body = token.includes('_') ? token.slice(token.indexOf('_') + 1) : token;
        for (const tried of [token, `${prefix[slot] ?? ''}_${body}`, `${prefix[slot] ?? ''}_${token}`]) {
          const id = `${slot} ${kind}`;
          stranger.send({ action, id, ...params(tried) });
          const reply = (await stranger.take()) ?? {};
          expect(allowed, `${kind} as ${slot}`).toContain(expectContract(action, id, reply));
        }
      }
    }
    // In the one slot for two kinds, these two and no other.
    for (const [kind, token] of Object.entries(kinds)) {
      const { active, subject } = await stranger.call('verify_token', { token });
      expect(active, kind).toBe(kind === 'session' || kind === 'access');
      if (active) expect(subject).toMatchObject({ kind, account_id: anna.account.account_id });
      else expect(subject).toBeNull();
    }
    // The diagonal, last, because it uses them up. The setup code was used up by the administrator.
    await using resumes = await RawPeer.handshaken(server);
    await resumes.call('resume', { session_token: anna.session_token });
    await stranger.call('refresh', { refresh_token: anna.refresh_token });
    await stranger.call('redeem_code', SLOTS[2]?.params(code));
  });

  test('no kind of token gets through the handshake', async () => {
    await using server = await startServer();
    await using anna = await person(server, 'anna');
    for (const token of [anna.session_token, anna.refresh_token, server.setup_code ?? '']) {
      await using peer = await RawPeer.open(server);
      const key = Buffer.from(token.slice(4), 'base64url');
      expectRefusal(await peer.handshake({ key_id: 'local', key }), 'hmac_error');
    }
  });
});

describe('[T-23] nothing but the token itself is the token', () => {
  let server: TestServer;
  let stranger: RawPeer;
  beforeAll(async () => {
    server = await startServer();
    stranger = await RawPeer.handshaken(server);
  });
  afterAll(async () => {
    await stranger[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const flip = (text: string): string =>
    text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();

  /** Every beginning, every end, every character in the other case, and what decoders might forgive. */
  function variations(token: string): string[] {
    const all = Array.from(token);
    const bent = [
      ...all.map((_letter, at) => token.slice(0, at)),
      ...all.map((_letter, at) => token.slice(at + 1)),
      ...all.map((letter, at) => `${token.slice(0, at)}${flip(letter)}${token.slice(at + 1)}`),
      ...all.map((_letter, at) => `${token.slice(0, at)}${token.slice(at + 1)}`),
      `${token}=`,
      `${token}==`,
      `${token}A`,
      `${token}\n`,
      `${token} `,
      ` ${token}`,
      `${token}\u{200B}`,
      `"${token}"`,
      token.toUpperCase(),
      token.toLowerCase(),
      token.replaceAll('-', '+').replaceAll('_', '/'),
      encodeURIComponent(`${token}/`),
      Buffer.from(token).toString('base64url'),
      `${token}${token}`,
      ...['A', 'E', 'I', 'Q', 'g', 'w', '0', '8', '-', '_'].map((last) => `${token.slice(0, -1)}${last}`),
    ];
    return [...new Set(bent)].filter((text) => text !== token);
  }

  async function allRefused(
    action: ActionName,
    token: string,
    params: (token: string) => object,
    codes: readonly ErrorCode[],
    every = 1,
  ): Promise<void> {
    const tried = variations(token).filter((_text, n) => n % every === 0);
    const replies = await askAll(
      stranger,
      tried.map((text) => ({ action, params: params(text) })),
    );
    for (const [n, reply] of replies.entries()) {
      expect(codes, `${action} ${JSON.stringify(tried[n])}`).toContain(
        expectContract(action, `all ${n}`, reply),
      );
    }
  }

  test('each is drawn: 256 bits behind its prefix, and no byte is ever the same for all', () => {
    for (const kind of ['pcs', 'pcr', 'pcc', 'pca'] as const) {
      const drawn = Array.from({ length: 64 }, () => systemRandom.token(kind));
      const bytes = drawn.map((token) => Buffer.from(token.slice(4), 'base64url'));
      expect(new Set(drawn.map((token) => token.slice(0, 4)))).toEqual(new Set([`${kind}_`]));
      expect(new Set(bytes.map(({ length }) => length))).toEqual(new Set([32]));
      // 64 draws of a byte are fewer than 24 different ones less often than once in 10^20 runs.
      for (let at = 0; at < 32; at += 1)
        expect(new Set(bytes.map((one) => one[at])).size).toBeGreaterThan(23);
    }
  });

  test('session token', async () => {
    await using anna = await person(server, 'anna');
    const params = (session_token: string): object => ({ session_token });
    await allRefused('resume', anna.session_token, params, ['invalid_params', 'session_invalid']);
    await using again = await resumed(server, anna.session_token);
    await again.call('whoami');
  });

  test('refresh token', async () => {
    await using boris = await person(server, 'boris');
    const before = everything(server.data_folder);
    const params = (refresh_token: string): object => ({ refresh_token });
    await allRefused('refresh', boris.refresh_token, params, ['invalid_params', 'session_invalid']);
    expect(everything(server.data_folder)).toBe(before);
    await stranger.call('refresh', params(boris.refresh_token));
  });

  test('access token', async () => {
    await using chloe = await person(server, 'chloe');
    for (const token of variations(chloe.access_token)) {
      const reply = await stranger.ask('verify_token', { token });
      if (token === '') expectRefusal(reply, 'invalid_params');
      else expect(resultOf('verify_token', reply), token).toEqual({ active: false, subject: null });
    }
    expect(await isActive(stranger, chloe.access_token)).toBe(true);
  });

  test('setup code, then one-time code', async () => {
    const setup = (setup_code: string): object => ({ ...signIn('dora'), setup_code });
    const code_of_setup = server.setup_code ?? '';
    const before = everything(server.data_folder);
    // Each that has the form costs a password hash, so not all are tried.
    await allRefused('register', code_of_setup, setup, ['invalid_params', 'setup_code_invalid'], 4);
    expect(everything(server.data_folder)).toBe(before);
    await using boss = await administrator(server);
    const { code } = await invited(boss.peer, 'invited.one');
    const redeem = (text: string): object => ({
      account_name: 'invited.one',
      code: text,
      new_password: PASSWORD,
    });
    await allRefused('redeem_code', code, redeem, ['invalid_params', 'code_invalid']);
    await using owner = await RawPeer.handshaken(server);
    await owner.call('redeem_code', redeem(code));
  });
});

describe('[T-21] nothing that was fixed before sign-in is valid after', () => {
  test('neither a session token of one’s own making nor an id from the handshake', async () => {
    await using server = await startServer();
    await using peer = await RawPeer.open(server);
    const challenge = JSON.parse(((await peer.takeBody()) ?? '{}').toString()) as JsonObject;
    await using fixing = await RawPeer.handshaken(server);
    const fixed = [`pcs_${'f'.repeat(43)}`, `pcs_${String(challenge['nonce'])}`];
    for (const session_token of fixed)
      expectRefusal(await fixing.ask('resume', { session_token }), 'session_invalid');
    for (const name of ['session_id', 'session_token', 'challenge_id', 'token', 'refresh_token']) {
      const params = { ...signIn('anna'), [name]: fixed[0] };
      expectRefusal(await fixing.ask('register', params), 'invalid_params');
      expectRefusal(await fixing.ask('authenticate', params), 'invalid_params');
    }
    const anna = await fixing.call('register', signIn('anna'));
    expect(fixed).not.toContain(anna.session_token);
    expect(anna.session.session_id).not.toContain(String(challenge['challenge_id']).slice(2));
    await using other = await RawPeer.handshaken(server);
    for (const session_token of fixed)
      expectRefusal(await other.ask('resume', { session_token }), 'session_invalid');
    expect(await isActive(other, String(challenge['challenge_id']))).toBe(false);
  });

  test('a connection signs in once: whoever is signed in on it begins nothing else there', async () => {
    await using server = await startServer();
    await using peer = await RawPeer.handshaken(server);
    const anna = await peer.call('register', signIn('anna'));
    const { session_token } = anna;
    expectRefusal(await peer.ask('authenticate', signIn('anna')), 'already_authenticated');
    expectRefusal(await peer.ask('register', signIn('boris')), 'already_authenticated');
    expectRefusal(await peer.ask('resume', { session_token }), 'already_authenticated');
    expect((await peer.call('whoami')).session.session_id).toBe(anna.session.session_id);
    expect((await peer.call('list_sessions')).sessions).toHaveLength(1);
  });

  test('every sign-in makes a session of its own, and the one before it on this connection is dead', async () => {
    await using server = await startServer();
    await using peer = await RawPeer.handshaken(server);
    await using other = await RawPeer.handshaken(server);
    const seen = new Set<string>();
    let last = await peer.call('register', signIn('anna'));
    for (let n = 0; n < 3; n += 1) {
      for (const text of [last.session.session_id, last.session_token, last.refresh_token]) {
        expect(seen).not.toContain(text);
        seen.add(text);
      }
      await peer.call('logout');
      const { session_token, refresh_token } = last;
      last = await peer.call('authenticate', signIn('anna'));
      expectRefusal(await other.ask('resume', { session_token }), 'session_invalid');
      expectRefusal(await other.ask('refresh', { refresh_token }), 'session_invalid');
    }
    expect((await peer.call('list_sessions')).sessions).toHaveLength(1);
  });
});

describe('[T-32] rotate, kill -9, restart', () => {
  test.runIf(onSqlite('its database is copied with the folder')).each([
    ['an hour later', HOUR_MS],
    ['an hour earlier', -HOUR_MS],
  ])(
    'by a clock that is %s: the old token stays dead, and costs the family its life',
    async (_how, shift) => {
      const data_folder = temporaryFolder();
      const copy = `${data_folder}-copy`;
      try {
        const program = await startProgram(data_folder);
        const anna = await person(program, 'anna');
        const next = await anna.peer.call('refresh', { refresh_token: anna.refresh_token });
        await program.kill();
        await anna.peer.gone();
        cpSync(data_folder, copy, { recursive: true });

        // What was acknowledged before the kill holds: the successor works.
        await using sound = await startServer({ data_folder: copy });
        await using peer = await RawPeer.handshaken(sound);
        await peer.call('refresh', { refresh_token: next.refresh_token });

        await using server = await startServer({ data_folder, clock: new FakeClock(Date.now() + shift) });
        await using thief = await RawPeer.handshaken(server);
        expectRefusal(await thief.ask('refresh', { refresh_token: anna.refresh_token }), 'session_invalid');
        expectRefusal(await thief.ask('refresh', { refresh_token: next.refresh_token }), 'session_invalid');
        expectRefusal(await thief.ask('resume', { session_token: anna.session_token }), 'session_invalid');
        expect(await isActive(thief, anna.access_token)).toBe(false);
        expect(await isActive(thief, next.access_token)).toBe(false);
      } finally {
        for (const folder of [data_folder, copy]) rmSync(folder, { recursive: true, force: true });
      }
    },
  );

  test('what was ended before the kill stays ended', async () => {
    const data_folder = temporaryFolder();
    try {
      const program = await startProgram(data_folder);
      const anna = await person(program, 'anna');
      const boris = await person(program, 'boris');
      await anna.peer.call('logout');
      await boris.peer.call('logout_all', {}).catch(() => null);
      await program.kill();
      await using server = await startServer({ data_folder });
      await using peer = await RawPeer.handshaken(server);
      for (const { session_token, refresh_token, access_token } of [anna, boris]) {
        expectRefusal(await peer.ask('resume', { session_token }), 'session_invalid');
        expectRefusal(await peer.ask('refresh', { refresh_token }), 'session_invalid');
        expect(await isActive(peer, access_token)).toBe(false);
      }
      using db = openBeside(data_folder);
      expect(db.prepare('SELECT count(*) AS n FROM sessions WHERE ended_at IS NULL').get()).toEqual({ n: 0 });
    } finally {
      rmSync(data_folder, { recursive: true, force: true });
    }
  });
});

test('[T-20] ids that do not have the form of an id are refused before anything is looked up', async () => {
  await using server = await startServer();
  await using boss = await administrator(server);
  const BAD = [
    '',
    'a',
    '*',
    '%',
    'a_',
    'a_%%%%%%%%%%%%%%%%%%%%',
    'a_0000000000000000000',
    'a_000000000000000000000',
    'a_00000000000000000000\n',
    ' a_00000000000000000000',
    'A_00000000000000000000',
    'a_0000000000000000000\u{660}',
    'x_00000000000000000000',
    "a_' OR 1=1 -- 00000000",
    '../a_00000000000000000',
  ];
  const before = everything(server.data_folder);
  let slots = 0;
  for (const [action, spec] of Object.entries(ACTIONS) as [ActionName, (typeof ACTIONS)[ActionName]][]) {
    for (const name of Object.keys(spec.params.shape).filter((key) => key.endsWith('_id'))) {
      slots += 1;
      const sound = String((spec.example.params as Record<string, unknown>)[name]);
      const others = ['a', 's', 'k', 'c', 'j', 'p'].map((kind) => `${kind}${sound.slice(1)}`);
      for (const id of [...BAD, ...others.filter((text) => text !== sound)]) {
        const refusal = await boss.peer.ask(action, { ...spec.example.params, [name]: id });
        expectRefusal(refusal, 'invalid_params');
        expect(refusal['details'], `${action} ${id}`).toMatchObject([{ path: name }]);
      }
      // One that has the form gets as far as being looked for.
      expectRefusal(await boss.peer.ask(action, { ...spec.example.params, [name]: sound }), 'not_found');
    }
  }
  expect(slots).toBeGreaterThanOrEqual(11);
  expect(everything(server.data_folder)).toBe(before);
});

test('[T-21] a token of one server is unknown to another', async () => {
  await using one = await startServer();
  await using two = await startServer();
  await using anna = await registered(one, 'anna');
  await using peer = await RawPeer.handshaken(two);
  const { session_token } = anna;
  expectRefusal(await peer.ask('resume', { session_token }), 'session_invalid');
});
