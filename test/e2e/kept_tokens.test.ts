/** What commands keep: several accounts, and tokens that are never lost, by many at once, killed, paused, or where nothing can be kept. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { processesHere } from '../../src/tui/keep/lock_file.js';
import { commandRunner, type CommandOutcome, type CommandRunner } from '../support/auth_tui.js';
import { auditRows } from '../support/database.js';
import { longOrShort } from '../support/drill.js';
import { onSqlite } from '../support/engine.js';
import { FakeClock } from '../support/fake_clock.js';
import { MitmProxy } from '../support/mitm_proxy.js';
import { startServer, type TestServer } from '../support/server.js';

const PROGRAM = join(import.meta.dirname, '../../bin/auth-tui.js');
const PASSWORD = 'correct horse battery';
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+\n$/;

const place = (server: TestServer, port = server.port): string[] => [
  '--host',
  server.host,
  '--port',
  String(port),
  '--data',
  server.data_folder,
];

async function signedIn(server: TestServer, port?: number): Promise<CommandRunner> {
  const anna = commandRunner(place(server, port));
  const { code, err } = await anna.run(['register', 'anna', '--password-stdin'], { stdin: PASSWORD });
  expect([code, err]).toEqual([0, '']);
  return anna;
}

/** The session lives, gives tokens, and nobody was ever taken for a thief. */
async function expectUnharmed(server: TestServer, anna: CommandRunner): Promise<void> {
  const token = await anna.run(['token']);
  expect([token.code, token.err]).toEqual([0, '']);
  expect(token.out).toMatch(JWT);
  expect((await anna.run(['verify'], { stdin: token.out })).code).toBe(0);
  expect((await anna.run(['whoami'])).code).toBe(0);
  const events = auditRows(server.data_folder).map(({ event }) => event);
  expect(events.filter((event) => event.startsWith('refresh_token_'))).toEqual([]);
}

const exchanges = (server: TestServer): number =>
  auditRows(server.data_folder).filter(({ event }) => event === 'tokens_refreshed').length;

const keptIn = (anna: CommandRunner, name: string): string => join(anna.config_home, 'portcullis', name);

/** The command as a process that the test can stop. */
function token(
  server: TestServer,
  anna: CommandRunner,
  port?: number,
): ChildProcess & { ended: Promise<unknown> } {
  const child = spawn(process.execPath, [PROGRAM, 'token', ...place(server, port)], {
    cwd: anna.config_home,
    env: { PATH: process.env['PATH'] ?? '', HOME: anna.config_home, XDG_CONFIG_HOME: anna.config_home },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  return Object.assign(child, { ended });
}

/** A transaction may last two seconds where the database is another program, and a hundred on two processors keep it from them. */
const OVERLAPPING = onSqlite('it is in the server and waits for nobody') ? longOrShort(100, 50) : 25;

describe('many at once', () => {
  test(`${OVERLAPPING} overlapping runs: each has a good token, and the session goes on`, async () => {
    await using server = await startServer({ flags: { throttle: 'on' } });
    using anna = await signedIn(server);
    const runs: Promise<CommandOutcome>[] = [];
    for (let n = 0; n < OVERLAPPING; n += 1) {
      runs.push(anna.run(['token']));
      // Some all at once, some one after the other while those before them are still at it.
      if (n % 10 === 0) await sleep(80);
    }
    const told = (await Promise.all(runs)).map(({ code, err }) => `${String(code)} ${err}`);
    expect(new Set(told)).toEqual(new Set(['0 ']));
    expect(exchanges(server)).toBeGreaterThan(0);
    await expectUnharmed(server, anna);
  });

  test('one that is paused in the middle of it holds up the others, and costs nobody anything', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    using anna = await signedIn(server);
    let paused: ChildProcess | null = null;
    await using proxy = await MitmProxy.listen({
      target: server,
      edit: (from, body) => {
        if (from === 'client' && body.includes('"action":"refresh"')) paused?.kill('SIGSTOP');
        return body;
      },
    });
    // The server is the same; the way to it is another, and by that what is kept.
    using elsewhere = commandRunner(place(server, proxy.port));
    await elsewhere.run(['login', 'anna', '--password-stdin'], { stdin: PASSWORD });
    const first = token(server, elsewhere, proxy.port);
    paused = first;
    while (exchanges(server) === 0) await sleep(10);
    // For the server it is long enough ago to look like theft.
    clock.advance(11_000);
    const second = elsewhere.run(['token']);
    await sleep(2_000);
    expect(exchanges(server)).toBe(1);
    paused = null;
    first.kill('SIGCONT');
    expect(await first.ended).toBe(0);
    expect((await second).code).toBe(0);
    await expectUnharmed(server, elsewhere);
    await expectUnharmed(server, anna);
  });
});

describe('killed', () => {
  test('between the exchange and keeping what came of it: the next run goes on, also when the server’s ten seconds are over', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    let victim: ChildProcess | null = null;
    await using proxy = await MitmProxy.listen({
      target: server,
      edit: (from, body) => {
        if (from === 'server' && body.includes('"alert":"tokens refreshed"')) victim?.kill('SIGKILL');
        return body;
      },
    });
    using anna = await signedIn(server, proxy.port);
    for (let n = 1; n <= 2; n += 1) {
      victim = token(server, anna, proxy.port);
      expect(await (victim as ReturnType<typeof token>).ended).toBe('SIGKILL');
      victim = null;
      expect(exchanges(server)).toBe(2 * n - 1);
      clock.advance(11_000);
      await expectUnharmed(server, anna);
      // What was exchanged is told once more, and not exchanged again.
      expect(exchanges(server)).toBe(2 * n - 1);
      const path = keptIn(anna, 'sessions.json');
      // As if nobody had asked a moment ago.
      writeFileSync(path, readFileSync(path, 'utf8').replace(/"made_at": \d+/, '"made_at": 1'));
      expect((await anna.run(['token'])).code).toBe(0);
      expect(exchanges(server)).toBe(2 * n);
      writeFileSync(path, readFileSync(path, 'utf8').replace(/"made_at": \d+/, '"made_at": 1'));
    }
  });

  test('at any moment, forty times', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    using anna = await signedIn(server);
    const path = keptIn(anna, 'sessions.json');
    const started = Date.now();
    await token(server, anna).ended;
    const whole_ms = Date.now() - started;
    let killed = 0;
    for (let n = 0; n < 40; n += 1) {
      const text = readFileSync(path, 'utf8');
      writeFileSync(path, text.replace(/"made_at": \d+/, '"made_at": 1'));
      const run = token(server, anna);
      // Denser towards the end, where it speaks with the server.
      await sleep(Math.sqrt(n / 40) * whole_ms * 1.1);
      run.kill('SIGKILL');
      if ((await run.ended) === 'SIGKILL') killed += 1;
      if (n % 2 === 0) clock.advance(11_000);
    }
    expect(killed).toBeGreaterThan(10);
    await expectUnharmed(server, anna);
  });
});

