/** What can be done with an account that is selected or open: the handlers that list and detail share. */
import type { Account } from '../../protocol/index.js';
import type { Handlers } from '../services/index.js';
import { type AppStore, openOverlay, pushScreen } from '../state/index.js';

export function userKeys(store: AppStore, account: Account | null | undefined): Handlers {
  const session = store.getState().person.session;
  if (account === null || account === undefined || session === null) return {};
  const may = new Set(session.permissions);
  const { account_id } = account;
  return {
    user_actions: () => store.setState(openOverlay({ name: 'menu', menu: 'user_actions', account_id })),
    ...(may.has('users.update')
      ? { edit_user: () => store.setState(pushScreen({ name: 'edit_user', account_id })) }
      : {}),
    ...(may.has('users.delete')
      ? {
          delete_user: () =>
            store.setState(openOverlay({ name: 'confirm', act: { kind: 'delete', account } })),
        }
      : {}),
  };
}

/** Returns the account as the list or the open detail knows it. */
export function knownUser(store: AppStore, account_id: string): Account | null {
  const { user_detail, lists } = store.getState().person;
  if (user_detail?.account_id === account_id && user_detail.account !== null) return user_detail.account;
  for (const rows of lists.users.pages.values()) {
    const found = rows.find((row) => row.account_id === account_id);
    if (found !== undefined) return found;
  }
  return null;
}
