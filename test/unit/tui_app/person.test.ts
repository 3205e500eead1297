/** What belongs to a person goes with the person; who may be where; and rows that were asked for one are not shown to the next. */
import { describe, expect, test, vi } from 'vitest';
import { problem, type Attempt } from '../../../src/tui/i18n/index.js';
import { ListLoader } from '../../../src/tui/effects/list_loader.js';
import {
  createAppStore,
  initialState,
  leaveForbidden,
  LIST_NAMES,
  lock,
  mayBeAt,
  NOBODY,
  plainScreen,
  pushScreen,
  SCREEN_NAMES,
  screenEntry,
  setQuery,
  signedInAs,
  signedOut,
  tabsOf,
  type AppState,
  type Page,
  type PersonState,
} from '../../../src/tui/state/index.js';
import type { Account } from '../../../src/protocol/index.js';
import {
  account,
  ADMIN_SESSION,
  clientKeysState,
  HOME_STATE,
  manyAccounts,
  NOW,
  ROLES,
  rolesState,
  stateOf,
  USER_SESSION,
  usersState,
} from '../../support/accounts.js';

const start = (): AppState => initialState({ language: 'en', server_label: 'x', tls: false });

/** Something in every part of it; a new part doesn't compile until it is here, too. */
const FULL: Readonly<Record<keyof PersonState, unknown>> & PersonState = {
  session: ADMIN_SESSION,
  password_checked_at: NOW,
  locked: true,
  undo: { language: 'ru', theme: 'dark', lists: NOBODY.lists, expires_at: NOW },
  resumable: { account_id: 'a_1', account_name: 'anna', expires_at: NOW },
  lists: {
    users: { ...usersState(300), marks: new Map([['a_1', 'anna']]), range_from: 2, selected: 3 },
    sessions: HOME_STATE.sessions,
    history: HOME_STATE.history,
    client_keys: clientKeysState(),
    roles: rolesState(),
  },
  roles: ROLES,
  user_detail: { account_id: 'a_1', account: account(), live_sessions: 1, loading: false, problem: null },
};

describe('nobody', () => {
  const full = (): AppState => ({
    ...start(),
    screens: [{ name: 'users' }, { name: 'user', account_id: 'a_anna' }],
    overlays: [{ name: 'confirm', act: { kind: 'delete', account: account() } }],
    toasts: [{ id: 1, kind: 'ok', said: { key: 'user_saved', params: { name: 'anna' } }, expires_at: null }],
    typed: true,
    person: FULL,
  });
  test('everything that can be a person’s is filled in here', () => {
    for (const part of Object.keys(NOBODY) as (keyof PersonState)[])
      expect(FULL[part]).not.toEqual(NOBODY[part]);
    for (const name of LIST_NAMES) expect(FULL.lists[name].pages.size).toBeGreaterThan(0);
  });
  test.each([null, 'revoked', 'account_deleted', 'session_invalid'] as const)(
    'signed out (%s): nothing of the person is left, in no part of the state',
    (reason) => {
      const state = signedOut(reason)(full());
      expect(state.person).toBe(NOBODY);
      expect({ ...state, next_toast_id: 1 }).toEqual({ ...start(), signed_out_reason: reason });
    },
  );
  test('another session begins with nothing, the same one keeps what was read', () => {
    const other = signedInAs(USER_SESSION)(full());
    expect(other.person).toEqual({ ...NOBODY, session: USER_SESSION });
    const same = signedInAs({ ...ADMIN_SESSION, permissions: [] })(full());
    expect(same.person.lists).toBe(FULL.lists);
  });
  test('locked: rows and accounts are gone, what was asked stays', () => {
    const asked = setQuery('users', { ...FULL.lists.users.query, search: 'iv' })(full());
    const { person } = lock(asked);
    expect(person.user_detail).toBeNull();
    expect(person.roles).toBeNull();
    for (const name of LIST_NAMES) expect(person.lists[name].pages.size).toBe(0);
    expect(person.lists.users.query.search).toBe('iv');
    expect(person.session).toBe(ADMIN_SESSION);
  });
});

