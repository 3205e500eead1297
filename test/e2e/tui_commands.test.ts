/** The commands of the built `auth-tui` against a real server, as a script runs them: no terminal anywhere. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { commandRunner, type CommandOutcome, type CommandRunner } from '../support/auth_tui.js';
import { startTui } from '../support/pty.js';
import { startServer, type TestServer } from '../support/server.js';

const PASSWORD = 'correct horse battery';
const SECOND = 'staple gun on a tuesday';

const place = (server: TestServer): string[] => [
  '--host',
  server.host,
  '--port',
  String(server.port),
  '--data',
  server.data_folder,
];

/** Asserts the exit code, with what the command said when it is another. */
async function done(outcome: Promise<CommandOutcome>, code = 0): Promise<CommandOutcome> {
  const ran = await outcome;
  expect([ran.code, ran.code === code ? '' : ran.err + ran.out]).toEqual([code, '']);
  return ran;
}

const errorOf = (outcome: CommandOutcome): Record<string, unknown> =>
  outcome.json()['error'] as Record<string, unknown>;

/** A server with the administrator `anna`, and a runner that is signed in as her. */
async function signedIn(
  flags: Readonly<Record<string, string>> = {},
): Promise<{ server: TestServer; anna: CommandRunner }> {
  const server = await startServer({ flags });
  const anna = commandRunner(place(server));
  await done(anna.run(['register', 'anna', '--password-stdin'], { stdin: `${PASSWORD}\n` }));
  return { server, anna };
}

