/**
 * Every command of auth-server in a table of outcomes, and what both programs do where standard output can't take a result:
 * streams and exit codes as a shell sees them. A command that is not in the table doesn't compile, nor does an exit code of which
 * nobody says to what it can happen.
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS, type CommandName } from '../../src/server/commands/command_line.js';
import { EXIT } from '../../src/server/commands/exit_codes.js';
import { commandRunner } from '../support/auth_tui.js';
import { openBeside } from '../support/database.js';
import { databaseOf, environmentFor, onSqlite } from '../support/engine.js';
import { freshDatabase, type FreshDatabase } from '../support/fresh_database.js';
import { authServer, type Outcome } from '../support/program.js';
import { registered } from '../support/raw_peer.js';
import { startServer, temporaryFolder, type TestServer } from '../support/server.js';

const ROOT = join(import.meta.dirname, '../..');
const NO_KEY = 'k_00000000000000000000';

let server: TestServer;
let empty: string;
/** A folder whose server has stopped. */
let unserved: string;
/** A folder of keys that a database belongs to: one that is missing or, where it is no file, that is of a newer release. */
let keysAlone: string;
const databases: FreshDatabase[] = [];
let count = 0;
const made: string[] = [];

beforeAll(async () => {
  server = await startServer();
  empty = temporaryFolder();
  unserved = temporaryFolder();
  await (await startServer({ data_folder: unserved })).stop();
  keysAlone = temporaryFolder();
  cpSync(join(unserved, 'client_key.json'), join(keysAlone, 'client_key.json'));
  if ((await databaseOf(keysAlone)) !== null) {
    using db = openBeside(keysAlone);
    db.exec("INSERT INTO migrations VALUES (999, 'future', 'x', 0)");
  }
  await using _anna = await registered(server, 'anna');
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  for (const database of databases) await database[Symbol.asyncDispose]();
  for (const folder of [empty, unserved, keysAlone, ...made]) rmSync(folder, { recursive: true });
});

const run = (folder: string, words: readonly string[]): Promise<Outcome> =>
  authServer([...words, '--data', folder]);

/** A move from the engine of this run into a new database of the other. */
async function newTarget(): Promise<readonly string[]> {
  if (!onSqlite('from there into a PostgreSQL, and the other way round')) {
    rmSync(join(unserved, 'portcullis.db'), { force: true });
    return ['move', '--to', 'sqlite'];
  }
  const database = await freshDatabase({ empty: true });
  databases.push(database);
  const { password, href } = new URL(database.url);
  const file = join(unserved, 'database_password');
  writeFileSync(file, password, { mode: 0o600 });
  return ['move', '--to', href.replace(`:${password}@`, '@'), '--to-password-file', file];
}

async function newKey(): Promise<string> {
  const { out } = await run(server.data_folder, ['client', 'create', `key ${(count += 1)}`, '--json']);
  return (JSON.parse(out) as { client_key: { key_id: string } }).client_key.key_id;
}

type Row = {
  readonly done: () => Promise<readonly string[]> | readonly string[];
  readonly out: RegExp;
  readonly err?: RegExp;
  readonly keys: readonly string[];
  /** Whose folder it is done on, where it can't be the server's. */
  readonly folder?: () => string;
  /** A folder whose database can't be used, where one without a database can. */
  readonly unusable?: () => string;
  /** Arguments of something that there is none of. */
  readonly missing?: readonly string[];
};

const STRING = /^portcullis:\/\/\S+key=k_\w{20}\.[\w-]{43}\S*\n$/;
const KEY_SHOWN = ['client_key', 'connection_key', 'connection_string', 'key'];
const LOOPBACK = 'auth-server: The server listens on this machine alone: .*\\n';

