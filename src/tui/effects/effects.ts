/** Puts together what screens can ask for, each part from the file of its noun; and hands on what the server says unasked. */
import { hostname, platform } from 'node:os';
import { connect, type Client, type ConnectOptions } from '../../client/index.js';
import { cutToCodePoints, LIMITS, type Account, type Device } from '../../protocol/index.js';
import type { Keep } from '../keep/index.js';
import type { ServerChoice, StartAs } from '../reach/index.js';
import {
  LIST_NAMES,
  pushScreen,
  screenEntry,
  type AppStore,
  type ListName,
  type Load,
  type Screen,
} from '../state/index.js';
import { accountEffects } from './account.js';
import { keptAccountEffects } from './accounts.js';
import { Batch } from './batch.js';
import { clientKeyEffects } from './client_keys.js';
import { connectionEffects } from './connection.js';
import type { Effects, ListEffects } from './contract.js';
import { Keeper } from './keeper.js';
import { Link, type LinkEvents } from './link.js';
import { listEffects } from './lists.js';
import { roleEffects } from './roles.js';
import { sessionWork } from './session.js';
import { toasts } from './toasts.js';
import { loadUser, userEffects } from './users.js';

export type EffectsOptions = {
  readonly store: AppStore;
  readonly data_folder: string;
  readonly version: string;
  readonly now: () => number;
  /** Known servers and stored sessions; without it nothing is kept. */
  readonly keep?: Keep | null;
  /** Signs in the first connection, where nothing was kept for it. */
  readonly session_token?: string | null;
  /** Said by whoever wants plain TCP to other machines as well. */
  readonly insecure_plain?: ServerChoice['insecure_plain'];
  /** Makes the client; a test brings one with a clock of its own. */
  readonly connect?: (options: ConnectOptions) => Client;
};

export type RunningEffects = Effects & {
  /** Connects for the first time; where that can't even be tried, the connect screen opens and says why. */
  start(choice: ServerChoice, who?: StartAs): void;
  close(): Promise<void>;
};

/** What the server says unasked is gathered for so long, so that a burst is one change of the screen. */
const EVENTS_MS = 100;

export function createEffects(options: EffectsOptions): RunningEffects {
  const { store, data_folder, version, now, session_token = null } = options;
  const device: Device = {
    client_name: 'auth-tui',
    client_version: version,
    os: platform(),
    host_name: cutToCodePoints(hostname(), LIMITS.device_text_length_max),
  };
  const { toast, stop } = toasts(store, now);
  const events: LinkEvents = {
    onReady: (signed_in) => void session.becameReady(signed_in),
    onSignedOut: (reason) => session.ended(reason),
    heard: {
      account_changed: ({ account }) => changes.add(account),
      server_stopping: () => toast('info', { key: 'server_stopping_notice' }),
      client_key_ended: ({ reason }) => toast('error', { key: `client_key_${reason}` }),
      // The client answers these itself; the end of a session comes as `onSignedOut`.
      probe: () => undefined,
      session_ended: () => undefined,
    },
  };
  const keeper = new Keeper(options.keep ?? null, (told) => toast('error', { problem: told }));
  const { device_tokens } = keeper;
  const { insecure_plain, connect: open = connect } = options;
  const connectSo = (of: ConnectOptions): Client =>
    open({ ...of, device_tokens, ...(insecure_plain === undefined ? {} : { insecure_plain }) });
  const link = new Link(store, device, events, connectSo, now);
  // Only the newest counts: each holds the whole account.
  const changes = new Batch<Account>(EVENTS_MS, (accounts) => {
    const newest = accounts.at(-1);
    if (newest !== undefined) void accountChanged(newest);
  });
  /** It may have been a role that permits something else now: what is known of roles is read anew by who may still see them. */
  async function accountChanged(account: Account): Promise<void> {
    await session.accountChanged(account);
    if (store.getState().person.roles !== null) lists.refreshList('roles');
  }
  const connection = connectionEffects({ store, link, keeper, data_folder, session_token, toast });
  const session = sessionWork({ store, link, keeper, data_folder, now, toast });
  const kept = keptAccountEffects({
    store,
    link,
    keeper,
    device,
    connect: connectSo,
    signOut: () => session.effects.signOut(),
  });
  const lists = listEffects(store, link, now, toast);
  const load = loadsOf(store, link, lists);

  return {
    start: (choice, who) => {
      const outcome = connection.connectAs(choice, who);
      if (outcome.ok) return;
      store.setState(pushScreen({ name: 'connect' }));
      toast('error', { problem: outcome.problem });
    },
    close: () => {
      stop();
      return link.close();
    },
    toast,
    loadScreen: (screen) => {
      for (const what of screenEntry(screen.name).loads) load[what](screen);
    },
    ...connection,
    ...kept,
    ...session.effects,
    ...accountEffects(store, link, now, () => void session.refresh()),
    ...lists,
    ...userEffects(store, link, lists),
    ...roleEffects(store, link, lists),
    ...clientKeyEffects(store, link, lists, now),
  };
}

/** Returns what reads each thing that an entry of the table of screens can name. */
function loadsOf(
  store: AppStore,
  link: Link,
  lists: ListEffects,
): Readonly<Record<Load, (screen: Screen) => void>> {
  const refresh = Object.fromEntries(
    LIST_NAMES.map((name) => [name, () => lists.refreshList(name)]),
    // One for each name of a list, which the compiler can't see through `LIST_NAMES`.
  ) as Readonly<Record<ListName, () => void>>;
  return {
    ...refresh,
    user: (screen) => {
      if ('account_id' in screen) void loadUser(store, link, screen.account_id);
    },
  };
}
