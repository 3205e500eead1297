/** Which server this is: going to one, what is known of it, and what this machine keeps of servers. */
import { addressLabel, readSetupCode, type ServerChoice, type StartAs } from '../reach/index.js';
import type { Attempt } from '../i18n/index.js';
import { initialState, pushScreen, type AppState, type AppStore, type ServerInfo } from '../state/index.js';
import { clean } from '../text/index.js';
import { done } from './attempts.js';
import type { ConnectionEffects, Effects } from './contract.js';
import type { Keeper } from './keeper.js';
import type { Link } from './link.js';

type ConnectionParts = {
  readonly store: AppStore;
  readonly link: Link;
  readonly keeper: Keeper;
  readonly data_folder: string;
  /** Signs in the first connection, where nothing was kept for it. */
  readonly session_token: string | null;
  readonly toast: Effects['toast'];
};

export type ConnectionWork = ConnectionEffects & {
  connectAs(choice: ServerChoice, who?: StartAs): Attempt<null>;
};

export function connectionEffects(parts: ConnectionParts): ConnectionWork {
  const { store, link, keeper, data_folder, toast } = parts;
  /** The token of the command line's own session, until the first server was tried. */
  let first_token = parts.session_token;

  function connectAs(choice: ServerChoice, who?: StartAs): Attempt<null> {
    const token = first_token;
    first_token = null;
    const chosen = keeper.choose(choice);
    if (!chosen.ok) return chosen;
    const { address } = chosen.value;
    const { language, theme, asks_before_quitting } = store.getState();
    const { tls } = address;
    const server_label = addressLabel(address);
    store.setState(initialState({ language, theme, asks_before_quitting, server_label, tls }));
    const resumed = keeper.begin(chosen.value, who) ?? token;
    const name = who?.as ?? null;
    if (name !== null && resumed === null)
      toast('error', { key: 'account_not_kept', params: { name: clean(name) } });
    if (resumed !== null) store.setState({ resuming: { account_name: keeper.account_name } });
    link.open(address, resumed);
    return done;
  }

  /** What was kept stays: it may be wanted the next time. */
  function signInAnew(): void {
    const { address } = link;
    if (address === null || store.getState().resuming === null) return;
    store.setState({ resuming: null });
    link.open(address);
  }

  return {
    connectAs,
    connectTo: (text) => connectAs({ server: null, typed: text, data_folder, keep_folder: null }),
    signInAnew,
    retryNow: () => link.retryNow(),
    othersConnected: async () => {
      const { session } = store.getState().person;
      if (session?.permissions.includes('server.read') !== true) return null;
      const stats = await link.attempt('server_stats', {});
      // This very connection is one of them.
      return stats.ok ? Math.max(0, stats.value.connections.signed_in - 1) : null;
    },
    serverPin: () => link.address?.pin ?? null,
    knownServers: () => keeper.knownServers(),
    forgetServer: (name) => keeper.forgetServer(name),
    keepsSignedIn: () => (keeper.able ? keeper.on : null),
    keepSignedIn: (on) => {
      keeper.on = on;
    },
  };
}

/**
 * Asks the server what it is; null when it doesn't answer. `refused_code`: a setup code that the server didn't take, though
 * it was found on this machine: it is another server's.
 */
export async function readServerInfo(
  store: AppStore,
  link: Link,
  data_folder: string,
  refused_code: string | null,
): Promise<ServerInfo | null> {
  const info = await link.attempt('server_info', {});
  if (!info.ok) return null;
  const { registration_open, setup_required, password_length_min, auto_register = false } = info.value;
  const code = setup_required ? readSetupCode(data_folder) : null;
  const setup_code_found = code !== null && code !== refused_code;
  const server_info = {
    registration_open,
    setup_required,
    password_length_min,
    setup_code_found,
    auto_register,
  };
  store.setState({ server_info });
  return server_info;
}

/** Who comes to a new server with its setup code on this machine registers first; there is nobody to sign in as. */
export function firstScreen(state: AppState): AppState {
  const info = state.server_info;
  const alone = state.screens.length === 1 && !state.typed && state.person.session === null;
  if (!alone || info?.setup_required !== true || !info.setup_code_found) return state;
  return pushScreen({ name: 'register' })(state);
}
