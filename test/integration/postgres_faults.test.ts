/** What an operator is told about a PostgreSQL: by real ones wherever that can be had, by a scripted one where it can't. */
import { createServer, type AddressInfo } from 'node:net';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { readCommandLine, runCommand } from '../../src/server/commands/index.js';
import { checkAdministrator, checkClock } from '../../src/server/commands/check_database.js';
import { checkPostgres } from '../../src/server/commands/check_postgres.js';
import { systemClock } from '../../src/server/runtime/index.js';
import { SCHEMA_VERSION, Store, StoreOpenError } from '../../src/server/store/index.js';
import type { DatabaseAddress } from '../../src/server/store/postgres/address.js';
import { readDatabaseUrl } from '../../src/server/store/postgres/address.js';
import { connectedClient } from '../../src/server/store/postgres/client_class.js';
import { isUnavailable, openFault } from '../../src/server/store/postgres/faults.js';
import { probe } from '../../src/server/store/postgres/probe.js';
import { makeCertificate, type TestCertificate } from '../support/certificates.js';
import { freePort, startOwnPostgres, type OwnPostgres } from '../support/own_postgres.js';
import {
  ASK_PASSWORD,
  errorMessage,
  oneRow,
  pooler,
  scriptedPostgres,
  WELCOME,
} from '../support/postgres_wire.js';
import { temporaryFolder, WRITER_THREADS } from '../support/server.js';

const MARKER = 'MARKER-geheim';
const PASSWORD = 'right-password';

let postgres: OwnPostgres;
let authority: TestCertificate;
let served: TestCertificate;
let folder: string;

