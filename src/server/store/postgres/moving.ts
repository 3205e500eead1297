/** A PostgreSQL database as one side of a move. */
import type { Client } from 'pg';
import { StoreOpenError } from '../engine.js';
import { MIGRATION_NAMES } from '../migration_names.js';
import {
  MOVED,
  OF_AN_ENGINE,
  PAGE,
  type MovedTable,
  type Row,
  type Side,
  type TargetSide,
} from '../moving/side.js';
import { placeOf, type DatabaseAddress } from './address.js';
import { Holder } from './holder.js';
import { migrate, schemaVersion } from './migrations/index.js';
import { probe } from './probe.js';

/** How long a command beside it may take to end, milliseconds. */
const LOCK_MS = 10_000;

type Cell = { readonly name: string; readonly type: string };

/**
 * Runs with the database held as a running server holds it; by the same connection, so whoever loses it has not committed. Nobody
 * writes to its tables meanwhile, nor do commands that run beside a server.
 */
async function inTransaction<T>(
  address: DatabaseAddress,
  prepare: (client: Client) => Promise<void>,
  work: (side: Postgres) => Promise<T>,
): Promise<T> {
  const results: T[] = [];
  const holder = await Holder.open(address, async (client) => {
    await prepare(client);
    const tables = MOVED.map(({ table }) => table).join(', ');
    await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL lock_timeout = ${LOCK_MS}`);
    // Pages and references by their index, also before anything is known of how much is there.
    await client.query(
      'SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off',
    );
    await client.query(`LOCK TABLE ${tables} IN SHARE ROW EXCLUSIVE MODE`);
    results.push(await work(new Postgres(client)));
    await client.query('COMMIT');
  });
  await holder.close();
  const [result] = results;
  if (result === undefined) throw new Error('a move had no result');
  return result;
}

/** Lets `work` read a database that no server uses. Throws StoreOpenError. */
export function movesFromPostgres<T>(
  address: DatabaseAddress,
  work: (source: Side) => Promise<T>,
): Promise<T> {
  const assertCurrent = async (client: Client): Promise<void> => {
    const version = await schemaVersion(client, address);
    if (version === MIGRATION_NAMES.length) return;
    const where = `the database '${address.database}' on ${placeOf(address)}`;
    throw version === 0
      ? new StoreOpenError(
          'failed',
          `There is nothing of a server in ${where}. Correct the name in --database.`,
        )
      : new StoreOpenError(
          'changed_migration',
          `In ${where} is the schema of another release. Start this auth-server with it once to bring it up to date, then stop ` +
            'it and move it.',
        );
  };
  return inTransaction(address, assertCurrent, work);
}

/** Lets `work` fill an empty database that no server uses; its tables are made when they are missing. Throws StoreOpenError. */
export async function movesToPostgres<T>(
  address: DatabaseAddress,
  now_ms: number,
  work: (target: TargetSide) => Promise<T>,
): Promise<T> {
  const { faults } = await probe(address, MIGRATION_NAMES.length);
  const [fault] = faults;
  if (fault !== undefined) throw fault;
  const makeTables = async (client: Client): Promise<void> => {
    // Nothing is made among the tables of somebody else.
    const occupied = await occupiedTable(client);
    if (occupied !== null)
      throw new StoreOpenError(
        'not_empty',
        `There are rows in the table ${occupied} of the database '${address.database}' on ${placeOf(address)}: nothing was ` +
          'changed. Name an empty one.',
      );
    await migrate(client, address, now_ms);
  };
  return await inTransaction(address, makeTables, async (side) => {
    const result = await work(side);
    // Without it the first questions would be answered as if the tables were empty.
    await side.analyze();
    return result;
  });
}

/** Returns a table with rows in it, other than the engine's own; null when there is none. */
async function occupiedTable(client: Client): Promise<string | null> {
  const { rows } = await client.query<{ table: string; quoted: string }>(
    `SELECT tablename::text AS table, quote_ident(schemaname) || '.' || quote_ident(tablename) AS quoted
     FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename`,
  );
  for (const { table, quoted } of rows) {
    if (OF_AN_ENGINE.includes(table)) continue;
    const found = await client.query(`SELECT 1 FROM ${quoted} LIMIT 1`);
    if (found.rows.length > 0) return table;
  }
  return null;
}

class Postgres implements TargetSide {
  readonly #client: Client;
  readonly #cells = new Map<string, readonly Cell[]>();

  constructor(client: Client) {
    this.#client = client;
  }

  async columns(table: string): Promise<readonly string[]> {
    return (await this.#cellsOf(table)).map(({ name }) => name);
  }

  async count(table: string): Promise<number> {
    const { rows } = await this.#client.query<{ rows: number }>(`SELECT count(*) AS rows FROM ${table}`);
    return rows[0]?.rows ?? 0;
  }

  async page(
    { table, key }: MovedTable,
    columns: readonly string[],
    last: Row | null,
  ): Promise<readonly Row[]> {
    const places = key.map((_, at) => `$${at + 1}`).join(', ');
    const after = last === null ? '' : `WHERE (${key.join(', ')}) > (${places})`;
    const { rows } = await this.#client.query<Row & unknown[]>({
      text: `SELECT ${columns.join(', ')} FROM ${table} ${after} ORDER BY ${key.join(', ')} LIMIT ${PAGE}`,
      values: [...(last ?? [])],
      rowMode: 'array',
    });
    return rows;
  }

  async highest(table: string, column: string): Promise<number> {
    const sequence = await this.#sequenceOf(table, column);
    const { rows } = await this.#client.query<{ highest: number }>(
      `SELECT greatest((SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM ${sequence}),
                       (SELECT coalesce(max(${column}), 0) FROM ${table})) AS highest`,
    );
    return rows[0]?.highest ?? 0;
  }

  occupied(): Promise<string | null> {
    return occupiedTable(this.#client);
  }

  async add(table: string, columns: readonly string[], rows: readonly Row[]): Promise<void> {
    const types = new Map((await this.#cellsOf(table)).map(({ name, type }) => [name, type]));
    const arrays = columns.map((name, at) => `$${at + 1}::${types.get(name) ?? 'text'}[]`);
    await this.#client.query(
      `INSERT INTO ${table} (${columns.join(', ')}) SELECT * FROM unnest(${arrays.join(', ')})`,
      columns.map((_, at) => rows.map((row) => row[at])),
    );
  }

  async numberAfter(table: string, column: string, highest: number): Promise<void> {
    await this.#client.query('SELECT setval($1::regclass, greatest($2::bigint, 1), $2::bigint > 0)', [
      await this.#sequenceOf(table, column),
      highest,
    ]);
  }

  async analyze(): Promise<void> {
    await this.#client.query(`ANALYZE ${MOVED.map(({ table }) => table).join(', ')}`);
  }

  async #sequenceOf(table: string, column: string): Promise<string> {
    const { rows } = await this.#client.query<{ sequence: string }>(
      'SELECT pg_get_serial_sequence($1, $2) AS sequence',
      [table, column],
    );
    const [row] = rows;
    if (row === undefined) throw new Error(`${table}.${column} is not numbered`);
    return row.sequence;
  }

  async #cellsOf(table: string): Promise<readonly Cell[]> {
    let cells = this.#cells.get(table);
    if (cells === undefined) {
      const { rows } = await this.#client.query<Cell>(
        `SELECT column_name::text AS name, udt_name::text AS type FROM information_schema.columns
         WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`,
        [table],
      );
      cells = rows;
      this.#cells.set(table, cells);
    }
    return cells;
  }
}
