/** One account as a panel: beside the table on wide screens, and as the detail screen. */
import type { Account } from '../../protocol/index.js';
import { inner, panel } from '../components/index.js';
import { fit, width as cellsOf, wrap } from '../text/index.js';
import type { Theme } from '../theme/index.js';
import type { Words } from '../i18n/index.js';
import { accountLines } from './account_words.js';

export function userPanelRows(
  theme: Theme,
  words: Words,
  account: Account | null,
  live_sessions: number | null,
  width: number,
  height: number,
): string[] {
  const { t } = words;
  if (account === null) return panel({ theme, width, title: t('none') }, [], height);
  const lines: (readonly [string, string])[] = [
    ...accountLines(words, account),
    ...(live_sessions === null ? [] : [[t('field_sessions'), String(live_sessions)] as const]),
    [t('field_id'), account.account_id],
  ];
  const cells = inner(width);
  const labels = Math.min(Math.max(...lines.map(([label]) => cellsOf(label))) + 2, Math.floor(cells / 2));
  const content = lines.flatMap(([label, value]) =>
    wrap(value, Math.max(1, cells - labels)).map(
      (line, at) => theme.paint('dim', fit(at === 0 ? label : '', labels)) + fit(line, cells - labels),
    ),
  );
  return panel(
    { theme, width, title: account.account_name, active: live_sessions !== null },
    content,
    height,
  );
}
