/** A device on which an account has signed in before is known by its token: others’ wrong guesses make it wait for nothing. */
import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.js';
import { DEVICE_KNOWN_MS, DEVICES_MAX } from '../../src/server/domain/index.js';
import { openBeside } from '../support/database.js';
import { DAY_MS, FakeClock } from '../support/fake_clock.js';
import {
  administrator,
  invited,
  PASSWORD,
  RawPeer,
  type Reachable,
  registered,
  resumed,
} from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, temporaryFolder, type TestServer } from '../support/server.js';
import { startProgram } from '../support/server_program.js';

const WRONG = 'a wrong horse battery';
const ON = { throttle: 'on' };
const signIn = (account_name: string, password = PASSWORD, device_token?: string): object => ({
  user: { account_name, password },
  ...(device_token === undefined ? {} : { device_token }),
});

const start = (clock = new FakeClock()): Promise<TestServer> => startServer({ clock, flags: ON });

type Signed = { readonly device_token: string; readonly session_id: string; readonly session_token: string };

/** Signs in on a connection of its own, which is left. */
async function signedIn(
  server: Reachable,
  name: string,
  password = PASSWORD,
  token?: string,
): Promise<Signed> {
  await using peer = await RawPeer.handshaken(server);
  const { session, ...tokens } = await peer.call('authenticate', signIn(name, password, token));
  return { ...tokens, session_id: session.session_id };
}

/** Registers, and leaves the connection. */
async function person(server: Reachable, name: string): Promise<Signed & { readonly account_id: string }> {
  await using peer = await RawPeer.handshaken(server);
  const result = await peer.call('register', { user: { account_name: name, password: PASSWORD } });
  const { account, session, ...tokens } = result;
  return { ...tokens, session_id: session.session_id, account_id: account.account_id };
}

/** Guesses at an account until a stranger from here has to wait. */
async function besiege(server: Reachable, name: string): Promise<void> {
  await using peer = await RawPeer.handshaken(server);
  for (let n = 0; n < 20; n += 1) {
    const reply = await peer.ask('authenticate', signIn(name, WRONG));
    if (reply['code'] === 'throttled') return;
    expectRefusal(reply, 'invalid_credentials');
  }
  throw new Error('nobody was made to wait');
}

/** Whether a token lets an account sign in where every stranger has to wait. It signs in with it. */
async function isKnown(
  server: TestServer,
  name: string,
  token: string,
  asked: { readonly password?: string; readonly key?: TestServer['address']['key'] } = {},
): Promise<boolean> {
  await besiege(server, name);
  await using peer = await RawPeer.handshaken(server, asked.key);
  const reply = await peer.ask('authenticate', signIn(name, asked.password, token));
  if (reply['response'] === 200) return true;
  expectRefusal(reply, 'throttled');
  return false;
}

type DeviceRow = {
  account_id: string;
  key_id: string;
  token_hash: Buffer;
  created_at: number;
  last_used_at: number;
};
function devices(server: TestServer): DeviceRow[] {
  using db = openBeside(server.data_folder);
  return db.prepare<[], DeviceRow>('SELECT * FROM devices ORDER BY created_at, device_id').all();
}

