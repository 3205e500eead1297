/** Copies all tables from one side to the other, and makes sure that the same is on both. Commits nothing. */
import { createHash } from 'node:crypto';
import { StoreOpenError } from '../engine.js';
import type { Column, Lines } from './lines.js';
import { MOVED, type MovedTable, type Side, type SourceSide, type TargetSide } from './side.js';

/** `digest`: the SHA-256 of its lines, in hexadecimal digits. */
export type MovedRows = { readonly table: string; readonly rows: number; readonly digest: string };

/** Told every few lines. `done`, `of`: of this table, in rows. `share`: of all that has to be done, from 0 to 1. */
export type Progress = (at: {
  readonly doing: 'checking' | 'copying' | 'indexing' | 'comparing';
  readonly called: string;
  readonly done: number;
  readonly of: number;
  readonly share: number;
}) => void;

/** About what a value costs, in hundredths of what it costs to copy it; an index, what a row does. */
const COSTS = { checking: 40, copying: 100, indexing: 100, comparing: 30 } as const;
type Doing = keyof typeof COSTS;

/** A table of both sides. */
type Common = {
  readonly moved: MovedTable;
  readonly columns: readonly Column[];
  readonly rows: number;
};

/** Throws StoreOpenError when the target holds anything already, or does not give back what was written. */
export async function copyAll(
  source: SourceSide,
  target: TargetSide,
  onProgress: Progress,
): Promise<readonly MovedRows[]> {
  const occupied = await target.occupied();
  if (occupied !== null)
    throw new StoreOpenError(
      'not_empty',
      `There are rows in the table ${occupied} of the database to move to: nothing was changed. Name an empty one.`,
    );
  const tables: Common[] = [];
  for (const moved of MOVED) tables.push(await common(source, target, moved));
  const names = tables.map(({ moved }) => moved.table);
  const aside = await target.setAside();
  const checked = source.assertMovable === null ? [] : names;
  const indexed = aside.map(({ table }) => table);
  const steps = new Steps(
    tables,
    { checking: checked, copying: names, indexing: indexed, comparing: names },
    onProgress,
  );
  if (source.assertMovable !== null)
    for (const { moved, columns } of tables) {
      steps.begin('checking', moved.table);
      await source.assertMovable(moved, columns);
      steps.end();
    }
  const copied: MovedRows[] = [];
  for (const { moved, columns } of tables) {
    const { table, numbered } = moved;
    steps.begin('copying', table);
    const reading = new Reading(source.lines(moved, columns), steps);
    await target.add(table, columns, reading.lines());
    if (numbered !== undefined)
      await target.numberAfter(table, numbered, await source.highest(table, numbered));
    copied.push({ table, ...reading.read() });
    steps.end();
  }
  for (const one of aside) {
    steps.begin('indexing', one.table);
    await one.putBack();
    steps.end();
  }
  await target.filled();
  // When everything is there: rows of one table can change those of another.
  for (const [at, { moved, columns }] of tables.entries()) {
    steps.begin('comparing', moved.table);
    const reading = new Reading(target.lines(moved, columns), steps);
    for await (const _lines of reading.lines());
    const { rows, digest } = reading.read();
    if (rows !== copied[at]?.rows || digest !== copied[at].digest) throw differs(moved.table);
    steps.end();
  }
  return copied;
}

async function common(source: Side, target: Side, moved: MovedTable): Promise<Common> {
  const { table } = moved;
  const columns = await source.columns(table);
  const named = (all: readonly Column[]): string => all.map(({ name, kind }) => `${name} ${kind}`).join();
  if (named(columns) !== named(await target.columns(table))) throw differs(table);
  return { moved, columns, rows: await source.count(table) };
}

const differs = (table: string): StoreOpenError =>
  new StoreOpenError(
    'differs',
    `The table ${table} is not the same on both sides, so nothing was moved and the target was left empty. ` +
      'Look for triggers and rules that are not of this program.',
  );

/** Lines on their way, counted and digested. */
class Reading {
  readonly #hash = createHash('sha256');
  readonly #lines: ReturnType<Side['lines']>;
  readonly #steps: Steps;
  #rows = 0;

  constructor(lines: ReturnType<Side['lines']>, steps: Steps) {
    this.#lines = lines;
    this.#steps = steps;
  }

  async *lines(): AsyncGenerator<Lines> {
    for await (const lines of this.#lines) {
      this.#hash.update(lines.bytes);
      this.#rows += lines.rows;
      yield lines;
      this.#steps.reached(this.#rows);
    }
  }

  /** Returns what was read in all. To be asked once. */
  read(): { readonly rows: number; readonly digest: string } {
    return { rows: this.#rows, digest: this.#hash.digest('hex') };
  }
}

/** Where in all that has to be done it is. */
class Steps {
  readonly #tables: ReadonlyMap<string, Common>;
  readonly #onProgress: Progress;
  readonly #all: number;
  #before = 0;
  #now: { readonly doing: Doing; readonly table: Common } | null = null;

  /** `planned`: of which tables what will be done, as often as it will. */
  constructor(
    tables: readonly Common[],
    planned: Readonly<Record<Doing, readonly string[]>>,
    onProgress: Progress,
  ) {
    this.#tables = new Map(tables.map((table) => [table.moved.table, table]));
    this.#onProgress = onProgress;
    const steps = DOINGS.flatMap((doing) => planned[doing].map((name) => ({ doing, name })));
    this.#all = steps.reduce((sum, { doing, name }) => sum + costOf(doing, this.#tables.get(name)), 0);
  }

  begin(doing: Doing, name: string): void {
    const table = this.#tables.get(name);
    if (table === undefined) return;
    this.#now = { doing, table };
    this.reached(0);
  }

  reached(done: number): void {
    if (this.#now === null) return;
    const { doing, table } = this.#now;
    const cost = this.#before + (table.rows === 0 ? 0 : (costOf(doing, table) * done) / table.rows);
    const share = this.#all === 0 ? 1 : Math.min(1, cost / this.#all);
    this.#onProgress({ doing, called: table.moved.called, done, of: table.rows, share });
  }

  end(): void {
    if (this.#now === null) return;
    const { doing, table } = this.#now;
    this.reached(table.rows);
    this.#before += costOf(doing, table);
    this.#now = null;
  }
}

const DOINGS: readonly Doing[] = ['checking', 'copying', 'indexing', 'comparing'];

function costOf(doing: Doing, table: Common | undefined): number {
  if (table === undefined) return 0;
  return COSTS[doing] * table.rows * (doing === 'indexing' ? 1 : table.columns.length);
}
