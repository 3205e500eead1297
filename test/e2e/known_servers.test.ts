/** Known servers, stored sessions and the demo: with the built program, real servers and real files. */
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatConnectionString } from '../../src/client/index.js';
import { commandRunner } from '../support/auth_tui.js';
import { freePort } from '../support/free_port.js';
import { startTui, type TerminalProgram } from '../support/pty.js';
import { startServer, temporaryFolder, type TestServer } from '../support/server.js';

const PASSWORD = 'correct horse battery';
const [ENTER, TAB] = ['\r', '\t'];

const stringOf = (server: TestServer): string => formatConnectionString(server.address);
const startTls = (flags: Readonly<Record<string, string>> = {}, data_folder?: string): Promise<TestServer> =>
  startServer({ flags: { tls: 'on', ...flags }, ...(data_folder === undefined ? {} : { data_folder }) });

const kept = (home: string, name: string): string => {
  const path = join(home, 'portcullis', name);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

describe('known servers', () => {
  test('a connection string that was signed in with is enough once; files are the owner’s alone', async () => {
    await using server = await startTls();
    using runner = commandRunner();
    const code = readFileSync(join(server.data_folder, 'setup_code'), 'utf8');
    const first = await runner.run(['register', 'anna', '--setup-code', '--password-stdin'], {
      stdin: `${PASSWORD}\n${code}`,
      env: { PORTCULLIS: stringOf(server) },
    });
    expect([first.code, first.err]).toEqual([0, '']);
    expect((await runner.run(['whoami', '--json'])).json()).toMatchObject({
      account: { roles: ['admin', 'user'] },
    });
    const modes = ['', 'known_servers.json', 'sessions.json'].map(
      (name) => statSync(join(runner.config_home, 'portcullis', name)).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600]);
    expect(readdirSync(join(runner.config_home, 'portcullis')).sort()).toEqual([
      'known_servers.json',
      'sessions.json',
    ]);

    const listed = await runner.run(['servers', 'list', '--json']);
    expect(listed.json()['servers']).toMatchObject([
      { name: `127.0.0.1:${server.port}`, tls: true, pin: server.address.pin },
    ]);
    expect(listed.out).not.toContain(server.address.key.key.toString('base64url'));
    expect((await runner.run(['servers', 'list'])).out).toMatch(/anna/);

    // Neither address nor data folder: the interface goes to the server that was used last, and is signed in.
    await using tui = startTui({
      args: ['--data', '/nowhere'],
      env: { XDG_CONFIG_HOME: runner.config_home },
    });
    await tui.sees(/anna · admin/);
    tui.kill('SIGTERM');
    await tui.exited;
  });

  test('a changed pin warns loudly and refuses until the entry is forgotten', async () => {
    using runner = commandRunner();
    const folder = temporaryFolder();
    const other = temporaryFolder();
    try {
      let port: number;
      {
        await using server = await startTls({}, folder);
        port = server.port;
        const added = await runner.run(['servers', 'add', '--name', 'lab', '--password-stdin'], {
          stdin: stringOf(server),
        });
        expect([added.code, added.err]).toEqual([0, '']);
        expect((await runner.run(['server', 'info', '--server', 'lab'])).code).toBe(0);
      }
      await using impostor = await startTls({ port: String(port) }, other);
      const string = stringOf(impostor);
      for (const words of [
        [string, 'server', 'info'],
        [string, 'login', 'anna', '--password-stdin'],
        ['servers', 'add', string],
      ]) {
        const refused = await runner.run([...words, '--json'], { stdin: PASSWORD });
        expect([refused.code, refused.err]).toEqual([69, expect.stringContaining('HAS CHANGED')]);
        expect(refused.err).toContain('auth-tui servers forget lab');
        expect(refused.json()).toMatchObject({ error: { code: 'pin_changed' } });
      }
      // By its name the old pin counts, and TLS itself finds another key there.
      const by_name = await runner.run(['server', 'info', '--server', 'lab', '--json']);
      expect(by_name.json()).toMatchObject({ error: { code: 'server_not_genuine' } });
      expect((await runner.run(['servers', 'forget', 'lab'])).code).toBe(0);
      expect((await runner.run(['servers', 'forget', 'lab'])).code).toBe(2);
      expect((await runner.run([string, 'server', 'info'])).code).toBe(0);
    } finally {
      for (const path of [folder, other]) rmSync(path, { recursive: true, force: true });
    }
  });

  test('programs that keep something at the same time lose nothing', async () => {
    await using server = await startTls();
    using runner = commandRunner();
    const strings = Array.from({ length: 6 }, (_, at) =>
      formatConnectionString({ ...server.address, port: 1000 + at }),
    );
    const added = await Promise.all(
      strings.map((string, at) =>
        runner.run(['servers', 'add', '--password-stdin', '--name', `s${at}`], { stdin: string }),
      ),
    );
    expect(added.map(({ code }) => code)).toEqual(strings.map(() => 0));
    const servers = (await runner.run(['servers', 'list', '--json'])).json()['servers'] as { name: string }[];
    expect(servers.map(({ name }) => name).sort()).toEqual(strings.map((_, at) => `s${at}`));
  });

  test('the interface refuses a changed pin as well', async () => {
    using runner = commandRunner();
    await using server = await startTls();
    const string = stringOf(server);
    await runner.run([
      'servers',
      'add',
      string.replace(/pin=sha256-.{42}/, `pin=sha256-${'B'.repeat(42)}`),
      '--name',
      'lab',
    ]);
    await using tui = startTui({ args: [string], env: { XDG_CONFIG_HOME: runner.config_home } });
    // What it means, and what to do.
    await tui.sees(/THE PIN OF [^]* HAS\s+CHANGED since it was kept as lab/);
    await tui.sees(/auth-tui servers\s+forget lab/);
    // By its name the old pin counts, and TLS itself finds another key there; that is said in the language in force.
    await using named = startTui({
      args: ['--server', 'lab', '--lang', 'ru'],
      env: { XDG_CONFIG_HOME: runner.config_home },
    });
    await named.sees(/Отпечаток ключа \(pin\) сервера [^]* изменился/);
    expect(server.log_lines.join('')).not.toContain('handshake');
  });

  test.each([
    ['portcullis/sessions.json', 0o644],
    ['portcullis', 0o755],
  ])('%s that others can read is refused with a sentence', async (path, mode) => {
    await using server = await startServer();
    const where = ['--host', server.host, '--port', String(server.port), '--data', server.data_folder];
    using runner = commandRunner(where);
    await runner.run(['register', 'anna', '--password-stdin'], { stdin: PASSWORD });
    chmodSync(join(runner.config_home, path), mode);
    const refused = await runner.run(['whoami', '--json']);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('chmod')]);
    expect(refused.json()).toMatchObject({ error: { code: 'keep_unusable' } });
    // The interface says so and goes on without.
    await using tui = startTui({ args: where, env: { XDG_CONFIG_HOME: runner.config_home } });
    await tui.sees('Others on this machine can get at');
    await tui.sees('Sign in');
  });
});

