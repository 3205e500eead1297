/** The rows of the users table, built once per account version, width, language and minute. */
import type { Account } from '../../protocol/index.js';
import { type Column, headerRow, type LaidColumn, layColumns, tableRow } from '../components/index.js';
import { ago } from '../i18n/index.js';
import type { Theme } from '../theme/index.js';
import { fullName, rolesText, statusCell, type Words } from './account_words.js';

const MINUTE_MS = 60_000;

function userColumns(words: Words): Column<Account>[] {
  const { t, language, now } = words;
  return [
    { title: t('col_login'), cells_min: 16, grow: 3, cell: (row) => row.account_name },
    { title: t('col_role'), cells_min: 13, grow: 0, cell: (row) => rolesText(words, row) },
    { title: t('col_status'), cells_min: 15, grow: 0, cell: (row) => statusCell(words, row.status) },
    {
      title: t('col_last_seen'),
      cells_min: 12,
      grow: 0,
      cell: (row) => ago(t, language, row.last_seen_at, now),
    },
    { title: t('col_name'), cells_min: 12, grow: 3, cell: (row) => fullName(row) },
    { title: t('col_email'), cells_min: 20, grow: 3, cell: (row) => row.email ?? '' },
  ];
}

export class UserRows {
  private signature = '';
  private columns: readonly LaidColumn<Account>[] = [];
  private plain = new WeakMap<Account, string>();
  private chosen = new WeakMap<Account, string>();

  /** Forgets everything when the width, the look, the language or the minute is another. */
  prepare(theme: Theme, words: Words, cells: number): void {
    const signature = `${theme.name} ${words.language} ${cells} ${Math.floor(words.now / MINUTE_MS)}`;
    if (signature === this.signature) return;
    this.signature = signature;
    this.columns = layColumns(userColumns(words), cells);
    this.plain = new WeakMap();
    this.chosen = new WeakMap();
  }

  header(theme: Theme, cells: number): string {
    return headerRow(theme, this.columns, cells);
  }

  row(theme: Theme, account: Account, cells: number, selected: boolean): string {
    const cache = selected ? this.chosen : this.plain;
    let row = cache.get(account);
    if (row === undefined) {
      row = tableRow(theme, this.columns, account, cells, selected);
      cache.set(account, row);
    }
    return row;
  }
}