describe('[T-48] a known device', () => {
  test('is given a token at its first sign-in, and goes on under it; the database holds its digest alone', async () => {
    const clock = new FakeClock();
    await using server = await start(clock);
    const anna = await person(server, 'anna');
    expect(anna.device_token).toMatch(/^pcd_[A-Za-z0-9_-]{43}$/);
    const [row, ...more] = devices(server);
    expect(more).toEqual([]);
    const digest = createHash('sha256').update(anna.device_token).digest();
    const first = clock.now();
    const given = { account_id: anna.account_id, key_id: 'local', created_at: first };
    expect(row).toMatchObject({ ...given, token_hash: digest, last_used_at: first });
    clock.advance(DAY_MS);
    const again = await signedIn(server, 'anna', PASSWORD, anna.device_token);
    expect(again.device_token).toBe(anna.device_token);
    expect(devices(server)).toMatchObject([{ ...given, last_used_at: first + DAY_MS }]);
    // Without it, it is another device.
    expect((await signedIn(server, 'anna')).device_token).not.toBe(anna.device_token);
    expect(devices(server)).toHaveLength(2);
  });

  test('is not kept out by strangers, be they at its own address and however many', async () => {
    await using server = await start();
    const { device_token } = await person(server, 'anna');
    expect(await isKnown(server, 'anna', device_token)).toBe(true);
    // The limit of the address holds strangers off whatever they ask for.
    await using noise = await RawPeer.handshaken(server);
    for (let n = 0; n < 30; n += 1) await noise.ask('authenticate', signIn(`nobody.${n}`, WRONG));
    expectRefusal(await noise.ask('authenticate', signIn('nobody.here')), 'throttled');
    expect(await isKnown(server, 'anna', device_token)).toBe(true);
  });

  test('has a ladder of its own: its wrong guesses make it wait, and no stranger', async () => {
    const clock = new FakeClock();
    await using server = await start(clock);
    const { device_token } = await person(server, 'anna');
    await using peer = await RawPeer.handshaken(server);
    for (const wait_s of [0, 0, 0, 1, 2, 4, 8]) {
      if (wait_s > 0) {
        const refusal = await peer.ask('authenticate', signIn('anna', PASSWORD, device_token));
        expectRefusal(refusal, 'throttled');
        expect(refusal['retry_after_ms']).toBe(wait_s * 1_000);
        clock.advance(wait_s * 1_000);
      }
      // A token is no password.
      const wrong = await peer.ask('authenticate', signIn('anna', WRONG, device_token));
      expectRefusal(wrong, 'invalid_credentials');
    }
    expectRefusal(await peer.ask('authenticate', signIn('anna', PASSWORD, device_token)), 'throttled');
    await signedIn(server, 'anna');
    expectRefusal(await peer.ask('authenticate', signIn('anna', PASSWORD, device_token)), 'throttled');
    clock.advance(16_000);
    await signedIn(server, 'anna', PASSWORD, device_token);
  });

  test('sixty guesses at once on it: at most three are looked at', async () => {
    await using server = await start();
    const { device_token } = await person(server, 'anna');
    const peers = await Promise.all(Array.from({ length: 60 }, () => RawPeer.handshaken(server)));
    const guess = signIn('anna', WRONG, device_token);
    const replies = await Promise.all(peers.map((one) => one.ask('authenticate', guess)));
    const looked = replies.filter(({ code }) => code === 'invalid_credentials').length;
    expect(looked).toBeGreaterThan(0);
    expect(looked).toBeLessThanOrEqual(3);
    for (const one of peers) await one[Symbol.asyncDispose]();
  });

  test('is known after a restart, and so is what was guessed', async () => {
    const clock = new FakeClock();
    const data_folder = temporaryFolder();
    try {
      const first = await startServer({ clock, data_folder, flags: ON });
      const { device_token } = await person(first, 'anna');
      await besiege(first, 'anna');
      await first.stop();
      await using second = await startServer({ clock, data_folder, flags: ON });
      await using stranger = await RawPeer.handshaken(second);
      expectRefusal(await stranger.ask('authenticate', signIn('anna')), 'throttled');
      await signedIn(second, 'anna', PASSWORD, device_token);
    } finally {
      rmSync(data_folder, { recursive: true, force: true });
    }
  });

  test('is known after the server was killed, and so is what was guessed and what was taken back', async () => {
    const data_folder = temporaryFolder();
    try {
      // The later flag counts: guesses are counted.
      const program = await startProgram(data_folder, ['--throttle', 'on']);
      const anna = await person(program, 'anna');
      const boris = await person(program, 'boris');
      await using all = await resumed(program, boris.session_token);
      await all.call('logout_all');
      await besiege(program, 'anna');
      // The wait is short, and a machine that has much to do takes longer: the later server stands still.
      const clock = new FakeClock(Date.now());
      await program.kill();
      await using server = await startServer({ data_folder, clock, flags: ON });
      await using stranger = await RawPeer.handshaken(server);
      expectRefusal(await stranger.ask('authenticate', signIn('anna')), 'throttled');
      await signedIn(server, 'anna', PASSWORD, anna.device_token);
      expect(await isKnown(server, 'boris', boris.device_token)).toBe(false);
    } finally {
      rmSync(data_folder, { recursive: true, force: true });
    }
  });

  test('stays known after signing out, and after a change of the password', async () => {
    await using server = await start();
    const anna = await person(server, 'anna');
    await using peer = await resumed(server, anna.session_token);
    const new_password = 'a quite other password';
    await peer.call('change_password', { current_password: PASSWORD, new_password });
    await peer.call('logout');
    expect(await isKnown(server, 'anna', anna.device_token, { password: new_password })).toBe(true);
  });

  test('is one of so many: what was never shown again goes first', async () => {
    const clock = new FakeClock();
    await using server = await start(clock);
    const kept = await person(server, 'anna');
    clock.advance(1_000);
    await signedIn(server, 'anna', PASSWORD, kept.device_token);
    const lost = await signedIn(server, 'anna');
    for (let n = 0; n < DEVICES_MAX + 5; n += 1) {
      clock.advance(1_000);
      await signedIn(server, 'anna');
    }
    expect(devices(server)).toHaveLength(DEVICES_MAX);
    expect(await isKnown(server, 'anna', lost.device_token)).toBe(false);
    expect(await isKnown(server, 'anna', kept.device_token)).toBe(true);
  });

  test('a server that registers whoever comes gives a token as well', async () => {
    await using server = await startServer({ flags: { ...ON, 'auto-register': 'on' } });
    const { device_token } = await signedIn(server, 'anna');
    expect(await isKnown(server, 'anna', device_token)).toBe(true);
  });
});

