/** Copies all tables from one side to the other, and makes sure that the same is on both. Commits nothing. */
import { StoreOpenError } from '../engine.js';
import { TableDigest } from './digest.js';
import { MOVED, PAGE, type MovedTable, type Row, type Side, type TargetSide } from './side.js';

export type MovedRows = { readonly table: string; readonly rows: number; readonly digest: string };

/** Told after each page. `of`: each row is written once and read back once. */
export type Progress = (at: {
  readonly table: string;
  readonly doing: 'copying' | 'comparing';
  readonly done: number;
  readonly of: number;
}) => void;

/** Throws StoreOpenError when the target holds anything already, or does not give back what was written. */
export async function copyAll(
  source: Side,
  target: TargetSide,
  onProgress: Progress,
): Promise<readonly MovedRows[]> {
  const occupied = await target.occupied();
  if (occupied !== null)
    throw new StoreOpenError(
      'not_empty',
      `There are rows in the table ${occupied} of the database to move to: nothing was changed. Name an empty one.`,
    );
  let of = 0;
  for (const { table } of MOVED) of += 2 * (await source.count(table));
  let done = 0;
  const stepped = (table: string, doing: 'copying' | 'comparing') => (rows: number) =>
    onProgress({ table, doing, done: (done += rows), of });
  const copied: { moved: MovedTable; columns: readonly string[]; is: MovedRows }[] = [];
  for (const moved of MOVED) {
    const { table } = moved;
    const columns = await source.columns(table);
    if (columns.toSorted().join() !== (await target.columns(table)).toSorted().join()) throw differs(table);
    const write = (rows: readonly Row[]): Promise<void> => target.add(table, columns, rows);
    const is = await readAll(source, moved, columns, stepped(table, 'copying'), write);
    if (moved.numbered !== undefined)
      await target.numberAfter(table, moved.numbered, await source.highest(table, moved.numbered));
    copied.push({ moved, columns, is });
  }
  // When everything is there: rows of one table can change those of another.
  for (const { moved, columns, is } of copied) {
    const { rows, digest } = await readAll(target, moved, columns, stepped(is.table, 'comparing'));
    if (rows !== is.rows || digest !== is.digest) throw differs(is.table);
  }
  return copied.map(({ is }) => is);
}

const differs = (table: string): StoreOpenError =>
  new StoreOpenError(
    'differs',
    `The table ${table} is not the same on both sides, so nothing was moved and the target was left empty. ` +
      'Look for triggers and rules that are not of this program.',
  );

async function readAll(
  side: Side,
  moved: MovedTable,
  columns: readonly string[],
  stepped: (rows: number) => void,
  write: (rows: readonly Row[]) => Promise<void> = () => Promise.resolve(),
): Promise<MovedRows> {
  const digest = new TableDigest(columns);
  const places = moved.key.map((name) => columns.indexOf(name));
  let last: Row | null = null;
  for (;;) {
    const rows: readonly Row[] = await side.page(moved, columns, last);
    digest.add(rows);
    if (rows.length > 0) await write(rows);
    stepped(rows.length);
    const end = rows.at(-1);
    if (end === undefined || rows.length < PAGE)
      return { table: moved.table, rows: digest.rows, digest: digest.end() };
    last = places.map((at) => end[at] ?? null);
  }
}