describe('a life in commands', () => {
  test('who makes an account by signing in is told, and asked before, the server says that it would', async () => {
    await using server = await startServer({ flags: { 'auto-register': 'on' } });
    using nobody = commandRunner(place(server));
    const info = await done(nobody.run(['server', 'info']));
    expect(info.out).toMatch(/^unknown login {2,}makes an account$/m);
    const login = (...more: string[]) =>
      done(nobody.run(['login', 'anna', '--password-stdin', ...more], { stdin: `${PASSWORD}\n` }));
    expect((await login()).out).toContain(
      'There was no account anna: it was made just now. Signed in as anna.',
    );
    await done(nobody.run(['logout']));
    const again = await login('--json');
    expect(again.json()).not.toHaveProperty('created');
    await done(nobody.run(['logout']));
    expect((await login()).out).not.toContain('made just now');
    using another = commandRunner(place(server));
    const made = await done(
      another.run(['login', 'boris', '--password-stdin', '--json'], { stdin: `${PASSWORD}\n` }),
    );
    expect(made.json()).toMatchObject({ account: { account_name: 'boris' }, created: true });
  });
  test('register, look, change, sign in elsewhere, end sessions, sign out', async () => {
    const { server, anna } = await signedIn();
    await using _server = server;
    using _anna = anna;

    const me = (await done(anna.run(['whoami', '--json']))).json();
    expect(me).toMatchObject({
      account: { account_name: 'anna', roles: ['admin', 'user'] },
      session: { current: true },
    });
    expect((await done(anna.run(['whoami']))).out).toMatch(/^login {2,}anna$/m);

    const changed = await done(
      anna.run(['profile', 'set', 'first_name=Анна', 'phone=+7 900 000-00-00', '--json']),
    );
    expect(changed.json()).toMatchObject({ account: { first_name: 'Анна', phone: '+7 900 000-00-00' } });
    const cleared = await done(anna.run(['profile', 'set', 'phone=', '--json']));
    expect(cleared.json()).toMatchObject({ account: { first_name: 'Анна', phone: null } });
    expect((await done(anna.run(['profile', 'get', '--json']))).json()).toEqual(cleared.json());
    const rejected = await done(anna.run(['profile', 'set', 'phone=x', '--json']), 1);
    expect(errorOf(rejected)).toMatchObject({ code: 'invalid_params', details: [{ path: 'changes.phone' }] });

    using elsewhere = commandRunner(place(server));
    const other = await done(
      elsewhere.run(['login', 'anna', '--password-stdin', '--json'], { stdin: PASSWORD }),
    );
    // The tokens stay where they are kept.
    expect(other.out).not.toMatch(/pcs_|pcr_|eyJ/);
    const sessions = (await done(anna.run(['sessions', 'list', '--json']))).json()['sessions'] as {
      session_id: string;
      current: boolean;
    }[];
    expect(sessions.map(({ current }) => current).sort()).toEqual([false, true]);
    const foreign = sessions.find(({ current }) => !current)!;
    await done(anna.run(['sessions', 'end', foreign.session_id]));
    await done(anna.run(['sessions', 'end', foreign.session_id]), 2);
    const ended = await done(elsewhere.run(['whoami', '--json']), 77);
    expect(errorOf(ended)).toMatchObject({ code: 'session_invalid' });
    // It was forgotten: the server isn't even asked any more.
    expect(errorOf(await done(elsewhere.run(['whoami', '--json']), 77))).toMatchObject({
      code: 'unauthenticated',
    });

    await done(elsewhere.run(['login', 'anna', '--password-stdin'], { stdin: PASSWORD }));
    expect((await done(anna.run(['sessions', 'end-others', '--json']))).json()).toEqual({
      ended_sessions: 1,
    });

    const wrong = await done(
      anna.run(['password', '--password-stdin', '--json'], { stdin: `nope nope\n${SECOND}\n` }),
      1,
    );
    expect(errorOf(wrong)).toMatchObject({ code: 'current_password_wrong' });
    await done(anna.run(['password', '--password-stdin'], { stdin: `${PASSWORD}\n${SECOND}\n` }));
    await done(elsewhere.run(['login', 'anna', '--password-stdin'], { stdin: PASSWORD }), 1);

    const history = (await done(anna.run(['history', '--limit', '2', '--json']))).json();
    expect(history['entries']).toHaveLength(2);
    expect(history['entries']).toMatchObject([{ success: false, failure: 'wrong_password' }, {}]);
    const all = (await done(anna.run(['history', '--all']))).out;
    expect(all).toMatch(/^TIME +RESULT/);
    // Whoever mistyped was signed in: that is not somebody at the door.
    expect(all).toMatch(/ {2}wrong password in a session {2}password typed again while signed in /);
    expect(all).toMatch(/ {2}wrong password {2,}password {2}/);

    await done(anna.run(['logout']));
    await done(anna.run(['whoami']), 77);
    await done(anna.run(['logout']), 77);
    expect(readFileSync(join(anna.config_home, 'portcullis/sessions.json'), 'utf8')).not.toContain('pcs_');
  });

  test('tokens for other services', async () => {
    const { server, anna } = await signedIn();
    await using _server = server;
    using _anna = anna;
    const kept = (): string => readFileSync(join(anna.config_home, 'portcullis/sessions.json'), 'utf8');
    const first = kept();
    const token = (await done(anna.run(['token']))).out.trim();
    expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(kept()).not.toBe(first);
    const again = (await done(anna.run(['token', '--json']))).json();
    expect(Object.keys(again).sort()).toEqual(['access_token', 'access_token_expires_at', 'session_id']);

    const good = await done(anna.run(['verify', '--json'], { stdin: `${token}\n` }));
    expect(good.json()).toMatchObject({ active: true, subject: { kind: 'access', account_name: 'anna' } });
    expect((await done(anna.run(['verify']))).out).toContain('anna');
    const bad = await done(anna.run(['verify', '--json'], { stdin: 'eyJhbGciOiJub25lIn0.e30.' }), 1);
    expect(bad.json()).toEqual({ active: false, subject: null });
    await done(anna.run(['logout', '--all', '--json']));
    await done(anna.run(['verify'], { stdin: token }), 1);
    await done(anna.run(['token']), 77);
  });

  test('administration by name and by id; a moderator is kept out of what is not theirs', async () => {
    const { server, anna } = await signedIn();
    await using _server = server;
    using _anna = anna;
    using boris = commandRunner(place(server));

    const created = (
      await done(
        anna.run([
          'users',
          'create',
          'boris',
          '--email',
          'b@example.test',
          '--first-name',
          'Борис',
          '--json',
        ]),
      )
    ).json();
    const user = created['user'] as { account_id: string; status: string };
    expect(user.status).toBe('pending');
    const code = created['code'] as string;
    await done(
      boris.run(['redeem', 'boris', '--password-stdin'], { stdin: `pcc_${'x'.repeat(43)}\n${PASSWORD}\n` }),
      1,
    );
    await done(boris.run(['redeem', 'boris', '--password-stdin'], { stdin: `${code}\n${PASSWORD}\n` }));
    await done(boris.run(['users', 'list']), 77);
    await done(boris.run(['server', 'stats']), 77);

    expect((await done(anna.run(['users', 'get', 'BORIS', '--json']))).json()).toMatchObject({
      user: { account_id: user.account_id, first_name: 'Борис' },
      live_sessions: 1,
    });
    await done(anna.run(['users', 'get', 'bor']), 2);
    const listed = await done(
      anna.run(['users', 'list', '--search', 'бор', '--status', 'active', '--sort', 'created_at', '--desc']),
    );
    expect(listed.out).toMatch(/^boris +Борис +b@example.test +user +active/m);
    await done(anna.run(['users', 'list', '--role', 'emperor']), 64);
    await done(anna.run(['users', 'list', '--all', '--limit', '3']), 64);

    await done(anna.run(['users', 'set', user.account_id, 'last_name=Б', '--json']));
    await done(anna.run(['users', 'role-give', 'boris', 'moderator']));
    await done(anna.run(['users', 'role-give', 'boris', 'moderator']), 1);
    await done(anna.run(['users', 'role-give', 'boris', 'Emperor']), 64);
    await done(anna.run(['users', 'role-give', 'boris', 'emperor']), 2);
    await done(boris.run(['users', 'suspend', 'anna']), 77);
    await done(anna.run(['users', 'role-take', 'boris', 'moderator']));
    await done(anna.run(['users', 'clear-throttle', 'boris', '--json']));

    const suspended = await done(anna.run(['users', 'suspend', 'boris', '--reason', 'shared it', '--json']));
    expect(suspended.json()).toMatchObject({ user: { status: 'suspended' }, ended_sessions: 1 });
    await done(boris.run(['whoami']), 77);
    await done(boris.run(['login', 'boris', '--password-stdin'], { stdin: PASSWORD }), 1);
    await done(anna.run(['users', 'resume', 'boris']));
    await done(anna.run(['users', 'delete', 'boris']), 64);
    await done(anna.run(['users', 'delete', 'boris', '--yes', 'anna']), 64);
    await done(anna.run(['users', 'delete', 'boris', '--yes', 'boris']));
    await done(anna.run(['users', 'delete', 'boris', '--yes', 'boris']), 2);
    await done(anna.run(['users', 'suspend', 'anna']), 1);
    expect((await done(anna.run(['server', 'stats', '--json']))).json()).toHaveProperty(
      'connections.signed_in',
      1,
    );
  });

  test('several accounts at once: what was done, and what was not by its name', async () => {
    const { server, anna } = await signedIn();
    await using _server = server;
    using _anna = anna;
    for (const name of ['boris', 'clara']) await done(anna.run(['users', 'create', name]));
    const both = await done(anna.run(['users', 'suspend', 'boris', 'clara', '--reason', 'a leak', '--json']));
    expect(both.json()).toMatchObject({
      done: [{ user: { account_name: 'boris' } }, { user: { account_name: 'clara' } }],
      failed: [],
    });
    const some = await done(anna.run(['users', 'resume', 'boris', 'nobody', 'clara', '--json']), 2);
    expect(some.json()).toMatchObject({
      done: [{ user: { status: 'pending' } }, {}],
      failed: [{ account: 'nobody', error: { code: 'not_found' } }],
    });
    const told = await done(anna.run(['users', 'suspend', 'clara', 'anna']), 1);
    expect(told.out).toMatch(/^clara is suspended\.[^\n]*\n$/);
    expect(told.err).toMatch(/^anna: \S/);
  });

  test('a change is refused when somebody else changed the account meanwhile', async () => {
    const { server, anna } = await signedIn();
    await using _server = server;
    using _anna = anna;
    const { account } = (await done(anna.run(['profile', 'get', '--json']))).json() as {
      account: { version: number };
    };
    const seen = ['--if-version', String(account.version), '--json'];
    await done(anna.run(['users', 'set', 'anna', 'bio=one', ...seen]));
    const late = await done(anna.run(['profile', 'set', 'bio=two', ...seen]), 1);
    expect(errorOf(late)).toMatchObject({ code: 'stale_version' });
    expect((await done(anna.run(['profile', 'get', '--json']))).json()).toMatchObject({
      account: { bio: 'one' },
    });
  });

  test('client keys: make, use, rotate, revoke', async () => {
    const { server, anna } = await signedIn();
    await using _server = server;
    using _anna = anna;
    const made = (
      await done(anna.run(['clients', 'create', 'build machine', '--expires', '3', '--json']))
    ).json();
    const { key_id, expires_at, created_at } = made['client_key'] as Record<string, number | string>;
    expect(Number(expires_at) - Number(created_at)).toBeGreaterThan(2 * 86_400_000);

    const rotated = (await done(anna.run(['clients', 'rotate', String(key_id), '--overlap-hours', '1']))).out;
    const string = /^portcullis:\/\/\S+$/m.exec(rotated)?.[0] ?? '';
    using machine = commandRunner();
    const added = await done(machine.run(['servers', 'add', '--name', 'lab'], { stdin: string }), 64);
    expect(added.err).toContain('--password-stdin');
    await done(machine.run(['servers', 'add', '--name', 'lab', '--password-stdin'], { stdin: string }));
    await done(machine.run(['server', 'info', '--server', 'lab']));

    const listed = (await done(anna.run(['clients', 'list', '--json']))).json();
    expect(listed['client_keys']).toMatchObject([{ key_id: 'local' }, { key_id, next: {} }]);
    expect((await done(anna.run(['clients', 'list']))).out).toMatch(/build machine +being rotated/);
    await done(anna.run(['clients', 'revoke', String(key_id)]));
    await done(anna.run(['clients', 'revoke', String(key_id)]), 2);
    await done(anna.run(['clients', 'revoke', 'local']), 64);
    const refused = await done(machine.run(['server', 'info', '--server', 'lab', '--json']), 69);
    expect(errorOf(refused)).toMatchObject({ code: 'hmac_error' });

    using boris = commandRunner(place(server));
    await done(boris.run(['register', 'boris', '--password-stdin'], { stdin: PASSWORD }));
    await done(boris.run(['clients', 'list']), 77);
  });

  test('--account begins a session for one command and ends it', async () => {
    const { server, anna } = await signedIn();
    await using _server = server;
    using _anna = anna;
    using nobody = commandRunner(place(server));
    const words = ['--account', 'anna', '--password-stdin', '--json'];
    const me = await done(nobody.run(['whoami', ...words], { stdin: PASSWORD }));
    expect(me.json()).toMatchObject({ account: { account_name: 'anna' } });
    expect(readdirSync(nobody.config_home)).toEqual([]);
    const sessions = (await done(anna.run(['sessions', 'list', '--json']))).json();
    expect(sessions['sessions']).toHaveLength(1);
    await done(nobody.run(['whoami', ...words], { stdin: 'nope nope nope' }), 1);
    await done(nobody.run(['whoami', ...words]), 64);
    await done(nobody.run(['token', ...words], { stdin: PASSWORD }), 64);
  });

  test('[T-48] a login where one was before is not kept waiting by wrong guesses elsewhere', async () => {
    const { server, anna } = await signedIn({ throttle: 'on' });
    await using _server = server;
    using _anna = anna;
    await done(anna.run(['logout']));
    using guesser = commandRunner(place(server));
    const words = ['login', 'anna', '--password-stdin'];
    for (let at = 0; at < 3; at += 1) await done(guesser.run(words, { stdin: 'nope nope nope' }), 1);
    await done(guesser.run(words, { stdin: PASSWORD }), 75);
    const once = ['whoami', '--account', 'ANNA', '--password-stdin'];
    await done(anna.run(once, { stdin: PASSWORD }));
    await done(anna.run(words, { stdin: PASSWORD }));
  });

  test('a second login ends the session that was kept before', async () => {
    const { server, anna } = await signedIn();
    await using _server = server;
    using _anna = anna;
    await done(anna.run(['login', 'anna', '--password-stdin'], { stdin: PASSWORD }));
    const sessions = (await done(anna.run(['sessions', 'list', '--json']))).json();
    expect(sessions['sessions']).toHaveLength(1);
  });

  test('--all reads every page', async () => {
    const { server, anna } = await signedIn();
    await using _server = server;
    using _anna = anna;
    for (const name of ['boris', 'clara', 'диана']) await done(anna.run(['users', 'create', name]));
    const one = (await done(anna.run(['users', 'list', '--limit', '1', '--json']))).json();
    expect([(one['users'] as unknown[]).length, one['total']]).toEqual([1, 4]);
    const next = (
      await done(
        anna.run(['users', 'list', '--limit', '1', '--cursor', String(one['next_cursor']), '--json']),
      )
    ).json();
    expect(next).toMatchObject({ users: [{ account_name: 'boris' }] });
    const all = (await done(anna.run(['users', 'list', '--all', '--json']))).json();
    expect([(all['users'] as unknown[]).length, all['next_cursor']]).toEqual([4, null]);
    expect((await done(anna.run(['users', 'list', '--limit', '1']))).err).toContain('1 of 4');
  });
});

