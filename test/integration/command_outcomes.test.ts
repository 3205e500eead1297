/**
 * Every command of auth-tui in a table of outcomes: what goes to standard output and to standard error, and the exit code,
 * for people and with --json. A command that is not in the table doesn't compile, nor does an exit code that nobody provokes; a
 * refusal that an entry of the contract names and no row has is told.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatConnectionString } from '../../src/client/index.js';
import { accessOf, ACTIONS, ownErrorsOfSpec, type ErrorCode } from '../../src/protocol/index.js';
import type { CommandSpec } from '../../src/tui/commands/command.js';
import { COMMANDS } from '../../src/tui/commands/commands.js';
import { EXIT, exitCodeOf } from '../../src/tui/commands/exit_codes.js';
import { runCommandLine } from '../../src/tui/commands/run.js';
import type { CommandName } from '../../src/tui/commands/words/index.js';
import { keys, lines, NO_INPUT } from '../support/no_input.js';
import { startServer, type TestServer } from '../support/server.js';

const PASSWORD = 'correct horse battery';
const SECOND = 'staple gun on a tuesday';
const SECRET = {
  code: /^pcc_[\w-]{43}$/,
  string: /^portcullis:\/\/\S+key=k_\w{20}\.[\w-]{43}\S*$/,
  token: /^[\w-]+\.[\w-]+\.[\w-]+$/,
};
/** Wherever one may stand in a line. */
const ANY_SECRET = /pcc_[\w-]{43}|key=k_\w{20}\.[\w-]{43}|eyJ[\w-]+\.[\w-]+\.[\w-]+/;
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

  async run(
    words: readonly string[],
    input: readonly string[] = [],
    more: Pick<Call, 'typed' | 'full'> = {},
  ): Promise<Ran> {
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
        stdin: more.typed === undefined ? lines(input.join('\n')) : keys(more.typed),
        stdout: {
          write: (text) => (out += text),
          settled: () => Promise.resolve(more.full === true ? 'ENOSPC' : null),
        },
        stderr: { write: (text) => (err += text) },
      },
    });
    // Whatever becomes of it: a secret is never repeated, and a new one stands on standard output alone.
    expect(err).not.toMatch(ANY_SECRET);
    expect(input.filter((line) => `${out}${err}`.includes(line))).toEqual([]);
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

type Call = {
  readonly words: readonly string[];
  readonly input?: readonly string[];
  /** Keys of somebody who sits at a terminal. */
  readonly typed?: string;
  /** Standard output takes nothing. */
  readonly full?: boolean;
};

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
  /** What can't be done; each exit code that its actions can be refused with needs one. */
  readonly refused: null | Refused | readonly Refused[];
};

/** Something that can't be done, with its exit code and the document's code. */
type Refused = {
  readonly call: (world: World) => Call | Promise<Call>;
  readonly exit: number;
  readonly code: string;
};

const fields = (...labels: string[]): RegExp =>
  new RegExp(`^${labels.map((label) => `${label} +\\S.*\n(?:.+\n)*?`).join('')}$`);
