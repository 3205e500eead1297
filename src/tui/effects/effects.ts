/** What screens ask for, done: the only caller of the client. Changes the state by its pure changes. */
import { hostname, platform } from 'node:os';
import { connect, type Client, type ConnectOptions } from '../../client/index.js';
import type { Account, Device, ResultOf } from '../../protocol/index.js';
import {
  addToast,
  type AppState,
  type AppStore,
  expireToasts,
  expireUndo,
  forgetUsers,
  initialState,
  pushScreen,
  screenOf,
  type ServerInfo,
  setScreen,
  signedOut,
  TOAST_MS,
  userChanged,
} from '../state/index.js';
import type { Attempt } from '../i18n/index.js';
import type { Keep } from '../keep/index.js';
import type { ServerChoice } from '../server_choice.js';
import { addressLabel, readSetupCode } from '../reach/index.js';
import { Batch } from './batch.js';
import type { Effects } from './contract.js';
import { Keeper } from './keeper.js';
import { Link, type LinkEvents } from './link.js';
import { done, map } from './attempts.js';
import { currentFirst, readList } from './own_lists.js';
import { userActs } from './user_acts.js';
import { UsersLoader } from './users_loader.js';

export type EffectsOptions = {
  readonly store: AppStore;
  readonly data_folder: string;
  readonly version: string;
  readonly now: () => number;
  /** Known servers and stored sessions; without it nothing is kept. */
  readonly keep?: Keep | null;
  /** Signs in the first connection, where nothing was kept for it. */
  readonly session_token?: string | null;
  /** Makes the client; a test brings one with a clock of its own. */
  readonly connect?: (options: ConnectOptions) => Client;
};

export type RunningEffects = Effects & {
  /** Connects for the first time; where that can't even be tried, the connect screen opens and says why. */
  start(choice: ServerChoice): void;
  close(): Promise<void>;
};

const HISTORY_ROWS = 100;
/** What the server says unasked is gathered for so long, so that a burst is one change of the screen. */
const EVENTS_MS = 100;

