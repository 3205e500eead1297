/** Who is signed in: beginning and ending sessions, checking the password again, and what others change meanwhile. */
import type { Account, ResultOf } from '../../protocol/index.js';
import type { Attempt } from '../i18n/index.js';
import { readSetupCode } from '../reach/index.js';
import {
  changePerson,
  keepRows,
  leaveForbidden,
  ownAccountChanged,
  screenOf,
  setScreen,
  SIGNED_IN_SCREEN,
  SIGNED_OUT_SCREEN,
  signedInAs,
  signedOut,
  unasked,
  type AppStore,
  type ServerInfo,
  type SignedOutReason,
} from '../state/index.js';
import { done, map } from './attempts.js';
import { firstScreen, readServerInfo } from './connection.js';
import type { Effects, SessionEffects } from './contract.js';
import type { Keeper } from './keeper.js';
import type { Link } from './link.js';

type SessionParts = {
  readonly store: AppStore;
  readonly link: Link;
  readonly keeper: Keeper;
  readonly data_folder: string;
  readonly now: () => number;
  readonly toast: Effects['toast'];
};

export type SessionWork = {
  readonly effects: SessionEffects;
  /** The line is up, the first time or again. */
  readonly becameReady: (signed_in: boolean) => Promise<void>;
  readonly ended: (reason: SignedOutReason) => void;
  /** The own account was changed from elsewhere. */
  readonly accountChanged: (account: Account) => Promise<void>;
  /** Reads who is signed in now; permissions may have changed since. */
  readonly refresh: () => Promise<Attempt<null>>;
};

/** How often a server without an administrator is asked whether it has one now, milliseconds. */
const SETUP_ASKED_MS = 5_000;