beforeAll(async () => {
  folder = temporaryFolder();
  authority = await makeCertificate({ hosts: [] });
  served = await makeCertificate({ hosts: ['localhost'], issuer: authority });
  const { certificate, key } = served;
  writeFileSync(join(folder, 'ca.pem'), authority.certificate);
  writeFileSync(join(folder, 'other.pem'), (await makeCertificate({ hosts: [] })).certificate);
  postgres = await startOwnPostgres({
    certificate,
    key,
    hba: [
      'hostssl tls_only all 127.0.0.1/32 scram-sha-256',
      'host tls_only all all reject',
      'host all shut all reject',
      'host all open_door 127.0.0.1/32 trust',
      'host all all 127.0.0.1/32 scram-sha-256',
      'local all all scram-sha-256',
    ],
  });
  const role = (name: string, more = ''): string =>
    `CREATE ROLE ${name} LOGIN PASSWORD '${PASSWORD}' ${more}`;
  await postgres.run(
    'postgres',
    role('app'),
    role('stranger'),
    role('shut'),
    role('open_door'),
    role('few', 'CONNECTION LIMIT 0'),
    `CREATE ROLE kept_out NOLOGIN PASSWORD '${PASSWORD}'`,
    'CREATE DATABASE auth OWNER app',
    'CREATE DATABASE tls_only OWNER app',
    "CREATE DATABASE ascii OWNER app ENCODING 'SQL_ASCII' TEMPLATE template0",
    'CREATE DATABASE bare',
    'CREATE DATABASE closed',
    'REVOKE CONNECT ON DATABASE closed FROM public',
    'CREATE DATABASE read_only OWNER app',
    'ALTER DATABASE read_only SET default_transaction_read_only = on',
    'CREATE DATABASE ahead OWNER app',
    'CREATE DATABASE served OWNER app',
    'CREATE DATABASE changed OWNER app',
    "CREATE DATABASE all_wrong ENCODING 'SQL_ASCII' TEMPLATE template0",
  );
  for (const database of ['ahead', 'all_wrong'])
    await postgres.run(
      database,
      'CREATE TABLE migrations (version integer PRIMARY KEY)',
      'INSERT INTO migrations VALUES (1), (999)',
      'GRANT SELECT ON migrations TO public',
    );
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

type Where = {
  readonly user?: string;
  readonly password?: string;
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
  readonly query?: string;
  readonly plain_in_words?: boolean;
};

const urlOf = ({
  user = 'app',
  password = PASSWORD,
  host = '127.0.0.1',
  port = postgres.port,
  database = 'auth',
  query = '',
}: Where): string => `postgres://${user}:${password}@${host}:${port}/${database}${query}`;

function addressOf(where: Where): DatabaseAddress {
  const read = readDatabaseUrl(urlOf(where), { plain_in_words: where.plain_in_words ?? false });
  if ('fault' in read) throw new Error(read.fault);
  return read.address;
}

const ca = (name = 'ca.pem'): string =>
  `sslmode=verify-full&sslrootcert=${encodeURIComponent(join(folder, name))}`;

/** What probe says of the only thing that is wrong. */
async function only(where: Where): Promise<{ fault: string; says: string }> {
  const found = await probe(addressOf(where), SCHEMA_VERSION);
  expect(inspect(found, { depth: 9 })).not.toContain(MARKER);
  expect(found.faults).toHaveLength(1);
  const [error] = found.faults;
  return { fault: error!.fault, says: error!.message };
}

describe('a PostgreSQL that can be used', () => {
  test('by loopback, by its Unix socket, and by TLS', async () => {
    const here = await probe(addressOf({}), SCHEMA_VERSION);
    expect(here).toEqual({
      faults: [],
      version: expect.stringMatching(/^1[5-9]\./),
      encoding: 'UTF8',
      tls: null,
      may_create: true,
      read_only: false,
      pooled: false,
      schema_version: 0,
      undurable: ['fsync = off'],
      content: null,
    });
    const socket = addressOf({ host: encodeURIComponent(postgres.folder) });
    expect(await probe(socket, SCHEMA_VERSION)).toEqual(here);
    for (const database of ['auth', 'tls_only']) {
      const verified = await probe(
        addressOf({ host: 'localhost', database, query: `?${ca()}` }),
        SCHEMA_VERSION,
      );
      expect(verified).toEqual({ ...here, tls: 'TLSv1.3' });
    }
    // Every address of this machine, which could be another one: TLS unless said in words.
    const anywhere = addressOf({ host: '0.0.0.0', plain_in_words: true });
    expect(await probe(anywhere, SCHEMA_VERSION)).toEqual(here);
  });

  test('where the password is not asked for, none is needed', async () => {
    const address = addressOf({ user: 'open_door', password: '', database: 'auth' });
    expect(address.password).toBeNull();
    expect((await probe(address, SCHEMA_VERSION)).version).not.toBeNull();
  });
});

describe('what is wrong', () => {
  test.each<[string, Where, string, RegExp]>([
    [
      'a wrong password',
      { password: MARKER },
      'not_let_in',
      /does not take the password of user "app".*AUTH_DATABASE, PGPASSWORD/,
    ],
    [
      'no password',
      { password: '' },
      'not_let_in',
      /asks for the password of user "app", and none was given\. Give it in AUTH_DATABASE/,
    ],
    ['a user that is not there', { user: 'nobody', password: MARKER }, 'not_let_in', /or has no such user/],
    [
      'a user that may not log in',
      { user: 'kept_out' },
      'not_let_in',
      /not permitted to log in.*CREATE ROLE "kept_out" LOGIN/,
    ],
    [
      'no line in pg_hba.conf',
      { user: 'shut', host: 'localhost', query: '?CA' },
      'not_let_in',
      /pg_hba\.conf decides/,
    ],
    [
      'no line in pg_hba.conf, plainly',
      { user: 'shut' },
      'not_let_in',
      /else add a line to its pg_hba\.conf/,
    ],
    [
      'TLS only, spoken to plainly',
      { database: 'tls_only' },
      'not_let_in',
      /add `\?sslmode=verify-full` to --database/,
    ],
    [
      'no such database',
      { database: 'no"ne' },
      'no_database',
      /has no database "no""ne".*CREATE DATABASE "no""ne" OWNER "app" ENCODING 'UTF8'/,
    ],
    ['another encoding', { database: 'ascii' }, 'wrong_encoding', /encoding SQL_ASCII.*TEMPLATE template0;/],
    [
      'no right to make tables',
      { user: 'stranger', database: 'bare' },
      'no_right',
      /may not create tables.*GRANT CREATE ON SCHEMA public TO "stranger";/,
    ],
    [
      'no right to connect',
      { user: 'stranger', database: 'closed' },
      'no_right',
      /permission denied for database/,
    ],
    ['one that is only read', { database: 'read_only' }, 'unwritable', /can only be read/],
    [
      'a newer schema',
      { database: 'ahead' },
      'newer',
      new RegExp(`newer release \\(schema 999, this one knows ${SCHEMA_VERSION}\\)`),
    ],
    ['too many connections', { user: 'few' }, 'full', /too many connections/],
    [
      'a name that is none',
      { host: 'nowhere.invalid', query: '', plain_in_words: true },
      'unreachable',
      /nowhere\.invalid/,
    ],
    [
      'a port on which nothing listens',
      { port: 1 },
      'unreachable',
      /No PostgreSQL answers on 127\.0\.0\.1:1\./,
    ],
    [
      'a socket that is not there',
      { host: '%2Fnowhere' },
      'unreachable',
      /no PostgreSQL at the socket \/nowhere\/\.s\.PGSQL/,
    ],
  ])('%s', async (_what, where, fault, says) => {
    const told = await only({ ...where, query: where.query?.replace('CA', ca()) ?? '' });
    expect(told.fault).toBe(fault);
    expect(told.says).toMatch(says);
  });

  test('everything at once is told at once, in the order in which it is put right', async () => {
    const found = await probe(addressOf({ user: 'stranger', database: 'all_wrong' }), SCHEMA_VERSION);
    expect(found.faults.map(({ fault }) => fault)).toEqual(['wrong_encoding', 'newer', 'no_right']);
  });

  test('a client of a server that ends it, and one that comes while it stops', async () => {
    const address = addressOf({});
    const client = await connectedClient(address, 5_000);
    const superuser = await postgres.superuser('auth');
    const asked = client.query('SELECT pg_sleep(20)').catch((error: unknown) => error);
    await superuser.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
    const ended = await asked;
    expect(openFault(ended, address)).toMatchObject({ fault: 'not_ready' });
    expect(isUnavailable(ended)).toBe(true);
    const afterwards: unknown = await client.query('SELECT 1').catch((error: unknown) => error);
    expect(isUnavailable(afterwards)).toBe(true);
    await superuser.end();
  });
});

describe('TLS', () => {
  test.each<[string, Where, RegExp]>([
    [
      'an authority that nobody knows',
      { host: 'localhost', query: '?sslmode=verify-full' },
      /of no authority that is known here/,
    ],
    ['an address where TLS is a must', { host: '0.0.0.0' }, /of no authority that is known here/],
    ['another name', { host: '127.0.0.1', query: '?CA' }, /is for another name .*127\.0\.0\.1/],
    ['another authority', { host: 'localhost', query: '?OTHER' }, /of no authority that is known here/],
  ])('%s is refused, whatever the environment says', async (_what, where, says) => {
    const query = where.query?.replace('CA', ca()).replace('OTHER', ca('other.pem')) ?? '';
    for (const variables of [
      {},
      { PGSSLMODE: 'no-verify', NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      { PGSSLMODE: 'disable' },
    ]) {
      for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
      const told = await only({ ...where, query, password: MARKER });
      expect(told).toMatchObject({ fault: 'tls' });
      expect(told.says).toMatch(says);
      vi.unstubAllEnvs();
    }
  });

  test('variables of other programs lead nowhere else', async () => {
    const elsewhere = {
      PGHOST: '127.0.0.1',
      PGPORT: '1',
      PGUSER: 'other',
      PGDATABASE: 'other',
      PGREPLICATION: 'database',
    };
    const more = {
      PGOPTIONS: '-c search_path=other',
      PGSSLNEGOTIATION: 'direct',
      PGPASSFILE: join(folder, 'pgpass'),
    };
    writeFileSync(join(folder, 'pgpass'), `*:*:*:*:${PASSWORD}\n`, { mode: 0o600 });
    for (const [name, value] of Object.entries({ ...elsewhere, ...more })) vi.stubEnv(name, value);
    expect((await probe(addressOf({}), SCHEMA_VERSION)).faults).toEqual([]);
    // ~/.pgpass and its like are not looked into.
    expect(await only({ password: '' })).toMatchObject({ fault: 'not_let_in' });
  });

  afterEach(() => void vi.unstubAllEnvs());

  test('one that speaks none, and something that is no PostgreSQL', async () => {
    await using plain = await scriptedPostgres((type) => (type === '' ? Buffer.from('N') : null));
    const none = await only({ host: '0.0.0.0', port: plain.port });
    expect(none.fault).toBe('tls');
    expect(none.says).toMatch(/speaks no TLS\..*--database-insecure-plain everyone-may-read-the-database/);
    const here = await only({ port: plain.port, query: '?sslmode=verify-full' });
    expect(here.says).toMatch(/speaks no TLS\..*leave `sslmode` out/);
    await using other = await scriptedPostgres(() => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await only({ port: other.port, query: '?sslmode=verify-full' })).toMatchObject({
      fault: 'unreachable',
    });
  });
});

describe('a certificate of another time', () => {
  const DAY_MS = 86_400_000;
  const path = (): string => join(postgres.folder, 'data/server.crt');
  let before: Buffer;
  beforeAll(() => void (before = readFileSync(path())));
  afterAll(async () => {
    writeFileSync(path(), before);
    await postgres.run('postgres', 'SELECT pg_reload_conf()');
  });

  test.each([
    ['has expired', -2 * DAY_MS, -DAY_MS],
    ['is not valid yet', DAY_MS, 2 * DAY_MS],
  ])('%s', async (says, from, to) => {
    const now = Date.now();
    const { certificate } = await makeCertificate({
      hosts: ['localhost'],
      issuer: authority,
      private_key: served.private_key,
      from: now + from,
      to: now + to,
    });
    writeFileSync(path(), certificate);
    await postgres.run('postgres', 'SELECT pg_reload_conf()');
    const found = () => probe(addressOf({ host: 'localhost', query: `?${ca()}` }), SCHEMA_VERSION);
    await expect
      .poll(async () => (await found()).faults.map(({ message }) => message).join(), { timeout: 10_000 })
      .toContain(`certificate of the PostgreSQL on localhost:${postgres.port} ${says}.`);
    expect((await found()).faults).toMatchObject([{ fault: 'tls' }]);
  });
});

/** What a start says, which does nothing to the database then. */
async function start(where: Where): Promise<{ fault: string; says: string }> {
  const opened = await Store.openPostgres(addressOf(where), WRITER_THREADS, systemClock).catch(
    (error: unknown) => error,
  );
  if (opened instanceof StoreOpenError) return { fault: opened.fault, says: opened.message };
  if (opened instanceof Store) await opened.close();
  throw new Error('it was opened');
}

describe('a start, and a command beside a server, is refused with the sentence of the doctor', () => {
  const tables = async (database: string): Promise<number> => {
    const client = await postgres.superuser(database);
    const { rows } = await client.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'");
    await client.end();
    return rows.length;
  };

  test.each<[string, Where]>([
    ['wrong_encoding', { database: 'ascii' }],
    ['no_right', { user: 'stranger', database: 'bare' }],
    ['unwritable', { database: 'read_only' }],
    ['newer', { database: 'ahead' }],
    ['not_let_in', { password: MARKER }],
    ['no_database', { database: 'none' }],
    ['full', { user: 'few' }],
  ])('%s', async (fault, where) => {
    const told = await only(where);
    expect(told.fault).toBe(fault);
    expect(await start(where)).toEqual(told);
    await expect(Store.besidePostgres(addressOf(where))).rejects.toThrow(told.says);
  });
  test('and makes nothing in it', async () => {
    expect([await tables('ascii'), await tables('bare'), await tables('read_only')]).toEqual([0, 0, 0]);
  });

  test.each<['last_used' | 'in_turns', number]>([
    ['last_used', 3],
    ['in_turns', 5],
  ])('behind a pooler that lends out a connection for a transaction: %s of %i', async (lends, size) => {
    const path = join(postgres.folder, `.s.PGSQL.${postgres.port}`);
    await using between = await pooler(path, lends, size);
    expect((await start({ port: between.port })).fault).toBe('pooled');
    await expect(Store.besidePostgres(addressOf({ port: between.port }))).rejects.toThrow('pool_mode');
    expect(await tables('auth')).toBe(0);
  });

  test('a move away from it, too, which would leave its lock in the pool', async () => {
    const path = join(postgres.folder, `.s.PGSQL.${postgres.port}`);
    await using between = await pooler(path, 'last_used', 3);
    const data = join(folder, 'moved_to');
    const asked = readCommandLine(['move', '--to', 'sqlite', '--data', data]);
    if (!('json' in asked)) throw new Error('no command');
    const terminal = { out: () => undefined, complain: () => undefined };
    const environment = { AUTH_DATABASE: urlOf({ port: between.port }) };
    await expect(runCommand(asked, environment, terminal)).rejects.toThrow('pool_mode = session');
    expect(existsSync(data)).toBe(false);
  });

  test('a release that is too old', async () => {
    await using old = await scriptedPostgres((type) => {
      if (type === '') return WELCOME;
      return type === 'Q' ? oneRow({ number: 140_012, version: '14.12', encoding: 'UTF8' }) : null;
    });
    expect(await start({ port: old.port })).toEqual({
      fault: 'too_old',
      says: expect.stringContaining('is version 14.12; 15 or a newer one is needed'),
    });
  });

  test('another history', async () => {
    await (await Store.openPostgres(addressOf({ database: 'changed' }), WRITER_THREADS, systemClock)).close();
    await postgres.run('changed', "UPDATE migrations SET hash = 'x' WHERE version = 2");
    const told = await only({ database: 'changed' });
    expect(told.fault).toBe('changed_migration');
    expect(told.says).toContain('(schema step 2)');
    expect(await start({ database: 'changed' })).toEqual(told);
  });
});

describe('what can not be had from a real one', () => {
  const startsWith = (answer: Buffer) => scriptedPostgres((type) => (type === '' ? answer : undefined));

  test('a release that is too old is asked nothing that it may not know', async () => {
    const asked: string[] = [];
    await using old = await scriptedPostgres((type, bytes) => {
      if (type === '') return WELCOME;
      if (type !== 'Q') return null;
      asked.push(bytes.toString('utf8', 5));
      return oneRow({ number: 140_012, version: '14.12', encoding: 'UTF8' });
    });
    const told = await only({ port: old.port });
    expect(told.fault).toBe('too_old');
    expect(told.says).toMatch(/is version 14\.12; 15 or a newer one is needed/);
    expect(asked).toHaveLength(1);
  });

  test.each<[string, string, string, RegExp]>([
    [
      '57P03',
      'the database system is starting up',
      'not_ready',
      /\(the database system is starting up\)\. Try again/,
    ],
    ['57P03', 'the database system is shutting down', 'not_ready', /shutting down/],
    ['57P01', 'terminating connection due to administrator command', 'not_ready', /has ended the connection/],
    ['53300', 'sorry, too many clients already', 'full', /Raise max_connections/],
    ['53200', 'out of memory', 'full', /lacks memory/],
    ['08P01', 'unsupported startup parameter: client_encoding', 'pooled', /pool_mode = session/],
    [
      '28000',
      'no pg_hba.conf entry for host "10.0.0.1", user "app", database "auth", no encryption',
      'not_let_in',
      /sslmode=verify-full/,
    ],
    ['XX000', `who says ${MARKER} here\u001b[2J`, 'failed', /who says \[hidden\] here\\u\{1b\}/],
  ])('%s: %s', async (code, says, fault, sentence) => {
    await using server = await startsWith(errorMessage(code, says));
    const told = await only({ port: server.port, password: MARKER });
    expect(told.fault).toBe(fault);
    expect(told.says).toMatch(sentence);
  });

  test('a server that repeats the password which it was sent', async () => {
    await using server = await scriptedPostgres((type, bytes) =>
      type === ''
        ? ASK_PASSWORD
        : errorMessage('XX000', `got ${bytes.toString('utf8', 5, bytes.length - 1)}`),
    );
    const told = await only({ port: server.port, password: MARKER });
    expect(told.says).toContain('got [hidden]');
  });

  test('silence, and something else', { timeout: 20_000 }, async () => {
    await using silent = await scriptedPostgres(() => undefined);
    expect((await only({ port: silent.port })).says).toMatch(/did not answer in time/);
    await using cut = await scriptedPostgres(() => null);
    expect((await only({ port: cut.port })).says).toMatch(/closed before it was ready/);
    const web = createServer(
      (socket) => void socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    );
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const { port } = web.address() as AddressInfo;
    expect((await only({ port })).fault).toBe('unreachable');
    await new Promise((resolve) => web.close(resolve));
  });

  test.each<['last_used' | 'in_turns', number]>([
    ['last_used', 1],
    ['last_used', 3],
    ['in_turns', 1],
    ['in_turns', 2],
    ['in_turns', 5],
  ])('a pooler that lends out a connection for a transaction: %s of %i', async (lends, size) => {
    await using between = await pooler(join(postgres.folder, `.s.PGSQL.${postgres.port}`), lends, size);
    const told = await only({ port: between.port });
    expect(told.fault).toBe('pooled');
    expect(told.says).toMatch(/pool_mode = session/);
  });

  test('a pooler that leaves each client its connection is none of these', async () => {
    await using between = await pooler(join(postgres.folder, `.s.PGSQL.${postgres.port}`), 'never', 3);
    expect(await probe(addressOf({ port: between.port }), SCHEMA_VERSION)).toMatchObject({
      faults: [],
      pooled: false,
    });
  });
});

describe('auth-server doctor', () => {
  type Report = { code: number; text: string; checks: { check: string; level: string; says: string }[] };
  async function doctor(url: string, ...words: string[]): Promise<Report> {
    const data = join(folder, 'data');
    mkdirSync(data, { recursive: true, mode: 0o700 });
    const run = async (argv: string[]): Promise<{ code: number; text: string }> => {
      const lines: string[] = [];
      const asked = readCommandLine(['doctor', '--data', data, '--port', '0', ...words, ...argv]);
      if (!('json' in asked)) throw new Error('no command');
      const code = await runCommand(
        asked,
        { AUTH_DATABASE: url },
        {
          out: (text) => lines.push(text),
          complain: (text) => lines.push(text),
        },
      );
      return { code, text: lines.join('\n') };
    };
    const { code, text } = await run(['--json']);
    const { checks } = JSON.parse(text) as Pick<Report, 'checks'>;
    const shown = await run([]);
    // What is free changes between two looks.
    const steady = (words: string): string => words.replace(/\d+ MiB/, 'some MiB');
    for (const { says } of checks) expect(steady(shown.text)).toContain(steady(says));
    return { code, text: `${text}\n${shown.text}`, checks };
  }
  const OURS = ['database', 'pooler', 'encoding', 'rights', 'schema', 'durability'];
  const levels = ({ checks }: Report) =>
    Object.fromEntries(
      checks.filter(({ check }) => OURS.includes(check)).map(({ check, level }) => [check, level]),
    );

  test('says what is well, what is new, and what can be lost', async () => {
    const report = await doctor(urlOf({}));
    expect(levels(report)).toEqual({
      database: 'ok',
      pooler: 'ok',
      encoding: 'ok',
      rights: 'ok',
      schema: 'warning',
      durability: 'failed',
    });
    expect(report.text).toMatch(
      /The PostgreSQL on 127\.0\.0\.1:\d+ is version 1\d\.\S*.* lets the user in, without leaving this machine/,
    );
    expect(report.text).toContain('(fsync = off)');
    expect(report.text).not.toContain(PASSWORD);
    // Nothing is said of the file that lies nowhere.
    expect(report.text).not.toContain('portcullis.db');
  });

  test('says how it gets there', async () => {
    const verified = await doctor(urlOf({ host: 'localhost', query: `?${ca()}` }));
    expect(verified.text).toMatch(/by TLSv1\.3 with a certificate for localhost/);
    const words = ['--database-insecure-plain', 'everyone-may-read-the-database'];
    const plain = await doctor(urlOf({ host: '0.0.0.0' }), ...words);
    expect(levels(plain)).toMatchObject({ database: 'warning' });
    expect(plain.text).toContain('whoever is on the way reads and changes every account');
  });

  test('says all that is wrong, and nothing of what it could not ask', async () => {
    expect(levels(await doctor(urlOf({ user: 'stranger', database: 'all_wrong' })))).toEqual({
      database: 'ok',
      pooler: 'ok',
      encoding: 'failed',
      rights: 'failed',
      schema: 'failed',
      durability: 'failed',
    });
    for (const url of [urlOf({ password: MARKER }), urlOf({ port: await freePort(), password: MARKER })]) {
      const report = await doctor(url);
      expect(levels(report)).toEqual({ database: 'failed' });
      expect(report.code).toBe(1);
      expect(report.text).not.toContain(MARKER);
    }
    const config = await doctor(urlOf({ host: 'db.example', password: MARKER, query: '?sslmode=require' }));
    expect(config.text).toContain('AUTH_DATABASE can not be used');
    expect(config.text).not.toContain(MARKER);
  });
});

describe('the doctor on what the rows of a database tell', () => {
  const served = (): DatabaseAddress => addressOf({ database: 'served' });
  beforeAll(async () => {
    await (await Store.openPostgres(served(), WRITER_THREADS, systemClock)).close();
  });
  const findings = async (ahead_ms = 0) => {
    const clock = { ...systemClock, now: () => systemClock.now() - ahead_ms };
    const { findings: first, content } = await checkPostgres(served(), clock);
    return [...first, checkClock(clock.now(), content), ...checkAdministrator(clock.now(), content)];
  };
  const line = (all: Awaited<ReturnType<typeof findings>>, check: string) =>
    all.filter((one) => one.check === check).map(({ level, says }) => `${level}: ${says}`);

  test('whether there is an administrator, or a code for one', async () => {
    expect(line(await findings(), 'administrator')).toEqual([
      'failed: There is no active administrator and no valid setup code.',
    ]);
    await postgres.run(
      'served',
      `INSERT INTO one_time_codes (code_hash, purpose, created_at, expires_at)
       VALUES ('x', 'setup', 1, ${systemClock.now() + 600_000})`,
    );
    expect(line(await findings(), 'administrator')).toEqual([
      expect.stringMatching(
        /^warning: There is no administrator yet; the setup code is valid for (10|9) more/,
      ),
    ]);
    const account = (id: string, name: string): string =>
      `INSERT INTO accounts (account_id, account_name, name_skeleton, status, created_at, updated_at, version)
       VALUES ('${id}', '${name}', '${name}', 'active', 1, 1, 1)`;
    await postgres.run(
      'served',
      account('a_1', 'anna'),
      "INSERT INTO account_roles (account_id, role) VALUES ('a_1', 'admin')",
    );
    expect(line(await findings(), 'administrator')).toEqual(['ok: 1 administrator is active.']);
    expect(line(await findings(), 'names')).toEqual([
      'ok: Every name and e-mail address is in the form of this release.',
    ]);
    await postgres.run('served', account('a_2', 'Ⅳvier'));
    expect(line(await findings(), 'names')).toEqual([
      expect.stringMatching(/^warning: 1 name or address is .*: a_2 \(account_name\)\.$/),
    ]);
    await postgres.run('served', "DELETE FROM accounts WHERE account_id = 'a_2'");
  });

  test.each([
    [0, /^ok: /],
    [1_500, /^ok: /],
    [-1_500, /^ok: /],
    [9_000, /^warning: .*; that of the PostgreSQL is [89]\.\d s ahead\.$/],
    [-9_000, /^warning: .*; that of the PostgreSQL is [89]\.\d s behind\.$/],
  ])('the clock of the PostgreSQL %i ms ahead of this one', async (ahead_ms, says) => {
    expect(line(await findings(ahead_ms), 'clock')).toEqual([expect.stringMatching(says)]);
  });

  test('a clock that is behind what was written last', async () => {
    await postgres.run(
      'served',
      `INSERT INTO audit_events (at, event, address, details)
       VALUES (${systemClock.now() + 3_600_000}, 'setup_code_created', 'console', '{}')`,
    );
    expect(line(await findings(), 'clock')).toEqual([
      expect.stringMatching(/^failed: The clock is behind the newest entry of the audit log/),
    ]);
  });

  test('who may write and make no tables can serve what is there', async () => {
    await postgres.run(
      'served',
      'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
      'GRANT ALL ON ALL TABLES IN SCHEMA public TO stranger',
    );
    const { findings: all } = await checkPostgres(
      addressOf({ user: 'stranger', database: 'served' }),
      systemClock,
    );
    expect(line([...all], 'rights')).toEqual([expect.stringMatching(/^warning: .*make no others\.$/)]);
    expect((await probe(addressOf({ user: 'stranger', database: 'served' }), SCHEMA_VERSION)).faults).toEqual(
      [],
    );
  });
});

test('a PostgreSQL that is being stopped', async () => {
  const holds = await postgres.superuser('auth');
  postgres.stopWhenAlone();
  // It is told of the signal a moment later.
  await expect.poll(() => only({}), { timeout: 10_000 }).toMatchObject({ fault: 'not_ready' });
  await holds.end();
});
