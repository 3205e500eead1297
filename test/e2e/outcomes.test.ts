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
import { DISCARD_WORDS } from '../../src/server/commands/keys.js';
import { commandRunner } from '../support/auth_tui.js';
import { CutProxy } from '../support/cut_proxy.js';
import { openBeside } from '../support/database.js';
import { databaseOf, environmentFor, onSqlite } from '../support/engine.js';
import { freshDatabase, postgresAvailable, type FreshDatabase } from '../support/fresh_database.js';
import { authServer, type Outcome } from '../support/program.js';
import { registered } from '../support/raw_peer.js';
import { ofToday } from '../support/runs.js';
import { startServer, temporaryFolder, type TestServer } from '../support/server.js';

const ROOT = join(import.meta.dirname, '../..');
const NO_KEY = 'k_00000000000000000000';

let server: TestServer;
let empty: string;
/** A folder whose server has stopped. */
let unserved: string;
/** A folder of keys that a database belongs to: one that is missing or, where it is no file, that is of a newer release. */
let keysAlone: string;
/** A file where a folder has to be. */
let noFolder: string;
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
  noFolder = join(keysAlone, 'file');
  writeFileSync(noFolder, '');
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

/** A new database: how it is named, and the private file with its password. */
async function newDatabase(
  options: { readonly empty?: true } = {},
): Promise<{ url: string; file: string; database: FreshDatabase }> {
  const database = await freshDatabase(options);
  databases.push(database);
  const { password, href } = new URL(database.url);
  const file = join(unserved, 'database_password');
  writeFileSync(file, password, { mode: 0o600 });
  return { url: href.replace(`:${password}@`, '@'), file, database };
}

