/** What screens ask for about roles, done. Whatever comes of it, the list is read again: somebody else may have been there. */
import { problem, type Attempt } from '../i18n/index.js';
import { changePerson, rowChanged, roleOf, type AppStore } from '../state/index.js';
import type { RoleRecord } from '../../protocol/index.js';
import { map } from './attempts.js';
import type { ListEffects, RoleEffects } from './contract.js';
import type { Link } from './link.js';

export function roleEffects(store: AppStore, link: Link, lists: ListEffects): RoleEffects {
  /** Shows the role as it is now, before the list is read again. */
  function changed(outcome: Attempt<{ readonly role: RoleRecord }>): Attempt<RoleRecord> {
    if (outcome.ok) store.setState(rowChanged('roles', outcome.value.role));
    lists.refreshList('roles');
    return map(outcome, ({ role }) => role);
  }

  return {
    readRole: async (name) => {
      const read = await link.attempt('list_roles', {});
      if (!read.ok) return read;
      const { roles } = read.value;
      store.setState(changePerson({ roles }));
      const role = roleOf(roles, name);
      return role === null ? { ok: false, problem: problem('not_found') } : { ok: true, value: role };
    },
    holdersOf: async (role) =>
      map(await link.attempt('list_users', { holds: role, limit: 1 }), ({ total, total_is_exact }) => ({
        count: total,
        exact: total_is_exact,
      })),
    createRole: async ({ role, description, permissions }) =>
      changed(
        await link.attempt('create_role', {
          role,
          permissions: [...permissions],
          ...(description === null ? {} : { description }),
        }),
      ),
    updateRole: async ({ role, description, permissions }, version) =>
      changed(
        await link.attempt('update_role', { role, description, permissions: [...permissions], version }),
      ),
    deleteRole: async (role) => {
      const outcome = await link.attempt('delete_role', { role });
      lists.refreshList('roles');
      return map(outcome, () => null);
    },
  };
}