describe('where nothing can be kept', () => {
  test('the token is not spent: a sentence, and after that is mended it works', async () => {
    await using server = await startServer();
    using anna = await signedIn(server);
    const before = readFileSync(keptIn(anna, 'sessions.json'), 'utf8');
    // Nobody can write there, not even who may do everything.
    mkdirSync(keptIn(anna, 'sessions.json.new/full'), { recursive: true });
    const refused = await anna.run(['token', '--json']);
    expect(refused.code).toBe(1);
    expect(refused.json()).toMatchObject({ error: { code: 'keep_unusable' } });
    expect(refused.err).toContain('can not be written');
    expect(exchanges(server)).toBe(0);
    expect(readFileSync(keptIn(anna, 'sessions.json'), 'utf8')).toBe(before);
    expect((await anna.run(['whoami'])).code).toBe(0);
    rmSync(keptIn(anna, 'sessions.json.new'), { recursive: true });
    await expectUnharmed(server, anna);
  });

  test.skipIf(process.geteuid?.() === 0)('in a folder that is only for reading, the same', async () => {
    await using server = await startServer();
    using anna = await signedIn(server);
    chmodSync(keptIn(anna, ''), 0o500);
    expect((await anna.run(['token'])).code).toBe(1);
    expect(exchanges(server)).toBe(0);
    chmodSync(keptIn(anna, ''), 0o700);
    await expectUnharmed(server, anna);
  });

  test('nobody signs in, registers or redeems a code for nothing', async () => {
    await using server = await startServer();
    using anna = await signedIn(server);
    mkdirSync(keptIn(anna, 'sessions.json.new/full'), { recursive: true });
    const rows = auditRows(server.data_folder).length;
    for (const words of [
      ['login', 'anna'],
      ['register', 'boris'],
      ['redeem', 'boris'],
    ]) {
      const refused = await anna.run([...words, '--password-stdin'], { stdin: `${PASSWORD}\n${PASSWORD}\n` });
      expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('can not be written')]);
    }
    expect(auditRows(server.data_folder)).toHaveLength(rows);
  });

  test.each([
    ['whoami', 77, 'has ended'],
    ['token', 77, 'has ended'],
    ['profile get', 77, 'has ended'],
    ['logout', 0, ''],
  ])('%s tells first that the session has ended', async (command, code, sentence) => {
    await using server = await startServer();
    using anna = await signedIn(server);
    using elsewhere = commandRunner(place(server));
    await elsewhere.run(['login', 'anna', '--password-stdin'], { stdin: PASSWORD });
    await elsewhere.run(['logout', '--all']);
    // Only what is kept can't be changed any more; a token is asked for as if it could.
    const blocked = keptIn(
      anna,
      command === 'token' ? 'known_servers.json.new/full' : 'sessions.json.new/full',
    );
    mkdirSync(blocked, { recursive: true });
    const { code: ended_with, err, out } = await anna.run(command.split(' '));
    expect([ended_with, err]).toEqual([code, expect.stringContaining(sentence)]);
    expect(err + out).not.toContain('can not be written');
  });
});

