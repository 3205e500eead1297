/**
 * P15: the same server over PostgreSQL. Checks of tokens beside those over SQLite, durable writes beside pgbench with the same
 * statements, every kind of list, at a million accounts where so many are asked for, and the move there and back.
 */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { frameOf, type Bench, type Subject } from '../bench.js';
import { newDataFolder, type ServerUnderTest } from '../children.js';
import { askLists, listQuestions } from '../list_questions.js';
import type { ClosedLoop, Measured } from '../load/commands.js';
import { moveBack, moveInto } from '../moves.js';
import { findPgbench, runPgbench } from '../pgbench.js';
import { Recorder, type Recorded } from '../recorded.js';
import { accountIdOf, sessionIdOf, tokenOf } from '../seed.js';
import { DATABASE_FILE, readDatabaseUrl, type Who } from '../../src/server/store/index.js';
import { WRITERS } from '../../src/server/store/postgres/pool_sizes.js';
import { startPostgres, type PostgresCluster } from '../../test/support/postgres.js';
import { findPostgres } from '../../test/support/postgres_binaries.js';

const CONNECTIONS = 64;
const SMALL = 1_000;
/** Unless told: making and moving a million takes longer than all the rest. */
const LARGE = 100_000;
const LARGE_QUICK = 20_000;
const LISTS_MS_MAX = 15;
/** Rounds in which lists are asked: each asks every question a hundred times. */
const LIST_ROUNDS_MAX = 3;
const MIB = 1024 * 1024;
/** As PostgreSQL is by itself, but for the size that the tests keep small. */
const SETTINGS = { shared_buffers: '128MB', max_connections: 100 };

/** The address of a database of its own, with what is in a data folder moved into it. */
async function movedFrom(
  bench: Bench,
  cluster: PostgresCluster,
  name: string,
  data: string,
): Promise<string> {
  const url = await cluster.createDatabase(name);
  await moveInto(bench.programs, data, url);
  return url;
}

const overPostgres = (bench: Bench, data: string, url: string): Promise<ServerUnderTest> =>
  bench.server({ data, env: { AUTH_DATABASE: url } });

function pressed(
  bench: Bench,
  { target, pid }: ServerUnderTest,
  measure_ms: number,
): Omit<ClosedLoop, 'requests' | 'expect'> {
  return {
    kind: 'closed_loop',
    target,
    connections: CONNECTIONS,
    depth: 1,
    sign_in_with: [],
    warm_ms: bench.ms(500),
    measure_ms: bench.ms(measure_ms),
    cpu_of: pid,
  };
}

const checks = Array.from({ length: SMALL }, (_, number) =>
  frameOf('verify_token', { token: tokenOf(number) }),
);

async function verifies(bench: Bench, server: ServerUnderTest, depth: number): Promise<Measured> {
  return bench.measure({
    ...pressed(bench, server, 2_000),
    requests: checks,
    expect: '"active":true',
    depth,
  });
}

/**
 * The cache answers on both; what else a server over PostgreSQL does meanwhile is in its CPU time. What the compiler makes of a
 * program differs by more from one process to the next, so each round has new ones, and whoever begins changes.
 */
async function verify(bench: Bench, cluster: PostgresCluster): Promise<void> {
  const { figures } = bench;
  const data = await bench.seeded(SMALL, SMALL);
  const url = await movedFrom(bench, cluster, 'verify', data);
  const alone = await bench.seeded(SMALL, SMALL);
  await bench.eachRound(
    'postgres: verify_token',
    async (round) => {
      await using over = await overPostgres(bench, data, url);
      await using beside = await bench.server({ data: alone });
      const order = round % 2 === 0 ? [over, beside] : [beside, over];
      for (const server of order) for (const depth of [1, 16]) await verifies(bench, server, depth);
      for (const [depth, how] of [
        [1, 'one at a time'],
        [16, '16 deep'],
      ] as const) {
        const spent = new Map<ServerUnderTest, number>([
          [over, 0],
          [beside, 0],
        ]);
        // There and back, so that a machine which gets slower is slower for both.
        for (const server of [...order, ...order.toReversed()])
          spent.set(server, (spent.get(server) ?? 0) + (await verifies(bench, server, depth)).cpu_us / 2);
        const [postgres = 0, sqlite = 0] = [spent.get(over), spent.get(beside)];
        figures.add(
          'P15',
          `verify_token over PostgreSQL / over SQLite, CPU, ${how}`,
          'x',
          postgres / sqlite,
          {
            at_most: 1.05,
          },
        );
        figures.note(`verify_token over PostgreSQL, ${how}: server CPU`, 'µs', postgres);
        figures.note(`verify_token over SQLite, ${how}: server CPU`, 'µs', sqlite);
      }
    },
    0.05,
    0.4,
  );
}

/** An operation that can be carried out again and again with the same values, and does the same work each time. */
type Write = {
  readonly name: 'update_profile' | 'clear_throttle';
  readonly requests: readonly Uint8Array[];
  /** How the server asks for it, for the person of this number. */
  readonly record: (recorder: Recorder, number: number) => Promise<Recorded>;
};

const TARGET = (number: number): string => accountIdOf(CONNECTIONS + 1 + number);

function whoIs(number: number, permission: 'users.update' | null): Who {
  const at = Date.now();
  const [account_id, session_id] = [accountIdOf(number), sessionIdOf(number)];
  return {
    at,
    written_at: at,
    actor: { kind: 'session', account_id, session_id, secret_id: null, permission },
    address: '127.0.0.1',
  };
}

