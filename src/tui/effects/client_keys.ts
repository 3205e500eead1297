/** What screens ask for about client keys, done. A new key goes to whoever asked, and into no state. */
import type { ClientKeyRecord, ResultOf } from '../../protocol/index.js';
import { problem, type Attempt } from '../i18n/index.js';
import { connectionStringWith } from '../reach/index.js';
import { rowChanged, type AppStore } from '../state/index.js';
import { map } from './attempts.js';
import type { ClientKeyEffects, ListEffects, NewClientKey } from './contract.js';
import type { Link } from './link.js';

const DAY_MS = 86_400_000;

export function clientKeyEffects(
  store: AppStore,
  link: Link,
  lists: ListEffects,
  now: () => number,
): ClientKeyEffects {
  /** Shows the key as it is now; the line may be gone before the list is read again, when it was made with this key. */
  function changed<T extends { readonly client_key: ClientKeyRecord }>(outcome: Attempt<T>): Attempt<T> {
    if (!outcome.ok) return outcome;
    store.setState(rowChanged('client_keys', outcome.value.client_key));
    lists.refreshList('client_keys');
    return outcome;
  }

  function withString(outcome: Attempt<ResultOf<'create_client_key'>>): Attempt<NewClientKey> {
    const { address } = link;
    if (address === null) return { ok: false, problem: problem('not_connected') };
    return map(changed(outcome), ({ client_key, connection_key }) => ({
      client_key,
      connection_key,
      connection_string: connectionStringWith(address, connection_key),
    }));
  }

  return {
    keyInUse: () => link.address?.key.key_id ?? null,
    createClientKey: async (name, days, permissions) =>
      withString(
        await link.attempt('create_client_key', {
          name,
          permissions: [...permissions],
          ...(days === null ? {} : { expires_at: now() + days * DAY_MS }),
        }),
      ),
    updateClientKey: async (key_id, permissions) =>
      map(
        changed(await link.attempt('update_client_key', { key_id, permissions: [...permissions] })),
        () => null,
      ),
    rotateClientKey: async (key_id, overlap_hours) =>
      withString(await link.attempt('rotate_client_key', { key_id, overlap_hours })),
    revokeClientKey: async (key_id) =>
      map(changed(await link.attempt('revoke_client_key', { key_id })), () => null),
  };
}
