/** What can be done with a role that is selected: the same from its keys and from the menu. */
import type { RoleRecord } from '../../protocol/index.js';
import type { Effects } from '../effects/index.js';
import type { Handlers } from '../services/index.js';
import {
  heldBy,
  LISTS,
  loadedRows,
  mayBeAt,
  openOverlay,
  pushScreen,
  roleOf,
  setQuery,
  setScreen,
  type AppStore,
} from '../state/index.js';
import { roleFixedBecause } from './role_words.js';

type RoleActs = { readonly edit: () => void; readonly remove: () => void; readonly holders: () => void };

/** Returns the acts; with a role that can't be changed by this person those that would change it say why. */
export function roleActs(store: AppStore, effects: Effects, role: RoleRecord): RoleActs {
  const because = roleFixedBecause(role, heldBy(store.getState().person));
  const say = because === null ? null : (): void => effects.toast('info', { key: because });
  return {
    edit: say ?? (() => store.setState(pushScreen({ name: 'edit_role', role: role.role }))),
    remove:
      say ?? (() => store.setState(openOverlay({ name: 'confirm', act: { kind: 'delete_role', role } }))),
    holders: () => {
      const { first_query } = LISTS.users;
      store.setState(setScreen({ name: 'users' }));
      store.setState(
        setQuery('users', { ...first_query, filters: { ...first_query.filters, holds: role.role } }),
      );
    },
  };
}

/** Returns whether the person may make and change roles at all. */
export const mayManageRoles = (store: AppStore): boolean =>
  mayBeAt('create_role', store.getState().person.session?.permissions ?? null);

/** The handlers that list and detail share; none for acts where there is no role. */
export function roleKeys(store: AppStore, effects: Effects, role: RoleRecord | null | undefined): Handlers {
  const refresh: Handlers = { roles_refresh: () => effects.refreshList('roles') };
  if (role === null || role === undefined) return refresh;
  const { edit, remove, holders } = roleActs(store, effects, role);
  const menu = (): void =>
    store.setState(openOverlay({ name: 'menu', menu: 'role_actions', role: role.role }));
  return {
    ...refresh,
    role_actions: menu,
    role_holders: holders,
    ...(mayManageRoles(store) ? { edit_role: edit, delete_role: remove } : {}),
  };
}

/** Returns the role as it was read last. */
export function knownRole(store: AppStore, name: string): RoleRecord | null {
  const { roles, lists } = store.getState().person;
  return roleOf(roles ?? loadedRows(lists.roles), name);
}