const WRITES: readonly Write[] = [
  {
    name: 'update_profile',
    requests: Array.from({ length: 997 }, (_, number) =>
      frameOf('update_profile', { changes: { bio: `Keeps the gate, day ${number}.` } }),
    ),
    record: (recorder, number) =>
      recorder.record('update_profile', {
        who: whoIs(number, null),
        account_id: accountIdOf(number),
        changes: { bio: 'Keeps the gate.' },
        version: null,
        administrative: false,
      }),
  },
  {
    name: 'clear_throttle',
    requests: Array.from({ length: CONNECTIONS }, (_, number) =>
      frameOf('clear_throttle', { account_id: TARGET(number) }),
    ),
    record: (recorder, number) =>
      recorder.record('clear_throttle', { who: whoIs(number, 'users.update'), account_id: TARGET(number) }),
  },
];

/** One person a connection: what a session asks for happens one after the other. */
const PEOPLE = Array.from({ length: CONNECTIONS }, (_, number) => number);

/** Makes administrators of those who are signed in. */
function promote(data: string): void {
  const db = new Database(join(data, DATABASE_FILE));
  const insert = db.prepare("INSERT OR IGNORE INTO account_roles (account_id, role) VALUES (?, 'admin')");
  for (const number of PEOPLE) insert.run(accountIdOf(number));
  db.close();
}

async function writes(bench: Bench, cluster: PostgresCluster): Promise<void> {
  const { figures } = bench;
  const pgbench = findPgbench();
  if (pgbench === null)
    figures.skip(
      'P15',
      'no pgbench on this machine (apt-get install postgresql-contrib, or PORTCULLIS_POSTGRES_BIN)',
    );
  const data = await bench.seeded(SMALL, SMALL);
  promote(data);
  const url = await movedFrom(bench, cluster, 'writes', data);
  const recorded = await recordAll(url);
  await using server = await overPostgres(bench, data, url);
  await bench.eachRound(
    'postgres: durable writes',
    async () => {
      for (const { name, requests } of WRITES) {
        const written = await bench.measure({
          ...pressed(bench, server, 3_000),
          requests,
          expect: '"response":200',
          sign_in_with: PEOPLE.map(tokenOf),
        });
        figures.note(`durable ${name} over PostgreSQL: rate`, '/s', written.per_second);
        figures.note(`durable ${name} over PostgreSQL: server CPU, both threads`, 'µs', written.cpu_us);
        if (pgbench === null) continue;
        const bare = await runPgbench({
          pgbench,
          folder: bench.programs.folder,
          url,
          recorded: recorded.get(name) ?? [],
          clients: WRITERS,
          seconds: bench.quick ? 1 : 3,
        });
        figures.note(`the same statements by pgbench, ${name}: rate`, '/s', bare.per_second);
        figures.add(
          'P15',
          `durable ${name} / the same statements by pgbench, rate`,
          'x',
          written.per_second / bare.per_second,
          { at_least: 0.4 },
        );
      }
    },
    0.15,
    0.3,
  );
}

/** The statements of each write, for each of the people. */
async function recordAll(url: string): Promise<ReadonlyMap<Write['name'], readonly Recorded[]>> {
  const read = readDatabaseUrl(url);
  if ('fault' in read) throw new Error(read.fault);
  await using recorder = await Recorder.open(read.address);
  const all = new Map<Write['name'], Recorded[]>();
  for (const { name, record } of WRITES) {
    const recorded: Recorded[] = [];
    for (const number of PEOPLE) recorded.push(await record(recorder, number));
    all.set(name, recorded);
  }
  return all;
}

async function lists(bench: Bench, cluster: PostgresCluster): Promise<void> {
  const { figures } = bench;
  const count = bench.quick ? LARGE_QUICK : (bench.accounts ?? LARGE);
  bench.show(`postgres: making ${count} accounts`, 0.3);
  const data = await bench.seeded(count, SMALL);
  bench.show(`postgres: moving ${count} accounts`, 0.4);
  const url = await cluster.createDatabase('lists');
  const there = await moveInto(bench.programs, data, url);
  bench.show(`postgres: moving ${count} accounts back`, 0.6);
  const folder = newDataFolder(bench.programs);
  const back = await moveBack(bench.programs, url, folder);
  rmSync(folder, { recursive: true });
  for (const [table, digest] of there.tables)
    if (back.tables.get(table) !== digest) throw new Error(`${table} came back as something else`);
  for (const [where, { seconds, peak_bytes }] of [
    ['to PostgreSQL', there],
    ['back to SQLite', back],
  ] as const) {
    figures.note(`moving ${count} accounts ${where}`, 's', seconds);
    figures.note(`moving ${count} accounts ${where}: most memory of the process`, 'MB', peak_bytes / MIB);
  }
  await using server = await overPostgres(bench, data, url);
  const questions = listQuestions(data, count);
  const asked = {
    target: server.target,
    questions,
    of: `list_users at ${count}`,
    goal: 'P15',
    p99_ms_max: LISTS_MS_MAX,
  } as const;
  await bench.eachRound(
    'postgres: list_users',
    async (round) => {
      if (round <= LIST_ROUNDS_MAX) await askLists(bench, asked);
    },
    0.8,
    1,
  );
}

async function run(bench: Bench): Promise<void> {
  const looked = findPostgres();
  if ('problem' in looked) {
    bench.figures.skip('P15', `PostgreSQL can't be run here: ${looked.problem}`);
    return;
  }
  bench.show('postgres: starting one', 0);
  // On the disk: what is in memory is never durable.
  await using cluster = await startPostgres({
    fsync: true,
    settings: SETTINGS,
    parent: tmpdir(),
    binaries: looked.found,
  });
  await verify(bench, cluster);
  await writes(bench, cluster);
  await lists(bench, cluster);
}

export const postgres: Subject = {
  name: 'postgres',
  summary: 'P15: the server over PostgreSQL, against SQLite and pgbench; lists and the move of many accounts',
  seconds: 330,
  run,
};
