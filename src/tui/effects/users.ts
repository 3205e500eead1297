/** What screens ask for about other people's accounts, done. The state learns every account that comes back. */
import type { Account } from '../../protocol/index.js';
import type { Attempt } from '../i18n/index.js';
import { changePerson, userChanged, type AppStore, type UserDetail } from '../state/index.js';
import { map } from './attempts.js';
import { actOnMany } from './bulk.js';
import type { ListEffects, UserEffects } from './contract.js';
import type { Link } from './link.js';

export function userEffects(store: AppStore, link: Link, lists: ListEffects): UserEffects {
  async function changed<T extends { readonly user: Account }>(outcome: Attempt<T>): Promise<Attempt<T>> {
    if (outcome.ok) store.setState(userChanged(outcome.value.user));
    return Promise.resolve(outcome);
  }

  return {
    readUser: async (account_id) =>
      map(await link.attempt('get_user', { account_id }), ({ user }) => {
        store.setState(userChanged(user));
        return user;
      }),
    actOnMany: async (verb, targets) => {
      const result = await actOnMany(targets, async (account_id) =>
        changed(await link.attempt(verb === 'suspend' ? 'suspend_user' : 'resume_user', { account_id })),
      );
      lists.refreshList('users');
      return result;
    },
    clearThrottle: async (account_id) =>
      map(await link.attempt('clear_throttle', { account_id }), ({ failures }) => failures),
    createUser: async (user) => {
      const outcome = await link.attempt('create_user', { user });
      if (outcome.ok) lists.refreshList('users');
      return map(outcome, ({ user: account, code, code_expires_at }) => ({ account, code, code_expires_at }));
    },
    updateUser: async (account_id, changes, version) =>
      map(
        await changed(await link.attempt('update_user', { account_id, changes, version })),
        ({ user }) => user,
      ),
    suspendUser: async (account_id) =>
      map(
        await changed(await link.attempt('suspend_user', { account_id })),
        ({ ended_sessions }) => ended_sessions,
      ),
    resumeUser: async (account_id) =>
      map(await changed(await link.attempt('resume_user', { account_id })), () => null),
    deleteUser: async (account_id) => {
      const outcome = await link.attempt('delete_user', { account_id });
      if (outcome.ok) lists.refreshList('users');
      return map(outcome, () => null);
    },
    assignRole: async (account_id, role) =>
      map(await changed(await link.attempt('assign_role', { account_id, role })), () => null),
    unassignRole: async (account_id, role) =>
      map(await changed(await link.attempt('unassign_role', { account_id, role })), () => null),
  };
}

/** Reads the account that the detail view shows; what was known of it stays meanwhile. */
export async function loadUser(store: AppStore, link: Link, account_id: string): Promise<void> {
  const before = store.getState().person.user_detail;
  const kept = before?.account_id === account_id ? before : null;
  const show = (change: Partial<UserDetail>): void =>
    store.setState(
      changePerson({
        user_detail: {
          account_id,
          account: kept?.account ?? null,
          live_sessions: null,
          loading: false,
          problem: null,
          ...change,
        },
      }),
    );
  show({ live_sessions: kept?.live_sessions ?? null, loading: true });
  const outcome = await link.attempt('get_user', { account_id });
  if (store.getState().person.user_detail?.account_id !== account_id) return;
  if (outcome.ok) show({ account: outcome.value.user, live_sessions: outcome.value.live_sessions });
  else show({ problem: outcome.problem });
}
