/** The rows of a table, built once per row, width, look, language and minute. */
import type { Words } from '../i18n/index.js';
import type { Theme } from '../theme/index.js';
import { headerRow, TableLayout, tableRow, type Column, type LaidColumn } from './table.js';

const MINUTE_MS = 60_000;

export type ColumnsOf<R> = (words: Words) => readonly Column<R>[];

type Prepared<R> = {
  readonly theme: Theme;
  readonly words: Words;
  readonly cells: number;
  /** The rows that are loaded, and the question that they answer. */
  readonly pages: Iterable<readonly R[]>;
  readonly question: string;
};

export class ListRows<R extends object> {
  readonly #columnsOf: ColumnsOf<R>;
  readonly #layout = new TableLayout<R>();
  #signature = '';
  #columns: readonly LaidColumn<R>[] = [];
  #plain = new WeakMap<R, string>();
  #chosen = new WeakMap<R, string>();

  constructor(columnsOf: ColumnsOf<R>) {
    this.#columnsOf = columnsOf;
  }

  /** Forgets all rows when the columns, the look, the language or the minute is another. */
  prepare({ theme, words, cells, pages, question }: Prepared<R>): void {
    const about = `${words.language} ${question}`;
    const columns = this.#layout.lay(this.#columnsOf(words), pages, cells, about);
    const widths = columns.map((column) => column.cells).join(' ');
    const minute = Math.floor(words.now / MINUTE_MS);
    const signature = `${theme.name} ${words.language} ${cells} ${widths} ${minute}`;
    if (signature === this.#signature) return;
    this.#signature = signature;
    this.#columns = columns;
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
