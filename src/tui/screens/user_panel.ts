/** One account as a panel: beside the table on wide screens, and as the detail screen. */
import type { Account } from '../../protocol/index.js';
import { labelledPanel, panel } from '../components/index.js';
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
  return labelledPanel(
    { theme, width, title: account.account_name, active: live_sessions !== null },
    lines,
    height,
  );
}
