/** Admin › Roles: what each role permits, and making and changing those of one's own. */
import { ListScreen, type Column } from '../components/index.js';
import { dateOnly, roleWord, type Words } from '../i18n/index.js';
import type { RoleRecord } from '../../protocol/index.js';
import { useApp, useServices, useWords, type Handlers } from '../services/index.js';
import { mayBeAt, pushScreen, SCREENS } from '../state/index.js';
import type { BodySize } from './body_size.js';
import { roleKeys } from './role_acts.js';
import { rolePanel } from './role_panel.js';
import { descriptionCell, permitsCell, roleCopies } from './role_words.js';

function roleColumns(words: Words): Column<RoleRecord>[] {
  const { t, language } = words;
  return [
    { title: t('col_name'), sort: 'name', cells_min: 12, grow: 1, cell: (row) => roleWord(t, row.role) },
    {
      title: t('col_permits'),
      sort: 'count',
      cells_min: 8,
      grow: 3,
      cell: (row) => permitsCell(words, row),
    },
    { title: t('col_description'), cells_min: 14, grow: 3, cell: (row) => descriptionCell(words, row) },
    {
      title: t('col_changed'),
      sort: 'updated_at',
      cells_min: 10,
      grow: 0,
      cell: (row) => (row.updated_at === null ? t('none') : dateOnly(language, row.updated_at)),
    },
  ];
}

export function Roles(size: BodySize): React.JSX.Element {
  const { effects, store } = useServices();
  const { t } = useWords();
  const permissions = useApp((state) => state.person.session?.permissions ?? null);
  const mayCreate = mayBeAt('create_role', permissions);

  const handlers = (role: RoleRecord | undefined): Handlers => ({
    ...(role === undefined
      ? {}
      : { open: () => store.setState(pushScreen({ name: 'role', role: role.role })) }),
    ...roleKeys(store, effects, role),
    ...(mayCreate ? { new_role: () => store.setState(pushScreen({ name: 'create_role' })) } : {}),
  });
  return (
    <ListScreen
      {...size}
      list="roles"
      title={` ${t('tab_admin')} › ${t(SCREENS.roles.title)}`}
      places={SCREENS.roles.keys}
      columns={roleColumns}
      handlers={handlers}
      copies={roleCopies}
      detail={(theme, words, role, width, height) => rolePanel(theme, words, role, width, height)}
    />
  );
}
