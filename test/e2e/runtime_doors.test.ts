/**
 * T-52: what the runtime opens by itself, tried on the built programs: Node's debugger, signals at every moment, and secrets where
 * other users of the machine can read them.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { formatConnectionString } from '../../src/client/index.js';
import { commandRunner } from '../support/auth_tui.js';
import { BuiltServer, ROOT, startBuilt } from '../support/built_server.js';
import { environmentFor, onSqlite } from '../support/engine.js';
import { startTui } from '../support/pty.js';
import { startServer, temporaryFolder } from '../support/server.js';

const SERVER = join(ROOT, 'bin/auth-server.js');
const WAIT_MS = 20_000;
const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let data: string;
let runs = 0;
beforeEach(() => (data = join(folder, `data_${(runs += 1)}`)));

const flags = (): string[] => ['--port', '0', '--password-cost', '15', '--data', data];
/** A port of the system's choice, so that no other program's debugger is taken for this one's. */
const DEBUG_PORT = '--inspect-port=0';
const env = (options: string): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  NODE_OPTIONS: options,
});

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + WAIT_MS;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
const debugPorts = (said: string): number[] =>
  [...said.matchAll(/ws:\/\/127\.0\.0\.1:(\d+)\//g)].map(([, port]) => Number(port));

describe('[T-52] the debugger', () => {
  test('SIGUSR1 does not open it in a server that runs', async () => {
    await using server = new BuiltServer(flags(), { env: env(DEBUG_PORT) });
    await server.ready();
    process.kill(server.pid, 'SIGUSR1');
    // Signals come in their order: when this one has been heard, the other has been, too.
    process.kill(server.pid, 'SIGHUP');
    await until('the reload', () => server.stderr.includes('reloaded'));
    expect(server.stderr).not.toContain('Debugger');
    process.kill(server.pid, 'SIGTERM');
    expect(await server.exited).toBe(0);
  });

  test('nor at any moment of its start', async () => {
    for (const after_ms of [30, 60, 100, 160]) {
      await using server = new BuiltServer(flags(), { env: env(DEBUG_PORT) });
      await new Promise((resolve) => setTimeout(resolve, after_ms));
      process.kill(server.pid, 'SIGUSR1');
      // Before Node itself listens the signal ends the process, as it ends any.
      const started = await Promise.race([server.ready().then(() => true), server.exited]);
      if (started !== true) {
        expect(started).toBe('SIGUSR1');
        continue;
      }
      const opened = debugPorts(server.stderr);
      for (const port of opened) {
        const end = Date.now() + WAIT_MS;
        while ((await answers(port)) && Date.now() < end) await new Promise((r) => setTimeout(r, 50));
        expect(await answers(port)).toBe(false);
      }
      if (opened.length > 0) expect(server.stderr).toContain('a debugger was open, and is shut');
    }
  });

  test('one that a variable has opened is shut; one that was asked for by name is told', async () => {
    {
      await using server = new BuiltServer(flags(), { env: env('--inspect=127.0.0.1:0') });
      await server.ready();
      expect(server.stderr).toContain('a debugger was open, and is shut');
      for (const port of debugPorts(server.stderr)) expect(await answers(port)).toBe(false);
    }
    const { stderr, stdout } = spawnSync(process.execPath, ['--inspect=127.0.0.1:0', SERVER, '--version'], {
      encoding: 'utf8',
    });
    expect(stderr).toContain('every user of this machine');
    expect(stdout).toMatch(/^\d+\.\d+/);
  });

  test('the interface does not open it either', async () => {
    await using tui = startTui({ args: ['--data', '/nowhere'], env: { NODE_OPTIONS: DEBUG_PORT } });
    await tui.sees('portcullis');
    tui.kill('SIGUSR1');
    tui.write('x');
    await tui.sees(/x/);
    expect(tui.raw()).not.toContain('Debugger');
    tui.kill('SIGTERM');
    expect(await tui.exited).toBe(143);
  });
});

describe('[T-52] SIGHUP', () => {
  test('without a terminal opens the log anew and goes on', async () => {
    const log = join(folder, 'server.log');
    await using server = new BuiltServer(flags(), {
      env: env(''),
      stdio: ['ignore', 'pipe', openSync(log, 'a', 0o600)],
    });
    await server.ready();
    renameSync(log, `${log}.1`);
    process.kill(server.pid, 'SIGHUP');
    await until('a new log', () => existsSync(log) && readFileSync(log, 'utf8').includes('reloaded'));
    process.kill(server.pid, 'SIGTERM');
    expect(await server.exited).toBe(0);
    expect(readFileSync(log, 'utf8')).toContain('stopped');
    expect(readFileSync(`${log}.1`, 'utf8')).not.toContain('stopped');
  });

  test('with a terminal stops cleanly, with 129', async () => {
    await using terminal = startTui({ command: [process.execPath, SERVER, ...flags()] });
    await terminal.sees(/listening/);
    expect(existsSync(join(data, 'server.json'))).toBe(true);
    terminal.kill('SIGHUP');
    expect(await terminal.exited).toBe(129);
    expect(existsSync(join(data, 'server.json'))).toBe(false);
  });

  test('under nohup goes on, though the terminal is still there', async () => {
    const [out, err, number] = ['out', 'err', 'pid'].map((name) => join(folder, `nohup.${name}`));
    // The shell keeps the terminal, as it does for people.
    const script = `nohup "$0" "$@" </dev/tty >'${out}' 2>'${err}' & echo $! >'${number}'; wait $!`;
    await using terminal = startTui({ command: ['sh', '-c', script, process.execPath, SERVER, ...flags()] });
    await until('the server', () => existsSync(out!) && readFileSync(out!, 'utf8').includes('"ready":true'));
    const pid = Number(readFileSync(number!, 'utf8'));
    process.kill(pid, 'SIGHUP');
    await until('the reload', () => readFileSync(err!, 'utf8').includes('reloaded'));
    process.kill(pid, 'SIGTERM');
    expect(await terminal.exited).toBe(0);
  });
});

describe('[T-52] signals before "ready"', () => {
  /** Sends this very process a signal at a moment of its start. */
  const at = (moment: string, code: string): string => {
    const path = join(folder, `${moment}.cjs`);
    // Threads load it as well, and are not meant.
    writeFileSync(
      path,
      `const workers = require('node:worker_threads');\nif (workers.isMainThread) {\n  const hit = () => process.kill(process.pid, process.env.HIT);\n  ${code}\n}\n`,
    );
    return path;
  };
  const MOMENTS = [
    ['while it is loaded', at('loading', 'setImmediate(hit);')],
    [
      'while the database is opened and brought up to date',
      at(
        'opening',
        `const { Worker } = workers;
  workers.Worker = class extends Worker { constructor(...all) { super(...all); hit(); } };
  require('node:module').syncBuiltinESMExports();`,
      ),
    ],
    [
      'while it begins to listen',
      at(
        'listening',
        `const { Server } = require('node:net');
  const { listen } = Server.prototype;
  Server.prototype.listen = function (...all) { hit(); return listen.apply(this, all); };`,
      ),
    ],
  ] as const;

  const cases = MOMENTS.flatMap(([name, path]) =>
    (['SIGTERM', 'SIGINT'] as const).map((signal) => [signal, name, path] as const),
  );
  test.each(cases)('%s %s: stops cleanly, and leaves nothing', async (signal, _name, path) => {
    // What an earlier release left or, where none was, what nothing was made in yet.
    if (onSqlite('no earlier release was on another engine'))
      cpSync(join(ROOT, 'test/fixtures/release_0_1'), data, { recursive: true });
    else environmentFor(data, { empty: true });
    {
      await using server = new BuiltServer(flags(), {
        env: { ...env(`--require=${path}`), HIT: signal },
      });
      expect(await server.exited).toBe(0);
      expect([server.stdout, existsSync(join(data, 'server.json'))]).toEqual(['', false]);
      expect(server.stderr).toContain('stopped');
    }
    // Nothing is held or half done: the next start takes up the folder.
    await using next = startBuilt(data);
    await next.ready();
  });

  test('a command ends by them as any program does', async () => {
    const path = MOMENTS[0][1];
    await using command = new BuiltServer(['doctor', '--data', data], {
      env: { ...env(`--require=${path}`), HIT: 'SIGTERM' },
    });
    expect(await command.exited).toBe(143);
  });

  const UNSHARE = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const own_pids = spawnSync(UNSHARE[0]!, [...UNSHARE.slice(1), 'true']).status === 0;
  test.skipIf(!own_pids).each(MOMENTS)('as process 1, %s', async (_name, path) => {
    await using server = new BuiltServer(
      flags(),
      { env: { ...env(`--require=${path}`), HIT: 'SIGTERM' } },
      UNSHARE,
    );
    expect(await server.exited).toBe(0);
    expect(server.stdout).toBe('');
  });
  test.skipIf(!own_pids)('as process 1, once it runs', async () => {
    await using server = new BuiltServer(flags(), { env: env('') }, UNSHARE);
    await server.ready();
    const children = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8')
      .trim()
      .split(' ');
    for (const child of children) process.kill(Number(child), 'SIGTERM');
    expect(await server.exited).toBe(0);
    expect(server.stderr).toContain('stopped');
  });
});

describe('[T-52] keys on the command line', () => {
  const NOTE = 'holds a key';

  test('work, and are told about once; file, environment, standard input and prompt are silent', async () => {
    await using server = await startServer();
    using runner = commandRunner();
    const string = formatConnectionString(server.address);
    const told = await runner.run([string, 'server', 'info']);
    expect(told.code).toBe(0);
    expect(told.err.split(NOTE)).toHaveLength(2);
    expect(told.err).not.toContain(server.address.key.key.toString('base64url'));
    expect((await runner.run([string, 'server', 'info', '--lang', 'ru'])).err).toContain('есть ключ');

    const file = join(folder, 'string');
    writeFileSync(file, `${string}\n`, { mode: 0o600 });
    const silent = [
      await runner.run(['server', 'info', '--connection-file', file]),
      await runner.run(['server', 'info', '--connection-file', '-'], { stdin: string }),
      await runner.run(['server', 'info'], { env: { PORTCULLIS: string } }),
      await runner.run(['servers', 'add', '--name', 'lab', '--password-stdin'], { stdin: string }),
      await runner.run(['server', 'info', '--server', 'lab']),
    ];
    expect(silent.map(({ code, err }) => [code, err])).toEqual(silent.map(() => [0, '']));

    const missing = await runner.run(['server', 'info', '--connection-file', join(folder, 'none')]);
    expect([missing.code, missing.err]).toEqual([64, expect.stringContaining('ENOENT')]);
    expect((await runner.run([string, 'server', 'info', '--connection-file', file])).code).toBe(64);
    // A flag beats the environment.
    const elsewhere = await runner.run(['server', 'info', '--port', '1', '--data', server.data_folder], {
      env: { PORTCULLIS: string },
    });
    expect(elsewhere.code).toBe(69);
  });

  test.skipIf(!existsSync('/proc/self/cmdline'))(
    'of the interface are gone from the list of processes',
    async () => {
      await using server = await startServer();
      const string = formatConnectionString(server.address);
      await using tui = startTui({ args: [string] });
      await tui.sees(/Create an account|Sign in/);
      expect(tui.raw()).toContain(NOTE);
      const shown = readFileSync(`/proc/${tui.pid}/cmdline`, 'utf8');
      expect(shown).not.toContain('key=');
      tui.kill('SIGTERM');
      await tui.exited;
    },
  );

  test('of the environment are not handed on to what is started from here', async () => {
    const secret = `portcullis://127.0.0.1:1?key=local.${'A'.repeat(43)}`;
    const script = `
      const { main } = require(${JSON.stringify(join(ROOT, 'dist/auth-tui.cjs'))});
      main(['server', 'info'], process.env).then((code) => {
        const seen = require('node:child_process').execFileSync('env', { encoding: 'utf8' });
        console.log(JSON.stringify({ code, seen: seen.includes('PORTCULLIS') }));
      });`;
    const child = spawn(process.execPath, ['--eval', script], {
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, PORTCULLIS: secret },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(child, 'close');
    expect(JSON.parse(said)).toEqual({ code: 69, seen: false });
  });

  test('are shown by no help and no page as something to type', () => {
    const help = ['auth-tui', 'auth-server'].flatMap((program) =>
      [['--help'], ['help'], ['servers', 'add', '--help']].map(
        (words) =>
          spawnSync(process.execPath, [join(ROOT, `bin/${program}.js`), ...words], { encoding: 'utf8' })
            .stdout,
      ),
    );
    const pages = ['README.md', 'docs/operations.md', 'docs/commands.md'].map((name) =>
      readFileSync(join(ROOT, name), 'utf8'),
    );
    for (const text of [...help, ...pages])
      expect(text).not.toMatch(/auth-tui[^\n]*portcullis:\/\/[^\n]*key=/);
    expect(help.join()).not.toMatch(/\[portcullis:/);
  });
});
