/** The tables of a SQLite file as one side of a move: what is read of them, and how they are filled. */
import { isUtf8 } from 'node:buffer';
import { visible } from '../../runtime/index.js';
import { StoreOpenError } from '../engine.js';
import {
  lineOf,
  LINES_BYTES,
  rowsOf,
  type Column,
  type Kind,
  type Lines,
  type Row,
} from '../moving/lines.js';
import {
  MOVED,
  OF_AN_ENGINE,
  type MovedTable,
  type SetAside,
  type SourceSide,
  type TargetSide,
} from '../moving/side.js';
import { openError, type SqliteDatabase } from './database.js';

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['TEXT', 'text'],
  ['INTEGER', 'integer'],
  ['BLOB', 'bytes'],
]);

/** All tables are strict: what is in a column is of its kind, or the file is damaged. */
export class Sqlite implements SourceSide, TargetSide {
  readonly #db: SqliteDatabase;
  readonly #path: string;

  constructor(db: SqliteDatabase, path: string) {
    this.#db = db;
    this.#path = path;
  }

  columns(table: string): Promise<readonly Column[]> {
    return this.#told((db) =>
      db
        .prepare<[string], { name: string; type: string }>(
          'SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY name',
        )
        .all(table)
        .map(({ name, type }) => ({ name, kind: kindOf(type) })),
    );
  }

  count(table: string): Promise<number> {
    return this.#told((db) => db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0);
  }

  *lines({ table, key }: MovedTable, columns: readonly Column[]): Generator<Lines> {
    // Whole numbers as their digits: a double would round those that it can't hold, on both sides alike.
    const read = columns.map(({ name, kind }) =>
      kind === 'integer' ? `CAST(${name} AS TEXT) AS ${name}` : name,
    );
    const ordered = key.map((name) => `${table}.${name}`).join(', ');
    try {
      const listed = this.#db
        .prepare<[], Row>(`SELECT ${read.join(', ')} FROM ${table} ORDER BY ${ordered}`)
        .raw(true);
      let text = '';
      let rows = 0;
      for (const row of listed.iterate()) {
        text += lineOf(columns, row);
        rows += 1;
        if (text.length < LINES_BYTES) continue;
        yield { bytes: Buffer.from(text), rows };
        text = '';
        rows = 0;
      }
      if (rows > 0) yield { bytes: Buffer.from(text), rows };
    } catch (error) {
      throw openError(error, this.#path);
    }
  }

  assertMovable(from: MovedTable, columns: readonly Column[]): Promise<void> {
    return this.#told((db) => {
      const unfit = unfitTexts(db, from, columns);
      if (unfit !== null) throw unfitError(this.#path, from.table, unfit);
    });
  }

  highest(table: string, column: string): Promise<bigint> {
    return this.#told((db) => {
      const given = db.prepare<[string], bigint>('SELECT seq FROM sqlite_sequence WHERE name = ?').pluck();
      const there = db.prepare<[], bigint>(`SELECT coalesce(max(${column}), 0) FROM ${table}`).pluck();
      const [last = 0n, max = 0n] = [given.safeIntegers(true).get(table), there.safeIntegers(true).get()];
      return last > max ? last : max;
    });
  }

  occupied(): Promise<string | null> {
    return this.#told((db) => {
      const tables = db
        .prepare<[], string>(
          "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'",
        )
        .pluck()
        .all();
      const found = tables.find(
        (table) =>
          !OF_AN_ENGINE.includes(table) && db.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() !== undefined,
      );
      return found ?? null;
    });
  }

  setAside(): Promise<readonly SetAside[]> {
    return this.#told((db) => {
      const indexes = db
        .prepare<[], { name: string; table: string; sql: string }>(
          "SELECT name, tbl_name AS 'table', sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name",
        )
        .all()
        .filter(({ table }) => MOVED.some((moved) => moved.table === table));
      for (const { name } of indexes) db.exec(`DROP INDEX ${name}`);
      return indexes.map(({ table, sql }) => ({
        table,
        putBack: () => this.#told((asked) => void asked.exec(sql)),
      }));
    });
  }

  async add(table: string, columns: readonly Column[], lines: AsyncIterable<Lines>): Promise<void> {
    const names = columns.map(({ name }) => name).join(', ');
    const insert = await this.#told((db) =>
      db.prepare(`INSERT INTO ${table} (${names}) VALUES (${columns.map(() => '?').join(', ')})`),
    );
    for await (const some of lines)
      await this.#told(() => {
        for (const row of rowsOf(columns, some)) insert.run(row);
      });
  }

  numberAfter(table: string, _column: string, highest: bigint): Promise<void> {
    return this.#told((db) => {
      const keeps = db
        .prepare("SELECT 1 FROM sqlite_schema WHERE name = ? AND sql LIKE '%AUTOINCREMENT%'")
        .get(table);
      // Any other table goes on behind the highest that is there.
      if (keeps === undefined || highest === 0n) return;
      db.prepare('DELETE FROM sqlite_sequence WHERE name = ?').run(table);
      db.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)').run(table, highest);
    });
  }

  filled(): Promise<void> {
    return this.#told((db) => {
      // They were not looked at while the tables were filled.
      const orphan = db.prepare<[], { table: string; parent: string }>('PRAGMA foreign_key_check').get();
      if (orphan !== undefined)
        throw new StoreOpenError(
          'unfit',
          `A row of the table ${orphan.table} refers to a row of ${orphan.parent} that is not there, so nothing was moved and the target ` +
            'was left empty. Something else has written to the source: correct the row there, or put a backup in its place.',
        );
    });
  }

  /** Errors of the file get its sentence here: around it they would be taken for the other side's. */
  #told<T>(ask: (db: SqliteDatabase) => T): Promise<T> {
    try {
      return Promise.resolve(ask(this.#db));
    } catch (error) {
      return Promise.reject(openError(error, this.#path));
    }
  }
}

function kindOf(type: string): Kind {
  const kind = KINDS.get(type);
  if (kind === undefined) throw new Error(`a column of type ${type} is not known to a move`);
  return kind;
}

type Unfit = {
  readonly column: string;
  readonly why: string;
  /** Whose it is: names of columns with their values, as SQL writes them. */
  readonly whose: string;
  readonly count: number;
};

/**
 * Returns the first text that another database would not take, or would not give back: SQLite keeps any bytes, and who reads
 * them as text gets other ones. Null when there is none.
 */
function unfitTexts(
  db: SqliteDatabase,
  { table, key }: MovedTable,
  columns: readonly Column[],
): Unfit | null {
  const texts = columns.filter(({ kind }) => kind === 'text');
  if (texts.length === 0) return null;
  const named = columns.filter(({ name }) => name === 'account_id' || key.includes(name));
  // Found by SQLite itself; the few that it can't tell are looked at here. GLOB reads up to a U+0000.
  const asks = texts.map(({ name }) => `${name} GLOB ${NOT_ASCII} OR instr(${name}, char(0))`);
  const read = [...texts, ...named].map(({ name }) => `CAST(${name} AS BLOB)`);
  const listed = db
    .prepare<[], readonly (Buffer | null)[]>(
      `SELECT ${read.join(', ')} FROM ${table} WHERE ${asks.join(' OR ')} ORDER BY ${key.join(', ')}`,
    )
    .raw(true);
  let first: Omit<Unfit, 'count'> | null = null;
  let count = 0;
  for (const row of listed.iterate()) {
    for (const [at, { name }] of texts.entries()) {
      const why = whyUnfit(row[at] ?? null);
      if (why === null) continue;
      count += 1;
      const whose = (): string =>
        named
          .map((column, nth) => `${column.name} = ${literal(column, row[texts.length + nth] ?? null)}`)
          .join(' AND ');
      first ??= { column: name, why, whose: whose() };
    }
  }
  return first === null ? null : { ...first, count };
}

/** A text with any character but U+0001 to U+007F in it, or with bytes that are none. */
const NOT_ASCII = "('*[^' || char(1) || '-' || char(127) || ']*')";

function whyUnfit(bytes: Buffer | null): string | null {
  if (bytes === null) return null;
  if (bytes.includes(0)) return 'holds the character U+0000';
  return isUtf8(bytes) ? null : 'holds bytes that are no UTF-8';
}

/** As SQL writes it, so that the row can be found by it. */
function literal({ kind }: Column, value: Buffer | null): string {
  if (value === null) return 'NULL';
  const hex = `x'${value.toString('hex')}'`;
  if (kind === 'bytes') return hex;
  const text = value.toString('utf8');
  if (!isUtf8(value) || visible(text, text.length) !== text) return `CAST(${hex} AS TEXT)`;
  return kind === 'integer' ? text : `'${text.replaceAll("'", "''")}'`;
}

function unfitError(path: string, table: string, { column, why, whose, count }: Unfit): StoreOpenError {
  const more = count === 1 ? '' : ` It is the first of ${count} such texts in this table.`;
  return new StoreOpenError(
    'unfit',
    `A text in ${path} ${why}, which PostgreSQL does not take: ${column} in the table ${table}, of the row with ${whose}.${more} ` +
      'Nothing was copied. Write another text there: start the server with this folder and change it in the profile, or let the ' +
      `sqlite3 shell do it while the server is stopped (UPDATE ${table} SET ${column} = 'TEXT' WHERE ${whose};). Then move again.`,
  );
}
