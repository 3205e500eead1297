import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BuiltServer, ROOT, startBuilt } from '../support/built_server.js';
import { openBeside, tablesOf } from '../support/database.js';
import { onSqlite } from '../support/engine.js';
import { PASSWORD, RawPeer, registered } from '../support/raw_peer.js';
import { temporaryFolder } from '../support/server.js';
import { stopwatch } from '../support/stopwatch.js';

let data: string;
beforeEach(() => void (data = temporaryFolder()));
afterEach(() => rmSync(data, { recursive: true, force: true }));

/** Runs the program to its end. */
async function run(...args: string[]): Promise<{ code: number | string; stdout: string; stderr: string }> {
  await using program = new BuiltServer(args);
  return { code: await program.exited, stdout: program.stdout, stderr: program.stderr };
}

/** Starts it with the data folder of this test; it must end by itself with one sentence and nothing on stdout. */
async function refusedStart(...args: string[]): Promise<{ code: number | string; sentence: string }> {
  const { code, stdout, stderr } = await run('--data', data, '--port', '0', '--log-level', 'silent', ...args);
  expect(stdout).toBe('');
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).not.toMatch(/at .*\.js:\d+/);
  return { code, sentence: stderr.trim() };
}

describe('command line', () => {
  test('--help and --version say what users expect and exit 0', async () => {
    const help = await run('--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const word of ['Usage: auth-server', '--port PORT', '--data FOLDER', 'AUTH_SERVER_NAME', 'doctor']) {
      expect(help.stdout).toContain(word);
    }
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test.each([
    [['--nonsense'], /--nonsense/],
    [['start'], /no command `start`/],
    [['--port', 'abc'], /--port can not be `abc`/],
    [['--port', '65536'], /--port can not be `65536`/],
    [['--port'], /--port/],
    [['--password-cost', '10'], /--password-cost can not be `10`/],
    [['--throttle', 'maybe'], /it takes `on` or `off`/],
    [['--config', '/nonexistent/config.json'], /There is no configuration file/],
  ])('%j: one sentence, exit 64', async (args, sentence) => {
    const { code, stdout, stderr } = await run(...args);
    expect(code).toBe(64);
    expect(stdout).toBe('');
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('a setting in the file that does not exist: named, exit 64', async () => {
    writeFileSync(join(data, 'config.json'), '{"prot":7777}');
    const { code, sentence } = await refusedStart();
    expect(code).toBe(64);
    expect(sentence).toContain('There is no setting `prot`');
  });

  test('an address that this machine does not have: a sentence, exit 69', async () => {
    const { code, sentence } = await refusedStart('--host', '192.0.2.7');
    expect(code).toBe(69);
    expect(sentence).toContain('This machine has no address 192.0.2.7');
  });

  test('on an address that others reach it speaks TLS without being told, and says what to pin', async () => {
    await using program = startBuilt(data, '--host', '0.0.0.0');
    await program.ready();
    const said = JSON.parse(program.stdout) as Record<string, unknown>;
    expect(said).toMatchObject({ host: '0.0.0.0', tls: true });
    expect(said['pin']).toMatch(/^sha256-[A-Za-z0-9_-]{43}$/);
    await using plain = await RawPeer.open({ host: '127.0.0.1', port: Number(said['port']) });
    plain.send({ action: 'probe' });
    expect(await plain.take(), 'no challenge in the clear').toBeNull();
  });
});

describe('start', () => {
  test('stdout is one JSON line with the address; the log goes to stderr; files are the owner’s alone', async () => {
    await using program = startBuilt(data);
    const server = await program.ready();
    await using one = await registered(server, 'anna');
    await one.peer.call('whoami');
    expect(JSON.parse(program.stdout)).toEqual({
      ready: true,
      host: '127.0.0.1',
      port: server.port,
      pid: program.child.pid,
      data,
      tls: false,
      pin: null,
    });
    expect(program.stdout.trim().split('\n')).toHaveLength(1);
    for (const line of program.stderr.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('level');
    const has_file = onSqlite('its file');
    expect(existsSync(join(data, 'portcullis.db'))).toBe(has_file);
    for (const file of ['client_key.json', 'setup_code', ...(has_file ? ['portcullis.db'] : [])]) {
      expect(statSync(join(data, file)).mode & 0o077, file).toBe(0);
    }
  });

  test('a port in use: a sentence, exit 69', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const { code, sentence } = await refusedStart('--port', String(port));
    expect(code).toBe(69);
    expect(sentence).toContain(`Port ${port} on 127.0.0.1 is in use`);
    other.close();
  });

  test('a second server on the same folder: a sentence, exit 69, and the first one lives', async () => {
    await using first = startBuilt(data);
    const server = await first.ready();
    const { code, sentence } = await refusedStart();
    expect(code).toBe(69);
    const place = onSqlite('its file is in the folder') ? 'data folder' : 'database';
    expect(sentence).toContain(`Another auth-server uses this ${place}`);
    await using peer = await RawPeer.handshaken(server);
    await peer.call('register', { user: { account_name: 'anna', password: PASSWORD } });
  });

  test('a file in the place of the data folder: a sentence, exit 73', async () => {
    rmSync(data, { recursive: true });
    writeFileSync(data, 'not a folder');
    const { code, sentence } = await refusedStart();
    expect(code).toBe(73);
    expect(sentence).toContain(`The data folder ${data} can not be written`);
    expect(sentence).toContain('--data');
  });

  test('a data folder without the right to write: a sentence, exit 73', async () => {
    // Rights don't bind root: then the program runs as somebody else, who may read the sources but owns nothing.
    const asRoot = process.getuid?.() === 0;
    chmodSync(data, 0o555);
    const options = asRoot ? { uid: 65534, gid: 65534 } : {};
    await using program = new BuiltServer(['--data', data, '--port', '0'], options);
    expect(await program.exited).toBe(73);
    // Of a folder that is somebody else's more is wrong than its rights.
    expect(program.stderr).toMatch(asRoot ? /belongs to user 0/ : /can not be written \(EACCES\)/);
    chmodSync(data, 0o700);
  });

  test.runIf(onSqlite('its file'))(
    'a database that is no database, a damaged one, and a folder in its place: a sentence',
    async () => {
      const file = join(data, 'portcullis.db');
      writeFileSync(file, 'hello, I am no database at all\n'.repeat(100));
      const noDatabase = await refusedStart();
      expect(noDatabase.code).toBe(69);
      expect(noDatabase.sentence).toMatch(/is damaged or is no database\. Put a backup in its place/);
      expect(readFileSync(file, 'utf8')).toContain('hello');
      rmSync(file);
      mkdirSync(file);
      const folder = await refusedStart();
      // That one is refused before it is opened, as anything that is no file.
      expect(folder.code).toBe(73);
      expect(folder.sentence).toMatch(/is a folder and is not used/);
    },
  );

  test('a newer database is left alone: a sentence, exit 69', async () => {
    {
      await using program = startBuilt(data);
      await program.ready();
      program.child.kill('SIGTERM');
      await program.exited;
    }
    {
      using db = openBeside(data);
      db.exec("INSERT INTO migrations VALUES (9999, 'future', 'x', 0); CREATE TABLE future (one INTEGER)");
    }
    const { code, sentence } = await refusedStart();
    expect(code).toBe(69);
    expect(sentence).toMatch(/was made by a newer release \(schema 9999, this one knows \d+\)/);
    using db = openBeside(data);
    expect(tablesOf(db)).toContain('future');
    expect(db.prepare('SELECT count(*) AS n FROM future').get()).toEqual({ n: 0 });
  });

  test('a client key file that holds no key: a sentence that says so, exit 73', async () => {
    writeFileSync(join(data, 'client_key.json'), '{"key_id":"local","key":"c2hvcnQ"}');
    const { code, sentence } = await refusedStart();
    expect(code).toBe(73);
    expect(sentence).toContain('does not hold a client key');
  });
});

describe('stop', () => {
  // SIGHUP is in test/e2e/runtime_doors.test.ts: without a terminal it stops nothing.
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s with open connections and work in hand: everybody is told, exit 0 within 5 s',
    async (signal) => {
      await using program = startBuilt(data);
      const server = await program.ready();
      const peers = await Promise.all(Array.from({ length: 20 }, () => RawPeer.handshaken(server)));
      const stubborn = await RawPeer.open(server, { allowHalfOpen: true });
      peers.slice(0, 5).forEach((peer, n) => {
        peer.send({ action: 'register', id: 'r', user: { account_name: `anna${n}`, password: PASSWORD } });
      });
      await new Promise((resolve) => setTimeout(resolve, 30));
      const elapsed = stopwatch();
      program.child.kill(signal);
      const all = await Promise.all(peers.map(async (peer) => peer.takeAll()));
      expect(await program.exited).toBe(0);
      expect(elapsed()).toBeLessThan(5_000);
      for (const messages of all) {
        expect(messages.some(({ event }) => event === 'server_stopping')).toBe(true);
      }
      expect(all.slice(0, 5).every((messages) => messages.some(({ response }) => response === 201))).toBe(
        true,
      );
      await stubborn[Symbol.asyncDispose]();
    },
  );

  test('a restart takes up where it stopped', async () => {
    {
      await using program = startBuilt(data);
      const server = await program.ready();
      await using one = await registered(server, 'anna');
      await one.peer.call('whoami');
      program.child.kill('SIGTERM');
      expect(await program.exited).toBe(0);
    }
    await using again = startBuilt(data);
    await using peer = await RawPeer.handshaken(await again.ready());
    await peer.call('authenticate', { user: { account_name: 'anna', password: PASSWORD } });
  });
});