describe('the stored session in the interface', () => {
  const open = (server: TestServer, config_home: string): TerminalProgram =>
    startTui({
      args: ['--host', server.host, '--port', String(server.port), '--data', server.data_folder],
      env: { XDG_CONFIG_HOME: config_home },
    });
  const leave = async (tui: TerminalProgram): Promise<void> => {
    tui.kill('SIGTERM');
    await tui.exited;
  };

  test('opening again lands signed in; signing out forgets; an ended session is forgotten', async () => {
    await using server = await startServer();
    using runner = commandRunner([
      '--host',
      server.host,
      '--port',
      String(server.port),
      '--data',
      server.data_folder,
    ]);
    const home = runner.config_home;
    await runner.run(['register', 'anna', '--password-stdin'], { stdin: PASSWORD });
    {
      await using tui = open(server, home);
      await tui.sees(/anna · admin/);
      await tui.sees('this one');
      await leave(tui);
    }
    await runner.run(['logout']);
    {
      await using tui = open(server, home);
      await tui.sees('Password');
      tui.write(`anna${TAB}${PASSWORD}${ENTER}`);
      await tui.sees(/anna · admin/);
      expect(kept(home, 'sessions.json')).toContain('pcs_');
      // A command shares the session that the interface began.
      expect((await runner.run(['whoami', '--json'])).json()).toMatchObject({
        account: { account_name: 'anna' },
      });
      expect((await runner.run(['logout', '--all'])).code).toBe(0);
      await tui.sees('Password');
      await leave(tui);
    }
    expect(kept(home, 'sessions.json')).not.toContain('pcs_');
    {
      await using tui = open(server, home);
      await tui.sees('[x] Keep this device signed in');
      expect(tui.text()).not.toMatch(/anna · admin/);
      tui.write(`anna${TAB}${PASSWORD}${TAB} `);
      await tui.sees('[ ] Keep this device signed in');
      tui.write(ENTER);
      await tui.sees(/anna · admin/);
      expect(kept(home, 'sessions.json')).not.toContain('pcs_');
      await leave(tui);
    }
  });
});

describe('--demo', () => {
  const demos = (temp: string): string[] =>
    readdirSync(temp).filter((name) => name.startsWith('portcullis-demo-'));
  const gone = async (temp: string): Promise<void> => {
    for (let at = 0; at < 400 && demos(temp).length > 0; at++)
      await new Promise((resolve) => setTimeout(resolve, 25));
    expect(demos(temp)).toEqual([]);
  };

  test.each(['SIGTERM', 'SIGKILL', 'SIGHUP'])(
    'opens as administrator among 10,000, and nothing is left after %s',
    async (signal) => {
      const temp = mkdtempSync(join(tmpdir(), 'portcullis-test-'));
      const home = mkdtempSync(join(tmpdir(), 'portcullis-kept-'));
      const port = await freePort();
      try {
        await using tui = startTui({
          args: ['--demo', '--port', String(port)],
          env: { TMPDIR: temp, XDG_CONFIG_HOME: home, HOME: home },
        });
        await tui.sees(/demo · admin/);
        expect(demos(temp)).toHaveLength(1);
        await once(createConnection(port, '127.0.0.1'), 'connect');
        await tui.looks();
        tui.write('5');
        await tui.sees(/10[ ,.\u202f\u00a0]?000/);
        tui.kill(signal);
        await tui.exited;
        await gone(temp);
        expect(readdirSync(home)).toEqual([]);
      } finally {
        for (const path of [temp, home]) rmSync(path, { recursive: true, force: true });
      }
    },
  );
});
