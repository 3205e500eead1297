/**
 * Every command of auth-tui in a table of outcomes: what goes to standard output and to standard error, and the exit code,
 * for people and with --json. A command that is not in the table doesn't compile.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatConnectionString } from '../../src/client/index.js';
import { COMMANDS } from '../../src/tui/commands/commands.js';
import { runCommandLine } from '../../src/tui/commands/run.js';
import type { CommandName } from '../../src/tui/commands/words/index.js';
import { lines } from '../support/no_input.js';
import { startServer, type TestServer } from '../support/server.js';

const PASSWORD = 'correct horse battery';
const SECOND = 'staple gun on a tuesday';
const SECRET = {
  code: /^pcc_[\w-]{43}$/,
  string: /^portcullis:\/\/\S+key=k_\w{20}\.[\w-]{43}\S*$/,
  token: /^[\w-]+\.[\w-]+\.[\w-]+$/,
};
const NO_ID = 'a_00000000000000000000';
const NO_KEY = 'k_00000000000000000000';
const NO_SESSION = 's_00000000000000000000';

type Ran = { readonly code: number; readonly out: string; readonly err: string };

/** Somebody's keep: the folder in which the sessions of this machine are. */
class Desk implements Disposable {
  readonly #home = mkdtempSync(join(tmpdir(), 'portcullis-desk-'));
  readonly #server: TestServer;

  constructor(server: TestServer) {
    this.#server = server;
  }