export function sessionWork(parts: SessionParts): SessionWork {
  const { store, link, keeper, data_folder, now, toast } = parts;
  /** True while the person is signing out here. */
  let leaving = false;
  let refused_code: string | null = null;
  let asking: NodeJS.Timeout | undefined;

  /**
   * Reads what the server is. Somebody else may become its first administrator at any time, and nothing tells: as long as
   * there is none it is asked again and again, so that nobody is promised what is taken.
   */
  async function readServer(): Promise<ServerInfo | null> {
    clearTimeout(asking);
    const info = await readServerInfo(store, link, data_folder, refused_code);
    clearTimeout(asking);
    const { server_info, person } = store.getState();
    if (server_info?.setup_required === true && person.session === null)
      asking = setTimeout(() => void readServer(), SETUP_ASKED_MS).unref();
    return info;
  }

  async function refresh(): Promise<Attempt<null>> {
    const me = await link.attempt('whoami', {});
    if (!me.ok) return me;
    const { account, session, permissions } = me.value;
    store.setState(signedInAs({ account, session_id: session.session_id, permissions }));
    store.setState(leaveForbidden);
    return done;
  }

  async function becameReady(signed_in: boolean): Promise<void> {
    await readServer();
    store.setState(firstScreen);
    const resumed = signed_in ? await refresh() : null;
    if (resumed?.ok === true) keeper.resumed();
    // Opening the UI again lands where signing in would have.
    if (resumed?.ok === true && screenOf(store.getState()).name === SIGNED_OUT_SCREEN.name)
      store.setState(unasked(setScreen(SIGNED_IN_SCREEN)));
    store.setState({ resuming: null });
  }

  async function accountChanged(account: Account): Promise<void> {
    const { session } = store.getState().person;
    if (session?.account.account_id !== account.account_id) return;
    store.setState(ownAccountChanged(account));
    const sameRoles = session.account.roles.join() === account.roles.join();
    // The event doesn't tell who it was: it may have been this very person, in another session.
    const key = sameRoles ? 'account_changed_notice' : 'roles_changed_notice';
    const told = store.getState().toasts.some(({ said }) => 'key' in said && said.key === key);
    if (session.account.version !== account.version && !told) toast('info', { key });
    // Roles decide what one may do, and a role of the same name may permit something else now.
    const before = session.permissions.join();
    const read = await refresh();
    const after = store.getState().person.session?.permissions.join();
    if (read.ok && sameRoles && after !== undefined && after !== before)
      toast('info', { key: 'permissions_changed_notice' });
  }

  /** After a reply that signed in: what the person may do, then home. */
  async function enter(signed: Attempt<ResultOf<'authenticate'>>): Promise<Attempt<null>> {
    if (!signed.ok) return signed;
    const { account, session } = signed.value;
    keeper.signedIn(signed.value);
    store.setState(signedInAs({ account, session_id: session.session_id, permissions: [] }));
    store.setState(changePerson({ password_checked_at: now() }));
    await refresh();
    store.setState(setScreen(SIGNED_IN_SCREEN));
    // The next who signs in here is not promised to be the first.
    if (store.getState().server_info?.setup_required === true) void readServer();
    return done;
  }

  const effects: SessionEffects = {
    signIn: async (account_name, password) => {
      const outcome = await link.attempt('authenticate', { user: { account_name, password } });
      const entered = await enter(outcome);
      if (entered.ok && outcome.ok && outcome.value.created === true)
        toast('ok', { key: 'account_made', params: { name: outcome.value.account.account_name } });
      return entered;
    },
    register: async ({ account_name, password, setup_code, person }) => {
      // A fast typist is here before the server has told: without the code nobody would become administrator.
      const info = store.getState().server_info ?? (await readServer());
      const found = info?.setup_required === true ? readSetupCode(data_folder) : null;
      const code = setup_code ?? (found === refused_code ? null : found);
      const outcome = await link.attempt('register', {
        user: { account_name, password, ...person },
        ...(code === null ? {} : { setup_code: code }),
      });
      const entered = await enter(outcome);
      if (!entered.ok) {
        // Used up by somebody else, or another server's: then it is asked for, if it is wanted at all.
        if (entered.problem.code === 'setup_code_invalid') {
          if (code === found) refused_code = found;
          await readServer();
        }
        return entered;
      }
      const admin = store.getState().person.session?.account.roles.includes('admin') === true;
      toast('ok', { key: admin ? 'welcome_admin' : 'welcome' });
      return done;
    },
    redeemCode: async (account_name, code, new_password) =>
      enter(await link.attempt('redeem_code', { account_name, code, new_password })),
    signOut: async () => {
      if (store.getState().person.session === null) return done;
      leaving = true;
      const outcome = await link.attempt('logout', {});
      leaving = false;
      // Ended already is as good as signed out.
      const over = ['unauthenticated', 'session_invalid'];
      if (!outcome.ok && !over.includes(outcome.problem.code)) return outcome;
      store.setState(signedOut(null));
      void readServer();
      return done;
    },
    confirmPassword: async (password) => {
      const outcome = await link.attempt('confirm_password', { password });
      if (!outcome.ok) return outcome;
      // This machine's clock: the server's may be another.
      store.setState(changePerson({ password_checked_at: now() }));
      return done;
    },
    endOtherSessions: async () => {
      const outcome = await link.attempt('logout_all', { keep_current: true });
      if (outcome.ok) store.setState(keepRows('sessions', ({ current }) => current));
      return map(outcome, ({ ended_sessions }) => ended_sessions);
    },
    revokeSession: async (session_id) => {
      const outcome = await link.attempt('revoke_session', { session_id });
      if (outcome.ok) store.setState(keepRows('sessions', (row) => row.session_id !== session_id));
      return map(outcome, () => null);
    },
  };
  return {
    effects,
    becameReady,
    accountChanged,
    refresh,
    ended: (reason) => {
      keeper.signedOut();
      const { person, resuming } = store.getState();
      if (person.session === null && resuming === null) return;
      // Signing out by hand is no news.
      store.setState(leaving ? signedOut(null) : unasked(signedOut(reason)));
      void readServer();
    },
  };
}
