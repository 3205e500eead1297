/** One account as a panel beside the table on wide screens, and the lines of the detail screen. */
import type { Account } from '../../protocol/index.js';
import { labelledPanel, panel } from '../components/index.js';
import type { Theme } from '../theme/index.js';
import type { Words } from '../i18n/index.js';
import { accountLines } from './account_words.js';

export function userPanelRows(
  theme: Theme,
  words: Words,
  account: Account | null,
  width: number,
  height: number,
): string[] {
  if (account === null) return panel({ theme, width, title: words.t('none') }, [], height);
  const title = account.account_name;
  return labelledPanel({ theme, width, title }, userLines(words, account, null), height);
}

/** Label and value of each line about an account. */
export const userLines = (
  words: Words,
  account: Account,
  live_sessions: number | null,
): readonly (readonly [label: string, value: string])[] => [
  ...accountLines(words, account),
  ...(live_sessions === null ? [] : [[words.t('field_sessions'), String(live_sessions)] as const]),
  [words.t('field_id'), account.account_id],
];