describe('exit codes', () => {
  test('69 when nothing answers, and when something else does', async () => {
    await using server = await startServer();
    using runner = commandRunner();
    const free = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const { port } = probe.address() as { port: number };
        probe.close(() => resolve(port));
      });
    });
    const words = ['--data', server.data_folder, '--json'];
    const dead = await done(runner.run(['server', 'info', '--port', String(free), ...words]), 69);
    expect(errorOf(dead)).toMatchObject({ code: 'unreachable' });
    expect(dead.err).toMatch(/^auth-tui: \S/);

    const shouting = createServer((socket) => {
      socket.on('error', () => null);
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    const port = await new Promise<number>((resolve) =>
      shouting.listen(0, '127.0.0.1', () => resolve((shouting.address() as { port: number }).port)),
    );
    await done(runner.run(['server', 'info', '--port', String(port), ...words]), 69);
    shouting.close();
  });

  test('75 when throttled, with the time to wait', async () => {
    const { server, anna } = await signedIn({ throttle: 'on' });
    await using _server = server;
    using _anna = anna;
    using guesser = commandRunner(place(server));
    let last: CommandOutcome | null = null;
    for (let at = 0; at < 30 && last?.code !== 75; at++) {
      last = await guesser.run(['login', 'anna', '--password-stdin', '--json'], { stdin: 'nope nope nope' });
    }
    expect(last?.code).toBe(75);
    expect(errorOf(last!)).toMatchObject({ code: 'throttled', retry_after_ms: expect.any(Number) });
  });

  test('the data folder alone finds its server, whatever its port', async () => {
    await using server = await startServer();
    using runner = commandRunner(['--data', server.data_folder]);
    await done(runner.run(['server', 'info']));
  });

  test('64 without a key and without a terminal to ask on', async () => {
    await using server = await startServer();
    using runner = commandRunner();
    expect(errorOf(await done(runner.run(['server', 'info', '--json']), 64))).toMatchObject({
      code: 'no_key',
    });
    await done(runner.run(['server', 'info', '--host', 'a b']), 64);
    const mute = await done(runner.run(['login', 'anna', ...place(server)]), 64);
    expect(mute.err).toContain('--password-stdin');
    await done(runner.run(['whoami', '--server', 'nowhere']), 2);
  });

  test('results are shown in the language that was asked for; the document and the exit code are the same', async () => {
    const { server, anna } = await signedIn();
    await using _server = server;
    using _anna = anna;
    await done(anna.run(['users', 'create', 'boris']));
    for (const words of [
      ['whoami'],
      ['profile', 'get'],
      ['sessions', 'list'],
      ['history'],
      ['verify'],
      ['users', 'list'],
      ['users', 'list', '--search', 'zzz'],
      ['users', 'list', '--limit', '1'],
      ['users', 'get', 'boris'],
      ['clients', 'list'],
      ['servers', 'list'],
      ['users', 'resume', 'boris'],
      ['users', 'get', 'nobody'],
    ]) {
      const english = await anna.run([...words, '--lang', 'en']);
      const russian = await anna.run([...words, '--lang', 'ru']);
      expect([words, english.out + english.err]).toEqual([words, expect.not.stringMatching(/[а-я]/)]);
      expect([words, russian.out + russian.err]).toEqual([words, expect.stringMatching(/[а-яА-Я]{2}/)]);
      const documents = [];
      for (const lang of ['en', 'ru']) {
        const { code, out } = await anna.run([...words, '--lang', lang, '--json']);
        documents.push([code, out]);
      }
      // The server's answer, but for what the asking itself changes.
      const still = ([code, out]: (number | string | null)[]): unknown[] => [
        code,
        String(out).replace(/"(last_\w+_at|expires_at)": \d+/g, '"$1"'),
      ];
      expect(still(documents[0]!)).toEqual(still(documents[1]!));
    }
  });

  test('the language of the settings wins over the locale, --lang over both', async () => {
    await using server = await startServer();
    using runner = commandRunner(place(server));
    mkdirSync(join(runner.config_home, 'portcullis'), { mode: 0o700 });
    writeFileSync(join(runner.config_home, 'portcullis/tui.json'), '{"language": "ru"}');
    const env = { LANG: 'en_US.UTF-8' };
    expect((await done(runner.run(['server', 'info'], { env }))).out).toContain('регистрация');
    expect((await done(runner.run(['server', 'info', '--lang', 'en'], { env }))).out).toContain(
      'registration',
    );
  });

  test('problems are said in the language of the locale; the document stays as the server said it', async () => {
    await using server = await startServer();
    using runner = commandRunner(place(server));
    const told = await done(
      runner.run(['login', 'anna', '--password-stdin', '--json'], {
        stdin: PASSWORD,
        env: { LANG: 'ru_RU.UTF-8' },
      }),
      1,
    );
    expect(told.err).toMatch(/[а-я]/);
    const words = ['--lang', 'ru', 'login', 'anna', '--password-stdin'];
    expect((await runner.run(words, { stdin: PASSWORD })).err).toBe(told.err);
    await done(runner.run(['whoami', '--lang', 'tlh']), 64);
    expect(errorOf(told)).toMatchObject({
      code: 'invalid_credentials',
      error: 'Wrong account name or password.',
    });
  });
});

