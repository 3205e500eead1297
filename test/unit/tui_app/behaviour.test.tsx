/** What keys do, screen by screen: forms, lists, dialogs; against a recorded stand-in for the effects. */
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/protocol/index.js';
import type { Effects } from '../../../src/tui/effects/contract.js';
import { KeyConflict, Keymap, shownKey } from '../../../src/tui/input/keymap.js';
import { problem, type Attempt } from '../../../src/tui/i18n/problem.js';
import {
  account,
  ADMIN_SESSION,
  ANNA,
  HOME_STATE,
  manyAccounts,
  USER_SESSION,
  usersState,
} from '../../support/accounts.js';
import { faultsOf, renderApp } from '../../support/render_app.js';

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const refuse = <T,>(outcome: Attempt<T>) => ({ effect: (): Promise<Attempt<T>> => Promise.resolve(outcome) });
const refused = (code: Parameters<typeof problem>[0], extra = {}) =>
  refuse<never>({ ok: false, problem: problem(code, extra) }).effect;
const users = { session: ADMIN_SESSION, screens: [{ name: 'users' }], users: usersState(812) } as const;
const named = (calls: readonly (readonly unknown[])[], name: keyof Effects) =>
  calls.filter(([called]) => called === name);

describe('forms', () => {
  test('name and password go out as typed, in one burst with Enter', () => {
    using app = renderApp();
    app.press('Анна\tp ssw0rd\r');
    expect(named(app.calls, 'signIn')).toEqual([['signIn', 'Анна', 'p ssw0rd']]);
  });
  test('Enter goes to the next empty field, and sends nothing while one is missing', () => {
    using app = renderApp();
    app.press('anna\r');
    expect(named(app.calls, 'signIn')).toEqual([]);
    app.press('\r');
    expect(app.text()).toContain('Required.');
    expect(named(app.calls, 'signIn')).toEqual([]);
  });
  test('while a kept session is taken up there is no form to type into, and Esc asks for it', async () => {
    using app = renderApp({ state: { resuming: { account_name: 'anna' } } });
    expect(app.text()).toContain('Signing in as anna…');
    expect(app.text()).not.toContain('Password');
    app.press('boris\r');
    expect(named(app.calls, 'signIn')).toEqual([]);
    expect(app.store.getState().overlays).toEqual([]);
    app.press('\x1b');
    expect(named(app.calls, 'signInAnew')).toHaveLength(1);
    app.store.setState({ resuming: null });
    await settle();
    app.press('boris');
    expect(app.text()).toMatch(/Login\s+boris/);
  });
  test('where nothing can be seen no key acts', () => {
    using app = renderApp({ state: users, cols: 39, rows: 14 });
    expect(app.text()).toContain('needed');
    app.press('x');
    app.press('s');
    app.press('y');
    app.press(':?q/');
    expect(app.calls.filter(([name]) => !/^(ensureRows|loadScreen|keyInUse)/.test(String(name)))).toEqual([]);
    expect(app.store.getState().overlays).toEqual([]);
    app.press('\x03\x03');
    expect(app.quits()).toBe(1);
  });
  test('Esc asks once before it throws away what was typed, and any key calls that off', () => {
    using app = renderApp({ state: { screens: [{ name: 'sign_in' }, { name: 'register' }] } });
    app.press('anna\x1b');
    expect(app.store.getState().screens.at(-1)?.name).toBe('register');
    expect(app.text()).toContain('Esc once more throws away what you typed.');
    app.press('b');
    expect(app.text()).not.toContain('Esc once more');
    expect(app.text()).toMatch(/Login\s+annab/);
    app.press('\x1b');
    app.press('\x1b');
    expect(app.store.getState().screens.at(-1)?.name).toBe('sign_in');
  });
  test('half an arrow key on a slow line throws nothing away', () => {
    using app = renderApp({ state: { screens: [{ name: 'sign_in' }, { name: 'register' }] } });
    app.press('anna');
    app.press('\x1b');
    app.press('[B');
    expect(app.store.getState().screens.at(-1)?.name).toBe('register');
    expect(app.text()).toMatch(/Login\s+anna\[B/);
  });
  test('a key on a button that leads away asks, too; where nothing was typed Esc leaves at once', () => {
    using app = renderApp({ state: { screens: [{ name: 'sign_in' }, { name: 'register' }] } });
    app.press('anna\t\t\tq');
    expect(app.store.getState().screens.at(-1)?.name).toBe('register');
    expect(app.text()).toContain('Esc once more');
    app.press('q');
    expect(app.store.getState().screens.at(-1)?.name).toBe('sign_in');
    using fresh = renderApp({ state: { screens: [{ name: 'sign_in' }, { name: 'register' }] } });
    fresh.press('\x1b');
    expect(fresh.store.getState().screens.at(-1)?.name).toBe('sign_in');
  });
  test('Esc and a key in one packet are both, where the two together mean nothing', () => {
    using app = renderApp({ state: users });
    app.press('/ab');
    app.press('\x1bj');
    expect(app.text()).not.toMatch(/ab▏/);
    using help = renderApp({ state: users });
    help.press('?');
    expect(help.store.getState().overlays.at(-1)?.name).toBe('help');
    help.press('\x1b:');
    expect(help.store.getState().overlays.map(({ name }) => name)).toEqual(['palette']);
  });
  test.each([
    ['a line end', 'p ssw0rd\r\n', 'p ssw0rd'],
    ['line ends on both sides', '\n\np ssw0rd\n', 'p ssw0rd'],
    ['the tab of a table', 'p ssw0rd\t', 'p ssw0rd'],
    ['a line end inside', 'p\nssw0rd', 'p ssw0rd'],
    ['spaces, which are kept', ' p ssw0rd ', ' p ssw0rd '],
  ])('a pasted password with %s', (_, pasted, wanted) => {
    using app = renderApp();
    app.press(`anna\t\x1b[200~${pasted}\x1b[201~\r`);
    expect(named(app.calls, 'signIn')).toEqual([['signIn', 'anna', wanted]]);
  });
  test('in the demo a dialog that wants the password says which it is', () => {
    const act = { kind: 'delete', account: ADMIN_SESSION.account } as const;
    const state = {
      session: ADMIN_SESSION,
      password_checked_at: null,
      overlays: [{ name: 'confirm', act }],
    } as const;
    using app = renderApp({ state, demo_password: 'look around freely' });
    expect(app.text()).toContain('In the demo it is: look around freely');
    using real = renderApp({ state });
    expect(real.text()).not.toContain('In the demo');
  });
  test('what nobody sees is not taken along from a paste, but a password is kept to the letter', () => {
    using app = renderApp();
    app.press('\x1b[200~an\u202en\u200ba\ufeff\x1b[201~');
    app.press('\t\x1b[200~se\u200bcret\x1b[201~');
    expect(app.text()).toContain('has invisible characters in it');
    app.press('\r');
    expect(named(app.calls, 'signIn')).toEqual([['signIn', 'anna', 'se\u200bcret']]);
  });
  test('marking all says when there are more than can be marked', async () => {
    using app = renderApp({
      state: { ...users, users: usersState(10_000) },
      effects: { matchingRows: () => Promise.resolve({ ok: true, value: manyAccounts(1_000) as never[] }) },
    });
    app.press('*');
    await settle();
    expect(app.text()).toContain('Only the first 1000 of 10000');
    using fewer = renderApp({ state: { ...users, users: usersState(5) } });
    fewer.press('*');
    await settle();
    expect(fewer.text()).toContain('5 accounts marked.');
  });
  test.each([
    [' secret', 'begins with a space'],
    ['secret ', 'ends with a space'],
    ['  ', 'nothing but spaces'],
    ['ыускуе', 'has Cyrillic letters in it'],
  ])('a password field says of %j what dots hide', (typed, told) => {
    using app = renderApp();
    app.press(`anna\t${typed}`);
    expect(app.text()).toContain(told);
    app.press('\x15secret');
    expect(app.text()).not.toContain(told);
  });
  test('a password is never shown, stored or drawn until asked for', () => {
    using app = renderApp();
    app.press('anna\thunter2');
    expect(app.frame()).not.toContain('hunter2');
    expect(JSON.stringify(app.store.getState())).not.toContain('hunter2');
    app.press('\x12');
    expect(app.text()).toContain('hunter2');
    app.press('\x12');
    expect(app.text()).not.toContain('hunter2');
  });
  test('a wrong password empties only the password and says what to do', async () => {
    using app = renderApp({ effects: { signIn: refused('invalid_credentials') } });
    app.press('anna\twrong password\r');
    await settle();
    expect(app.text()).toContain('Wrong login or password.');
    expect(app.text()).toMatch(/Login\s+anna/);
    expect(app.text()).not.toContain('•');
  });
  test('without a connection nothing typed is lost', async () => {
    using app = renderApp({ effects: { signIn: refused('not_connected') } });
    app.press('anna\tcorrect horse\r');
    await settle();
    expect(app.text()).toContain('There is no connection to the server.');
    expect(app.text()).toMatch(/Password\s+•{13}/);
  });
  test('a throttle says how long to wait', async () => {
    using app = renderApp({ effects: { signIn: refused('throttled', { retry_after_ms: 29_500 }) } });
    app.press('anna\tx\r');
    await settle();
    expect(app.text()).toContain('Wait 30 seconds, then try again.');
  });
  test('differing passwords are found before anything is sent', () => {
    using app = renderApp({ state: { screens: [{ name: 'sign_in' }, { name: 'register' }] } });
    app.press('anna\tcorrect horse\tcorrect house\r');
    expect(named(app.calls, 'register')).toEqual([]);
  });
  test('a refused field is marked, its reason is said below with its name, and it has the focus', async () => {
    const details = [{ path: 'user.account_name', reason: 'reserved', message: 'This name is reserved.' }];
    using app = renderApp({
      state: { screens: [{ name: 'sign_in' }, { name: 'register' }] },
      effects: { register: refused('account_name_invalid', { details }) },
    });
    app.press('admin\tcorrect horse\tcorrect horse\r');
    await settle();
    expect(app.text()).toContain('✗ Login: This name is reserved.');
    app.press('\x15anna\r');
    expect(named(app.calls, 'register').at(-1)).toEqual([
      'register',
      { account_name: 'anna', password: 'correct horse', setup_code: null, person: {} },
    ]);
  });
  test.each([
    ['with its setup code on this machine', { setup_code_found: true }, /create an account to be the one/],
    ['without it', { setup_code_found: false }, /the setup code makes you the one/],
  ])('nobody is promised to be administrator by signing in: a new server %s', (_, found, said) => {
    const info = { registration_open: true, setup_required: true, password_length_min: 8, ...found };
    using app = renderApp({ state: { server_info: info } });
    expect(app.text()).toMatch(said);
    app.store.setState({ server_info: { ...info, setup_required: false, setup_code_found: false } });
    expect(app.text()).not.toContain('administrator');
  });
  test('the form says before that an unknown login makes an account', () => {
    const info = {
      registration_open: true,
      setup_required: false,
      password_length_min: 8,
      setup_code_found: false,
    };
    using app = renderApp({ state: { server_info: { ...info, auto_register: true } } });
    expect(app.text()).toContain('An unknown login makes a new account');
    using other = renderApp({ state: { server_info: info } });
    expect(other.text()).not.toContain('unknown login');
  });
  test('a paste is one text without line breaks, and controls in it do nothing', () => {
    using app = renderApp();
    app.press('\x1b[200~an\nna\x1b[201~\tx\r');
    expect(named(app.calls, 'signIn')).toEqual([['signIn', 'an na', 'x']]);
  });
  test('staying signed in is one yes or no for all screens that sign in; Space answers it', () => {
    let on = true;
    const effects = { keepsSignedIn: () => on, keepSignedIn: (next: boolean) => void (on = next) };
    using app = renderApp({ effects });
    app.press('anna\tsecret words\t');
    expect(app.text()).toContain('[x] Keep this device signed in');
    expect(app.text()).toMatch(/Space yes or no/);
    app.press(' ');
    expect(app.text()).toContain('[ ] Keep this device signed in');
    // The cursor is on it: screen readers follow it.
    const { row } = app.cursor()!;
    expect(app.text().split('\n')[row]).toContain('Keep this device');
    app.press('\t\t\r');
    expect(app.text()).toContain('Create an account');
    expect(app.text()).toContain('[ ] Keep this device signed in');
    app.press('\t\t\t ');
    expect(on).toBe(true);
    app.press('\x1b');
    expect(app.text()).toContain('[x] Keep this device signed in');
    app.press('anna\tsecret words\t \r');
    expect(on).toBe(false);
    expect(named(app.calls, 'signIn')).toEqual([['signIn', 'anna', 'secret words']]);
  });
  test('read line by line, it is said that the line is up, each time that it comes up', () => {
    using app = renderApp({ accessible: true, state: { connection: { name: 'idle' } } });
    const up = { name: 'ready', server_name: 'Gate', latency_ms: null } as const;
    app.frame();
    expect(named(app.calls, 'toast')).toEqual([]);
    app.store.setState({ connection: up });
    expect(app.text()).toContain('Connected to localhost:7777 (Gate).');
    app.store.setState({ connection: { ...up, latency_ms: 7 } });
    app.frame();
    expect(named(app.calls, 'toast')).toHaveLength(1);
    app.store.setState({ connection: { name: 'connecting', attempt: 2 } });
    app.frame();
    app.store.setState({ connection: up });
    app.frame();
    expect(named(app.calls, 'toast')).toHaveLength(2);
  });
  test('where nothing can be kept, it is not asked', () => {
    using app = renderApp({ effects: { keepsSignedIn: () => null } });
    expect(app.text()).not.toContain('Keep this device');
  });
  test('the real cursor stands in the field, also over wide characters', () => {
    using app = renderApp();
    const { column, row } = app.cursor()!;
    app.press('東a');
    app.frame();
    expect(app.cursor()).toEqual({ row, column: column + 3 });
    app.press('\x1b[D');
    app.frame();
    expect(app.cursor()).toEqual({ row, column: column + 2 });
  });
  test('editing a profile sends only what was changed, and null for what was emptied', async () => {
    using app = renderApp({
      state: { ...HOME_STATE, screens: [{ name: 'home' }, { name: 'edit_profile' }] },
    });
    app.press(`\x15Anna\t\t\x15${'\t'.repeat(5)}\r`);
    expect(app.text()).toMatch(/First name\s+- Анна/);
    expect(named(app.calls, 'updateProfile')).toEqual([]);
    app.press('\ry');
    await settle();
    expect(named(app.calls, 'updateProfile')).toEqual([
      ['updateProfile', { first_name: 'Anna', email: null }, 3],
    ]);
  });
  describe('about oneself in several lines', () => {
    const editing = (): ReturnType<typeof renderApp> => {
      const app = renderApp({
        state: { ...HOME_STATE, screens: [{ name: 'home' }, { name: 'edit_profile' }] },
      });
      app.press('\t\t\t\t');
      return app;
    };
    const focusedRow = (app: ReturnType<typeof renderApp>): string => {
      const rows = app.text().split('\n');
      return rows[app.cursor()!.row] ?? '';
    };
    test('Alt+Enter and Shift+Enter begin a line, a paste keeps its own, Enter saves', async () => {
      using app = editing();
      app.press('\x1b\rone\x1b[13;2utwo');
      app.press('\x1b[200~\nthree\tcells\x1b[201~\r');
      expect(app.text()).toMatch(/\+ Keeps the gate\./);
      app.press('y');
      await settle();
      const bio = 'Keeps the gate.\nAsks before letting anyone in.\none\ntwo\nthree cells';
      expect(named(app.calls, 'updateProfile')).toEqual([['updateProfile', { bio }, 3]]);
    });
    test('up and down move among its rows, and leave it from the first and the last', () => {
      using app = editing();
      expect(focusedRow(app)).toContain('Asks before letting anyone in.');
      const { column } = app.cursor()!;
      app.press('\x1b[A');
      expect(focusedRow(app)).toMatch(/About\s+Keeps the gate\./);
      app.press('\x1b[B');
      expect(app.cursor()!.column).toBe(column);
      app.press('\x1b[B');
      expect(focusedRow(app)).toContain('Picture (URL)');
      app.press('\x1b[A\x1b[A\x1b[A');
      expect(focusedRow(app)).toContain('Phone');
    });
    test('more rows than fit scroll with the cursor, and it is told when little room is left', () => {
      using app = editing();
      app.press('\x1b\r'.repeat(30));
      app.press('last');
      expect(focusedRow(app)).toMatch(/ last\s+│/);
      expect(app.text()).toMatch(/↑ │/);
      expect(app.text()).not.toContain('Room for');
      app.press('x'.repeat(900));
      const left = LIMITS.bio_length_max - (ANNA.bio ?? '').length - 30 - 'last'.length - 900;
      expect(app.text()).toContain(`Room for ${left} more characters.`);
      app.press('x'.repeat(900));
      expect(app.text()).toContain('Room for 0 more characters.');
      expect(faultsOf(app.frame(), 80, 24)).toEqual([]);
    });
    test('the keys of other fields are as they were', () => {
      using app = editing();
      app.press('\x1b[Z');
      expect(app.text()).not.toContain('new line');
      app.press('\t');
      expect(app.text()).toContain('Alt+Enter new line');
    });
  });
  test('nothing changed sends nothing', async () => {
    using app = renderApp({
      state: { ...HOME_STATE, screens: [{ name: 'home' }, { name: 'edit_profile' }] },
    });
    app.press('\r');
    await settle();
    expect(app.text()).toContain('Nothing was changed.');
    expect(named(app.calls, 'updateProfile')).toEqual([]);
  });
});

describe('who sees what', () => {
  test('the admin tab is only for those who may see accounts', () => {
    using app = renderApp({ state: { ...HOME_STATE, session: USER_SESSION } });
    expect(app.text()).not.toContain('Admin');
    app.press('5');
    expect(app.store.getState().screens).toEqual([{ name: 'home' }]);
  });
  test('a moderator is offered only what a moderator may do', () => {
    using app = renderApp({
      state: { ...users, session: { ...USER_SESSION, permissions: ['users.read', 'users.suspend'] } },
    });
    expect(app.text()).not.toMatch(/n new|e edit/);
    app.press('x');
    expect(app.text()).toContain('Suspend');
    expect(app.text()).not.toMatch(/Delete|Give role/);
    app.press('\x1b');
    app.press('D');
    expect(app.store.getState().overlays).toEqual([]);
  });
});

describe('lists, menus and dialogs', () => {
  test('three keys in one burst are three moves; Russian letters count by position', () => {
    using app = renderApp({ state: users });
    app.press('jjj');
    expect(app.store.getState().person.lists.users.selected).toBe(3);
    app.press('оол');
    expect(app.store.getState().person.lists.users.selected).toBe(4);
    app.press('G');
    expect(app.store.getState().person.lists.users.selected).toBe(811);
    app.press('g\x1b[6~');
    expect(app.store.getState().person.lists.users.selected).toBe(17);
  });
  test('search goes into the question; Enter keeps it, Esc clears it', () => {
    using app = renderApp({ state: users });
    app.press('/iv.q');
    expect(app.store.getState().person.lists.users.query.search).toBe('iv.q');
    app.press('\r');
    app.press('j');
    expect(app.store.getState().person.lists.users.query.search).toBe('iv.q');
    app.press('\x1b');
    expect(app.store.getState().person.lists.users.query.search).toBe('');
  });
  test('sorting and filters are part of the question', () => {
    using app = renderApp({ state: users });
    app.press('st');
    expect(app.store.getState().person.lists.users.query).toMatchObject({
      sort: 'last_seen_at',
      descending: true,
    });
    app.press('o');
    expect(app.store.getState().person.lists.users.query.descending).toBe(false);
    app.press('frrss\x1b');
    expect(app.store.getState().person.lists.users.query.filters).toEqual({
      role: 'moderator',
      holds: null,
      status: 'pending',
    });
    app.press('c');
    expect(app.store.getState().person.lists.users.query.filters).toEqual({
      role: null,
      holds: null,
      status: null,
    });
  });
  test('suspending is confirmed by y alone: not by Enter, not by the key that opened it', () => {
    const chief = account({ account_name: 'chief', roles: ['admin', 'user'] });
    const list = { ...usersState(1), pages: new Map([[0, [chief]]]) };
    using app = renderApp({ state: { ...users, users: list } });
    app.press('xs');
    app.press('\rsx ');
    expect(named(app.calls, 'suspendUser')).toEqual([]);
    expect(app.text()).toContain('Suspend chief?');
    app.press('y');
    expect(named(app.calls, 'suspendUser')).toHaveLength(1);
    expect(app.store.getState().overlays).toEqual([]);
  });
  test('deleting wants the login typed in full', () => {
    using app = renderApp({ state: users });
    app.press('Divano\r');
    expect(named(app.calls, 'deleteUser')).toEqual([]);
    app.press('v\r');
    expect(named(app.calls, 'deleteUser')).toHaveLength(1);
  });
  test('making an administrator wants the login typed', () => {
    using app = renderApp({ state: users });
    app.press('xay\r');
    expect(named(app.calls, 'assignRole')).toEqual([]);
    app.press('\x15ivanov\r');
    expect(named(app.calls, 'assignRole')).toEqual([['assignRole', 'a_00000000000000000000', 'admin']]);
  });
  test('the one-time code is shown once, stays out of the store, and no slip closes it', async () => {
    using app = renderApp({ state: { ...users, screens: [{ name: 'users' }, { name: 'create_user' }] } });
    app.press('boris\t\t\t\t\t\r');
    await settle();
    expect(app.text()).toContain('pcc_xxxx');
    expect(
      JSON.stringify([...app.store.getState().person.lists.users.pages, app.store.getState().toasts]),
    ).not.toContain('pcc_');
    app.press('q15j');
    expect(app.text()).toContain('pcc_xxxx');
    app.press('\r');
    expect(app.text()).not.toContain('pcc_');
  });
  test('help lists the keys of the place, filters, and runs what was chosen', async () => {
    using app = renderApp({ state: users });
    app.press('?');
    expect(app.text()).toContain('reverse the order');
    app.press('/reverse\r');
    app.press('\r');
    await settle();
    expect(app.store.getState().person.lists.users.query.descending).toBe(true);
  });
  test('Esc never quits, q asks, y quits', () => {
    using app = renderApp({ state: HOME_STATE });
    app.press('\x1b\x1b\x1b');
    expect(app.quits()).toBe(0);
    app.press('q');
    expect(app.text()).toContain('Quit?');
    app.press('y');
    expect(app.quits()).toBe(1);
  });
  test('Ctrl+C empties the field, then warns, then quits', () => {
    using app = renderApp();
    app.press('anna\x03');
    expect(app.text()).not.toContain('anna');
    app.press('\x03');
    expect(app.text()).toContain('Ctrl+C again quits.');
    expect(app.quits()).toBe(0);
    app.press('\x03');
    expect(app.quits()).toBe(1);
  });
  test('an error toast stays until it is dismissed', async () => {
    using app = renderApp({ state: users, effects: { suspendUser: refused('last_administrator') } });
    app.press('xs');
    await settle();
    expect(app.text()).toContain('The last administrator has to stay.');
    app.press('d');
    expect(app.text()).not.toContain('The last administrator has to stay.');
  });
  test('the language changes live', () => {
    using app = renderApp({ state: HOME_STATE });
    app.press('Lr');
    expect(app.text()).toContain('Профиль');
  });
});

describe('keymap', () => {
  test('two actions of one place can not have the same key', () => {
    expect(() => new Keymap({ filters: ['s'] })).toThrow(KeyConflict);
    expect(() => new Keymap({ filters: ['F'] })).not.toThrow();
  });
  test.each([
    ['C-r', 'Ctrl+R'],
    ['S-tab', 'Shift+Tab'],
    ['f1', 'F1'],
    ['M-left', 'Alt+←'],
    ['?', '?'],
    ['G', 'G'],
  ])('%s is shown as %s', (key, shown) => {
    expect(shownKey(key)).toBe(shown);
  });
});