  async run(words: readonly string[], input: readonly string[] = []): Promise<Ran> {
    const { host, port, data_folder } = this.#server;
    const place = words.includes('--server')
      ? []
      : ['--host', host, '--port', String(port), '--data', data_folder];
    let [out, err] = ['', ''];
    const code = await runCommandLine({
      argv: [...words, ...place, ...(input.length === 0 ? [] : ['--password-stdin'])],
      env: { XDG_CONFIG_HOME: this.#home },
      version: '0.0.0-test',
      language: 'en',
      streams: {
        stdin: lines(input.join('\n')),
        stdout: { write: (text) => (out += text) },
        stderr: { write: (text) => (err += text) },
      },
    });
    return { code, out, err };
  }

  /** As `run`, for what has to succeed on the way to a test. */
  async must(words: readonly string[], input: readonly string[] = []): Promise<string> {
    const { code, out, err } = await this.run(words, input);
    if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${err}`);
    return out.trim();
  }

  [Symbol.dispose](): void {
    rmSync(this.#home, { recursive: true, force: true });
  }
}

let count = 0;
const freshName = (): string => `person${(count += 1)}`;

/** What a row may use to make ready. */
type World = {
  readonly desk: Desk;
  readonly admin: Desk;
  /** Who is signed in at the desk. */
  readonly name: string;
  /** The name of a new account without a session. */
  readonly other: () => Promise<string>;
};

type Call = { readonly words: readonly string[]; readonly input?: readonly string[] };

type Row = {
  /** Who sits at the desk: `own` somebody just registered, `nobody` nobody. */
  readonly who: 'admin' | 'own' | 'nobody';
  readonly done: (world: World) => Call | Promise<Call>;
  /** All of standard output. */
  readonly out: RegExp;
  /** All of standard error; nothing unless told. */
  readonly err?: RegExp;
  /** Keys of the document. */
  readonly keys: readonly string[];
  /** Something that can't be done, with its exit code and the document's code. */
  readonly refused: null | {
    readonly call: (world: World) => Call | Promise<Call>;
    readonly exit: number;
    readonly code: string;
  };
};

const fields = (...labels: string[]): RegExp =>
  new RegExp(`^${labels.map((label) => `${label} +\\S.*\n(?:.+\n)*?`).join('')}$`);
const rows = (...titles: string[]): RegExp => new RegExp(`^${titles.join(' +')}.*\n(?:.+\n)+$`);
const ACCOUNT = fields('login', 'id', 'name', 'e-mail').source.replace('$', '');
const account = new RegExp(`${ACCOUNT}(?:.+\n)+$`);
const one = (call: Call) => (): Call => call;
const notFound = (words: readonly string[]): Row['refused'] => ({
  call: one({ words }),
  exit: 2,
  code: 'not_found',
});
const toOther =
  (...before: string[]) =>
  async ({ other }: World): Promise<Call> => ({ words: [...before, await other()] });
const keyId = async ({ admin }: World): Promise<string> => {
  const made = JSON.parse(await admin.must(['clients', 'create', freshName(), '--json'])) as {
    client_key: { key_id: string };
  };
  return made.client_key.key_id;
};
const isAlone = (secret: RegExp): RegExp => new RegExp(secret.source.replace(/\$$/, '\n$'));

const TABLE: Readonly<Record<CommandName, Row>> = {
  whoami: {
    who: 'own',
    done: one({ words: ['whoami'] }),
    out: fields('login', 'id', 'roles', 'may', 'session', 'since', 'ends'),
    keys: ['account', 'permissions', 'session'],
    refused: null,
  },
  register: {
    who: 'nobody',
    done: () => ({ words: ['register', freshName()], input: [PASSWORD] }),
    out: /^Signed in as \w+\..*\n$/,
    keys: ['account', 'session'],
    refused: {
      call: async ({ other }) => ({ words: ['register', await other()], input: [PASSWORD] }),
      exit: 1,
      code: 'account_name_taken',
    },
  },
  login: {
    who: 'own',
    done: ({ name }) => ({ words: ['login', name], input: [PASSWORD] }),
    out: /^Signed in as \w+\..*\n$/,
    keys: ['account', 'session'],
    refused: {
      call: ({ name }) => ({ words: ['login', name], input: [SECOND] }),
      exit: 1,
      code: 'invalid_credentials',
    },
  },
  logout: {
    who: 'own',
    done: one({ words: ['logout', '--all'] }),
    out: /^\w+ is signed out\. 1 session ended\.\n$/,
    keys: ['ended_sessions'],
    refused: null,
  },
  redeem: {
    who: 'nobody',
    done: async ({ admin }) => {
      const name = freshName();
      return { words: ['redeem', name], input: [await admin.must(['users', 'create', name]), PASSWORD] };
    },
    out: /^Signed in as \w+\..*\n$/,
    keys: ['account', 'session'],
    refused: {
      call: async ({ other }) => ({
        words: ['redeem', await other()],
        input: [`pcc_${'x'.repeat(43)}`, PASSWORD],
      }),
      exit: 1,
      code: 'code_invalid',
    },
  },
  'profile get': {
    who: 'own',
    done: one({ words: ['profile', 'get'] }),
    out: account,
    keys: ['account'],
    refused: null,
  },
  'profile set': {
    who: 'own',
    done: one({ words: ['profile', 'set', 'first_name=Anna'] }),
    out: account,
    keys: ['account'],
    refused: { call: one({ words: ['profile', 'set', 'phone=x'] }), exit: 1, code: 'invalid_params' },
  },
  password: {
    who: 'own',
    done: one({ words: ['password'], input: [PASSWORD, SECOND] }),
    out: /^Password changed\. 0 sessions ended\.\n$/,
    keys: ['ended_sessions'],
    refused: {
      call: one({ words: ['password'], input: [SECOND, PASSWORD] }),
      exit: 1,
      code: 'current_password_wrong',
    },
  },
  'sessions list': {
    who: 'own',
    done: one({ words: ['sessions', 'list'] }),
    out: rows('SESSION', 'WHICH', 'MACHINE'),
    keys: ['sessions'],
    refused: null,
  },
  'sessions end': {
    who: 'own',
    done: async ({ desk }) => {
      const { session } = JSON.parse(await desk.must(['whoami', '--json'])) as {
        session: { session_id: string };
      };
      return { words: ['sessions', 'end', session.session_id] };
    },
    out: /^s_\w{20} ended\.\n$/,
    keys: ['session_id'],
    refused: notFound(['sessions', 'end', NO_SESSION]),
  },
  'sessions end-others': {
    who: 'own',
    done: one({ words: ['sessions', 'end-others'] }),
    out: /^0 sessions ended\.\n$/,
    keys: ['ended_sessions'],
    refused: null,
  },
  history: {
    who: 'own',
    done: one({ words: ['history'] }),
    out: rows('TIME', 'RESULT', 'HOW'),
    keys: ['entries', 'next_cursor'],
    refused: { call: one({ words: ['history', '--cursor', 'x'] }), exit: 1, code: 'invalid_params' },
  },
  token: {
    who: 'own',
    done: one({ words: ['token'] }),
    out: isAlone(SECRET.token),
    keys: ['access_token', 'access_token_expires_at', 'session_id'],
    refused: null,
  },
  verify: {
    who: 'own',
    done: one({ words: ['verify'] }),
    out: fields('active', 'kind', 'login', 'id', 'session', 'roles', 'may', 'ends'),
    keys: ['active', 'subject'],
    refused: null,
  },
  'accounts list': {
    who: 'own',
    done: one({ words: ['accounts', 'list'] }),
    out: rows('SERVER', 'LOGIN', 'WHICH', 'LAST'),
    keys: ['servers'],
    refused: null,
  },
  'accounts use': {
    who: 'own',
    done: ({ name }) => ({ words: ['accounts', 'use', name] }),
    out: /^Commands and the UI go on as person\d+\.\n$/,
    keys: ['account_id', 'account_name'],
    refused: { call: one({ words: ['accounts', 'use', 'nobody'] }), exit: 77, code: 'unauthenticated' },
  },
  'accounts forget': {
    who: 'own',
    done: ({ name }) => ({ words: ['accounts', 'forget', name] }),
    out: /^person\d+ is forgotten\.\n$/,
    keys: ['account_id', 'account_name'],
    refused: { call: one({ words: ['accounts', 'forget', 'nobody'] }), exit: 77, code: 'unauthenticated' },
  },
  'users list': {
    who: 'admin',
    done: one({ words: ['users', 'list', '--limit', '2'] }),
    out: rows('LOGIN', 'NAME', 'E-MAIL'),
    err: /^2 of (?:more than )?\d+; --all shows all\n$/,
    keys: ['next_cursor', 'total', 'total_is_exact', 'users'],
    refused: { call: one({ words: ['users', 'list', '--cursor', 'x'] }), exit: 1, code: 'invalid_params' },
  },
  'users get': {
    who: 'admin',
    done: toOther('users', 'get'),
    out: account,
    keys: ['live_sessions', 'user'],
    refused: notFound(['users', 'get', 'nobody.of.this.name']),
  },
  'users create': {
    who: 'admin',
    done: () => ({ words: ['users', 'create', freshName()] }),
    out: isAlone(SECRET.code),
    err: /^person\d+ can choose a password until .* with this code, shown only now:\n$/,
    keys: ['code', 'code_expires_at', 'user'],
    refused: { call: toOther('users', 'create'), exit: 1, code: 'account_name_taken' },
  },
  'users set': {
    who: 'admin',
    done: async ({ other }) => ({ words: ['users', 'set', await other(), 'first_name=Anna'] }),
    out: account,
    keys: ['user'],
    refused: notFound(['users', 'set', NO_ID, 'first_name=Anna']),
  },
  'users suspend': {
    who: 'admin',
    done: toOther('users', 'suspend'),
    out: /^person\d+ is suspended\. 0 sessions ended\.\n$/,
    keys: ['ended_sessions', 'user'],
    refused: notFound(['users', 'suspend', NO_ID]),
  },
  'users resume': {
    who: 'admin',
    done: async ({ other, admin }) => {
      const name = await other();
      await admin.must(['users', 'suspend', name]);
      return { words: ['users', 'resume', name] };
    },
    out: /^person\d+ is no longer suspended.*\n$/,
    keys: ['user'],
    refused: { call: toOther('users', 'resume'), exit: 1, code: 'wrong_status' },
  },
  'users delete': {
    who: 'admin',
    done: async ({ other }) => {
      const name = await other();
      return { words: ['users', 'delete', name, '--yes', name] };
    },
    out: /^a_\w{20} is deleted\. 0 sessions ended\.\n$/,
    keys: ['account_id', 'ended_sessions'],
    refused: notFound(['users', 'delete', NO_ID, '--yes', NO_ID]),
  },
  'users role-give': {
    who: 'admin',
    done: async ({ other }) => ({ words: ['users', 'role-give', await other(), 'moderator'] }),
    out: /^person\d+: (?=.*moderator)[a-z, ]+\n$/,
    keys: ['user'],
    refused: notFound(['users', 'role-give', NO_ID, 'moderator']),
  },
  'users role-take': {
    who: 'admin',
    done: async ({ other, admin }) => {
      const name = await other();
      await admin.must(['users', 'role-give', name, 'moderator']);
      return { words: ['users', 'role-take', name, 'moderator'] };
    },
    out: /^person\d+: user\n$/,
    keys: ['user'],
    refused: notFound(['users', 'role-take', NO_ID, 'moderator']),
  },
  'users clear-throttle': {
    who: 'admin',
    done: toOther('users', 'clear-throttle'),
    out: /^0 wrong guesses forgotten\.\n$/,
    keys: ['account_id', 'failures'],
    refused: notFound(['users', 'clear-throttle', NO_ID]),
  },
  'clients list': {
    who: 'admin',
    done: one({ words: ['clients', 'list'] }),
    out: rows('KEY ID', 'NAME', 'STATUS'),
    keys: ['client_keys'],
    refused: null,
  },
  'clients create': {
    who: 'admin',
    done: () => ({ words: ['clients', 'create', freshName()] }),
    out: isAlone(SECRET.string),
    err: /^Made the client key “person\d+” \(k_\w{20}\)\. .*\n$/,
    keys: ['client_key', 'connection_key', 'key'],
    refused: { call: one({ words: ['clients', 'create', 'x'.repeat(99)] }), exit: 1, code: 'invalid_params' },
  },
  'clients rotate': {
    who: 'admin',
    done: async (world) => ({ words: ['clients', 'rotate', await keyId(world)] }),
    out: isAlone(SECRET.string),
    err: /^The old key is valid until .*\nMade the next key of .*\n$/,
    keys: ['client_key', 'connection_key', 'key'],
    refused: notFound(['clients', 'rotate', NO_KEY]),
  },
  'clients revoke': {
    who: 'admin',
    done: async (world) => ({ words: ['clients', 'revoke', await keyId(world)] }),
    out: /^The client key “person\d+” \(k_\w{20}\) is revoked; .*\n$/,
    keys: ['client_key'],
    refused: notFound(['clients', 'revoke', NO_KEY]),
  },
  'server info': {
    who: 'nobody',
    done: one({ words: ['server', 'info'] }),
    out: fields(
      'server',
      'version',
      'protocol',
      'its clock',
      'registration',
      'administrator',
      'password length',
    ),
    keys: [
      'password_length_min',
      'protocol',
      'registration_open',
      'server_name',
      'server_time_at',
      'server_version',
      'setup_required',
    ],
    refused: null,
  },
  'server stats': {
    who: 'admin',
    done: one({ words: ['server', 'stats'] }),
    out: fields('up for', 'connections', 'requests', 'event loop delay', 'hashing', 'commits', 'memory'),
    keys: [
      'cached_sessions',
      'connections',
      'event_loop_delay',
      'group_commit',
      'hashing',
      'latency',
      'memory',
      'requests',
      'uptime_ms',
    ],
    refused: null,
  },
  'servers list': {
    who: 'nobody',
    done: async ({ desk }) => {
      await desk.must(['servers', 'add'], [formatConnectionString(server.address)]);
      return { words: ['servers', 'list'] };
    },
    out: rows('NAME', 'ADDRESS', 'SECURED BY'),
    keys: ['servers'],
    refused: null,
  },
  'servers add': {
    who: 'nobody',
    done: () => ({ words: ['servers', 'add'], input: [formatConnectionString(server.address)] }),
    out: /^\S+:\d+ is known as \S+\.\n$/,
    keys: ['added_at', 'host', 'last_used_at', 'name', 'pin', 'port', 'tls'],
    refused: {
      call: one({ words: ['servers', 'add'], input: ['portcullis://x'] }),
      exit: 64,
      code: 'bad_address',
    },
  },
  'servers forget': {
    who: 'nobody',
    done: async ({ desk }) => {
      await desk.must(['servers', 'add', '--name', 'lab'], [formatConnectionString(server.address)]);
      return { words: ['servers', 'forget', 'lab'] };
    },
    out: /^lab is forgotten\.\n$/,
    keys: ['forgotten'],
    refused: { call: one({ words: ['servers', 'forget', 'none'] }), exit: 2, code: 'unknown_server' },
  },
};

let server: TestServer;
let admin: Desk;

beforeAll(async () => {
  server = await startServer();
  admin = new Desk(server);
  await admin.must(['register', 'admin'], [PASSWORD]);
});
afterAll(async () => {
  admin[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

const other = async (): Promise<string> => {
  const name = freshName();
  await admin.must(['users', 'create', name]);
  return name;
};

/** Gives a desk at which sits whoever a row wants, and runs what is asked for there. */
async function at(
  who: Row['who'],
  call: (world: World) => Call | Promise<Call>,
  ...more: string[]
): Promise<Ran> {
  using fresh = new Desk(server);
  const name = freshName();
  if (who === 'own') await fresh.must(['register', name], [PASSWORD]);
  const desk = who === 'admin' ? admin : fresh;
  const { words, input } = await call({ desk, admin, name, other });
  return await desk.run([...words, ...more], input);
}

const documentOf = ({ out }: Ran): Record<string, unknown> => {
  // One document, and nothing in front of it or behind.
  expect(out).toMatch(/^\{\n[^]*\n\}\n$|^\{\}\n$/);
  return JSON.parse(out) as Record<string, unknown>;
};

/** Asserts a failure as people and as programs are told of it. */
function expectFailure(plain: Ran, json: Ran, exit: number, code: string): void {
  expect([plain.code, plain.out, plain.err]).toEqual([
    exit,
    '',
    expect.stringMatching(/^auth-tui: [^\n]+\n$/),
  ]);
  // Each call is somebody else's.
  const nameless = (text: string): string => text.replaceAll(/person\d+/g, 'person');
  expect([json.code, nameless(json.err)]).toEqual([exit, nameless(plain.err)]);
  expect(Object.keys(documentOf(json))).toEqual(['error']);
  expect(documentOf(json)).toMatchObject({
    error: { code, error: expect.any(String), details: expect.any(Array) },
  });
}

test('the table holds every command', () => {
  expect(Object.keys(TABLE).sort()).toEqual(COMMANDS.map(({ name }) => name).sort());
});

describe.each(COMMANDS.map((command) => [command.name, command] as const))(
  '%s',
  (name, { session, actions, args }) => {
    const { who, done, out, err, keys, refused } = TABLE[name];
    const least = args.filter(({ optional }) => optional !== true).map(() => 'first_name=x');

    test('done: the result alone on standard output, what is said on standard error', async () => {
      const plain = await at(who, done);
      expect([plain.code, plain.out, plain.err]).toEqual([
        0,
        expect.stringMatching(out),
        err === undefined ? '' : expect.stringMatching(err),
      ]);
      const json = await at(who, done, '--json');
      expect([json.code, json.err]).toEqual([0, '']);
      expect(Object.keys(documentOf(json)).sort()).toEqual(keys);
    });
    test('not understood: 64', async () => {
      const words = [...name.split(' '), ...least, '--frob'];
      expectFailure(
        await at('nobody', one({ words })),
        await at('nobody', one({ words: [...words, '--json'] })),
        64,
        'usage',
      );
    });
    if (refused !== null)
      test('refused: its own exit code, nothing on standard output', async () => {
        expectFailure(
          await at(who, refused.call),
          await at(who, refused.call, '--json'),
          refused.exit,
          refused.code,
        );
      });
    if (session !== 'none')
      test('nobody signed in, or the session has ended: 77', async () => {
        const words = [...name.split(' '), ...least];
        const input = inputOf(name);
        const call = valid(name, words);
        expectFailure(
          await at('nobody', () => ({ words: call, input })),
          await at('nobody', () => ({ words: [...call, '--json'], input })),
          77,
          'unauthenticated',
        );
        const after = async ({ desk }: World): Promise<Call> => {
          const { session: own } = JSON.parse(await desk.must(['whoami', '--json'])) as {
            session: { session_id: string };
          };
          await desk.must(['sessions', 'end', own.session_id]);
          return { words: call, input };
        };
        const [plain, json] = [await at('own', after), await at('own', after, '--json')];
        // Signing out of a session that is over is what was wanted.
        if (name === 'logout') expect([plain.code, json.code, json.out]).toEqual([0, 0, '{}\n']);
        // It tells of a token, whosever it is, and that one is told.
        else if (name === 'verify')
          expect([plain.code, json.code, plain.out]).toEqual([1, 1, 'not active\n']);
        else expectFailure(plain, json, 77, name === 'token' ? codeOf(json) : 'session_invalid');
      });
    if (actions.length > 0)
      test('no server: 69', async () => {
        await using gone = await startServer();
        using desk = new Desk(gone);
        await desk.must(['register', 'anna'], [PASSWORD]);
        await gone.stop();
        const words = valid(name, [...name.split(' '), ...least]);
        const plain = await desk.run(words, inputOf(name));
        const json = await desk.run([...words, '--json'], inputOf(name));
        // What is forgotten here is forgotten, whoever can be told of it.
        if (name === 'accounts forget') {
          expect(plain).toEqual({ code: 0, out: 'anna is forgotten.\n', err: '' });
          expect([json.code, codeOf(json)]).toEqual([77, 'unauthenticated']);
        } else expectFailure(plain, json, 69, 'unreachable');
      });
  },
);

const codeOf = (ran: Ran): string => {
  const { error } = documentOf(ran) as { error: { code: string } };
  return error.code;
};

/** Words that a command takes before it asks a server. */
function valid(name: CommandName, words: readonly string[]): readonly string[] {
  switch (name) {
    case 'sessions end':
      return ['sessions', 'end', NO_SESSION];
    case 'clients rotate':
    case 'clients revoke':
      return [...name.split(' '), NO_KEY];
    case 'users role-give':
    case 'users role-take':
      return [...name.split(' '), NO_ID, 'moderator'];
    case 'accounts forget':
      return ['accounts', 'forget', 'anna'];
    case 'users delete':
      return ['users', 'delete', NO_ID, '--yes', NO_ID];
    default:
      return words;
  }
}

/** Lines that a command takes before it asks a server. */
function inputOf(name: CommandName): readonly string[] {
  if (name === 'register' || name === 'login') return [PASSWORD];
  return name === 'password' || name === 'redeem' ? [PASSWORD, SECOND] : [];
}

describe('several accounts at once', () => {
  test('what was not done is said on standard error, and the exit code says so', async () => {
    const [one_name, other_name] = [await other(), await other()];
    const plain = await admin.run(['users', 'suspend', one_name, 'nobody.of.this.name', other_name]);
    expect(plain).toEqual({
      code: 2,
      out: `${one_name} is suspended. 0 sessions ended.\n${other_name} is suspended. 0 sessions ended.\n`,
      err: 'nobody.of.this.name: No account has this login.\n',
    });
    const json = await admin.run(['users', 'resume', one_name, 'nobody.of.this.name', '--json']);
    expect([json.code, json.err]).toEqual([2, '']);
    expect(documentOf(json)).toMatchObject({
      done: [{ user: { account_name: one_name } }],
      failed: [{ account: 'nobody.of.this.name', error: { code: 'not_found' } }],
    });
  });
  test('an empty list is nothing on standard output', async () => {
    expect(await admin.run(['users', 'list', '--search', 'zzzzzz'])).toEqual({
      code: 0,
      out: '',
      err: 'No account matches.\n',
    });
    using desk = new Desk(server);
    expect(await desk.run(['servers', 'list'])).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringContaining('No server is known'),
    });
  });
});