describe('terminals and secrets', () => {
  test('a prompt shows nothing of what is typed, asks twice for a new password, and leaves no trace in the arguments', async () => {
    await using server = await startServer();
    await using tui = startTui({ args: ['register', 'anna', ...place(server)] });
    await tui.sees('Password:');
    const args = readFileSync(`/proc/${tui.pid}/cmdline`, 'utf8');
    tui.write(`${PASSWORD}x\x7f\r`);
    await tui.sees('Password, again:');
    tui.write('something else\r');
    await tui.sees(/differ[^]*Password:/);
    tui.write(`${PASSWORD}\r`);
    await tui.sees(/differ[^]*Password, again:/);
    tui.write(`${PASSWORD}\r`);
    await tui.sees('Signed in as anna.');
    expect(await tui.exited).toBe(0);
    expect(tui.raw()).not.toContain('horse');
    expect(args).not.toContain('horse');
    expect(tui.raw()).not.toContain('\x1b[');
  });

  test('Ctrl+C at a prompt is 130 and gives the terminal back', async () => {
    await using server = await startServer();
    await using tui = startTui({ args: ['login', 'anna', ...place(server)] });
    await tui.sees('Password:');
    tui.write('half\x03');
    expect(await tui.exited).toBe(130);
    // The program is gone before the terminal has drawn its last words.
    await tui.sees('Cancelled.');
  });

  test('text of others reaches neither terminal nor pipe as more than text', async () => {
    const { server, anna } = await signedIn();
    await using _server = server;
    using _anna = anna;
    const evil = 'a\u202Eb\u200Bc';
    await done(anna.run(['profile', 'set', `first_name=${evil}`]));
    const shown = await done(anna.run(['profile', 'get']));
    expect(shown.out).toContain('a·b·c');
    const json = await done(anna.run(['profile', 'get', '--json']));
    expect(json.out).toContain('a\\u202eb\\u200bc');
    expect(json.json()).toMatchObject({ account: { first_name: evil } });
  });

  test('a reader that has seen enough is no fault', async () => {
    const { server, anna } = await signedIn();
    await using _server = server;
    using _anna = anna;
    const program = join(import.meta.dirname, '../../bin/auth-tui.js');
    const child = spawn(process.execPath, [program, 'users', 'list', '--json', ...place(server)], {
      env: { PATH: process.env['PATH'] ?? '', XDG_CONFIG_HOME: anna.config_home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    expect([code, err]).toEqual([0, '']);
  });
});

test('a command loads neither React nor Ink', async () => {
  await using server = await startServer();
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-loads-'));
  // Every chunk of the program is compiled as a script.
  const hook = join(folder, 'hook.cjs');
  writeFileSync(
    hook,
    `const vm = require('node:vm'); const { Script } = vm;
    vm.Script = class extends Script {
      constructor(text, options) { super(text, options); process.stderr.write(options.filename + '\\n'); }
    };`,
  );
  const program = join(import.meta.dirname, '../../bin/auth-tui.js');
  const child = spawn(process.execPath, ['--require', hook, program, 'server', 'info', ...place(server)], {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nowhere' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let loaded = '';
  child.stderr.on('data', (chunk: Buffer) => (loaded += chunk.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  rmSync(folder, { recursive: true });
  const chunks = loaded.trim().split('\n');
  expect(chunks.length).toBeGreaterThan(1);
  for (const path of chunks) {
    const text = readFileSync(path, 'utf8');
    expect([basename(path), /react\.transitional\.element|yoga/i.test(text)]).toEqual([
      basename(path),
      false,
    ]);
  }
});
