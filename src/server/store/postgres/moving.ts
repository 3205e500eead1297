/** A PostgreSQL database as one side of a move. */
import type { Client } from 'pg';
import { visible } from '../../runtime/index.js';
import { StoreOpenError } from '../engine.js';
import { MIGRATION_NAMES } from '../migration_names.js';
import type { Column, Kind, Lines } from '../moving/lines.js';
import {
  MOVED,
  OF_AN_ENGINE,
  type MovedTable,
  type SetAside,
  type SourceSide,
  type TargetSide,
} from '../moving/side.js';
import { placeOf, type DatabaseAddress } from './address.js';
import { copyIn, copyOut } from './copy_lines.js';
import { openFault, sqlState } from './faults.js';
import { Holder } from './holder.js';
import { migrate, schemaVersion } from './migrations/index.js';
import { outcomeOf } from './outcome.js';
import { probe } from './probe.js';

/** How long a command beside it may take to end, milliseconds. */
const LOCK_MS = 10_000;

/**
 * What an operator has set for the sessions of other programs. One statement takes minutes here, and the connection waits while the
 * other side is written. The text forms of values are asked for as they are read, and a table of which a policy hides rows is an
 * error instead of a smaller one.
 */
const SETTINGS = `
  SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN
    ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout');
  SET lock_timeout = ${LOCK_MS};
  SET row_security = off;
  SET bytea_output = hex`;

/** As the catalog calls the types. */
const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['text', 'text'],
  ['int8', 'integer'],
  ['bytea', 'bytes'],
]);

/**
 * Runs with the database held as a running server holds it; by the same connection, so whoever loses it has not committed. Nobody
 * writes to its tables meanwhile, nor do commands that run beside a server.
 */
async function inTransaction<T>(
  address: DatabaseAddress,
  lock: 'SHARE ROW EXCLUSIVE' | 'ACCESS EXCLUSIVE',
  prepare: (client: Client) => Promise<void>,
  work: (side: Postgres) => Promise<T>,
): Promise<T> {
  const results: T[] = [];
  const holder = await Holder.open(address, async (client) => {
    await client.query(SETTINGS);
    await prepare(client);
    const tables = MOVED.map(({ table }) => table).join(', ');
    // What is read has to be of one moment; where nobody else can read it is anyway.
    const isolation = lock === 'ACCESS EXCLUSIVE' ? 'READ COMMITTED' : 'REPEATABLE READ';
    await client.query(`BEGIN ISOLATION LEVEL ${isolation}`);
    await client.query(`LOCK TABLE ${tables} IN ${lock} MODE`);
    try {
      results.push(await work(new Postgres(client)));
    } catch (error) {
      throw brokenOff(error, address);
    }
    await commit(client, address);
  });
  await holder.close();
  const [result] = results;
  if (result === undefined) throw new Error('a move had no result');
  return result;
}

/** Returns what is said of a fault in the middle. What a side has found itself says it all. */
function brokenOff(error: unknown, address: DatabaseAddress): StoreOpenError {
  if (error instanceof StoreOpenError) return error;
  const { fault, message } = openFault(error, address);
  const says =
    fault === 'unreachable'
      ? `The connection to the PostgreSQL on ${placeOf(address)} was lost in the middle. Look at its log.`
      : message;
  return new StoreOpenError(fault, `${says} Nothing was moved: start it again then.`);
}

/** How long a commit without an answer is asked about, milliseconds: as long as a restart takes. */
const ASKED_MS = 20_000;

/** Commits. Whose answer is lost is asked about: whoever starts with an empty target believes that nothing is in it. */
async function commit(client: Client, address: DatabaseAddress): Promise<void> {
  const { rows } = await client.query<{ xid: string | null }>(
    'SELECT pg_current_xact_id_if_assigned()::text AS xid',
  );
  const xid = rows[0]?.xid ?? null;
  try {
    await client.query('COMMIT');
  } catch (error) {
    // Without a number nothing was written: it is the source, and somebody else may have had it.
    if (xid === null || sqlState(error) !== null) throw brokenOff(error, address);
    const became = await outcomeOf(address, { xid, lost: client }, ASKED_MS);
    if (became === 'aborted') throw brokenOff(error, address);
    if (became !== 'committed')
      throw new StoreOpenError(
        'unreachable',
        `The connection to the PostgreSQL on ${placeOf(address)} was lost at the very end, and it is not known whether everything was ` +
          'moved or nothing. Move again when it can be reached: `not_empty` says then that everything is there.',
      );
  }
}

