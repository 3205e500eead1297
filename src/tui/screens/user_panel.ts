/** One account as a panel: beside the table on wide screens, and as the detail screen. */
import type { Account } from '../../protocol/index.js';
import { inner, labelledPanel, labelledRows, panel } from '../components/index.js';
import type { Theme } from '../theme/index.js';
import type { Words } from '../i18n/index.js';
import { accountLines } from './account_words.js';

export const userLines = (
  words: Words,
  account: Account,
  live_sessions: number | null,
): readonly (readonly [label: string, value: string])[] => {
  const { t } = words;
  return accountLines(words, account, [
    ...(live_sessions === null ? [] : [[t('field_sessions'), String(live_sessions)] as const]),
    [t('field_id'), account.account_id],
  ]);
};

export function userPanelRows(
  theme: Theme,
  words: Words,
  account: Account | null,
  live_sessions: number | null,
  width: number,
  height: number,
  top = 0,
): string[] {
  const { t } = words;
  if (account === null) return panel({ theme, width, title: t('none') }, [], height);
  const lines = userLines(words, account, live_sessions);
  const room = height - 2;
  const total = labelledRows(theme, lines, inner(width)).length;
  const corner =
    total > room ? t('rows_shown', { from: top + 1, to: Math.min(total, top + room), total }) : '';
  return labelledPanel(
    { theme, width, title: account.account_name, corner, active: live_sessions !== null },
    lines,
    height,
    top,
  );
}