export function createEffects(options: EffectsOptions): RunningEffects {
  const { store, data_folder, version, now } = options;
  const device: Device = {
    client_name: 'auth-tui',
    client_version: version,
    os: platform(),
    host_name: hostname().slice(0, 64),
  };
  const events: LinkEvents = {
    onReady: (signed_in) => void becameReady(signed_in),
    onSignedOut: (reason) => {
      keeper.signedOut();
      // Signing out by hand is no news.
      if (store.getState().session !== null) store.setState(signedOut(leaving ? null : reason));
    },
    onAccountChanged: (account) => changes.add(account),
    onStopping: () => toast('info', { key: 'server_stopping_notice' }),
    onKeyEnded: (reason) => toast('error', { key: `client_key_${reason}` }),
  };
  const link = new Link(store, device, events, options.connect ?? connect, now);
  // Only the newest counts: each holds the whole account.
  const changes = new Batch<Account>(EVENTS_MS, (accounts) => {
    const newest = accounts.at(-1);
    if (newest !== undefined) void accountChanged(newest);
  });
  const users = new UsersLoader(store, link);
  const keeper = new Keeper(options.keep ?? null, (told) => toast('error', { problem: told }));
  /** True while the person is signing out here. */
  let leaving = false;

  const toast: Effects['toast'] = (kind, said) => {
    store.setState(addToast(kind, said, now()));
  };
  // Whoever said it or made it undoable: it goes when its time is over.
  const stopExpiring = store.subscribe((state, before) => {
    if (state.toasts === before.toasts && state.undo === before.undo) return;
    if (state.toasts.length === 0 && state.undo === null) return;
    setTimeout(() => {
      store.setState(expireToasts(now()));
      store.setState(expireUndo(now()));
    }, TOAST_MS + 10).unref();
  });

  async function becameReady(signed_in: boolean): Promise<void> {
    await readServerInfo();
    if (!signed_in) return;
    const resumed = await refreshSession();
    // Opening the UI again lands where signing in would have.
    if (resumed.ok && screenOf(store.getState()).name === 'sign_in')
      store.setState(setScreen({ name: 'home' }));
  }

  async function readServerInfo(): Promise<ServerInfo | null> {
    const info = await link.attempt('server_info', {});
    if (!info.ok) return null;
    const { registration_open, setup_required, password_length_min } = info.value;
    const setup_code_found = setup_required && readSetupCode(data_folder) !== null;
    const server_info = { registration_open, setup_required, password_length_min, setup_code_found };
    store.setState({ server_info });
    store.setState(firstScreen);
    return server_info;
  }

  /** Reads who we are now; permissions may have changed while the line was down. */
  async function refreshSession(): Promise<Attempt<null>> {
    const me = await link.attempt('whoami', {});
    if (!me.ok) return me;
    const { account, session, permissions } = me.value;
    store.setState({ session: { account, session_id: session.session_id, permissions } });
    return done;
  }

  async function accountChanged(account: Account): Promise<void> {
    const { session } = store.getState();
    if (session?.account.account_id !== account.account_id) return;
    store.setState(userChanged(account));
    store.setState({ session: { ...session, account } });
    const sameRoles = session.account.roles.join() === account.roles.join();
    // The event doesn't tell who it was: it may have been this very person, in another session.
    const key = sameRoles ? 'account_changed_notice' : 'roles_changed_notice';
    const told = store.getState().toasts.some(({ said }) => 'key' in said && said.key === key);
    if (session.account.version !== account.version && !told) toast('info', { key });
    // Only roles decide what one may do.
    if (sameRoles) return;
    await refreshSession();
    leaveWhatIsForbidden();
  }

  /** Someone whose rights were taken away must not stay on a screen that needs them. */
  function leaveWhatIsForbidden(): void {
    const { session } = store.getState();
    const admin = ['users', 'user', 'edit_user', 'create_user'].includes(screenOf(store.getState()).name);
    if (admin && session?.permissions.includes('users.read') !== true) {
      store.setState(forgetUsers);
      store.setState(setScreen({ name: 'home' }));
    }
  }

  /** After a reply that signed in: what the person may do, then home. */
  async function enter(signed: Attempt<ResultOf<'authenticate'>>): Promise<Attempt<null>> {
    if (!signed.ok) return signed;
    const { account, session } = signed.value;
    keeper.signedIn(signed.value);
    store.setState({
      session: { account, session_id: session.session_id, permissions: [] },
      signed_out_reason: null,
      password_checked_at: now(),
    });
    await refreshSession();
    store.setState(setScreen({ name: 'home' }));
    return done;
  }

  /** The token of the command line's own session, until the first server was tried. */
  let first_token = options.session_token ?? null;

  const connectTo: Effects['connectTo'] = (text) =>
    connectAs({ server: null, typed: text, data_folder, keep_folder: null });

  function connectAs(choice: ServerChoice): Attempt<null> {
    const chosen = keeper.choose(choice);
    if (!chosen.ok) return chosen;
    const { address } = chosen.value;
    const { language, theme } = store.getState();
    store.setState(initialState({ language, theme, server_label: addressLabel(address), tls: address.tls }));
    link.open(address, keeper.begin(chosen.value) ?? first_token);
    first_token = null;
    return done;
  }

  return {
    start: (choice) => {
      const outcome = connectAs(choice);
      if (outcome.ok) return;
      store.setState(pushScreen({ name: 'connect' }));
      toast('error', { problem: outcome.problem });
    },
    close: () => {
      stopExpiring();
      return link.close();
    },
    toast,
    connectTo,
    retryNow: () => link.retryNow(),
    knownServers: () => keeper.knownServers(),
    forgetServer: (name) => keeper.forgetServer(name),
    keepsSignedIn: () => (keeper.able ? keeper.on : null),
    keepSignedIn: (on) => {
      keeper.on = on;
    },
    signIn: async (account_name, password) =>
      enter(await link.attempt('authenticate', { user: { account_name, password } })),
    register: async ({ account_name, password, setup_code }) => {
      // A fast typist is here before the server has told: without the code nobody would become administrator.
      const info = store.getState().server_info ?? (await readServerInfo());
      const code = setup_code ?? (info?.setup_required === true ? readSetupCode(data_folder) : null);
      const outcome = await link.attempt('register', {
        user: { account_name, password },
        ...(code === null ? {} : { setup_code: code }),
      });
      const entered = await enter(outcome);
      if (!entered.ok) return entered;
      const admin = store.getState().session?.account.roles.includes('admin') === true;
      toast('ok', { key: admin ? 'welcome_admin' : 'welcome' });
      return done;
    },
    redeemCode: async (account_name, code, new_password) =>
      enter(await link.attempt('redeem_code', { account_name, code, new_password })),
    signOut: async () => {
      if (store.getState().session === null) return done;
      leaving = true;
      const outcome = await link.attempt('logout', {});
      leaving = false;
      // Ended already is as good as signed out.
      const over = ['unauthenticated', 'session_invalid'];
      if (!outcome.ok && !over.includes(outcome.problem.code)) return outcome;
      store.setState(signedOut(null));
      return done;
    },
    endOtherSessions: async () => {
      const outcome = await link.attempt('logout_all', { keep_current: true });
      if (!outcome.ok) return outcome;
      store.setState((state) => ({
        ...state,
        sessions: { ...state.sessions, rows: state.sessions.rows.filter(({ current }) => current) },
      }));
      return map(outcome, ({ ended_sessions }) => ended_sessions);
    },
    confirmPassword: async (password) => {
      const outcome = await link.attempt('confirm_password', { password });
      if (!outcome.ok) return outcome;
      // This machine's clock: the server's may be another.
      store.setState({ password_checked_at: now() });
      return done;
    },
    loadHome: () => {
      void readList(store, 'sessions', async () =>
        map(await link.attempt('list_sessions', {}), ({ sessions }) => currentFirst(sessions)),
      );
      void readList(store, 'history', async () =>
        map(await link.attempt('login_history', { limit: HISTORY_ROWS }), ({ entries }) => entries),
      );
    },
    revokeSession: async (session_id) => {
      const outcome = await link.attempt('revoke_session', { session_id });
      if (!outcome.ok) return outcome;
      store.setState((state) => ({
        ...state,
        sessions: {
          ...state.sessions,
          rows: state.sessions.rows.filter((row) => row.session_id !== session_id),
        },
      }));
      return done;
    },
    readProfile: async () => map(await link.attempt('get_profile', {}), ({ account }) => account),
    updateProfile: async (changes, version) => {
      const outcome = map(
        await link.attempt('update_profile', { changes, version }),
        ({ account }) => account,
      );
      if (outcome.ok) {
        const account = outcome.value;
        store.setState((state) => ({
          ...state,
          session: state.session === null ? null : { ...state.session, account },
        }));
        store.setState(userChanged(account));
      }
      return outcome;
    },
    changePassword: async (current_password, new_password) => {
      const outcome = await link.attempt('change_password', { current_password, new_password });
      if (outcome.ok) {
        store.setState({ password_checked_at: now() });
        void refreshSession();
      }
      return map(outcome, ({ ended_sessions }) => ended_sessions);
    },
    ...userActs(store, link, users),
  };
}

/** Who comes to a new server with its setup code on this machine registers first; there is nobody to sign in as. */
function firstScreen(state: AppState): AppState {
  const info = state.server_info;
  const alone = state.screens.length === 1 && state.screens[0].name === 'sign_in' && !state.typed;
  if (!alone || state.session !== null || info?.setup_required !== true || !info.setup_code_found)
    return state;
  return pushScreen({ name: 'register' })(state);
}
