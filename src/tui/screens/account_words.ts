/** How accounts and sessions are put into words, the same on every screen. Pure. */
import { ago, dateOnly, dateTime, roleWord, type MessageKey, type Words } from '../i18n/index.js';
import type { Account, AccountStatus, Session } from '../../protocol/index.js';
import type { SignInEntry } from '../state/index.js';
import type { Cell } from '../components/index.js';

const STATUS_LOOK = {
  active: { role: 'ok', sign: '●' },
  pending: { role: 'warn', sign: '◐' },
  suspended: { role: 'error', sign: '✗' },
} as const satisfies Record<AccountStatus, { role: 'ok' | 'warn' | 'error'; sign: string }>;

/** Sign, word and colour: never colour alone. */
export const statusCell = ({ t }: Words, status: AccountStatus): Cell => ({
  role: STATUS_LOOK[status].role,
  text: `${STATUS_LOOK[status].sign} ${t(`status_${status}`)}`,
});

export const rolesText = ({ t }: Words, account: Account): string => {
  const special = account.roles.filter((role) => role !== 'user');
  return (special.length === 0 ? account.roles : special).map((role) => roleWord(t, role)).join(', ');
};

export const fullName = (account: Account): string =>
  [account.first_name, account.last_name].filter((part) => part !== null).join(' ');

export const deviceText = (
  { t }: Words,
  device: Pick<Session, 'client_name' | 'client_version' | 'os' | 'host_name'>,
): string => {
  const client = [device.client_name, device.client_version]
    .filter((part) => part !== null && part !== '')
    .join(' ');
  const text = [device.host_name, client, device.os]
    .filter((part) => part !== null && part !== '')
    .join(' · ');
  return text === '' ? t('unknown_device') : text;
};

/** What of an account one wants elsewhere. */
export const accountCopies = (account: Account): readonly { label: MessageKey; text: string | null }[] => [
  { label: 'field_login', text: account.account_name },
  { label: 'field_name', text: fullName(account) },
  { label: 'field_email', text: account.email },
  { label: 'field_phone', text: account.phone },
  { label: 'field_picture_url', text: account.picture_url },
  { label: 'field_id', text: account.account_id },
];

/** Label and value of each line of an account, for profile and detail panels. What is written about oneself is last: it may be long. */
export function accountLines(
  words: Words,
  account: Account,
  more: readonly (readonly [label: string, value: string])[] = [],
): readonly (readonly [label: string, value: string])[] {
  const { t, language } = words;
  const or = (value: string | null): string => (value === null || value === '' ? t('none') : value);
  return [
    [t('field_login'), account.account_name],
    [t('field_name'), or(fullName(account))],
    [t('field_email'), or(account.email)],
    [t('field_phone'), or(account.phone)],
    [t('field_role'), rolesText(words, account)],
    [t('field_status'), t(`status_${account.status}`)],
    [t('field_created'), dateOnly(language, account.created_at)],
    [
      t('field_password_changed'),
      account.password_changed_at === null ? t('none') : dateOnly(language, account.password_changed_at),
    ],
    [t('field_seen'), ago(t, language, account.last_seen_at, words.now)],
    ...more,
    [t('field_updated'), dateOnly(language, account.updated_at)],
    [t('field_language'), or(account.locale)],
    [t('field_picture'), or(account.picture_url)],
    [t('field_bio'), or(account.bio)],
  ];
}

/** Where a session is used now, and where it began if that was elsewhere. */
export function addressText({ t }: Words, { address, last_address = address }: Session): string {
  return last_address === address ? address : t('address_moved', { last: last_address, first: address });
}

/** The same as a cell: that a session moved is seen where there is no room to read it. */
export function addressCell(words: Words, session: Session): Cell {
  const text = addressText(words, session);
  const { address, last_address = address } = session;
  return networkOf(address) === networkOf(last_address) ? text : { role: 'warn', text: `! ${text}` };
}

/** Of IPv6 the /64: within it machines change their address every day. */
const networkOf = (address: string): string =>
  address.includes(':') ? address.split(':', 4).join(':') : address;

/** How a try ended: sign, word and colour. */
export function historyResult({ t }: Words, { success, method }: SignInEntry): Cell {
  if (!success) return { role: 'error', text: `✗ ${t('result_refused')}` };
  return method === 'resume' || method === 'refresh'
    ? { role: 'warn', text: `! ${t('result_went_on')}` }
    : { role: 'ok', text: `✓ ${t('result_ok')}` };
}

export function historyReason({ t }: Words, entry: SignInEntry): string {
  const { method } = entry;
  // Somebody who was signed in already, and not somebody at the door; said first, because the end is what gets cut.
  if (method === 'confirmation')
    return t('failure_in_session', { failure: t(`failure_${entry.failure ?? 'wrong_password'}`) });
  return entry.failure === null ? t(`method_${method}`) : t(`failure_${entry.failure}`);
}

export const whenText = ({ language }: Words, at: number): string => dateTime(language, at);
