/**
 * Operations on PostgreSQL are right beside each other: for every pair on the same rows, one of them parked between its
 * statements while the other goes as far as it gets, the outcome (what both say, what is announced, every row) is that of one
 * of the two orders. `npm run drills` tries every pair at every place, and all of it again where the database itself sees to
 * the order (SERIALIZABLE): what differs only here is a fault of the operation. `npm test` tries a pair of calls for each pair of
 * operations, others each day; PORTCULLIS_PAIRS_SEED repeats a day's, and PORTCULLIS_PAIRS_OF, names of operations with spaces
 * between them, leaves out all pairs without one of them.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Isolation } from '../../src/server/store/postgres/index.js';
import { longOrShort, LONG, printFigures, seededRandom } from '../support/drill.js';
import { allCalls, type NamedCall } from '../support/operation_calls.js';
import {
  nameOf,
  PairRunner,
  tryPair,
  type Cost,
  type Pair,
  type Planted,
  type Wrong,
} from '../support/operation_pairs.js';
import { databaseAvailable, emptyDatabase, type PairsDatabase } from '../support/pairs_database.js';
import { askedOnce, instead, withoutLock } from '../support/planted_faults.js';

const DAY_MS = 86_400_000;
const SEED = Number(process.env['PORTCULLIS_PAIRS_SEED'] ?? Math.floor(Date.now() / DAY_MS));
/** Operations of which one has to be in a pair; none: whichever. */
const OF = (process.env['PORTCULLIS_PAIRS_OF'] ?? '').split(' ').filter((name) => name !== '');
/** Databases that work beside each other: while one reads, another writes. */
const RUNNERS = 3;
const random = seededRandom(SEED);
const oneOf = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];

const CALLS = allCalls();

/** Every pair that can meet. */
const everyPair = (): Pair[] =>
  CALLS.flatMap((parked) =>
    CALLS.filter((other) => other.world === parked.world).map((other) => ({ parked, other })),
  );

const isAskedFor = ({ parked, other }: Pair): boolean =>
  OF.length === 0 || OF.some((one) => one === parked.operation || one === other.operation);

/** One pair of calls for each two operations, either of them parked. */
function pairsOfToday(): Pair[] {
  const groups = new Map<string, Pair[]>();
  for (const pair of everyPair()) {
    const key = [pair.parked.operation, pair.other.operation].toSorted().join(' ');
    groups.set(key, [...(groups.get(key) ?? []), pair]);
  }
  return [...groups.values()].flatMap((group) => oneOf(group) ?? []);
}

const everyPlace = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);
const onePlace = (count: number): number[] => [Math.floor(random() * count) + 1];

/** Tries pairs in several databases beside each other; returns what was wrong, and how it went. */
async function tryAll(pairs: readonly Pair[], places: typeof everyPlace, isolation: Isolation) {
  const wrong: Wrong[] = [];
  const figures = { pairs: pairs.length, runs: 0, waits: 0, again: 0, unavailable: 0 };
  const left = [...pairs];
  const work = async (): Promise<void> => {
    await using database = await emptyDatabase();
    await using runner = await PairRunner.open(database.url, isolation);
    for (let pair = left.pop(); pair !== undefined; pair = left.pop())
      wrong.push(...(await tryPair(runner, pair, places)));
    for (const name of ['runs', 'waits', 'again', 'unavailable'] as const)
      figures[name] += runner.tally[name];
  };
  await Promise.all(Array.from({ length: RUNNERS }, work));
  return { wrong, figures };
}

