/**
 * How rows go from one engine to the other: in the text form of PostgreSQL's COPY, a line for each row, a tab between two values.
 * A SHA-256 over these lines is the digest of a table, so the same rows have the same one on both engines, and anybody can have it from
 * `psql` as well. [PostgreSQL, COPY: Text Format]
 */

/** What a column holds, on both engines. */
export type Kind = 'text' | 'integer' | 'bytes';
export type Column = { readonly name: string; readonly kind: Kind };

/** `bigint` for whole numbers that a double can't hold. */
export type Value = string | number | bigint | Buffer | null;
export type Row = readonly Value[];

/** Whole lines, and how many. */
export type Lines = { readonly bytes: Buffer; readonly rows: number };

/** When to hand lines on: often enough for little memory, seldom enough for few calls. */
export const LINES_BYTES = 64 * 1024;

/** U+0008 to U+000D but for none, and the backslash: what has a sign of its own. */
const SPECIAL = /[\b\t\n\v\f\r\\]/;
const SPECIALS = /[\b\t\n\v\f\r\\]/g;
const SIGNS: ReadonlyMap<string, string> = new Map([
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\v', '\\v'],
  ['\f', '\\f'],
  ['\r', '\\r'],
  ['\\', '\\\\'],
]);
const MEANT: ReadonlyMap<string, string> = new Map([...SIGNS].map(([plain, sign]) => [sign, plain]));
const SIGN = /\\./gs;
const NULL = '\\N';

/** Returns a row as a line, with its end. Whole numbers may be given as their digits. Throws for a value of another kind. */
export function lineOf(columns: readonly Column[], row: Row): string {
  let line = '';
  for (let at = 0; at < columns.length; at += 1) {
    const value = row[at] ?? null;
    line += at === 0 ? '' : '\t';
    line += value === null ? NULL : cellOf(value, columns[at]);
  }
  return `${line}\n`;
}

function cellOf(value: string | number | bigint | Buffer, column: Column | undefined): string {
  if (column?.kind === 'text' && typeof value === 'string')
    return SPECIAL.test(value) ? value.replace(SPECIALS, (plain) => SIGNS.get(plain) ?? plain) : value;
  if (column?.kind === 'integer' && !Buffer.isBuffer(value)) return String(value);
  if (column?.kind === 'bytes' && Buffer.isBuffer(value)) return `\\\\x${value.toString('hex')}`;
  throw new Error(`in the column ${column?.name ?? ''} is a value that is not of its kind`);
}

/** Returns the rows of whole lines. */
export function* rowsOf(columns: readonly Column[], { bytes }: Lines): Generator<Value[]> {
  const lines = bytes.toString('utf8').split('\n');
  // Behind the last end is nothing.
  lines.pop();
  for (const line of lines) yield line.split('\t').map((cell, at) => valueOf(cell, columns[at]?.kind));
}

function valueOf(cell: string, kind: Kind | undefined): Value {
  if (cell === NULL) return null;
  if (kind === 'bytes') return Buffer.from(cell.slice(3), 'hex');
  if (kind === 'integer') {
    const number = Number(cell);
    return Number.isSafeInteger(number) ? number : BigInt(cell);
  }
  return cell.includes('\\') ? cell.replace(SIGN, (sign) => MEANT.get(sign) ?? sign) : cell;
}