/** Lets `work` read a database that no server uses. Throws StoreOpenError. */
export function movesFromPostgres<T>(
  address: DatabaseAddress,
  work: (source: SourceSide) => Promise<T>,
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
  return inTransaction(address, 'SHARE ROW EXCLUSIVE', assertCurrent, work);
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
  return await inTransaction(address, 'ACCESS EXCLUSIVE', makeTables, work);
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

/** Rules about many rows, references first: others can't be taken away before them. [PostgreSQL, 53.13: pg_constraint.contype] */
const CONSTRAINTS = `
  SELECT conrelid::regclass::text AS table, contype = 'f' AS refers,
         format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS take,
         format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS put_back
  FROM pg_constraint WHERE conrelid = ANY($1::text[]::regclass[]) AND contype IN ('f', 'u')
  ORDER BY contype = 'f' DESC, conrelid, conname`;
/** Indexes that are not of a constraint. */
const INDEXES = `
  SELECT indrelid::regclass::text AS table, format('DROP INDEX %s', indexrelid::regclass) AS take,
         pg_get_indexdef(indexrelid) AS put_back
  FROM pg_index WHERE indrelid = ANY($1::text[]::regclass[])
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
  ORDER BY indrelid, indexrelid`;

/**
 * Tables that may be emptied as a whole: what comes into one in the same transaction can be written as rows that everybody has seen
 * long ago. Of others the first to read a row marks it, and a vacuum goes over all of them while a server is at work. [PostgreSQL, 53.53: pg_trigger, bit 32]
 */
const EMPTIED = `
  SELECT name AS table FROM unnest($1::text[]) name
  WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = name::regclass AND tgtype & 32 <> 0) ORDER BY name`;

type Definition = { readonly table: string; readonly take: string; readonly put_back: string };

class Postgres implements SourceSide, TargetSide {
  readonly #client: Client;
  /** Tables that this transaction has emptied. */
  #fresh: ReadonlySet<string> = new Set();
  /** Texts are UTF-8 without U+0000 here, and everything else has one form. */
  readonly assertMovable = null;

  constructor(client: Client) {
    this.#client = client;
  }

  async columns(table: string): Promise<readonly Column[]> {
    const { rows } = await this.#client.query<{ name: string; type: string }>(
      `SELECT column_name::text AS name, udt_name::text AS type FROM information_schema.columns
       WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER'
       ORDER BY column_name COLLATE "C"`,
      [table],
    );
    return rows.map(({ name, type }) => ({ name, kind: kindOf(type) }));
  }

  async count(table: string): Promise<number> {
    const { rows } = await this.#client.query<{ rows: number }>(`SELECT count(*) AS rows FROM ${table}`);
    return rows[0]?.rows ?? 0;
  }

  lines({ table, key }: MovedTable, columns: readonly Column[]): AsyncIterable<Lines> {
    const listed = `SELECT ${names(columns)} FROM ${table} ORDER BY ${key.join(', ')}`;
    return copyOut(this.#client, `COPY (${listed}) TO STDOUT`);
  }

  async highest(table: string, column: string): Promise<bigint> {
    const sequence = await this.#sequenceOf(table, column);
    const { rows } = await this.#client.query<{ highest: string }>(
      `SELECT greatest((SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM ${sequence}),
                       (SELECT coalesce(max(${column}), 0) FROM ${table}))::text AS highest`,
    );
    return BigInt(rows[0]?.highest ?? 0);
  }

  occupied(): Promise<string | null> {
    return occupiedTable(this.#client);
  }

  async setAside(): Promise<readonly SetAside[]> {
    await this.#client.query(`SET LOCAL maintenance_work_mem = '${INDEXING_MB}MB'`);
    const tables = [MOVED.map(({ table }) => table)];
    const { rows: rules } = await this.#client.query<Definition & { refers: number }>(CONSTRAINTS, tables);
    const { rows: indexes } = await this.#client.query<Definition>(INDEXES, tables);
    const references = rules.filter(({ refers }) => refers === 1);
    const unique = rules.filter(({ refers }) => refers === 0);
    for (const { take } of [...references, ...unique, ...indexes]) await this.#client.query(take);
    const { rows: emptied } = await this.#client.query<{ table: string }>(EMPTIED, tables);
    this.#fresh = new Set(emptied.map(({ table }) => table));
    await this.#client.query(`TRUNCATE ${[...this.#fresh].join(', ')}`);
    return [...indexes, ...unique, ...references].map(({ table, put_back }) => ({
      table,
      putBack: () => this.#take(table, () => this.#client.query(put_back)),
    }));
  }

  add(table: string, columns: readonly Column[], lines: AsyncIterable<Lines>): Promise<void> {
    const as = this.#fresh.has(table) ? ' WITH (FREEZE)' : '';
    return this.#take(table, () =>
      copyIn(this.#client, `COPY ${table} (${names(columns)}) FROM STDIN${as}`, lines),
    );
  }

  async numberAfter(table: string, column: string, highest: bigint): Promise<void> {
    await this.#client.query('SELECT setval($1::regclass, greatest($2::bigint, 1), $2::bigint > 0)::text', [
      await this.#sequenceOf(table, column),
      String(highest),
    ]);
  }

  async filled(): Promise<void> {
    // Without it the first questions would be answered as if the tables were empty.
    await this.#client.query(`ANALYZE ${MOVED.map(({ table }) => table).join(', ')}`);
  }

  /** A row against a rule is the source's fault, and no other try would change it. */
  async #take(table: string, ask: () => Promise<unknown>): Promise<void> {
    try {
      await ask();
    } catch (error) {
      if (!AGAINST_A_RULE.test(sqlState(error) ?? '')) throw error;
      throw againstRule(table, error);
    }
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
}

/** What making an index may take of the server's memory. Sorting in less goes by its disk. */
const INDEXING_MB = 128;

/**
 * Classes of PostgreSQL's errors: 23, a unique value that is there twice, a reference to nothing, a value that is not allowed;
 * 54, one that is too long for an index.
 */
const AGAINST_A_RULE = /^(23|54)/;

function againstRule(table: string, error: unknown): StoreOpenError {
  const detail: unknown = error instanceof Error ? Reflect.get(error, 'detail') : null;
  const words = error instanceof Error ? error.message : String(error);
  const says = typeof detail === 'string' && detail !== '' ? detail : words;
  return new StoreOpenError(
    'unfit',
    `A row of the table ${table} is against a rule of it, so nothing was moved and the target was left empty: ` +
      `${visible(says.replace(/\.$/, ''), 300)}. Something else has written to the source: correct the row there, or put a backup in its place.`,
  );
}

const names = (columns: readonly Column[]): string => columns.map(({ name }) => name).join(', ');

function kindOf(type: string): Kind {
  const kind = KINDS.get(type);
  if (kind === undefined) throw new Error(`a column of type ${type} is not known to a move`);
  return kind;
}
