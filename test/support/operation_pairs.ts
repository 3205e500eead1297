/**
 * Two operations on the same rows, one of them parked between its statements while the other goes as far as it gets: what
 * becomes of them has to be what one of the two orders makes of them, one after the other.
 */
import { Client, type Pool, type PoolClient, type QueryConfig, type QueryResult } from 'pg';
import type { Announcement } from '../../src/server/store/announcements.js';
import { migrate } from '../../src/server/store/postgres/migrations/index.js';
import {
  Transactions,
  type Connection,
  type Connections,
} from '../../src/server/store/postgres/transactions.js';
import type { SqlRow } from '../../src/server/store/tx.js';
import type { WriteOutcome } from '../../src/server/store/writer/messages.js';
import { openPool } from '../../src/server/store/postgres/connect.js';
import type { Isolation } from '../../src/server/store/postgres/isolation.js';
import type { NamedCall, Turn } from './operation_calls.js';
import { addressOf } from './server.js';
import { NOW, WORLDS, type WorldName } from './operation_worlds.js';

/** Two calls; the first of them is the one that is parked. */
export type Pair = { readonly parked: NamedCall; readonly other: NamedCall };

export const nameOf = ({ parked, other }: Pair): string => `${parked.name} / ${other.name}`;

/** What became of a call, as text. */
type Said = string;

/** What became of two calls, and of the world. */
type Outcome = {
  readonly said: Readonly<Record<Turn, Said>>;
  /** The rows of each table, as text, one a line. */
  readonly tables: ReadonlyMap<string, string>;
};

/** How often a transaction was begun again because another one was in its way. */
export type Tally = { runs: number; waits: number; again: number; unavailable: number };

/** Where the first of a pair waits: in front of a statement, for the other to go as far as it gets. */
class Gate {
  /** Resolves when somebody waits in it. */
  readonly reached: Promise<void>;
  #reach: () => void = () => undefined;
  readonly #opened: Promise<void>;
  #open: () => void = () => undefined;
  readonly #at: number;
  #asked = -1;

