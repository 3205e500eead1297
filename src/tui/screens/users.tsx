/** Admin › Users: the accounts of the server, and what may be done with them. */
import { cellText, ListScreen, type Column } from '../components/index.js';
import { ago, agoWords, type Words } from '../i18n/index.js';
import { ACCOUNT_STATUSES, BUILT_IN_ROLE_NAMES, shownRole, type Account } from '../../protocol/index.js';
import { useApp, useServices, useWords, type Handlers } from '../services/index.js';
import { mayBeAt, openOverlay, pushScreen, SCREENS } from '../state/index.js';
import { accountCopies, fullName, statusCell } from './account_words.js';
import type { BodySize } from './body_size.js';
import { userKeys } from './user_keys.js';
import { userPanelRows } from './user_panel.js';

function userColumns(words: Words): Column<Account>[] {
  const { t, language, now } = words;
  return [
    { title: t('col_login'), sort: 'account_name', cells_min: 16, grow: 3, cell: (row) => row.account_name },
    {
      title: t('col_role'),
      sort: 'role',
      cells_min: 4,
      grow: 0,
      all: BUILT_IN_ROLE_NAMES.map((role) => t(`role_${role}`)),
      cell: (row) => t(`role_${shownRole(row.roles)}`),
    },
    {
      title: t('col_status'),
      sort: 'status',
      cells_min: 8,
      grow: 0,
      all: ACCOUNT_STATUSES.map((status) => cellText(statusCell(words, status))),
      cell: (row) => statusCell(words, row.status),
    },
    {
      title: t('col_last_seen'),
      sort: 'last_seen_at',
      cells_min: 6,
      grow: 0,
      all: agoWords(t),
      cell: (row) => ago(t, language, row.last_seen_at, now),
    },
    { title: t('col_name'), sort: 'name', cells_min: 12, grow: 3, cell: (row) => fullName(row) },
    { title: t('col_email'), sort: 'email', cells_min: 16, grow: 3, cell: (row) => row.email ?? '' },
  ];
}

export function Users(size: BodySize): React.JSX.Element {
  const { effects, store } = useServices();
  const { t } = useWords();
  const permissions = useApp((state) => state.person.session?.permissions);
  const roles = useApp((state) => state.person.roles);
  const mayCreate = permissions?.includes('users.create') === true;
  const seesKeys = mayBeAt('client_keys', permissions ?? null);

  const handlers = (account: Account | undefined, marked: boolean): Handlers => ({
    ...(account === undefined
      ? {}
      : {
          open: () => store.setState(pushScreen({ name: 'user', account_id: account.account_id })),
        }),
    ...userKeys(store, account),
    ...(marked
      ? { user_actions: () => store.setState(openOverlay({ name: 'menu', menu: 'bulk_actions' })) }
      : {}),
    ...(mayCreate ? { new_user: () => store.setState(pushScreen({ name: 'create_user' })) } : {}),
    ...(seesKeys ? { client_keys: () => store.setState(pushScreen({ name: 'client_keys' })) } : {}),
    roles: () => store.setState(pushScreen({ name: 'roles' })),
    users_refresh: () => effects.refreshList('users'),
  });
  return (
    <ListScreen
      {...size}
      list="users"
      title={` ${t('tab_admin')} › ${t(SCREENS.users.title)}`}
      places={SCREENS.users.keys}
      columns={userColumns}
      handlers={handlers}
      marks
      copies={accountCopies}
      detail={(theme, words, account, width, height) =>
        userPanelRows(theme, words, account, roles, width, height)
      }
    />
  );
}
