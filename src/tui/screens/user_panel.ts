/** One account as a panel beside the table on wide screens, and the lines of the detail screen. */
import type { Account } from '../../protocol/index.js';
import { inner, labelledRows, panel } from '../components/index.js';
import { fit } from '../text/index.js';
import type { Theme } from '../theme/index.js';
import type { Words } from '../i18n/index.js';
import type { PersonState } from '../state/index.js';
import { accountLines } from './account_words.js';
import { permissionLinesBy } from './role_words.js';

type Lines = ReturnType<typeof accountLines>;
const EDGES = 2;

/** `roles`: all roles of the server; null before they were read. What the account may do is told as far as there is room. */
export function userPanelRows(
  theme: Theme,
  words: Words,
  account: Account | null,
  roles: PersonState['roles'],
  width: number,
  height: number,
): string[] {
  const { t } = words;
  if (account === null) return panel({ theme, width, title: t('none') }, [], height);
  const cells = inner(width);
  // The list doesn't say how many sessions there are.
  const lines = accountLines(words, account, [[t('field_id'), account.account_id]]);
  const rows = labelledRows(theme, [...lines, ...permissionSection(words, account, roles)], cells);
  const room = Math.max(1, height - EDGES);
  const count = rows.length - room + 1;
  const shown =
    rows.length <= room
      ? rows
      : [...rows.slice(0, room - 1), theme.paint('dim', fit(t('permissions_more', { count }), cells))];
  return panel({ theme, width, title: account.account_name }, shown, height);
}

/** Label and value of each line about an account. `live_sessions`: null while nobody knows how many there are. */
export function userLines(
  words: Words,
  account: Account,
  live_sessions: number | null,
  roles: PersonState['roles'],
): Lines {
  const { t } = words;
  const count = live_sessions === null ? '…' : String(live_sessions);
  const lines = accountLines(words, account, [
    [t('field_sessions'), count],
    [t('field_id'), account.account_id],
  ]);
  return [...lines, ...permissionSection(words, account, roles)];
}

/** What an account may do, and by which role; below all else, because it is long. */
const permissionSection = ({ t }: Words, account: Account, roles: PersonState['roles']): Lines => [
  ['', ''],
  ...(permissionLinesBy(t, account.roles, roles) ?? [[t('field_permits'), '…'] as const]),
];
