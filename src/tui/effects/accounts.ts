/** Kept accounts of a server: going on as another, signing in as somebody else, forgetting one. */
import type { Client, ConnectOptions } from '../../client/index.js';
import type { Device } from '../../protocol/index.js';
import { problem, type Attempt } from '../i18n/index.js';
import { initialState, signedOut, type AppStore } from '../state/index.js';
import { done } from './attempts.js';
import type { KeptAccountEffects, SessionEffects } from './contract.js';
import type { Keeper } from './keeper.js';
import type { Link } from './link.js';

type AccountParts = {
  readonly store: AppStore;
  readonly link: Link;
  readonly keeper: Keeper;
  readonly device: Device;
  readonly connect: (options: ConnectOptions) => Client;
  readonly signOut: SessionEffects['signOut'];
};

export function keptAccountEffects(parts: AccountParts): KeptAccountEffects {
  const { store, link, keeper, device, connect, signOut } = parts;

  /** Begins anew with the server that this is. What is signed in here is left, and lives on. */
  function beginAs(token: string | null): void {
    const { address } = link;
    if (address === null) return;
    const { language, theme, asks_before_quitting, server_label, tls } = store.getState();
    store.setState(initialState({ language, theme, asks_before_quitting, server_label, tls }));
    if (token !== null) store.setState({ resuming: { account_name: keeper.account_name } });
    link.open(address, token);
  }

  /** On a line of its own. Where it can't be done the session ends by itself. */
  async function endOnServer(session_token: string): Promise<void> {
    const { address } = link;
    if (address === null) return;
    const client = connect({ address, device, session_token, reconnect: false });
    await client.attempt('logout', {});
    await client.close();
  }

  return {
    keptAccounts: () => keeper.accounts(),
    switchAccount: (id) => {
      if (keeper.accounts().every((row) => row.id !== id))
        return { ok: false, problem: problem('not_found') };
      beginAs(keeper.switchTo(id));
      return done;
    },
    signInAsAnother: () => {
      beginAs(keeper.switchTo(null));
    },
    forgetAccount: async (id): Promise<Attempt<null>> => {
      const current = keeper.accounts().some((row) => row.id === id && row.current);
      if (current && store.getState().person.session !== null) {
        const left = await signOut();
        if (!left.ok) return left;
      }
      const forgotten = keeper.forgetAccount(id);
      if (!forgotten.ok) return forgotten;
      if (forgotten.value !== null) void endOnServer(forgotten.value);
      if (current && store.getState().resuming !== null) store.setState(signedOut(null));
      return done;
    },
    sharesSession: () => keeper.accounts().some(({ current }) => current),
  };
}
