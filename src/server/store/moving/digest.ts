/** The digest of a table: the same on every engine when the same is in it. */
import { createHash, type Hash } from 'node:crypto';
import type { Row, Value } from './side.js';

/** Each value with its type and length, so that no two different rows give the same bytes. */
function put(hash: Hash, value: Value): void {
  if (value === null) hash.update('n;');
  else if (typeof value === 'string') hash.update(`s${Buffer.byteLength(value)}:`).update(value, 'utf8');
  else if (Buffer.isBuffer(value)) hash.update(`b${value.length}:`).update(value);
  else hash.update(`i${value};`);
}

export class TableDigest {
  readonly #hash = createHash('sha256');
  #rows = 0;

  /** `columns`: what it is a digest of, in the order of the values. */
  constructor(columns: readonly string[]) {
    this.#add(columns);
  }

  get rows(): number {
    return this.#rows;
  }

  add(rows: readonly Row[]): void {
    for (const row of rows) this.#add(row);
    this.#rows += rows.length;
  }

  /** Returns the SHA-256 in hexadecimal digits. Nothing can be added then. */
  end(): string {
    return this.#hash.digest('hex');
  }

  #add(row: Row): void {
    this.#hash.update(`r${row.length};`);
    for (const value of row) put(this.#hash, value);
  }
}
