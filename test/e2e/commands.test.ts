/** The commands of `auth-server` on a data folder: alone, and beside a server that runs on it. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConnectionString } from '../../src/client/index.js';
import { LIMITS } from '../../src/protocol/index.js';
import { auditRows, openBeside } from '../support/database.js';
import { authServer } from '../support/program.js';
import { administrator, RawPeer } from '../support/raw_peer.js';
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
    [['--json']],
    [['doctor', '--no-such-flag']],
    [['help', 'nothing']],
  ])('refuses %j with 64 and one line', async (words) => {
    const { code, out, err } = await authServer(words);
    expect([code, out]).toEqual([64, '']);
    expect(err).toMatch(/^auth-server: [^\n]+\n$/);
  });

  test('has help for the program and for every command, with the exit codes', async () => {
    const program = await authServer(['--help']);
    expect(program.code).toBe(0);
    for (const word of ['client create', 'client list', 'client rotate', 'client revoke', 'doctor', '--host'])
      expect(program.out).toContain(word);
    for (const words of [['client', 'create', '--help'], ['help', 'client'], ['doctor', '-h'], ['--help']]) {
      const { code, out } = await authServer(words);
      expect(code).toBe(0);
      for (const exit of ['  0  ', '  1  ', '  64  ', '  69  ', '  73  ']) expect(out).toContain(exit);
    }
    expect((await authServer(['help', 'client'])).out).toContain('client revoke KEY_ID');
  });

  test('says with 69 that there is no database, and makes none', async () => {
    const folder = temporaryFolder();
    const { code, err } = await run(folder, 'client', 'list');
    expect([code, err]).toEqual([69, expect.stringContaining('There is no database')]);
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
    expect([code, err]).toEqual([69, expect.stringContaining('another release')]);
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
