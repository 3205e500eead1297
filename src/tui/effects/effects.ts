/** What screens ask for, done: the only caller of the client. Changes the state by its pure changes. */
import { hostname, platform } from 'node:os';
import type { Account, Device, ResultOf, Session } from '../../protocol/index.js';
import {
  initialState,
  type AppState,
  type Loaded,
  type ServerInfo,
  type SignInEntry,
} from '../state/model.js';
import {
  addToast,
  expireToasts,
  pushScreen,
  screenOf,
  setScreen,
  signedOut,
  TOAST_MS,
} from '../state/navigation.js';
import type { Outcome } from '../state/problem.js';
import type { AppStore } from '../state/store.js';
import { forgetUsers, userChanged } from '../state/users.js';
import { addressLabel, readSetupCode, resolveAddress } from './address.js';
import type { Effects } from './contract.js';
import { Link } from './link.js';
import { UsersLoader } from './users_loader.js';

export type EffectsOptions = {
  readonly store: AppStore;
  readonly data_folder: string;
  readonly version: string;
  readonly now: () => number;
};

export type RunningEffects = Effects & {
  /** Connects for the first time; where that can't even be tried, the connect screen opens and says why. */
  start(address: string): void;
  close(): Promise<void>;
};

const HISTORY_ROWS = 100;

export function createEffects({ store, data_folder, version, now }: EffectsOptions): RunningEffects {
  const device: Device = {
    client_name: 'auth-tui',
    client_version: version,
    os: platform(),
    host_name: hostname().slice(0, 64),
  };
  const link = new Link(store, device, {
    onReady: (signed_in) => void becameReady(signed_in),
    onSignedOut: (reason) => {
      // Signing out by hand is no news.
      if (store.getState().session !== null) store.setState(signedOut(leaving ? null : reason));
    },
    onAccountChanged: (account) => void accountChanged(account),
    onStopping: () => toast('info', { key: 'server_stopping_notice' }),
  });
  const users = new UsersLoader(store, link);
  /** True while the person is signing out here. */
  let leaving = false;

  const toast: Effects['toast'] = (kind, said) => {
    store.setState(addToast(kind, said, now()));
    setTimeout(() => store.setState(expireToasts(now())), TOAST_MS + 10).unref();
  };

  async function becameReady(signed_in: boolean): Promise<void> {
    await readServerInfo();
    if (signed_in) await refreshSession();
  }

  async function readServerInfo(): Promise<ServerInfo | null> {
    const info = await link.attempt('server_info', {});
    if (!info.ok) return null;
    const { registration_open, setup_required, password_length_min } = info.value;
    const setup_code_found = setup_required && readSetupCode(data_folder) !== null;
    const server_info = { registration_open, setup_required, password_length_min, setup_code_found };
    store.setState({ server_info });
    return server_info;
  }

  /** Reads who we are now; permissions may have changed while the line was down. */
  async function refreshSession(): Promise<Outcome<null>> {
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
    if (session.account.version !== account.version) toast('info', { key: 'account_changed_notice' });
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
  async function enter(signed: Outcome<ResultOf<'authenticate'>>): Promise<Outcome<null>> {
    if (!signed.ok) return signed;
    const { account, session } = signed.value;
    store.setState({
      session: { account, session_id: session.session_id, permissions: [] },
      signed_out_reason: null,
    });
    await refreshSession();
    store.setState(setScreen({ name: 'home' }));
    return done;
  }

  async function changed<T extends { readonly user: Account }>(outcome: Outcome<T>): Promise<Outcome<T>> {
    if (outcome.ok) store.setState(userChanged(outcome.value.user));
    return Promise.resolve(outcome);
  }

  const connectTo: Effects['connectTo'] = (text) => {
    const address = resolveAddress(text, data_folder);
    if (!address.ok) return address;
    const { language } = store.getState();
    store.setState(
      initialState({ language, server_label: addressLabel(address.value), tls: address.value.tls }),
    );
    link.open(address.value);
    return done;
  };

  return {
    start: (text) => {
      const outcome = connectTo(text);
      if (outcome.ok) return;
      store.setState(pushScreen({ name: 'connect' }));
      toast('error', { problem: outcome.problem });
    },
    close: () => link.close(),
    toast,
    connectTo,
    retryNow: () => link.retryNow(),
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
      const session_id = store.getState().session?.session_id;
      if (session_id === undefined) return done;
      leaving = true;
      const outcome = await link.attempt('revoke_session', { session_id });
      leaving = false;
      if (!outcome.ok && outcome.problem.code !== 'not_found') return outcome;
      store.setState(signedOut(null));
      return done;
    },
    loadHome: () => {
      void readList(store, 'sessions', async () =>
        map(await link.attempt('list_sessions', {}), ({ sessions }) => sessions),
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
      if (outcome.ok) void refreshSession();
      return map(outcome, ({ ended_sessions }) => ended_sessions);
    },
    ensureUsers: (from, to) => users.ensure(from, to),
    refreshUsers: () => users.refresh(),
    loadUser: (account_id) => void loadUser(store, link, account_id),
    createUser: async (user) => {
      const outcome = await link.attempt('create_user', { user });
      if (outcome.ok) users.refresh();
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
      if (outcome.ok) users.refresh();
      return map(outcome, () => null);
    },
    assignRole: async (account_id, role) =>
      map(await changed(await link.attempt('assign_role', { account_id, role })), () => null),
    unassignRole: async (account_id, role) =>
      map(await changed(await link.attempt('unassign_role', { account_id, role })), () => null),
  };
}

const done: Outcome<null> = { ok: true, value: null };

function map<T, U>(outcome: Outcome<T>, change: (value: T) => U): Outcome<U> {
  return outcome.ok ? { ok: true, value: change(outcome.value) } : outcome;
}

type Lists = { readonly sessions: Session; readonly history: SignInEntry };

/** Reads one list; its old rows stay while it is read, and when it can't be. */
async function readList<N extends keyof Lists>(
  store: AppStore,
  name: N,
  read: () => Promise<Outcome<readonly Lists[N][]>>,
): Promise<void> {
  const put = (change: Partial<Loaded<Lists[N]>>): void =>
    store.setState((state: AppState) => ({ ...state, [name]: { ...state[name], ...change } }));
  const owner = store.getState().session?.session_id;
  put({ loading: true });
  const outcome = await read();
  if (store.getState().session?.session_id !== owner) return;
  if (outcome.ok) put({ rows: outcome.value, loading: false, problem: null, known: true });
  else put({ loading: false, problem: outcome.problem });
}

async function loadUser(store: AppStore, link: Link, account_id: string): Promise<void> {
  const before = store.getState().user_detail;
  const kept = before?.account_id === account_id ? before : null;
  store.setState({
    user_detail: {
      account_id,
      account: kept?.account ?? null,
      live_sessions: kept?.live_sessions ?? null,
      loading: true,
      problem: null,
    },
  });
  const outcome = await link.attempt('get_user', { account_id });
  if (store.getState().user_detail?.account_id !== account_id) return;
  store.setState({
    user_detail: outcome.ok
      ? {
          account_id,
          account: outcome.value.user,
          live_sessions: outcome.value.live_sessions,
          loading: false,
          problem: null,
        }
      : {
          account_id,
          account: kept?.account ?? null,
          live_sessions: null,
          loading: false,
          problem: outcome.problem,
        },
  });
}