describe('[T-48] [T-15] a device token is worthless', () => {
  test('for another account, and the answer tells nothing of it', async () => {
    await using server = await start();
    const anna = await person(server, 'anna');
    await person(server, 'boris');
    expect(await isKnown(server, 'boris', anna.device_token)).toBe(false);
    await besiege(server, 'nobody.here');
    await using peer = await RawPeer.handshaken(server);
    const ask = async (name: string): Promise<object> => {
      const {
        time: _time,
        id: _id,
        ...reply
      } = await peer.ask('authenticate', signIn(name, WRONG, anna.device_token));
      return reply;
    };
    const known = await ask('boris');
    expect(known).toMatchObject({ code: 'throttled' });
    expect(await ask('nobody.here')).toEqual({ ...known, retry_after_ms: expect.any(Number) });
    // The one whose it is still goes in.
    expect(await isKnown(server, 'anna', anna.device_token)).toBe(true);
  });

  test('with another client key', async () => {
    await using server = await start();
    await using boss = await administrator(server);
    const anna = await person(server, 'anna');
    const { client_key, key } = await boss.peer.call('create_client_key', { name: 'other' });
    const other = { key_id: client_key.key_id, key: Buffer.from(key, 'base64url') };
    expect(await isKnown(server, 'anna', anna.device_token, { key: other })).toBe(false);
    expect(await isKnown(server, 'anna', anna.device_token)).toBe(true);
  });

  test('in any other form, and every other kind of token is worthless in its place', async () => {
    await using server = await start();
    await using boss = await administrator(server);
    await using peer = await RawPeer.handshaken(server);
    const anna = await peer.call('register', { user: { account_name: 'anna', password: PASSWORD } });
    await peer.call('logout');
    const { code } = await invited(boss.peer, 'invited.one');
    const body = anna.device_token.slice(4);
    const kinds = [
      anna.session_token,
      anna.refresh_token,
      anna.access_token,
      code,
      server.address.key.key.toString('base64url'),
      anna.session.session_id,
      `pcd_${randomBytes(32).toString('base64url')}`,
      `pcd_${body.toUpperCase()}`,
      `pcd_${body.slice(1)}A`,
      `pcs_${body}`,
      body,
      `${anna.device_token}=`,
      ` ${anna.device_token}`,
      '',
    ];
    await besiege(server, 'anna');
    for (const token of kinds) {
      const bare = token.includes('_') ? token.slice(token.indexOf('_') + 1) : token;
      for (const tried of [token, `pcd_${bare}`]) {
        if (tried === anna.device_token) continue;
        const reply = await peer.ask('authenticate', signIn('anna', PASSWORD, tried));
        expect(['invalid_params', 'throttled'], tried).toContain(reply['code']);
      }
    }
    expect(await isKnown(server, 'anna', anna.device_token)).toBe(true);
  });

  test('without the password', async () => {
    await using server = await start();
    const { device_token } = await person(server, 'anna');
    await using peer = await RawPeer.handshaken(server);
    const params = { user: { account_name: 'anna' }, device_token };
    expectRefusal(await peer.ask('authenticate', params), 'invalid_params');
    expectRefusal(await peer.ask('resume', { session_token: device_token }), 'invalid_params');
    expect(await peer.call('verify_token', { token: device_token })).toEqual({
      active: false,
      subject: null,
    });
  });

  test('a year after its last use', async () => {
    const clock = new FakeClock();
    await using server = await start(clock);
    const { device_token } = await person(server, 'anna');
    clock.advance(DEVICE_KNOWN_MS - 1);
    await signedIn(server, 'anna', PASSWORD, device_token);
    clock.advance(DEVICE_KNOWN_MS - 1);
    expect(await isKnown(server, 'anna', device_token)).toBe(true);
    clock.advance(DEVICE_KNOWN_MS);
    expect(await isKnown(server, 'anna', device_token)).toBe(false);
  });

  test('after its session was ended from another one; that of the other one stays good', async () => {
    await using server = await start();
    const lost = await person(server, 'anna');
    const other = await signedIn(server, 'anna');
    await using peer = await resumed(server, other.session_token);
    await peer.call('revoke_session', { session_id: lost.session_id });
    expect(await isKnown(server, 'anna', lost.device_token)).toBe(false);
    expect(await isKnown(server, 'anna', other.device_token)).toBe(true);
  });

  test('after `logout_all`; with `keep_current` that of the session that goes on stays good', async () => {
    await using server = await start();
    const one = await person(server, 'anna');
    const two = await signedIn(server, 'anna');
    await using peer = await resumed(server, two.session_token);
    await peer.call('logout_all', { keep_current: true });
    expect(await isKnown(server, 'anna', one.device_token)).toBe(false);
    expect(await isKnown(server, 'anna', two.device_token)).toBe(true);
    await peer.call('logout_all', {});
    expect(await isKnown(server, 'anna', two.device_token)).toBe(false);
  });

  test('after `redeem_code`, which gives another', async () => {
    await using server = await start();
    await using boss = await administrator(server);
    const { account_id, code } = await invited(boss.peer, 'anna');
    await using peer = await RawPeer.handshaken(server);
    const first = await peer.call('redeem_code', { account_name: 'anna', code, new_password: PASSWORD });
    expect(await isKnown(server, 'anna', first.device_token)).toBe(true);
    const again = `pcc_${randomBytes(32).toString('base64url')}`;
    using db = openBeside(server.data_folder);
    db.prepare("INSERT INTO one_time_codes VALUES (?, 'choose_password', ?, 0, 9e15)").run(
      createHash('sha256').update(again).digest(),
      account_id,
    );
    await using other = await RawPeer.handshaken(server);
    const second = await other.call('redeem_code', {
      account_name: 'anna',
      code: again,
      new_password: PASSWORD,
    });
    expect(second.device_token).not.toBe(first.device_token);
    expect(await isKnown(server, 'anna', first.device_token)).toBe(false);
    expect(await isKnown(server, 'anna', second.device_token)).toBe(true);
  });

  test('when its account is gone, for whoever takes the name', async () => {
    await using server = await start();
    await using boss = await administrator(server);
    const old = await person(server, 'anna');
    await boss.peer.call('delete_user', { account_id: old.account_id });
    expect(devices(server).filter(({ account_id }) => account_id === old.account_id)).toEqual([]);
    await person(server, 'anna');
    expect(await isKnown(server, 'anna', old.device_token)).toBe(false);
  });

  test('when it was removed while the password was being checked: the sign-in makes another', async () => {
    await using server = await start();
    const one = await person(server, 'anna');
    await using peer = await resumed(server, one.session_token);
    await using other = await RawPeer.handshaken(server);
    const [reply] = await Promise.all([
      other.ask('authenticate', signIn('anna', PASSWORD, one.device_token)),
      peer.call('logout_all', { keep_current: false }),
    ]);
    expect(reply['response']).toBe(200);
    const left = devices(server).map(({ token_hash }) => token_hash.toString('hex'));
    const { device_token } = reply['result'] as { device_token: string };
    const digest = createHash('sha256').update(device_token).digest('hex');
    // Whichever was first: what the reply gave is what is known, or nothing is.
    if (left.length > 0) expect(left).toEqual([digest]);
  });
});

describe('[T-48] the client', () => {
  test('keeps the token of each account and sends it at the next sign-in, by whatever name that is', async () => {
    await using server = await start();
    await using _anna = await registered(server, 'anna', {}, { email: 'anna@example.test' });
    await person(server, 'boris');
    const client = connect({ address: server.address, reconnect: false });
    const user = { account_name: 'Anna@Example.test ', password: PASSWORD };
    await client.call('authenticate', { user });
    await client.call('logout', {});
    await besiege(server, 'anna');
    for (const account_name of ['anna', 'ANNA', 'anna@example.test']) {
      await client.call('authenticate', { user: { account_name, password: PASSWORD } });
      await client.call('logout', {});
    }
    await besiege(server, 'boris');
    const boris = { user: { account_name: 'boris', password: PASSWORD } };
    expect(await client.attempt('authenticate', boris)).toMatchObject({ ok: false, code: 'throttled' });
    await client.close();
  });
});