/** Runs a line of a shell; the server under test is in this process, so nothing may block it. */
async function shell(line: string, more: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  using runner = commandRunner();
  const { config_home: home } = runner;
  const child = spawn('bash', ['-c', line], {
    cwd: home,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      XDG_CONFIG_HOME: home,
      NODE: process.execPath,
      TUI: join(ROOT, 'bin/auth-tui.js'),
      SERVER: join(ROOT, 'bin/auth-server.js'),
      DATA: server.data_folder,
      ...more,
      ...environmentFor(more['DATA'] ?? server.data_folder),
      PLACE: `--host ${server.host} --port ${server.port} --data ${server.data_folder}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}

/** With a server on the folder: what it needs beyond that is in its row. */
const TABLE: Readonly<Record<CommandName, Row>> = {
  'client create': {
    done: () => ['client', 'create', `key ${(count += 1)}`],
    out: STRING,
    err: new RegExp(`^auth-server: Made the client key .* It is shown this once; .*\\n${LOOPBACK}$`),
    keys: KEY_SHOWN,
  },
  'client list': {
    done: () => ['client', 'list'],
    out: /^(?:(?:local|k_\w{20}) {2,}\S.*\n)+$/,
    keys: ['client_keys'],
  },
  'client rotate': {
    done: async () => ['client', 'rotate', await newKey()],
    out: STRING,
    err: new RegExp(`^auth-server: The old key is valid until .*\\n${LOOPBACK}$`),
    keys: KEY_SHOWN,
    missing: ['client', 'rotate', NO_KEY],
  },
  'client revoke': {
    done: async () => ['client', 'revoke', await newKey()],
    out: /^Revoked the client key .*\n$/,
    keys: ['client_key'],
    missing: ['client', 'revoke', NO_KEY],
  },
  unlock: {
    done: () => ['unlock', 'anna'],
    out: /^Forgot 0 wrong guesses at anna\..*\n$/,
    keys: ['account_id', 'account_name', 'failures'],
    missing: ['unlock', 'nobody'],
  },
  recover: {
    done: () => ['recover', 'anna'],
    out: /^pcc_[\w-]{43}\n$/,
    err: /^auth-server: With this code the owner of anna .*\nauth-server: Until then nothing changes\..*\n$/,
    keys: ['account_id', 'account_name', 'code', 'code_expires_at'],
    missing: ['recover', 'nobody'],
  },
  move: {
    done: newTarget,
    folder: () => unserved,
    out: /^Moved (?:\S+portcullis\.db to the database .*|the database .* to \S+portcullis\.db)\. Both sides hold the same \(rows and SHA-256; whole with --json\):\n(?:.*\n)+$/,
    keys: ['from', 'next', 'tables', 'to'],
  },
  'migrate plan': {
    done: () => ['migrate', 'plan'],
    out: /^The schema of (?:\S+portcullis\.db|the database '\w+' on \S+) is version (\d+) of \1: nothing is pending\.\n$/,
    keys: ['database', 'engine', 'pending', 'schema_version', 'schema_version_known'],
    unusable: () => keysAlone,
  },
  doctor: { done: () => ['doctor'], out: /^(?:(?:ok {5}|warning) .+\n)+$/, keys: ['checks', 'ok'] },
};

/** A failure for people, and the same for programs. */
function expectFailure(plain: Outcome, json: Outcome, exit: number, code: string): void {
  expect(plain).toEqual({ code: exit, out: '', err: expect.stringMatching(/^auth-server: [^\n]+\n$/) });
  expect([json.code, json.err]).toEqual([exit, plain.err]);
  expect(JSON.parse(json.out)).toEqual({ code, error: expect.any(String) });
}

test('the table holds every command', () => {
  expect(Object.keys(TABLE).sort()).toEqual(Object.keys(COMMANDS).sort());
});

type Case = {
  /** Whether it can happen to a command. */
  readonly happens: (name: CommandName) => boolean;
  readonly provoke: (name: CommandName) => Promise<void>;
};

/** What the doctor finds to be well; the PostgreSQL of the tests keeps nothing on a disk, and that is a fault to it. */
const mayBeWell = (name: CommandName): boolean =>
  name !== 'doctor' || onSqlite('what is acknowledged is on a disk');
/** What a command that has to open the database is told; the doctor tells of everything itself. */
const opensDatabase = (name: CommandName): boolean => name !== 'doctor';

/** Every exit code, to which commands it can happen, and how. One that is missing doesn't compile. */
const OUTCOMES: Readonly<Record<keyof typeof EXIT, Case>> = {
  ok: {
    happens: mayBeWell,
    provoke: async (name) => {
      const { done, out, err, keys, folder = () => server.data_folder } = TABLE[name];
      expect(await run(folder(), await done())).toEqual({
        code: 0,
        out: expect.stringMatching(out),
        err: err === undefined ? '' : expect.stringMatching(err),
      });
      const json = await run(folder(), [...(await done()), '--json']);
      expect([json.code, json.err]).toEqual([0, '']);
      expect(Object.keys(JSON.parse(json.out) as object).sort()).toEqual(keys);
    },
  },
  refused: {
    happens: (name) => TABLE[name].missing !== undefined || name === 'doctor',
    provoke: async (name) => {
      const { missing } = TABLE[name];
      if (missing === undefined) {
        const [plain, json] = [await run(empty, [name]), await run(empty, [name, '--json'])];
        expect([plain.code, plain.err, json.code, json.err]).toEqual([1, '', 1, '']);
        expect(JSON.parse(json.out)).toMatchObject({ ok: false });
        return;
      }
      const folder = server.data_folder;
      expectFailure(await run(folder, missing), await run(folder, [...missing, '--json']), 1, 'not_found');
    },
  },
  usage: {
    happens: () => true,
    provoke: async (name) => {
      const words = [...name.split(' '), '--frob'];
      expectFailure(await run(empty, words), await run(empty, [...words, '--json']), 64, 'usage');
    },
  },
  unavailable: {
    happens: opensDatabase,
    provoke: async (name) => {
      const { missing, done, unusable = () => empty } = TABLE[name];
      const words = missing ?? (await done());
      expectFailure(
        await run(unusable(), words),
        await run(unusable(), [...words, '--json']),
        69,
        'storage_unavailable',
      );
    },
  },
  fault: {
    happens: () => true,
    provoke: async (name) => {
      // In whatever is asked for its first file.
      const plant = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(PLANTED)}` };
      const words = [...name.split(' '), ...FAULTY_ARGUMENTS[name], '--data', server.data_folder];
      const plain = await authServer(words, plant);
      expect(plain).toMatchObject({ code: 70, out: '', err: expect.stringContaining('planted fault') });
      const json = await authServer([...words, '--json'], plant);
      expect([json.code, JSON.parse(json.out)]).toMatchObject([70, { code: 'fault' }]);
    },
  },
  // A command never makes the folder: it says that there is no database in it.
  cannot_create: { happens: () => false, provoke: () => Promise.resolve() },
  not_written: {
    happens: (name) => existsSync('/dev/full') && mayBeWell(name),
    provoke: async (name) => {
      const { done, folder = () => server.data_folder } = TABLE[name];
      for (const more of ['', ' --json']) {
        const words = (await done()).map((word) => `'${word}'`).join(' ');
        const { code, out, err } = await shell(
          `"$NODE" "$SERVER" ${words}${more} --data "$DATA" > /dev/full`,
          { DATA: folder() },
        );
        expect([code, out]).toEqual([74, '']);
        expect(err).toMatch(/auth-server: The result could not be written \(ENOSPC\)\.[^\n]*\n$/);
      }
    },
  },
};