describe('who may be where', () => {
  const signedIn = (permissions: typeof ADMIN_SESSION.permissions | null) =>
    SCREEN_NAMES.filter((name) => mayBeAt(name, permissions)).sort();
  test('each screen asks for what it needs', () => {
    const open = ['connect', 'redeem', 'register', 'sign_in'];
    expect(signedIn(null)).toEqual(open);
    const own = ['change_password', 'edit_profile', 'home'];
    expect(signedIn([])).toEqual([...own, ...open].sort());
    expect(signedIn(['users.read'])).toEqual([...own, ...open, 'user', 'users', 'roles', 'role'].sort());
    const making = ['create_role', 'edit_role'];
    expect(signedIn(['roles.manage'])).toEqual([...own, ...open, ...making].sort());
    const keys = ['client_key', 'client_keys', 'create_client_key', 'edit_client_key', 'rotate_client_key'];
    expect(signedIn(['clients.manage'])).toEqual([...own, ...open, ...keys].sort());
    expect(signedIn(ADMIN_SESSION.permissions)).toEqual([...SCREEN_NAMES].sort());
  });
  test('words and tabs lead to screens about which nothing else has to be said', () => {
    const reached = [
      ...SCREEN_NAMES.filter((name) => screenEntry(name).word !== undefined),
      ...tabsOf(ADMIN_SESSION.permissions).map(({ screen }) => screen.name),
    ];
    expect(new Set(reached)).toEqual(new Set(['home', 'users', 'client_keys', 'roles']));
    for (const name of reached) {
      expect(screenEntry(name).needs).toBeUndefined();
      expect(plainScreen(name)).toEqual({ name });
    }
  });
  test('a screen opens only over those that its entry names', () => {
    const home = stateOf(start(), HOME_STATE);
    expect(pushScreen({ name: 'create_user' })(home)).toBe(home);
    expect(pushScreen({ name: 'home' })(home)).toBe(home);
    expect(pushScreen({ name: 'edit_profile' })(home).screens).toHaveLength(2);
  });
  test('whose rights were taken away goes back to where they still may be, and the rows are forgotten', () => {
    const at = (permissions: typeof ADMIN_SESSION.permissions): AppState =>
      leaveForbidden(
        stateOf(start(), {
          ...HOME_STATE,
          session: { ...ADMIN_SESSION, permissions },
          screens: [
            { name: 'users' },
            { name: 'user', account_id: 'a_1' },
            { name: 'edit_user', account_id: 'a_1' },
          ],
          users: usersState(3),
          client_keys: clientKeysState(),
          user_detail: FULL.user_detail,
        }),
      );
    expect(at(ADMIN_SESSION.permissions).screens).toHaveLength(3);
    const reader = at(['users.read']);
    expect(reader.screens.map(({ name }) => name)).toEqual(['users', 'user']);
    expect(reader.person.lists.users.pages.size).toBe(1);
    expect(reader.person.lists.client_keys.pages.size).toBe(0);
    const nobody = at([]);
    expect(nobody.screens).toEqual([{ name: 'home' }]);
    expect(nobody.person.lists.users.pages.size).toBe(0);
    expect(nobody.person.user_detail).toBeNull();
    expect(nobody.person.lists.sessions).toBe(HOME_STATE.sessions);
  });
});

