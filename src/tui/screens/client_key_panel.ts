/** One client key as a panel beside the list on wide screens, and the lines of the detail screen. */
import { labelledPanel, panel } from '../components/index.js';
import { ago, dateTime, type Words } from '../i18n/index.js';
import { CLIENT_PERMISSION_NAMES, type ClientKeyRecord } from '../../protocol/index.js';
import { LISTS } from '../state/index.js';
import type { Theme } from '../theme/index.js';
import { createdText, lastUsedCell, stateCell } from './client_key_words.js';

/** `own`: the key with which this program is connected. */
export function clientKeyPanel(
  theme: Theme,
  words: Words,
  key: ClientKeyRecord | null,
  own: string | null,
  width: number,
  height: number,
): string[] {
  if (key === null) return panel({ theme, width, title: words.t('none') }, [], height);
  const title = LISTS.client_keys.name(key);
  return labelledPanel({ theme, width, title }, clientKeyLines(words, key, own), height);
}

/** Label and value of each line about a key. */
export function clientKeyLines(
  words: Words,
  key: ClientKeyRecord,
  own: string | null,
): readonly (readonly [label: string, value: string])[] {
  const { t, language, now } = words;
  const used = lastUsedCell(words, key, own);
  const lines: (readonly [string, string])[] = [
    [t('field_name'), LISTS.client_keys.name(key)],
    [t('field_key_id'), key.key_id],
    [t('field_state'), stateCell(words, key).text],
    [t('field_key_created'), createdText(words, key)],
    [t('field_key_ends'), key.expires_at === null ? t('none') : dateTime(language, key.expires_at)],
    [t('field_last_used'), typeof used === 'string' ? used : used.text],
  ];
  const { current, next } = key;
  const may = clientPermissionLines(words, key);
  if (current === null || next === null) return [...lines, ...may];
  return [
    ...lines,
    [
      t('field_old_key_until'),
      current.not_after === null ? t('none') : dateTime(language, current.not_after),
    ],
    [t('field_old_key_used'), ago(t, language, current.last_used_at, now)],
    [t('field_next_key_made'), dateTime(language, next.created_at)],
    [t('field_next_key_used'), ago(t, language, next.last_used_at, now)],
    ...may,
  ];
}

/** What it permits with nobody signed in, a line for each. */
function clientPermissionLines(
  { t }: Words,
  { permissions = [] }: ClientKeyRecord,
): readonly (readonly [string, string])[] {
  const known = CLIENT_PERMISSION_NAMES.filter((name) => permissions.includes(name));
  const texts = known.length === 0 ? [t('none')] : known.map((name) => t(`client_permission_${name}`));
  return texts.map((text, at) => [at === 0 ? t('field_client_may') : '', text]);
}