  /** `at`: how many statements pass it, the begin not counted. */
  constructor(at: number) {
    this.#at = at;
    this.reached = new Promise((resolve) => (this.#reach = resolve));
    this.#opened = new Promise((resolve) => (this.#open = resolve));
  }

  async pass(): Promise<void> {
    this.#asked += 1;
    if (this.#asked !== this.#at + 1) return;
    this.#reach();
    await this.#opened;
  }

  open(): void {
    this.#open();
  }
}

/** A pool's client as operations use it. */
class PlainConnection implements Connection {
  readonly #client: PoolClient;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  query<R extends SqlRow>(asked: QueryConfig<unknown[]>): Promise<QueryResult<R>> {
    return this.#client.query<R>(asked);
  }

  end(): Promise<void> {
    // What a pool gives is a client, whose own `end` this is.
    return (this.#client as unknown as Client).end();
  }

  release(lost?: Error): void {
    this.#client.release(lost);
  }
}

/** One that asks one thing after the other, each when the gate lets it pass. */
class GatedConnection extends PlainConnection {
  readonly #gate: Gate;
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: PoolClient, gate: Gate) {
    super(client);
    this.#gate = gate;
  }

  override query<R extends SqlRow>(asked: QueryConfig<unknown[]>): Promise<QueryResult<R>> {
    const answer = this.#last.then(async () => {
      await this.#gate.pass();
      return super.query<R>(asked);
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }
}

/** What a call sends when nobody is in its way. */
export type Cost = {
  /** Begin and end not counted. */
  statements: number;
  /** How often it waits for an answer, all in all. What is asked without a wait between goes together. */
  round_trips: number;
};

/** One that counts what it is asked. */
class CountingConnection extends PlainConnection {
  readonly #cost: Cost;
  #unanswered = 0;

  constructor(client: PoolClient, cost: Cost) {
    super(client);
    this.#cost = cost;
  }

  override async query<R extends SqlRow>(asked: QueryConfig<unknown[]>): Promise<QueryResult<R>> {
    if (!/^(?:BEGIN|COMMIT|ROLLBACK)/.test(asked.text)) this.#cost.statements += 1;
    if (this.#unanswered === 0) this.#cost.round_trips += 1;
    this.#unanswered += 1;
    try {
      return await super.query<R>(asked);
    } finally {
      this.#unanswered -= 1;
    }
  }
}

/** Puts something between an operation and its connection. */
export type Planted = (connection: Connection) => Connection;

/** One side of a pair: a connection of its own, and how often it was asked for. */
class Side implements Connections {
  readonly #pool: Pool;
  /** What is between operations and their connections. */
  planted: Planted = (connection) => connection;
  readonly #pids = new WeakMap<PoolClient, number>();
  /** What a connection of this side is. */
  wrap: (client: PoolClient) => Connection = (client) => new PlainConnection(client);
  connected = 0;
  /** The process of the connection in use. */
  pid = 0;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async connect(): Promise<Connection> {
    this.connected += 1;
    const client = await this.#pool.connect();
    let pid = this.#pids.get(client);
    if (pid === undefined) {
      pid = (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid ?? 0;
      this.#pids.set(client, pid);
    }
    this.pid = pid;
    return this.planted(this.wrap(client));
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

type Table = { readonly name: string; readonly columns: readonly string[]; readonly own: readonly string[] };

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

/** A database in which pairs are tried, one after the other. */
export class PairRunner implements AsyncDisposable {
  readonly tally: Tally = { runs: 0, waits: 0, again: 0, unavailable: 0 };
  readonly #watch: Client;
  readonly #sides: Readonly<Record<Turn, Side>>;
  readonly #transactions: Readonly<Record<Turn, Transactions>>;
  readonly #tables: readonly Table[];
  readonly #dump: string;
  readonly #worlds = new Map<WorldName, ReadonlyMap<string, string>>();
  readonly #costs = new Map<string, Promise<Cost>>();
  /** What the database holds now. */
  #now: ReadonlyMap<string, string> = new Map();

  private constructor(
    watch: Client,
    tables: readonly Table[],
    sides: Readonly<Record<Turn, Side>>,
    transactions: Readonly<Record<Turn, Transactions>>,
  ) {
    this.#watch = watch;
    this.#tables = tables;
    this.#sides = sides;
    this.#transactions = transactions;
    // Numbers that the database gives tell the order of writing and no more: two that write beside each other may have either.
    const texts = tables.map(
      ({ name, own }) =>
        `(SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE "C"), '') FROM (SELECT ${quoted(own)} FROM ${name}) t) AS ${name}`,
    );
    this.#dump = `SELECT ${texts.join(', ')}`;
  }

  /** Makes the tables and the worlds in an empty database. `url`: for somebody who may do everything. */
  static async open(url: string, isolation: Isolation = 'read committed'): Promise<PairRunner> {
    const watch = new Client({ connectionString: url });
    await watch.connect();
    // Two that wait for each other are told at once, and what is lost with the machine is of no use here.
    await watch.query(`DO $$ BEGIN
      EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = ''10ms''', current_database());
      EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database());
    END $$`);
    const address = addressOf(url);
    await migrate(watch, address, NOW);
    const tables = await tablesOf(watch);
    // Rows are put back without asking what refers to them, and what may only be added to.
    await watch.query('SET session_replication_role = replica');
    for (const name of Object.keys(WORLDS) as WorldName[]) await keep(watch, name, tables);
    const side = async (): Promise<Side> => new Side(await openPool(address, 1));
    const sides = { first: await side(), second: await side() };
    const of = (turn: Turn): Transactions =>
      new Transactions({ pool: sides[turn], address, announcing: 'collected', isolation });
    return new PairRunner(watch, tables, sides, { first: of('first'), second: of('second') });
  }

  /** Puts a fault between operations and the database, until there is another. */
  plant(planted: Planted): void {
    this.#sides.first.planted = planted;
    this.#sides.second.planted = planted;
  }

  /** Returns what a call costs when nobody is in its way. */
  alone(call: NamedCall): Promise<Cost> {
    let cost = this.#costs.get(call.name);
    if (cost === undefined) {
      cost = this.#count(call);
      this.#costs.set(call.name, cost);
    }
    return cost;
  }

  /** Runs two calls one after the other. */
  async inOrder(pair: Pair, order: readonly [Turn, Turn]): Promise<Outcome> {
    await this.#reset(pair.parked.world);
    const said: Record<Turn, Said> = { first: '', second: '' };
    for (const turn of order) said[turn] = await this.#run(pair, turn);
    return { said, tables: await this.#look() };
  }

  /** Runs two calls, the first of them parked behind so many statements of its own until the other ends or waits for it. */
  async beside(pair: Pair, behind: number): Promise<Outcome> {
    await this.#reset(pair.parked.world);
    const gate = new Gate(behind);
    this.#sides.first.wrap = (client) => new GatedConnection(client, gate);
    const first = this.#run(pair, 'first');
    await Promise.race([gate.reached, first]);
    let over = false;
    const second = this.#run(pair, 'second').finally(() => (over = true));
    // Set while it is looked.
    while (!(over as boolean)) {
      if (!(await this.#waits())) continue;
      this.tally.waits += 1;
      break;
    }
    // What has to be begun again is not parked again.
    this.#sides.first.wrap = (client) => new PlainConnection(client);
    gate.open();
    return { said: { first: await first, second: await second }, tables: await this.#look() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#sides.first.close(), this.#sides.second.close()]);
    await this.#watch.end();
  }

  async #count(call: NamedCall): Promise<Cost> {
    await this.#reset(call.world);
    const cost: Cost = { statements: 0, round_trips: 0 };
    const side = this.#sides.first;
    side.wrap = (client) => new CountingConnection(client, cost);
    const said = await this.#run({ parked: call, other: call }, 'first');
    side.wrap = (client) => new PlainConnection(client);
    await this.#look();
    if (said.startsWith('{"error"')) throw new Error(`${call.name}: ${said}`);
    return cost;
  }

  async #run({ parked, other }: Pair, turn: Turn): Promise<Said> {
    const call = turn === 'first' ? parked : other;
    const side = this.#sides[turn];
    side.connected = 0;
    const outcome = await this.#transactions[turn].run({
      number: 0,
      operation: call.operation,
      args: call.args(turn),
    });
    this.tally.again += side.connected - 1;
    if ('unavailable' in outcome) this.tally.unavailable += 1;
    return saidOf(outcome);
  }

  /** Returns whether the second waits for the first to end. */
  async #waits(): Promise<boolean> {
    const { rows } = await this.#watch.query<{ waits: boolean }>(
      'SELECT cardinality(pg_blocking_pids($1)) > 0 AS waits',
      [this.#sides.second.pid],
    );
    return rows[0]?.waits === true;
  }

  /** Returns what the database holds. */
  async #look(): Promise<ReadonlyMap<string, string>> {
    this.tally.runs += 1;
    const { rows } = await this.#watch.query<Record<string, string>>({ name: 'look', text: this.#dump });
    this.#now = new Map(Object.entries(rows[0] ?? {}));
    return this.#now;
  }

  /** Puts back what isn't as it is in a world. */
  async #reset(world: WorldName): Promise<void> {
    const known = this.#worlds.get(world);
    const changed =
      known === undefined
        ? this.#tables
        : this.#tables.filter(({ name }) => this.#now.get(name) !== known.get(name));
    if (changed.length > 0) await this.#watch.query(changed.map((table) => putBack(world, table)).join('\n'));
    if (known === undefined) this.#worlds.set(world, await this.#look());
    else this.#now = known;
  }
}

async function tablesOf(watch: Client): Promise<Table[]> {
  const { rows } = await watch.query<{ table_name: string; column_name: string; given: string }>(
    `SELECT table_name, column_name, CASE WHEN is_generated = 'ALWAYS' THEN 'computed' WHEN is_identity = 'YES' THEN 'numbered'
       ELSE '' END AS given
     FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT IN ('migrations', 'lock_rows')
     ORDER BY table_name, ordinal_position`,
  );
  return [...new Set(rows.map((row) => row.table_name))].map((name) => {
    const columns = rows.filter((row) => row.table_name === name);
    return {
      name,
      columns: columns.filter(({ given }) => given !== 'computed').map((column) => column.column_name),
      own: columns.filter(({ given }) => given !== 'numbered').map((column) => column.column_name),
    };
  });
}

/** Makes a world in the tables, and keeps a copy of it beside them. */
async function keep(watch: Client, world: WorldName, tables: readonly Table[]): Promise<void> {
  await watch.query('BEGIN');
  for (const { name } of tables) await watch.query(`DELETE FROM ${name}`);
  for (const [table, rows] of Object.entries(WORLDS[world])) {
    for (const row of rows) {
      const columns = Object.keys(row);
      const values = columns.map((_, at) => `$${at + 1}`).join(', ');
      await watch.query(`INSERT INTO ${table} (${quoted(columns)}) VALUES (${values})`, Object.values(row));
    }
  }
  await watch.query(`CREATE SCHEMA ${world}`);
  for (const { name } of tables) {
    await watch.query(`CREATE TABLE ${world}.${name} AS SELECT * FROM public.${name}`);
  }
  await watch.query('COMMIT');
  // What operations add gets numbers of its own.
  await watch.query("SELECT setval(pg_get_serial_sequence('client_key_secrets', 'secret_id'), 1000)");
}

const putBack = (world: WorldName, { name, columns }: Table): string =>
  `DELETE FROM ${name}; INSERT INTO ${name} (${quoted(columns)}) SELECT ${quoted(columns)} FROM ${world}.${name};`;

function saidOf(outcome: WriteOutcome): Said {
  const { number: _, ...said } = outcome;
  if ('error' in said) return JSON.stringify({ error: said.error });
  if ('announced' in said) return asText({ ...said, announced: said.announced.map(inOrderOfNames) });
  return asText(said);
}

/** Which sessions have ended is a set. */
const inOrderOfNames = (one: Announcement): Announcement =>
  one.kind === 'sessions_ended' ? { ...one, session_ids: one.session_ids.toSorted() } : one;

const asText = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner instanceof Uint8Array ? Buffer.from(inner).toString('hex') : inner,
  );

/** Returns what is different, one a line; an empty list when nothing is. */
export function differences(seen: Outcome, serial: Outcome): string[] {
  const lines: string[] = [];
  for (const turn of ['first', 'second'] as const) {
    if (seen.said[turn] !== serial.said[turn])
      lines.push(`the ${turn} said ${seen.said[turn]}, and not ${serial.said[turn]}`);
  }
  for (const [table, rows] of seen.tables) {
    const should = serial.tables.get(table) ?? '';
    if (rows === should) continue;
    const [has, wants] = [rows.split('\n'), should.split('\n')];
    for (const row of has) if (!wants.includes(row)) lines.push(`+ ${table} ${row}`);
    for (const row of wants) if (!has.includes(row)) lines.push(`- ${table} ${row}`);
    if (has.length !== wants.length) lines.push(`  ${table}: ${has.length} rows, and not ${wants.length}`);
  }
  return lines;
}

export type Wrong = { readonly pair: string; readonly behind: number; readonly neither: readonly string[] };

/**
 * Tries a pair at some of the places where its first can be parked. Returns where the outcome was neither of the two
 * orders', with what is different from the nearer one. `places`: out of how many, which.
 */
export async function tryPair(
  runner: PairRunner,
  pair: Pair,
  places: (count: number) => readonly number[],
): Promise<Wrong[]> {
  const { statements } = await runner.alone(pair.parked);
  const serial = [
    await runner.inOrder(pair, ['first', 'second']),
    await runner.inOrder(pair, ['second', 'first']),
  ];
  const wrong: Wrong[] = [];
  for (const one of serial) {
    const broken = Object.values(one.said).filter((said) => !said.startsWith('{"result"'));
    if (broken.length > 0) wrong.push({ pair: nameOf(pair), behind: 0, neither: broken });
  }
  for (const behind of places(statements)) {
    const seen = await runner.beside(pair, behind);
    const found = serial.map((one) => differences(seen, one));
    if (found.some((lines) => lines.length === 0)) continue;
    const [neither = []] = found.toSorted((one, other) => one.length - other.length);
    wrong.push({ pair: nameOf(pair), behind, neither });
  }
  return wrong;
}
