/** One role as a panel beside the list on wide screens, and the lines of the detail screen. */
import { labelledPanel, panel } from '../components/index.js';
import { dateTime, roleWord, type Words } from '../i18n/index.js';
import type { RoleRecord } from '../../protocol/index.js';
import type { Theme } from '../theme/index.js';
import { permissionLines } from './role_words.js';

export function rolePanel(
  theme: Theme,
  words: Words,
  role: RoleRecord | null,
  width: number,
  height: number,
): string[] {
  if (role === null) return panel({ theme, width, title: words.t('none') }, [], height);
  const title = roleWord(words.t, role.role);
  return labelledPanel({ theme, width, title }, roleLines(words, role), height);
}

/** Label and value of each line about a role. */
export function roleLines(
  { t, language }: Words,
  role: RoleRecord,
): readonly (readonly [label: string, value: string])[] {
  const when = (at: number | null): string => (at === null ? t('none') : dateTime(language, at));
  return [
    [t('field_name'), role.role],
    [t('field_role_kind'), t(role.built_in ? 'role_kind_built_in' : 'role_kind_own')],
    ...(role.built_in
      ? []
      : ([
          [t('field_description'), role.description ?? t('none')],
          [t('field_created'), when(role.created_at)],
          [t('field_updated'), when(role.updated_at)],
        ] as const)),
    ['', ''],
    ...permissionLines(t, role.permissions),
  ];
}