describe('reading a list', () => {
  type Answer = (page: Attempt<Page<Account>>) => void;
  const page = (rows: readonly Account[], next_cursor: string | null = null): Attempt<Page<Account>> => ({
    ok: true,
    value: { rows, next_cursor, total: null, total_is_exact: true },
  });
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
  function reading() {
    const store = createAppStore(stateOf(start(), { session: ADMIN_SESSION }));
    const answers: Answer[] = [];
    const cursors: (string | null)[] = [];
    const stale: string[] = [];
    const passed: string[] = [];
    const loader = new ListLoader(
      store,
      'users',
      (_query, cursor) => {
        cursors.push(cursor);
        return new Promise((resolve) => answers.push(resolve));
      },
      {
        onStale: ({ code }) => stale.push(code),
        onPassed: (code) => passed.push(code),
        again_ms: 0,
      },
    );
    return {
      store,
      loader,
      answers,
      cursors,
      stale,
      passed,
      list: () => store.getState().person.lists.users,
    };
  }
  test('what was asked for one person is not shown to the next, and nothing more is asked for them', async () => {
    const { store, loader, answers, list } = reading();
    loader.ensure(0, 500);
    store.setState(signedOut(null));
    store.setState(signedInAs(USER_SESSION));
    answers[0]!(page(manyAccounts(200), 'next'));
    await settle();
    expect(list()).toBe(NOBODY.lists.users);
    expect(answers).toHaveLength(1);
  });
  test('where the server doesn’t count, there is one row more than known until the last page is there', async () => {
    const { loader, answers, cursors, list } = reading();
    const all = manyAccounts(250);
    loader.ensure(0, 20);
    answers[0]!(page(all.slice(0, 200), 'second'));
    await settle();
    expect([list().row_count, list().complete, answers.length]).toEqual([201, false, 1]);
    loader.ensure(190, 200);
    answers[1]!(page(all.slice(200)));
    await settle();
    expect([list().row_count, list().complete]).toEqual([250, true]);
    expect(cursors).toEqual([null, 'second']);
  });
  const away: Attempt<Page<Account>> = { ok: false, problem: problem('storage_unavailable') };
  test('rows that can not be read anew stay, that is told once, and they are read when it has passed', async () => {
    const { loader, answers, stale, passed, list } = reading();
    loader.ensure(0, 20);
    answers[0]!(page(manyAccounts(2)));
    await settle();
    loader.refresh();
    answers[1]!(away);
    await vi.waitFor(() => expect(answers).toHaveLength(3));
    expect([list().row_count, stale]).toEqual([2, ['storage_unavailable']]);
    answers[2]!(away);
    await vi.waitFor(() => expect(answers).toHaveLength(4));
    expect([stale, passed]).toEqual([['storage_unavailable'], []]);
    answers[3]!(page(manyAccounts(3)));
    await settle();
    expect([list().row_count, list().problem, answers.length]).toEqual([3, null, 4]);
    expect(passed).toEqual(['storage_unavailable']);
    // Whoever asks again is told again.
    loader.refresh();
    answers[4]!(away);
    await vi.waitFor(() => expect(answers).toHaveLength(6));
    expect(stale).toHaveLength(2);
  });
  test('a list without rows says so itself, and is filled when it has passed', async () => {
    const { loader, answers, stale, list } = reading();
    loader.ensure(0, 20);
    answers[0]!(away);
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    answers[1]!(page(manyAccounts(2)));
    await settle();
    expect([list().row_count, stale]).toEqual([2, []]);
  });
  test('what does not pass by itself is told, and not asked for again', async () => {
    const { loader, answers, stale } = reading();
    loader.ensure(0, 20);
    answers[0]!(page(manyAccounts(2)));
    await settle();
    loader.refresh();
    answers[1]!({ ok: false, problem: problem('internal') });
    await settle();
    await settle();
    expect([stale, answers.length]).toEqual([['internal'], 2]);
  });
  test('a refresh while a page is read reads the first page once more', async () => {
    const { loader, answers, list } = reading();
    loader.ensure(0, 20);
    loader.refresh();
    answers[0]!(page(manyAccounts(2)));
    await settle();
    answers[1]!(page(manyAccounts(3)));
    await settle();
    expect([list().row_count, answers.length]).toEqual([3, 2]);
  });
});