test.each([
  ['that a dead program left', `4194304 1 ${processesHere()} 0.5\n`, 0],
  ['dated in the future', '', 86_400],
])('a lock %s is not waited for for ever, and spends nothing', async (_which, text, ahead_s) => {
  await using server = await startServer();
  using anna = await signedIn(server);
  for (const name of ['.lock', '.exchange']) {
    writeFileSync(keptIn(anna, name), text, { mode: 0o600 });
    const at = Date.now() / 1000 + ahead_s;
    utimesSync(keptIn(anna, name), at, at);
  }
  await expectUnharmed(server, anna);
});

test('several accounts: the one used last is meant, --as takes another, and each is ended by itself', async () => {
  await using server = await startServer();
  using anna = await signedIn(server);
  const who = async (...words: string[]): Promise<unknown> => {
    const { code, out, err } = await anna.run([...words, 'whoami', '--json']);
    expect([code, err]).toEqual([0, '']);
    return (JSON.parse(out) as { account: { account_name: string } }).account.account_name;
  };
  const kept = async (): Promise<unknown> => {
    const { servers } = (await anna.run(['accounts', 'list', '--json'])).json() as {
      servers: { address: string; accounts: { account_name: string; default: boolean }[] }[];
    };
    expect(JSON.stringify(servers)).not.toMatch(/pc[rsd]_|eyJ/);
    return servers.map(({ address, accounts }) => [
      address,
      ...accounts.map((one) => `${one.account_name}${one.default ? ' *' : ''}`),
    ]);
  };
  const address = `${server.host}:${server.port}`;
  expect((await anna.run(['register', 'boris', '--password-stdin'], { stdin: PASSWORD })).code).toBe(0);
  expect(await kept()).toEqual([[address, 'boris *', 'anna']]);
  expect((await anna.run(['accounts'])).out).toMatch(/^SERVER +LOGIN +WHICH +LAST USED\n/);
  expect(await who()).toBe('boris');
  expect(await who('--as', 'Anna')).toBe('anna');
  expect(await who()).toBe('anna');
  expect((await anna.run(['accounts', 'use', 'boris', '--json'])).json()).toMatchObject({
    account_name: 'boris',
  });
  expect(await who()).toBe('boris');
  // Each has a token of its own.
  for (const [name, others] of [
    ['anna', 'boris'],
    ['boris', 'anna'],
  ]) {
    const { out } = await anna.run(['token', '--as', name!]);
    const told = await anna.run(['verify', '--json'], { stdin: out });
    expect(told.json()).toMatchObject({ subject: { account_name: name } });
    expect(JSON.stringify(told.json())).not.toContain(others);
  }
  const unknown = await anna.run(['--as', 'clara', 'whoami', '--json']);
  expect([unknown.code, unknown.err]).toEqual([77, expect.stringContaining('Kept: boris, anna.')]);
  for (const words of [
    ['--as', 'anna', '--account', 'anna', 'whoami'],
    ['--as', 'anna', 'server', 'info'],
  ])
    expect((await anna.run(words)).code).toBe(64);
  // One and the same account again: the session that was kept is ended, the others are not.
  expect((await anna.run(['login', 'anna', '--password-stdin'], { stdin: PASSWORD })).code).toBe(0);
  expect(await kept()).toEqual([[address, 'anna *', 'boris']]);
  const { sessions } = (await anna.run(['sessions', 'list', '--json'])).json() as { sessions: unknown[] };
  expect(sessions).toHaveLength(1);
  const left = await anna.run(['logout']);
  expect([left.code, left.out]).toEqual([0, 'anna is signed out. Commands go on as boris.\n']);
  expect(await who()).toBe('boris');
  expect((await anna.run(['accounts', 'forget', 'boris'])).code).toBe(0);
  expect(await kept()).toEqual([]);
  expect((await anna.run(['accounts', 'forget', 'boris'])).code).toBe(77);
  const live = auditRows(server.data_folder).filter(({ event }) => event === 'signed_out');
  expect(live).toHaveLength(3);
});
