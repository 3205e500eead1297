/** The rows of a table, built once per row, width, look, language and minute. */
import type { Words } from '../i18n/index.js';
import type { Theme } from '../theme/index.js';
import { headerRow, layColumns, tableRow, type Column, type LaidColumn } from './table.js';

const MINUTE_MS = 60_000;

export type ColumnsOf<R> = (words: Words) => readonly Column<R>[];

export class ListRows<R extends object> {
  readonly #columnsOf: ColumnsOf<R>;
  #signature = '';
  #columns: readonly LaidColumn<R>[] = [];
  #plain = new WeakMap<R, string>();
  #chosen = new WeakMap<R, string>();

  constructor(columnsOf: ColumnsOf<R>) {
    this.#columnsOf = columnsOf;
  }

  /** Forgets everything when the width, the look, the language or the minute is another. */
  prepare(theme: Theme, words: Words, cells: number): void {
    const signature = `${theme.name} ${words.language} ${cells} ${Math.floor(words.now / MINUTE_MS)}`;
    if (signature === this.#signature) return;
    this.#signature = signature;
    this.#columns = layColumns(this.#columnsOf(words), cells);
    this.#plain = new WeakMap();
    this.#chosen = new WeakMap();
  }

  header(theme: Theme, cells: number, title?: (column: LaidColumn<R>) => string): string {
    return headerRow(theme, this.#columns, cells, title);
  }

  row(theme: Theme, row: R, cells: number, selected: boolean): string {
    const cache = selected ? this.#chosen : this.#plain;
    let text = cache.get(row);
    if (text === undefined) {
      text = tableRow(theme, this.#columns, row, cells, selected);
      cache.set(row, text);
    }
    return text;
  }
}