const rows = (...titles: string[]): RegExp => new RegExp(`^${titles.join(' +')}.*\n(?:.+\n)+$`);
const ACCOUNT = fields('login', 'id', 'name', 'e-mail').source.replace('$', '');
const account = new RegExp(`${ACCOUNT}(?:.+\n)+$`);
const one = (call: Call) => (): Call => call;
const notFound = (words: readonly string[]): Refused => ({
  call: one({ words }),
  exit: 2,
  code: 'not_found',
});
const lastOne = (...words: string[]): Refused => ({
  call: one({ words }),
  exit: 1,
  code: 'last_administrator',
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
/** A role of its own, which permits one thing. */
const newRole = async ({ admin }: World): Promise<string> => {
  const role = freshName();
  await admin.must(['roles', 'create', role, 'wiki:write']);
  return role;
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
    refused: [
      { call: toOther('users', 'create'), exit: 1, code: 'account_name_taken' },
      {
        call: () => ({ words: ['users', 'create', freshName(), '--role', 'nobodys'] }),
        exit: 2,
        code: 'not_found',
      },
    ],
  },
  'users set': {
    who: 'admin',
    done: async ({ other }) => ({ words: ['users', 'set', await other(), 'first_name=Anna'] }),
    out: account,
    keys: ['user'],
    refused: [
      notFound(['users', 'set', NO_ID, 'first_name=Anna']),
      {
        call: async ({ other }) => ({ words: ['users', 'set', await other(), 'phone=x'] }),
        exit: 1,
        code: 'invalid_params',
      },
    ],
  },
  'users suspend': {
    who: 'admin',
    done: toOther('users', 'suspend'),
    out: /^person\d+ is suspended\. 0 sessions ended\.\n$/,
    keys: ['ended_sessions', 'user'],
    refused: [notFound(['users', 'suspend', NO_ID]), lastOne('users', 'suspend', 'admin')],
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
    refused: [
      notFound(['users', 'resume', NO_ID]),
      { call: toOther('users', 'resume'), exit: 1, code: 'wrong_status' },
    ],
  },
  'users delete': {
    who: 'admin',
    done: async ({ other }) => {
      const name = await other();
      return { words: ['users', 'delete', name, '--yes', name] };
    },
    out: /^a_\w{20} is deleted\. 0 sessions ended\.\n$/,
    keys: ['account_id', 'ended_sessions'],
    refused: [
      notFound(['users', 'delete', NO_ID, '--yes', NO_ID]),
      lastOne('users', 'delete', 'admin', '--yes', 'admin'),
    ],
  },
  'users role-give': {
    who: 'admin',
    done: async ({ other }) => ({ words: ['users', 'role-give', await other(), 'moderator'] }),
    out: /^person\d+: (?=.*moderator)[a-z, ]+\n$/,
    keys: ['user'],
    refused: [
      notFound(['users', 'role-give', NO_ID, 'moderator']),
      {
        call: async ({ other, admin: by }) => {
          const name = await other();
          await by.must(['users', 'role-give', name, 'moderator']);
          return { words: ['users', 'role-give', name, 'moderator'] };
        },
        exit: 1,
        code: 'wrong_status',
      },
    ],
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
    refused: [
      notFound(['users', 'role-take', NO_ID, 'moderator']),
      lastOne('users', 'role-take', 'admin', 'admin'),
    ],
  },
  'users may': {
    who: 'admin',
    done: one({ words: ['users', 'may', 'admin', 'read', 'wiki:write'] }),
    out: /^read yes user\nwiki:write yes admin\n$/,
    keys: ['answers'],
    refused: notFound(['users', 'may', 'nobody.of.this.name', 'read']),
  },
  'users clear-throttle': {
    who: 'admin',
    done: toOther('users', 'clear-throttle'),
    out: /^0 wrong guesses forgotten\.\n$/,
    keys: ['account_id', 'failures'],
    refused: notFound(['users', 'clear-throttle', NO_ID]),
  },
  'roles list': {
    who: 'admin',
    done: one({ words: ['roles', 'list'] }),
    out: rows('ROLE', 'CHANGED', 'PERMITS', 'FOR'),
    keys: ['roles'],
    refused: null,
  },
  'roles permissions': {
    who: 'admin',
    done: one({ words: ['roles', 'permissions'] }),
    out: rows('PERMISSION', 'ROLES', 'MEANING'),
    keys: ['permissions'],
    refused: null,
  },
  'roles create': {
    who: 'admin',
    done: () => ({
      words: ['roles', 'create', freshName(), 'wiki:write', 'users.read', '--description', 'writes'],
    }),
    out: /^person\d+: users\.read wiki:write\n$/,
    keys: ['role'],
    refused: { call: one({ words: ['roles', 'create', 'user'] }), exit: 1, code: 'role_taken' },
  },
  'roles give': {
    who: 'admin',
    done: async (world) => ({ words: ['roles', 'give', await newRole(world), 'wiki:read', 'read'] }),
    out: /^person\d+: read wiki:read wiki:write\n$/,
    keys: ['role'],
    refused: [
      notFound(['roles', 'give', 'nobodys', 'wiki:write']),
      { call: one({ words: ['roles', 'give', 'user', 'wiki:write'] }), exit: 1, code: 'role_built_in' },
    ],
  },
  'roles take': {
    who: 'admin',
    done: async (world) => ({ words: ['roles', 'take', await newRole(world), 'wiki:write'] }),
    out: /^person\d+: -\n$/,
    keys: ['role'],
    refused: [
      notFound(['roles', 'take', 'nobodys', 'wiki:write']),
      { call: one({ words: ['roles', 'take', 'user', 'read'] }), exit: 1, code: 'role_built_in' },
    ],
  },
  'roles describe': {
    who: 'admin',
    done: async (world) => ({ words: ['roles', 'describe', await newRole(world), 'writes the wiki'] }),
    out: /^person\d+: writes the wiki\n$/,
    keys: ['role'],
    refused: [
      notFound(['roles', 'describe', 'nobodys', 'x']),
      { call: one({ words: ['roles', 'describe', 'user', 'x'] }), exit: 1, code: 'role_built_in' },
    ],
  },
  'roles delete': {
    who: 'admin',
    done: async (world) => ({ words: ['roles', 'delete', await newRole(world)] }),
    out: /^The role person\d+ is deleted\.\n$/,
    keys: ['role'],
    refused: [
      notFound(['roles', 'delete', 'nobodys']),
      { call: one({ words: ['roles', 'delete', 'admin'] }), exit: 1, code: 'role_built_in' },
      {
        call: async (world) => {
          const role = await newRole(world);
          await world.admin.must(['users', 'role-give', await world.other(), role]);
          return { words: ['roles', 'delete', role] };
        },
        exit: 1,
        code: 'role_in_use',
      },
    ],
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
  'clients update': {
    who: 'admin',
    done: async (world) => ({ words: ['clients', 'update', await keyId(world), '--may', 'tokens.verify'] }),
    out: /^The client key person\d+ \(k_\w{20}\) may now: tokens\.verify\.\n$/,
    keys: ['client_key'],
    refused: notFound(['clients', 'update', NO_KEY, '--may', 'none']),
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
  'server keys': {
    who: 'nobody',
    done: one({ words: ['server', 'keys'] }),
    out: rows('KEY ID', 'ALGORITHM', 'PUBLIC KEY'),
    keys: ['keys'],
    refused: null,
  },
  'server stats': {
    who: 'admin',
    done: one({ words: ['server', 'stats'] }),
    out: fields(
      'up for',
      'connections',
      'requests',
      'event loop delay',
      'hashing',
      'commits',
      'database',
      'memory',
    ),
    keys: [
      'cached_sessions',
      'connections',
      'database',
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
/** A server that has one place for whoever isn't signed in. */
let full: TestServer;

beforeAll(async () => {
  server = await startServer();
  admin = new Desk(server);
  await admin.must(['register', 'admin'], [PASSWORD]);
  full = await startServer({ flags: { 'connections-per-address': '1' } });
  using desk = new Desk(full);
  await desk.must(['register', 'anna'], [PASSWORD]);
});
afterAll(async () => {
  admin[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
  await full[Symbol.asyncDispose]();
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
  const { words, input, ...rest } = await call({ desk, admin, name, other });
  return await desk.run([...words, ...more], rest.typed === undefined ? input : [], rest);
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

const fault = (error: Error): never => {
  throw error;
};

const refusalsOf = ({ refused }: Row): readonly Refused[] =>
  refused === null ? [] : 'call' in refused ? [refused] : refused;

/** What the actions of a command can refuse by their entries and the command can't bring about. */
const NEVER: Readonly<Partial<Record<CommandName, readonly ErrorCode[]>>> = {
  // A kept session belongs to the client key with which it began, and another one doesn't find it.
  token: ['client_key_wrong', 'not_found'],
};
/** Whoever begins a session asks on a connection of its own, on which nobody is. */
const NEVER_HERE: readonly ErrorCode[] = ['already_authenticated'];

/** Exit codes of what the actions of a command refuse beyond what every call can be told. */
const refusable = ({ name, actions }: CommandSpec): ReadonlySet<number> =>
  new Set(
    actions
      .flatMap((action) => ownErrorsOfSpec(ACTIONS[action]))
      .filter((code) => ![...NEVER_HERE, ...(NEVER[name] ?? [])].includes(code))
      .map(exitCodeOf),
  );

const asksServer = ({ session, actions }: CommandSpec): boolean => session !== 'none' || actions.length > 0;
const needsPermission = ({ actions }: CommandSpec): boolean =>
  actions.some((action) => accessOf(ACTIONS[action].access).permission !== null);
const leastOf = ({ args }: CommandSpec): readonly string[] =>
  args.filter(({ optional }) => optional !== true).map(() => 'first_name=x');
/** What a command takes before it asks a server. */
const plainCall = (command: CommandSpec): Call => ({
  words: valid(command.name, [...command.name.split(' '), ...leastOf(command)]),
  input: inputOf(command.name),
});

/** Takes the only place that a server has for whoever isn't signed in. */
async function holdPlace({ host, port }: TestServer): Promise<Disposable> {
  const socket = connect({ host, port });
  socket.on('error', () => null);
  // Its challenge says that it has the place.
  await once(socket, 'data');
  return { [Symbol.dispose]: () => socket.destroy() };
}

/** True where an outcome can happen to a command; else why it can't, as the end of a sentence. */
type Possible = true | `because ${string}`;

type Outcome = {
  readonly can: (command: CommandSpec) => Possible;
  readonly provoke: (command: CommandSpec) => Promise<void>;
  /** Calls a command where it would happen if it could; unless told, where whoever may do most asks for what there is none of. */
  readonly tried?: (command: CommandSpec) => Promise<Ran>;
};

const when = (can: boolean, because: string): Possible => can || `because ${because}`;
const always = (): true => true;
const calls = ({ actions }: CommandSpec): string =>
  actions.length === 0 ? 'it asks no server' : `${actions.join(' and ')} can not be refused so`;
/** A row may know more than the contract. */
const hasRow = ({ name }: CommandSpec, exit: number): boolean =>
  refusalsOf(TABLE[name]).some((one) => one.exit === exit);

/** Refusals that a row has, with this exit code. */
async function provokeRows({ name }: CommandSpec, exit: number): Promise<void> {
  const { who } = TABLE[name];
  for (const { call, code } of refusalsOf(TABLE[name]).filter((one) => one.exit === exit))
    expectFailure(await at(who, call), await at(who, call, '--json'), exit, code);
}

/** Refusals that a row has to have, with this exit code. */
const refusal = (exit: number): Outcome => ({
  can: (command) => when(refusable(command).has(exit) || hasRow(command, exit), calls(command)),
  provoke: async (command) => {
    expect(hasRow(command, exit)).toBe(true);
    await provokeRows(command, exit);
  },
});

/** Every exit code: how it is provoked, or why it can't happen to a command. One that is missing doesn't compile. */
const OUTCOMES: Readonly<Record<keyof typeof EXIT, Outcome>> = {
  ok: {
    can: always,
    provoke: async ({ name }) => {
      const { who, done, out, err, keys } = TABLE[name];
      // Whoever sits at a terminal is asked for nothing that is not among what is asked for.
      const plain = await at(who, async (world) => ({
        ...(await done(world)),
        ...(asksAt(name) ? {} : { typed: '\x03' }),
      }));
      expect([plain.code, plain.out, plain.err]).toEqual([
        0,
        expect.stringMatching(out),
        err === undefined ? '' : expect.stringMatching(err),
      ]);
      const json = await at(who, done, '--json');
      expect([json.code, json.err]).toEqual([0, '']);
      expect(Object.keys(documentOf(json)).sort()).toEqual(keys);
    },
  },
  refused: refusal(EXIT.refused),
  not_found: refusal(EXIT.not_found),
  usage: {
    can: always,
    provoke: async (command) => {
      const words = [...command.name.split(' '), ...leastOf(command), '--frob'];
      const [plain, json] = [one({ words }), one({ words: [...words, '--json'] })];
      expectFailure(await at('nobody', plain), await at('nobody', json), 64, 'usage');
      await provokeRows(command, EXIT.usage);
    },
  },
  unreachable: {
    can: (command) => when(asksServer(command), 'it asks no server'),
    tried: async (command) => {
      await using gone = await startServer();
      using desk = new Desk(gone);
      await desk.must(['register', 'anna'], [PASSWORD]);
      await gone.stop();
      const { words, input } = plainCall(command);
      return await desk.run(words, input);
    },
    provoke: async (command) => {
      await using gone = await startServer();
      using desk = new Desk(gone);
      await desk.must(['register', 'anna'], [PASSWORD]);
      await gone.stop();
      const { words, input } = plainCall(command);
      const plain = await desk.run(words, input);
      const json = await desk.run([...words, '--json'], input);
      // What is forgotten here is forgotten, whoever can be told of it.
      if (command.name === 'accounts forget') {
        expect(plain).toEqual({ code: 0, out: 'anna is forgotten.\n', err: '' });
        expect([json.code, codeOf(json)]).toEqual([77, 'unauthenticated']);
      } else {
        expectFailure(plain, json, 69, 'unreachable');
        // Where nobody answers is told in every language.
        const { err } = await desk.run([...words, '--lang', 'ru'], input);
        expect([plain.err, err]).toEqual([
          `auth-tui: Nothing listens at ${gone.host}, port ${gone.port}.\n`,
          `auth-tui: ${gone.host}, порт ${gone.port}: никто не отвечает, сервер не запущен или адрес не тот.\n`,
        ]);
      }
    },
  },
  fault: {
    can: always,
    provoke: async (command) => {
      const planted = new Error('planted');
      let [out, err] = ['', ''];
      const running = runCommandLine({
        argv: [...plainCall(command).words, '--json'],
        // The first that is read of it.
        env: new Proxy({}, { get: () => fault(planted) }),
        version: '0.0.0-test',
        language: 'en',
        streams: {
          stdin: NO_INPUT,
          stdout: { write: (text) => (out += text) },
          stderr: { write: (text) => (err += text) },
        },
      });
      // The program ends with 70 then, and shows what it was.
      await expect(running).rejects.toBe(planted);
      expect([JSON.parse(out), err]).toMatchObject([{ error: { code: 'fault' } }, '']);
    },
  },
  not_written: {
    can: always,
    provoke: async ({ name }) => {
      const { who, done } = TABLE[name];
      const told = /auth-tui: The result could not be written \(ENOSPC\)\.[^\n]*\n$/;
      for (const more of [[], ['--json']]) {
        const { code, err } = await at(
          who,
          async (world) => ({ ...(await done(world)), full: true }),
          ...more,
        );
        expect([code, err]).toEqual([74, expect.stringMatching(told)]);
      }
    },
  },
  temporary: {
    can: (command) => when(asksServer(command), 'it asks no server'),
    tried: async (command) => {
      using desk = new Desk(full);
      await desk.must(['login', 'anna'], [PASSWORD]);
      using _held = await holdPlace(full);
      const { words, input } = plainCall(command);
      return await desk.run(words, input);
    },
    provoke: async (command) => {
      using desk = new Desk(full);
      await desk.must(['login', 'anna'], [PASSWORD]);
      using _held = await holdPlace(full);
      const { words, input } = plainCall(command);
      const plain = await desk.run(words, input);
      const json = await desk.run([...words, '--json'], input);
      if (command.name === 'accounts forget') expect([plain.code, json.code]).toEqual([0, 77]);
      else expectFailure(plain, json, 75, 'too_many_connections');
    },
  },
  not_allowed: {
    can: (command) =>
      when(
        command.session !== 'none' || needsPermission(command) || hasRow(command, EXIT.not_allowed),
        'nobody has to be signed in for it',
      ),
    provoke: async (command) => {
      await provokeRows(command, EXIT.not_allowed);
      if (command.session === 'none' && !needsPermission(command)) return;
      const { name } = command;
      const { words, input = [] } = plainCall(command);
      const json_words = [...words, '--json'];
      expectFailure(
        await at('nobody', () => ({ words, input })),
        await at('nobody', () => ({ words: json_words, input })),
        77,
        'unauthenticated',
      );
      const after = async ({ desk }: World): Promise<Call> => {
        const { session: own } = JSON.parse(await desk.must(['whoami', '--json'])) as {
          session: { session_id: string };
        };
        await desk.must(['sessions', 'end', own.session_id]);
        return { words, input };
      };
      const [plain, json] = [await at('own', after), await at('own', after, '--json')];
      // Signing out of a session that is over is what was wanted.
      if (name === 'logout') expect([plain.code, json.code, json.out]).toEqual([0, 0, '{}\n']);
      // It tells of a token, whosever it is, and that one is told.
      else if (name === 'verify') expect([plain.code, json.code, plain.out]).toEqual([1, 1, 'not active\n']);
      else expectFailure(plain, json, 77, name === 'token' ? codeOf(json) : 'session_invalid');
      if (needsPermission(command))
        expectFailure(
          await at('own', () => ({ words, input })),
          await at('own', () => ({ words: json_words, input })),
          77,
          'forbidden',
        );
    },
  },
  cancelled: {
    // Whatever signs in for one call alone asks, too.
    can: ({ name, session }) => when(asksAt(name) || session === 'account', 'it asks nothing'),
    tried: async (command) => {
      const { words } = plainCall(command);
      return await at('own', () => ({ words, typed: '\x03' }));
    },
    provoke: async (command) => {
      const asking = plainCall(command).words;
      for (const words of [
        ...(asksAt(command.name) ? [asking] : []),
        ...(command.session === 'account' ? [[...asking, '--account', 'anna']] : []),
      ]) {
        const typed = { words, typed: '\x03' };
        const plain = await at('own', () => typed);
        const json = await at('own', () => typed, '--json');
        // The prompt and the end of its line are on standard error, where the sentence stands as well.
        expect([plain.code, plain.out, plain.err]).toEqual([
          130,
          '',
          expect.stringMatching(/^[^\n]+: \nauth-tui: Cancelled\.\n$/),
        ]);
        expect([json.code, codeOf(json), json.err]).toEqual([130, 'cancelled', plain.err]);
      }
    },
  },
};

/** Commands that ask for something where somebody sits at a terminal; the others are run with one and ask for nothing. */
const ASKING: ReadonlySet<CommandName> = new Set(['register', 'login', 'redeem', 'password', 'servers add']);
const asksAt = (name: CommandName): boolean => ASKING.has(name);

describe.each(COMMANDS.map((command) => [command.name, command] as const))('%s', (_name, command) => {
  test.each(
    Object.entries(OUTCOMES).map(([outcome, { can, ...does }]) => {
      const possible = can(command);
      return possible === true
        ? ([outcome, outcome, () => does.provoke(command)] as const)
        : ([
            `${outcome} can't happen, ${possible}`,
            outcome,
            () => neverEndsWith(command, does, outcome),
          ] as const);
    }),
  )('%s', async (_title, _outcome, shown) => {
    await shown();
  });
});

/** Asserts that a command ends otherwise, also where others end so. */
async function neverEndsWith(
  command: CommandSpec,
  { tried }: Pick<Outcome, 'tried'>,
  outcome: string,
): Promise<void> {
  const ran = await (tried?.(command) ?? at(TABLE[command.name].who, () => plainCall(command)));
  expect(ran.code).not.toBe(EXIT[outcome as keyof typeof EXIT]);
}

const codeOf = (ran: Ran): string => {
  const { error } = documentOf(ran) as { error: { code: string } };
  return error.code;
};

/** Words that a command takes before it asks a server. */
function valid(name: CommandName, words: readonly string[]): readonly string[] {
  switch (name) {
    case 'sessions end':
      return ['sessions', 'end', NO_SESSION];
    case 'clients update':
      return ['clients', 'update', NO_KEY, '--may', 'none'];
    case 'clients rotate':
    case 'clients revoke':
      return [...name.split(' '), NO_KEY];
    case 'users may':
      return ['users', 'may', 'anna', 'wiki:write'];
    case 'users role-give':
    case 'users role-take':
      return [...name.split(' '), NO_ID, 'moderator'];
    case 'roles create':
    case 'roles describe':
    case 'roles delete':
      return [...name.split(' '), 'editor'];
    case 'roles give':
    case 'roles take':
      return [...name.split(' '), 'editor', 'wiki:write'];
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
  if (name === 'servers add') return [formatConnectionString(server.address)];
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
  test('where several are kept, who was not allowed to is named, and how to be another', async () => {
    using desk = new Desk(server);
    const [first, second] = [freshName(), freshName()];
    for (const name of [first, second]) await desk.must(['register', name], [PASSWORD]);
    const asked = ['users', 'list'];
    expect((await desk.run(asked)).err).toBe(
      `auth-tui: You may not do that. It was asked as ${second}, who was used last here; --as NAME asks as somebody else.\n`,
    );
    // Whoever named one knows.
    expect((await desk.run([...asked, '--as', first])).err).toBe('auth-tui: You may not do that.\n');
    const json = await desk.run([...asked, '--json', '--as', second]);
    expect([json.code, codeOf(json)]).toEqual([77, 'forbidden']);
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
