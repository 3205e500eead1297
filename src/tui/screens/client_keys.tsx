/** Admin › Client keys: what programs and machines prove before the server listens, and what may be done with it. */
import { ListScreen, type Column } from '../components/index.js';
import type { Words } from '../i18n/index.js';
import type { ClientKeyRecord } from '../../protocol/index.js';
import { useServices, useWords, type Handlers } from '../services/index.js';
import { LISTS, pushScreen, SCREENS } from '../state/index.js';
import type { BodySize } from './body_size.js';
import { clientKeyKeys } from './client_key_acts.js';
import { clientKeyPanel } from './client_key_panel.js';
import { keyCopies, createdText, lastUsedCell, stateCell } from './client_key_words.js';

const clientKeyColumns =
  (own: string | null) =>
  (words: Words): Column<ClientKeyRecord>[] => {
    const { t } = words;
    return [
      {
        title: t('col_name'),
        sort: 'name',
        cells_min: 14,
        grow: 3,
        cell: (row) => LISTS.client_keys.name(row),
      },
      { title: t('col_state'), sort: 'state', cells_min: 20, grow: 0, cell: (row) => stateCell(words, row) },
      {
        title: t('col_last_used'),
        sort: 'last_used_at',
        cells_min: 13,
        grow: 0,
        cell: (row) => lastUsedCell(words, row, own),
      },
      { title: t('col_key_id'), sort: 'key_id', cells_min: 22, grow: 0, cell: (row) => row.key_id },
      {
        title: t('col_created'),
        sort: 'created_at',
        cells_min: 10,
        grow: 0,
        cell: (row) => createdText(words, row),
      },
    ];
  };

export function ClientKeys(size: BodySize): React.JSX.Element {
  const { effects, store, now } = useServices();
  const { t } = useWords();
  const own = effects.keyInUse();

  const handlers = (key: ClientKeyRecord | undefined): Handlers => ({
    ...(key === undefined
      ? {}
      : { open: () => store.setState(pushScreen({ name: 'client_key', key_id: key.key_id })) }),
    ...clientKeyKeys(store, effects, key, now()),
    new_client_key: () => store.setState(pushScreen({ name: 'create_client_key' })),
  });
  return (
    <ListScreen
      {...size}
      list="client_keys"
      title={` ${t('tab_admin')} › ${t(SCREENS.client_keys.title)}`}
      places={SCREENS.client_keys.keys}
      columns={clientKeyColumns(own)}
      handlers={handlers}
      copies={keyCopies}
      detail={(theme, words, key, width, height) => clientKeyPanel(theme, words, key, own, width, height)}
    />
  );
}
