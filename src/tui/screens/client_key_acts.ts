/** What can be done with a client key that is selected: the same from its keys and from the menu. */
import type { ClientKeyRecord } from '../../protocol/index.js';
import type { Effects } from '../effects/index.js';
import type { Handlers } from '../services/index.js';
import { type AppStore, loadedRows, openOverlay, pushScreen } from '../state/index.js';
import { fixedBecause } from './client_key_words.js';

type ClientKeyActs = {
  readonly menu: () => void;
  readonly edit: () => void;
  readonly rotate: () => void;
  readonly revoke: () => void;
};

/** Returns the acts; with a key that can't be changed here each of them says why. */
export function clientKeyActs(
  store: AppStore,
  effects: Effects,
  client_key: ClientKeyRecord,
  now: number,
): ClientKeyActs {
  const { key_id } = client_key;
  const because = fixedBecause(client_key, now);
  if (because !== null) {
    const say = (): void => effects.toast('info', { key: because });
    return { menu: say, edit: say, rotate: say, revoke: say };
  }
  return {
    menu: () => store.setState(openOverlay({ name: 'menu', menu: 'client_key_actions', key_id })),
    edit: () => store.setState(pushScreen({ name: 'edit_client_key', key_id })),
    rotate: () => store.setState(pushScreen({ name: 'rotate_client_key', key_id })),
    revoke: () => {
      const own = effects.keyInUse() === key_id;
      store.setState(openOverlay({ name: 'confirm', act: { kind: 'revoke_client_key', client_key, own } }));
    },
  };
}

/** The handlers that list and detail share; none for acts where there is no key. */
export function clientKeyKeys(
  store: AppStore,
  effects: Effects,
  client_key: ClientKeyRecord | null | undefined,
  now: number,
): Handlers {
  const refresh: Handlers = { client_keys_refresh: () => effects.refreshList('client_keys') };
  if (client_key === null || client_key === undefined) return refresh;
  const { menu, edit, rotate, revoke } = clientKeyActs(store, effects, client_key, now);
  return {
    ...refresh,
    client_key_actions: menu,
    edit_client_key: edit,
    rotate_client_key: rotate,
    revoke_client_key: revoke,
  };
}

/** Returns the key as the list knows it. */
export const knownClientKey = (store: AppStore, key_id: string): ClientKeyRecord | null =>
  loadedRows(store.getState().person.lists.client_keys).find((key) => key.key_id === key_id) ?? null;
