/** The commands of `auth-server` on a data folder: alone, and beside a server that runs on it. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConnectionString } from '../../src/client/index.js';
import { LIMITS } from '../../src/protocol/index.js';
import { auditRows, openBeside } from '../support/database.js';
import { onSqlite } from '../support/engine.js';
import { authServer } from '../support/program.js';
import { administrator, authenticated, PASSWORD, RawPeer, registered } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, temporaryFolder } from '../support/server.js';
import { stopwatch } from '../support/stopwatch.js';

type Shown = {
  client_key: { key_id: string; name: string; revoked_at: number | null; expires_at: number | null };
  key: string;
  connection_key: string;
  connection_string: string | null;
};

const run = (folder: string, ...words: string[]) => authServer([...words, '--data', folder]);

async function shown(folder: string, ...words: string[]): Promise<Shown> {
  const { code, out, err } = await run(folder, ...words, '--json');
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Shown;
}

const keyOf = ({ client_key, key }: Shown) => ({
  key_id: client_key.key_id,
  key: Buffer.from(key, 'base64url'),
});

describe('the command line', () => {
  test.each([
    [['serve-me']],
    [['client']],
    [['client', 'create']],
    [['client', 'create', 'two', 'names']],
    [['client', 'create', '']],
    [['client', 'create', 'x'.repeat(65)]],
    [['client', 'create', 'a\u001b[31m']],
    [['client', 'create', 'x', '--expires', '0']],
    [['client', 'create', 'x', '--expires', 'soon']],
    [['client', 'create', 'x', '--overlap-hours', '1']],
    [['client', 'rotate', 'k_short']],
    [['client', 'rotate', 'k_00000000000000000000', '--overlap-hours', '721']],
    [['client', 'revoke', 'local']],
    [['client', 'list', '--port', '1']],
    [['unlock']],
    [['unlock', 'anna', 'boris']],
    [['unlock', 'anna', '--thorough']],
    [['recover']],
    [['migrate']],
    [['migrate', 'plans']],
    [['migrate', 'plan', 'now']],
    [['migrate', 'plan', '--thorough']],
    [['move']],
    [['move', '--to', 'somewhere']],
    [['move', '--to', 'sqlite']],
    [['move', '--to', 'postgres://anna:secret@127.0.0.1/anna']],
    [['recover', 'anna', '--port', '1']],
    [['--json']],
    [['doctor', '--no-such-flag']],
    [['help', 'nothing']],
  ])('refuses %j with 64 and one line', async (words) => {
    const { code, out, err } = await authServer(words);
    expect(code).toBe(64);
    expect(err).toMatch(/^auth-server: [^\n]+\n$/);
    if (words.includes('--json')) expect(JSON.parse(out)).toMatchObject({ code: 'usage' });
    else expect(out).toBe('');
  });

  test('has help for the program and for every command, with the exit codes', async () => {
    const program = await authServer(['--help']);
    expect(program.code).toBe(0);
    for (const word of [
      'client create',
      'client list',
      'client rotate',
      'client revoke',
      'unlock',
      'recover',
      'migrate plan',
      'move',
      'doctor',
      '--host',
    ])
      expect(program.out).toContain(word);
    for (const words of [
      ['client', 'create', '--help'],
      ['help', 'client'],
      ['help', 'unlock'],
      ['recover', '-h'],
      ['--help'],
    ]) {
      const { code, out } = await authServer(words);
      expect(code).toBe(0);
      for (const exit of ['  0  ', '  1  ', '  64  ', '  69  ', '  73  ']) expect(out).toContain(exit);
    }
    expect((await authServer(['help', 'client'])).out).toContain('client revoke KEY_ID');
  });

  test('says with 69 that there is no database, and makes none', async () => {
    const folder = temporaryFolder();
    const { code, err } = await run(folder, 'client', 'list');
    const says = onSqlite('it is a file') ? 'There is no database' : 'There is nothing of a server in';
    expect([code, err]).toEqual([69, expect.stringContaining(says)]);
    expect(() => statSync(join(folder, 'portcullis.db'))).toThrow();
    rmSync(folder, { recursive: true });
  });

  test('leaves a database of another schema alone', async () => {
    const server = await startServer();
    await server.stop();
    {
      using db = openBeside(server.data_folder);
      db.prepare("INSERT INTO migrations VALUES (999, 'future', 'x', 0)").run();
    }
    const { code, err } = await run(server.data_folder, 'client', 'create', 'x');
    const says = onSqlite('it is told as what a file holds') ? 'another release' : 'a newer release';
    expect([code, err]).toEqual([69, expect.stringContaining(says)]);
    await server[Symbol.asyncDispose]();
  });
});

describe('[T-48] accounts from the console', () => {
  const wrong = { user: { account_name: 'anna', password: 'a wrong horse battery' } };
  const right = { user: { account_name: 'anna', password: PASSWORD } };
  const start = () => startServer({ flags: { throttle: 'on' } });

  test('unlock, beside a running server: who was kept waiting is let in, and the audit log says who did it', async () => {
    await using server = await start();
    await using anna = await registered(server, 'anna', {}, { email: 'anna@example.test' });
    await using peer = await RawPeer.handshaken(server);
    for (const name of ['anna', ' ANNA ', 'anna@example.test']) {
      for (let n = 0; n < 3; n += 1)
        expectRefusal(await peer.ask('authenticate', wrong), 'invalid_credentials');
      expectRefusal(await peer.ask('authenticate', right), 'throttled');
      // A session's own guesses are forgotten with the rest.
      for (let n = 0; n < 3; n += 1)
        expectRefusal(
          await anna.peer.ask('confirm_password', { password: 'wrong' }),
          'current_password_wrong',
        );
      const after = auditRows(server.data_folder).at(-1)?.seq ?? 0;
      const { code, out, err } = await run(server.data_folder, 'unlock', name);
      expect([code, err]).toEqual([0, '']);
      expect(out).toBe('Forgot 6 wrong guesses at anna. Who knows the password can sign in now.\n');
      expect(auditRows(server.data_folder, after)).toMatchObject([
        {
          event: 'throttle_cleared',
          actor_id: null,
          session_id: null,
          address: 'console',
          target_id: anna.account_id,
        },
      ]);
      await peer.call('authenticate', right);
      await peer.call('logout');
    }
    const again = await run(server.data_folder, 'unlock', 'anna', '--json');
    expect(again).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(again.out)).toEqual({ account_id: anna.account_id, account_name: 'anna', failures: 0 });
  });

  test('recover: the code alone on standard output, and with it the owner chooses another password', async () => {
    await using server = await start();
    await using anna = await administrator(server, 'anna');
    const { account_id } = anna;
    const { code, out, err } = await run(server.data_folder, 'recover', 'anna');
    expect(code).toBe(0);
    expect(out).toMatch(/^pcc_[A-Za-z0-9_-]{43}\n$/);
    expect(err).toMatch(/^auth-server: .*24 hours: auth-tui redeem anna\nauth-server: [^\n]+\n$/);
    expect(auditRows(server.data_folder).at(-1)).toMatchObject({
      event: 'recovery_code_created',
      actor_id: null,
      session_id: null,
      address: 'console',
      target_id: account_id,
    });
    // Until it is used nothing has changed.
    await anna.peer.call('whoami');
    await (await authenticated(server, 'anna')).peer[Symbol.asyncDispose]();
    const second = await run(server.data_folder, 'recover', 'anna', '--json');
    expect(second).toMatchObject({ code: 0, err: '' });
    const made = JSON.parse(second.out) as { code: string; code_expires_at: number };
    expect(made).toMatchObject({ account_id, account_name: 'anna' });
    expect(Math.abs(made.code_expires_at - Date.now() - 86_400_000)).toBeLessThan(3_600_000);
    await using peer = await RawPeer.handshaken(server);
    const redeem = (used: string): object => ({
      account_name: 'anna',
      code: used,
      new_password: 'a quite other password',
    });
    // A newer code takes the place of the older one; each works once.
    expectRefusal(await peer.ask('redeem_code', redeem(out.trim())), 'code_invalid');
    const result = await peer.call('redeem_code', redeem(made.code));
    expect(result.account).toMatchObject({ account_id, roles: ['admin', 'user'] });
    await peer.call('logout');
    expectRefusal(await peer.ask('redeem_code', redeem(made.code)), 'code_invalid');
    expectRefusal(await peer.ask('authenticate', right), 'invalid_credentials');
    await anna.peer.gone();
  });

  test('say what they can not do with 1 and one line, without a server as well', async () => {
    const server = await start();
    const boss = await administrator(server);
    const gone = await registered(server, 'gone.one');
    await boss.peer.call('suspend_user', { account_id: gone.account_id });
    await server.stop();
    const folder = server.data_folder;
    for (const command of ['unlock', 'recover']) {
      const unknown = await run(folder, command, 'nobody');
      expect(unknown).toEqual({
        code: 1,
        out: '',
        err: 'auth-server: There is no account of this name or address.\n',
      });
      const told = await run(folder, command, 'nobody', '--json');
      expect(JSON.parse(told.out)).toMatchObject({ code: 'not_found' });
    }
    const suspended = await run(folder, 'recover', 'gone.one');
    expect(suspended).toMatchObject({ code: 1, out: '', err: expect.stringContaining('suspended') });
    expect(await run(folder, 'unlock', 'gone.one')).toMatchObject({ code: 0, err: '' });
    await server[Symbol.asyncDispose]();
  });
});

describe('client keys from the console', () => {
  test('create, list, rotate and revoke, without a server', async () => {
    const server = await startServer();
    await server.stop();
    const folder = server.data_folder;
    const made = await shown(folder, 'client', 'create', 'build machine', '--expires', '30');
    expect(made).toMatchObject({ client_key: { name: 'build machine' }, connection_string: null });
    expect(made.connection_key).toBe(`${made.client_key.key_id}.${made.key}`);
    const days = (made.client_key.expires_at! - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29.9);
    expect(days).toBeLessThan(30.1);
    const { key_id } = made.client_key;
    const list = await run(folder, 'client', 'list');
    expect(list.out).toMatch(/^local .*this machine\nk_/);
    expect(list.out).toContain(key_id);
    expect(list.out).not.toContain(made.key);
    const rotated = await shown(folder, 'client', 'rotate', key_id, '--overlap-hours', '2');
    expect(rotated.client_key.key_id).toBe(key_id);
    expect(rotated.key).not.toBe(made.key);
    const revoked = await run(folder, 'client', 'revoke', key_id);
    expect(revoked).toMatchObject({ code: 0, out: expect.stringContaining('Revoked') });
    const again = await run(folder, 'client', 'revoke', key_id);
    expect(again).toEqual({
      code: 1,
      out: '',
      err: 'auth-server: There is no live client key of this id.\n',
    });
    const rows = auditRows(folder).filter(({ event }) => event.startsWith('client_key_'));
    expect(rows.map(({ event }) => event)).toEqual([
      'client_key_created',
      'client_key_rotated',
      'client_key_revoked',
    ]);
    for (const row of rows)
      expect(row).toMatchObject({ actor_id: null, session_id: null, address: 'console', target_id: key_id });
    const unknown = await run(folder, 'client', 'rotate', 'k_00000000000000000000', '--json');
    expect(unknown).toMatchObject({ code: 1, out: expect.stringContaining('"code":"not_found"') });
    await server[Symbol.asyncDispose]();
  });

  test('beside a running server: the connection string opens the door, and a revocation closes it in a second', async () => {
    await using server = await startServer();
    const boss = await administrator(server);
    const made = await shown(server.data_folder, 'client', 'create', 'laptop');
    const address = parseConnectionString(made.connection_string!);
    expect(address).toMatchObject({ host: '127.0.0.1', port: server.port, tls: false, pin: null });
    expect(address.key).toEqual(keyOf(made));
    const text = await run(server.data_folder, 'client', 'create', 'other laptop');
    expect(text.out).toContain(`portcullis://127.0.0.1:${server.port}?key=k_`);
    await using peer = await RawPeer.handshaken(server, keyOf(made));
    await using other = await RawPeer.handshaken(server);
    const closed = peer.takeAll();
    const revoked = await run(server.data_folder, 'client', 'revoke', made.client_key.key_id);
    const elapsed = stopwatch();
    expect(revoked.code).toBe(0);
    expect(await closed).toMatchObject([
      { event: 'client_key_ended', data: { key_id: made.client_key.key_id, reason: 'revoked' } },
    ]);
    expect(elapsed()).toBeLessThan(1_000);
    expect(await other.ask('probe')).toMatchObject({ response: 200 });
    await using late = await RawPeer.open(server);
    expectRefusal(await late.handshake(keyOf(made)), 'hmac_error');
    // What the console wrote is there for the administrator.
    expect(JSON.stringify(await boss.peer.ask('list_client_keys'))).toContain(made.client_key.key_id);
  });

  test('writes beside a server that writes all the time', async () => {
    await using server = await startServer();
    const boss = await administrator(server);
    const stop = new AbortController();
    const busy = (async () => {
      while (!stop.signal.aborted) {
        const reply = await boss.peer.ask('update_profile', { changes: { first_name: 'A' } });
        expect(reply).toMatchObject({ response: 200 });
      }
    })();
    const made = await Promise.all(
      ['one', 'two', 'three'].map((name) => shown(server.data_folder, 'client', 'create', name)),
    );
    stop.abort();
    await busy;
    for (const one of made) {
      await using peer = await RawPeer.handshaken(server, keyOf(one));
      expect(await peer.ask('probe')).toMatchObject({ response: 200 });
    }
  });

  test('names and files: what a person wrote is shown harmlessly, and the note of the server goes with it', async () => {
    const server = await startServer();
    const note = join(server.data_folder, 'server.json');
    expect(JSON.parse(readFileSync(note, 'utf8'))).toMatchObject({
      port: server.port,
      pid: process.pid,
      pin: null,
    });
    expect(statSync(note).mode & 0o777).toBe(0o600);
    await shown(server.data_folder, 'client', 'create', 'a\u202eb');
    expect((await run(server.data_folder, 'client', 'list')).out).toContain('a\\u{202e}b');
    await server.stop();
    expect(() => statSync(note)).toThrow();
    // A note that a killed server left over is not believed.
    writeFileSync(
      note,
      JSON.stringify({
        host: '127.0.0.1',
        reachable_host: '127.0.0.1',
        port: 7,
        pid: 2 ** 22 + 1,
        pin: null,
      }),
    );
    expect(await shown(server.data_folder, 'client', 'create', 'x')).toMatchObject({
      connection_string: null,
    });
    await server[Symbol.asyncDispose]();
  });

  test('refuses with the limit, and with a configuration that can not be used', async () => {
    const server = await startServer();
    await server.stop();
    {
      using db = openBeside(server.data_folder);
      const insert = db.prepare('INSERT INTO client_keys (key_id, name, created_at) VALUES (?, ?, ?)');
      db.transaction(() => {
        for (let index = 0; index < LIMITS.client_keys_max; index += 1)
          insert.run(`k_${String(index).padStart(20, '0')}`, 'filler', 0);
      })();
    }
    const full = await run(server.data_folder, 'client', 'create', 'one more', '--json');
    expect(full).toMatchObject({ code: 1, out: expect.stringContaining('"code":"limit_reached"') });
    mkdirSync(server.data_folder, { recursive: true });
    writeFileSync(join(server.data_folder, 'config.json'), '{"port": "many"}');
    expect(await run(server.data_folder, 'client', 'list')).toMatchObject({ code: 64, out: '' });
    await server[Symbol.asyncDispose]();
  });
});
