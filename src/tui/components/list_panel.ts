/** A list in a panel beside others: a few columns, the selected row, and where one is in it. Pure. */
import type { Words } from '../i18n/index.js';
import { rowAt, type ListQuery, type ListSpec, type PagedList } from '../state/index.js';
import { fit, wrap } from '../text/index.js';
import type { Theme } from '../theme/index.js';
import { scrollTop } from './list_keys.js';
import { emptyWords } from './list_view.js';
import { inner, panel } from './panel.js';
import { headerRow, tableRow, type Column, type TableLayout } from './table.js';

/** Edges and the titles of the columns. */
const FRAME_ROWS = 3;

/** Returns how many rows of a list a panel of this height shows. */
export const panelRoom = (height: number): number => Math.max(1, height - FRAME_ROWS);

type ListPanel<R> = {
  readonly theme: Theme;
  readonly words: Words;
  readonly list: PagedList<R, ListQuery>;
  readonly spec: Pick<ListSpec, 'words'>;
  readonly columns: readonly Column<R>[];
  /** Remembers how wide the columns are. */
  readonly layout: TableLayout<R>;
  readonly title: string;
  /** Stands at the upper right where all rows fit. */
  readonly corner: string;
  readonly active: boolean;
  /** A last row about the selected one, where so many columns have room; none where it is empty. */
  readonly foot?: (columns: number) => string;
  readonly width: number;
  readonly height: number;
};

export function listPanel<R>(look: ListPanel<R>): string[] {
  const { theme, words, list, spec, title, active, width, height } = look;
  const cells = inner(width) - 2;
  const about = `${words.language} ${list.shown_key}`;
  const columns = look.layout.lay(look.columns, list.pages.values(), cells, about);
  const foot = look.foot?.(columns.length) ?? '';
  const room = panelRoom(height) - (foot === '' ? 0 : 1);
  const top = scrollTop(0, list.selected, room, list.row_count);
  const content = [`  ${headerRow(theme, columns, cells)}`];
  for (let at = top; at < Math.min(list.row_count, top + room); at += 1) {
    const row = rowAt(list, at);
    const chosen = active && at === list.selected;
    const text = row === undefined ? fit('…', cells) : tableRow(theme, columns, row, cells, chosen);
    content.push(`${chosen ? '▸ ' : '  '}${text}`);
  }
  if (list.row_count === 0)
    for (const line of wrap(emptyWords(words, list, spec), cells))
      content.push(theme.paint('dim', fit(`  ${line}`, inner(width))));
  if (foot !== '') {
    while (content.length < room + 1) content.push(' '.repeat(inner(width)));
    content.push(theme.paint('dim', fit(`  ${foot}`, inner(width))));
  }
  const corner =
    list.row_count > room
      ? words.t('users_position', { at: list.selected + 1, total: knownRows(list) })
      : look.corner;
  return panel({ theme, width, title, corner, active }, content, height);
}

const knownRows = ({ total, complete, row_count }: PagedList<unknown, ListQuery>): number =>
  total ?? (complete ? row_count : row_count - 1);