describe.skipIf(!databaseAvailable)('operations on PostgreSQL', () => {
  test.each<Isolation>(longOrShort(['read committed', 'serializable'], ['read committed']))(
    `every pair has the outcome of one of its orders (%s, seed ${SEED})`,
    async (isolation) => {
      const pairs = (LONG ? everyPair() : pairsOfToday()).filter(isAskedFor);
      const places = LONG ? everyPlace : onePlace;
      const { wrong, figures } = await tryAll(pairs, places, isolation);
      printFigures('pairs of operations', { isolation, ...figures, wrong: wrong.length, seed: SEED });
      expect(wrong).toEqual([]);
      expect(figures.unavailable).toBe(0);
      // Without any that met, nothing was tried.
      expect(figures.waits).toBeGreaterThan(20);
    },
    LONG ? 1_800_000 : 180_000,
  );

  let database: PairsDatabase;
  let runner: PairRunner;
  beforeAll(async () => {
    database = await emptyDatabase();
    runner = await PairRunner.open(database.url);
  });
  afterAll(async () => {
    await runner[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const UNCONDITIONED = 'DELETE FROM guess_counters WHERE last_failure_at < $1 AND';
  const FAULTS: readonly (readonly [fault: string, pair: string, planted: Planted])[] = [
    [
      'no lock on the role',
      'suspend_account: root by the host / unassign_role: boss by the host',
      withoutLock('role'),
    ],
    [
      'no lock on the name',
      'register_account: carol with a new address / register_account: a name that looks like hers',
      withoutLock('name'),
    ],
    [
      'no lock on the address',
      "update_profile: ann's address / update_profile: pen's address",
      withoutLock('email'),
    ],
    [
      'no lock on the account',
      "assign_role: moderator to ann / update_profile: ann's name, if nobody did",
      withoutLock('account'),
    ],
    [
      'no lock on the server',
      'create_client_key: the last (many_keys) / create_client_key: the last (many_keys)',
      withoutLock('server'),
    ],
    ['asked once', 'rotate_refresh_token: its own / end_all_sessions: all', askedOnce],
    [
      'a condition that is not looked at again',
      'record_sign_in_refused: a stranger at ann again / prune: all',
      instead(UNCONDITIONED, 'DELETE FROM guess_counters WHERE'),
    ],
    [
      'a condition on another row',
      'revoke_client_key: by root / touch_client_key: the current secret',
      instead(
        'key <> $4',
        `(key <> $4 OR EXISTS (SELECT 1 FROM client_keys k WHERE k.key_id = client_key_secrets.key_id
           AND k.revoked_at IS NULL))`,
      ),
    ],
  ];

  test.each(FAULTS)('a planted fault is found: %s', async (_, name, planted) => {
    const pairs = everyPair().filter((pair) => nameOf(pair) === name);
    expect(pairs).toHaveLength(1);
    const wrong: Wrong[] = [];
    for (const pair of pairs) {
      runner.plant((connection) => connection);
      expect(await tryPair(runner, pair, everyPlace)).toEqual([]);
      runner.plant(planted);
      wrong.push(...(await tryPair(runner, pair, everyPlace)));
    }
    expect(wrong).not.toEqual([]);
  });

  test('no operation sends more than it did, or waits for an answer more often', async () => {
    runner.plant((connection) => connection);
    const dearest = new Map<string, readonly [NamedCall, Cost]>();
    for (const call of CALLS) {
      // Answers that come at once are waited for together: now and then fewer waits are seen than there can be.
      const costs = [await runner.alone(call), await runner.alone(call)] as const;
      const cost = costs[0].round_trips > costs[1].round_trips ? costs[0] : costs[1];
      const known = dearest.get(call.operation)?.[1];
      if (known === undefined || cost.statements > known.statements)
        dearest.set(call.operation, [call, cost]);
    }
    const rows = [...dearest].map(
      ([operation, [call, { statements, round_trips }]]) =>
        `| \`${operation}\` | ${call.name.slice(operation.length + 2)} | ${statements} | ${round_trips} |`,
    );
    // Written anew with `npx vitest run test/integration/operation_pairs.test.ts -u`.
    await expect(
      [
        '# Statements of operations on PostgreSQL',
        '',
        'Of the dearest call of each that the tests have. Round trips: how often it waits for an answer, begin and commit among them.',
        '',
        '| operation | call | statements | round trips |',
        '|---|---|---:|---:|',
        ...rows.toSorted(),
        '',
      ].join('\n'),
    ).toMatchFileSnapshot('../golden/operation_statements.md');
  });
});