const PLANTED = `
  import process from 'node:process';
  const umask = process.umask;
  process.umask = (mask) => { if (mask === 0o077) throw new Error('planted fault'); return umask(mask); };
`;
/** Arguments that get a command past its command line. */
const FAULTY_ARGUMENTS: Readonly<Record<CommandName, readonly string[]>> = {
  'client create': ['x'],
  'client list': [],
  'client rotate': [NO_KEY],
  'client revoke': [NO_KEY],
  unlock: ['anna'],
  recover: ['anna'],
  move: ['--to', 'postgres://anna@127.0.0.1/anna'],
  'migrate plan': [],
  doctor: [],
};

// The commands whose names are in the table alone.
const NAMES = Object.keys(TABLE) as CommandName[];

describe.each(NAMES)('auth-server %s', (name) => {
  test.each(
    Object.entries(OUTCOMES)
      .filter(([, { happens }]) => happens(name))
      .map(([outcome, { provoke }]) => [outcome, provoke] as const),
  )('%s', async (_outcome, provoke) => {
    await provoke(name);
  });
  test('help is a text, or a document', async () => {
    const help = await authServer([...name.split(' '), '--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    const json = await authServer([...name.split(' '), '--help', '--json']);
    expect([json.code, JSON.parse(json.out)]).toEqual([0, { help: help.out }]);
  });
});

/** The server itself, as an outcome has it: the line for programs, sentences on standard error, and its end. */
const SERVING: Readonly<Record<keyof typeof EXIT, null | (() => Promise<Outcome>)>> = {
  ok: async () => {
    const folder = temporaryFolder();
    made.push(folder);
    // Told to stop when its line is there.
    const stopped = await shell(
      'mkfifo line; "$NODE" "$SERVER" --port 0 --log-level silent --data "$DATA" > line & ' +
        'read -r READY < line; echo "$READY"; kill -TERM $!; wait $!',
      { DATA: folder },
    );
    expect(JSON.parse(stopped.out)).toMatchObject({ ready: true, data: folder });
    return { ...stopped, out: '' };
  },
  // It is asked for nothing that it could refuse.
  refused: null,
  usage: () => authServer(['--regstration', 'closed']),
  unavailable: () => run(empty, ['--port', String(server.port), '--log-level', 'silent']),
  fault: () =>
    authServer(['--port', '0', '--data', empty], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(PLANTED)}`,
    }),
  cannot_create: () => authServer(['--port', '0', '--data', join(ROOT, 'package.json', 'x')]),
  // Its one line is for whoever started it; nobody's reading is no reason to stop.
  not_written: null,
};

describe('auth-server itself', () => {
  test.each(
    Object.entries(SERVING).flatMap(([outcome, ended]) =>
      ended === null ? [] : [[outcome, EXIT[outcome as keyof typeof EXIT], ended] as const],
    ),
  )('%s: %i', async (outcome, exit, ended) => {
    const { code, out, err } = await ended();
    expect([code, out]).toEqual([exit, '']);
    if (outcome === 'ok') expect(err).toBe('');
    else if (outcome === 'fault') expect(err).toContain('planted fault');
    else expect(err).toMatch(/^auth-server: [^\n]+\n$/);
  });
});

test('a key that no server runs for is shown as key id, dot, key', async () => {
  const alone = await startServer();
  await alone.stop();
  const { code, out, err } = await run(alone.data_folder, ['client', 'create', 'ci']);
  expect([code, out]).toEqual([0, expect.stringMatching(/^k_\w{20}\.[\w-]{43}\n$/)]);
  expect(err).toContain('key id, a dot and the key');
  await alone[Symbol.asyncDispose]();
});

describe('where a result can not go', () => {
  // The full device of Linux.
  const full = existsSync('/dev/full');
  test.each(
    [
      '"$NODE" "$TUI" server info $PLACE',
      '"$NODE" "$TUI" server info --json $PLACE',
      '"$NODE" "$TUI" help',
      '"$NODE" "$TUI" --help',
      '"$NODE" "$TUI" --version',
      '"$NODE" "$SERVER" client list --data "$DATA"',
      '"$NODE" "$SERVER" client create full --json --data "$DATA"',
      '"$NODE" "$SERVER" --help',
      '"$NODE" "$SERVER" --version',
    ].filter(() => full),
  )('%s: a full device is told, 74', async (line) => {
    expect(await shell(`${line} > /dev/full`)).toEqual({
      code: 74,
      out: '',
      err: expect.stringMatching(
        /^(auth-tui|auth-server): The result could not be written \(ENOSPC\)\.[^\n]*\n$/,
      ),
    });
  });
  test('a failure keeps its own exit code', async () => {
    expect(await shell('"$NODE" "$TUI" frob x --json > /dev/full')).toMatchObject({ code: 64 });
  });
  test.each([
    ['"$NODE" "$TUI" help | head -1; echo ${PIPESTATUS[0]}', /^Usage: auth-tui COMMAND \[options\]\n0\n$/],
    ['"$NODE" "$TUI" server info $PLACE | true; echo ${PIPESTATUS[0]}', /^0\n$/],
    ['"$NODE" "$TUI" frob x --json | true; echo ${PIPESTATUS[0]}', /^64\n$/],
    ['"$NODE" "$TUI" frob x 2>&1 | true; echo ${PIPESTATUS[0]}', /^64\n$/],
    ['"$NODE" "$SERVER" --help | head -1; echo ${PIPESTATUS[0]}', /^auth-server: .*\n0\n$/],
    ['"$NODE" "$SERVER" client list --data "$DATA" | true; echo ${PIPESTATUS[0]}', /^0\n$/],
    ['"$NODE" "$SERVER" frob 2>&1 | true; echo ${PIPESTATUS[0]}', /^64\n$/],
  ])('%s: a reader that has seen enough is no failure', async (line, out) => {
    const ran = await shell(line);
    expect(ran.out).toMatch(out);
    expect(ran.err.replace(/^auth-tui: There is no such command.*\n$/, '')).toBe('');
  });
  test('closed streams change nothing about the exit code', async () => {
    expect((await shell('"$NODE" "$TUI" frob x >&- 2>&-; echo $?')).out).toBe('64\n');
    expect((await shell('"$NODE" "$TUI" server info $PLACE 2>&- > /dev/null; echo $?')).out).toBe('0\n');
  });
});