/** A move from the engine of this run into a new database of the other. */
async function newTarget(): Promise<readonly string[]> {
  if (!onSqlite('from there into a PostgreSQL, and the other way round')) {
    rmSync(join(unserved, 'portcullis.db'), { force: true });
    return ['move', '--to', 'sqlite'];
  }
  const { url, file } = await newDatabase({ empty: true });
  return ['move', '--to', url, '--to-password-file', file];
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
  'client update': {
    done: async () => ['client', 'update', await newKey(), '--may', 'tokens.verify,permissions.check'],
    out: /^The client key .* may now: permissions\.check, tokens\.verify\.\n$/,
    keys: ['client_key'],
    missing: ['client', 'update', NO_KEY, '--may', 'none'],
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
  'keys list': {
    done: () => ['keys', 'list'],
    out: /^KEY +PURPOSE +STATE +MADE +MASTER KEY\n(?:r_\w{20} +\w+ +current +\d{4}-\d\d-\d\d {2}\S{8}\n){3}$/,
    err: /^auth-server: The master key in the data folder is \S{8}\.\n$/,
    keys: ['keys', 'master_id'],
  },
  'keys rotate-master': {
    done: () => ['keys', 'rotate-master'],
    out: /^3 keys are sealed under the new master key \S{8}\. .*\n$/,
    keys: ['keys', 'master_id'],
  },
  'keys discard': {
    done: () => ['keys', 'discard', '--confirm', DISCARD_WORDS],
    out: /^3 keys were taken out of the database\. .*\n$/,
    keys: ['keys'],
    folder: () => unserved,
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

/** True where an outcome can happen to a command; else why it can't, as the end of a sentence. */
type Possible = true | `because ${string}`;

type Case = {
  readonly can: (name: CommandName) => Possible;
  readonly provoke: (name: CommandName) => Promise<void>;
  /** Calls a command where it would happen if it could; on an empty folder unless told. */
  readonly tried?: (name: CommandName) => Promise<Outcome>;
};

const always = (): true => true;
const when = (can: boolean, because: string): Possible => can || `because ${because}`;
/** A command line that is right, whatever there is in the folder. */
const wellFormed = (name: CommandName): readonly string[] => [...name.split(' '), ...FAULTY_ARGUMENTS[name]];

/** What the doctor finds to be well; the PostgreSQL of the tests keeps nothing on a disk, and that is a fault to it. */
const mayBeWell = (name: CommandName): Possible =>
  when(
    name !== 'doctor' || onSqlite('what is acknowledged is on a disk'),
    'the PostgreSQL of the tests keeps nothing on a disk',
  );
/** What a command that has to open the database is told; the doctor tells of everything itself. */
const opensDatabase = (name: CommandName): boolean => name !== 'doctor';

/** Every exit code: how it is provoked, or why it can't happen to a command. One that is missing doesn't compile. */
const OUTCOMES: Readonly<Record<keyof typeof EXIT, Case>> = {
  ok: {
    can: mayBeWell,
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
    can: (name) =>
      when(
        TABLE[name].missing !== undefined || name === 'doctor' || name === 'move',
        'nothing is asked of it that could be refused',
      ),
    provoke: async (name) => {
      const { missing } = TABLE[name];
      if (name === 'move') {
        // Once more to where everything is already.
        const words = await newTarget();
        expect(await run(unserved, words)).toMatchObject({ code: 0 });
        expectFailure(await run(unserved, words), await run(unserved, [...words, '--json']), 1, 'not_empty');
        return;
      }
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
    can: always,
    provoke: async (name) => {
      const words = [...name.split(' '), '--frob'];
      expectFailure(await run(empty, words), await run(empty, [...words, '--json']), 64, 'usage');
    },
  },
  unavailable: {
    can: (name) => when(opensDatabase(name), 'it tells of everything itself, the database among it'),
    provoke: async (name) => {
      const { missing, done, unusable = () => empty } = TABLE[name];
      const words = missing ?? (await done());
      expectFailure(
        await run(unusable(), words),
        await run(unusable(), [...words, '--json']),
        69,
        'storage_unavailable',
      );
      // Who looks at a PostgreSQL only needs no folder, and who moves away from one is told something else.
      if ((name === 'migrate plan' || name === 'move') && !onSqlite('the database is in the folder')) return;
      const at = wellFormed(name);
      expectFailure(
        await run(noFolder, at),
        await run(noFolder, [...at, '--json']),
        69,
        'storage_unavailable',
      );
    },
  },
  fault: {
    can: always,
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
  cannot_create: {
    can: () => 'because a folder that can not be used is a database that can not: 69',
    tried: (name) => run(noFolder, wellFormed(name)),
    provoke: () => Promise.resolve(),
  },
  not_written: {
    can: (name) =>
      existsSync('/dev/full') ? mayBeWell(name) : 'because there is no device here that is always full',
    tried: (name) => run(empty, [...name.split(' '), '--help']),
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
/** When somebody presses Ctrl+C, as code that is loaded first: the signal comes while the program is loaded, and at its first file. */
const MOMENTS: Readonly<Record<string, string>> = {
  'while it is loaded': `
    import process from 'node:process';
    const on = process.on;
    process.on = function (name, ...more) {
      const done = on.call(process, name, ...more);
      if (name === 'SIGHUP') process.kill(process.pid, 'SIGINT');
      return done;
    };
  `,
  'while it works': `
    import process from 'node:process';
    const umask = process.umask;
    process.umask = (mask) => { process.kill(process.pid, 'SIGINT'); return umask(mask); };
  `,
};
/** Arguments that get a command past its command line. */
const FAULTY_ARGUMENTS: Readonly<Record<CommandName, readonly string[]>> = {
  'client create': ['x'],
  'client list': [],
  'client update': [NO_KEY, '--may', 'none'],
  'client rotate': [NO_KEY],
  'client revoke': [NO_KEY],
  unlock: ['anna'],
  recover: ['anna'],
  move: ['--to', 'postgres://anna@127.0.0.1/anna'],
  'keys list': [],
  'keys rotate-master': [],
  'keys discard': ['--confirm', DISCARD_WORDS],
  'migrate plan': [],
  doctor: [],
};

// The commands whose names are in the table alone.
const NAMES = Object.keys(TABLE) as CommandName[];

/** What a start or an end of the program decides, and hardly the command: of a third of them each day. */
const OF_THE_PROGRAM: ReadonlySet<string> = new Set([
  'usage',
  'fault',
  'cannot_create',
  'not_written',
] satisfies (keyof typeof EXIT)[]);
const TODAY: ReadonlySet<CommandName> = new Set(ofToday(NAMES));

describe.each(NAMES)('auth-server %s', (name) => {
  const outcomes = Object.entries(OUTCOMES).filter(
    ([outcome]) => TODAY.has(name) || !OF_THE_PROGRAM.has(outcome),
  );
  test.each(
    outcomes.map(([outcome, { can, provoke, tried }]) => {
      const possible = can(name);
      if (possible === true) return [outcome, () => provoke(name)] as const;
      const shown = async (): Promise<void> => {
        const { code } = await (tried?.(name) ?? run(empty, wellFormed(name)));
        expect(code).not.toBe(EXIT[outcome as keyof typeof EXIT]);
      };
      return [`${outcome} can't happen, ${possible}`, shown] as const;
    }),
  )('%s', async (_title, shown) => {
    await shown();
  });
  if (!TODAY.has(name)) return;
  test.each(Object.entries(MOMENTS))('Ctrl+C %s: ended by it, without a word', async (_when, planted) => {
    const plant = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(planted)}` };
    const line = `"$NODE" "$SERVER" ${wellFormed(name).join(' ')} --data "$DATA"; echo $?`;
    expect(await shell(line, plant)).toEqual({ code: 0, out: '130\n', err: '' });
  });
  test('help is a text, or a document', async () => {
    const help = await authServer([...name.split(' '), '--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    const json = await authServer([...name.split(' '), '--help', '--json']);
    expect([json.code, JSON.parse(json.out)]).toEqual([0, { help: help.out }]);
  });
});

/** What each command that writes is told where PostgreSQL is lost at its commit, and nobody can be asked whether it is done. */
const WRITING = NAMES.filter(
  (name) => !['client list', 'keys list', 'migrate plan', 'move', 'doctor'].includes(name),
);

// They mostly wait.
describe.skipIf(!postgresAvailable())('where PostgreSQL is lost', { concurrent: true }, () => {
  test.each(ofToday(WRITING))('at the commit of %s: told, 69', async (name) => {
    await using lost = await losable();
    const [plain, json] = [await lost.run(name), await lost.run(name, '--json')];
    expectFailure(plain, json, 69, 'outcome_unknown');
    expect(plain.err).toContain('is not known whether this was done');
  });
  test.each(ofToday(NAMES.filter((name) => opensDatabase(name) && name !== 'move')))(
    'before %s: told, 69',
    async (name) => {
      await using lost = await losable();
      lost.cut();
      expectFailure(await lost.run(name), await lost.run(name, '--json'), 69, 'storage_unavailable');
    },
  );
});

/** A PostgreSQL with a server's accounts that goes away at the commit of a command. */
async function losable(): Promise<
  AsyncDisposable & { run(name: CommandName, ...more: string[]): Promise<Outcome>; cut(): void }
> {
  const { url, database } = await newDatabase();
  const { hostname, port, password } = new URL(database.url);
  const proxy = await CutProxy.to(hostname, Number(port));
  const through = new URL(url);
  through.port = String(proxy.port);
  const folder = temporaryFolder();
  made.push(folder);
  const environment = { AUTH_DATABASE: through.href, PGPASSWORD: password };
  const key = await (async () => {
    await using first = await startServer({ data_folder: folder, database: database.url });
    await using _anna = await registered(first, 'anna');
    const { out } = await authServer(['client', 'create', 'ci', '--json', '--data', folder], environment);
    return (JSON.parse(out) as { client_key: { key_id: string } }).client_key.key_id;
  })();
  return {
    cut: () => proxy.cutAll(),
    run: async (name, ...more) => {
      const words = wellFormed(name).map((word) => (word === NO_KEY ? key : word));
      proxy.cutAt('before_commit', { stays: true });
      try {
        return await authServer([...words, ...more, '--data', folder], environment);
      } finally {
        if (proxy.cuts > 0) proxy.mend();
      }
    },
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}

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
