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
  return labelledPanel({ theme, width, title }, listedLines(words, account), height);
}

/** The list doesn't say how many sessions there are. */
const listedLines = (words: Words, account: Account): ReturnType<typeof userLines> =>
  accountLines(words, account, [[words.t('field_id'), account.account_id]]);

/** Label and value of each line about an account. `live_sessions`: null while nobody knows how many there are. */
export function userLines(
  words: Words,
  account: Account,
  live_sessions: number | null,
): readonly (readonly [label: string, value: string])[] {
  const { t } = words;
  const count = live_sessions === null ? '…' : String(live_sessions);
  return accountLines(words, account, [
    [t('field_sessions'), count],
    [t('field_id'), account.account_id],
  ]);
}
