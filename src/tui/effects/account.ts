/** What screens ask for about the own account, done. */
import { changePerson, ownAccountChanged, type AppStore } from '../state/index.js';
import { map } from './attempts.js';
import type { AccountEffects } from './contract.js';
import type { Link } from './link.js';

/** `onPassword`: the password was changed, and with it what the session may be known by. */
export function accountEffects(
  store: AppStore,
  link: Link,
  now: () => number,
  onPassword: () => void,
): AccountEffects {
  return {
    readProfile: async () => map(await link.attempt('get_profile', {}), ({ account }) => account),
    updateProfile: async (changes, version) => {
      const outcome = await link.attempt('update_profile', { changes, version });
      if (outcome.ok) store.setState(ownAccountChanged(outcome.value.account));
      return map(outcome, ({ account }) => account);
    },
    changePassword: async (current_password, new_password) => {
      const outcome = await link.attempt('change_password', { current_password, new_password });
      if (outcome.ok) {
        store.setState(changePerson({ password_checked_at: now() }));
        onPassword();
      }
      return map(outcome, ({ ended_sessions }) => ended_sessions);
    },
  };
}
