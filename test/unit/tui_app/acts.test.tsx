/** Palette, marks and acts on many, undo, step-up, the editor's diff, countdowns, the idle lock; without a server. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { parsePalette } from '../../../src/tui/app/palette_commands.js';
import { wantsPassword } from '../../../src/tui/app/confirm_words.js';
import { actOnMany } from '../../../src/tui/effects/bulk.js';
import { Batch } from '../../../src/tui/effects/batch.js';
import type { Effects } from '../../../src/tui/effects/contract.js';
import type { KnownServerRow } from '../../../src/tui/effects/contract.js';
import { estimatePassword } from '../../../src/tui/password/index.js';
import { changePerson, LISTS, type UsersQuery } from '../../../src/tui/state/index.js';
import { problem, type Attempt } from '../../../src/tui/i18n/problem.js';
import {
  account,
  ADMIN_SESSION,
  ANNA,
  HOME_STATE,
  NOW,
  SESSIONS,
  sessionsState,
  usersState,
} from '../../support/accounts.js';
import { renderApp } from '../../support/render_app.js';

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const refused =
  (code: Parameters<typeof problem>[0], extra = {}) =>
  (): Promise<Attempt<never>> =>
    Promise.resolve({ ok: false, problem: problem(code, extra) });
const users = { session: ADMIN_SESSION, screens: [{ name: 'users' }], users: usersState(812) } as const;
const named = (calls: readonly (readonly unknown[])[], name: keyof Effects) =>
  calls.filter(([called]) => called === name);

const FIRST_QUERY = LISTS.users.first_query;
const asksUsers = (query: UsersQuery) => ({
  kind: 'screen',
  screen: 'users',
  word: 'users',
  asks: { list: 'users', query },
});

describe('palette', () => {
  test.each([
    [
      ':users /iva role:admin sort:-last',
      asksUsers({
        search: 'iva',
        filters: { role: 'admin', holds: null, status: null },
        sort: 'last_seen_at',
        descending: true,
      }),
    ],
    ['users', asksUsers(FIRST_QUERY)],
    [
      'users holds:moderator sort:role',
      asksUsers({
        ...FIRST_QUERY,
        filters: { role: null, holds: 'moderator', status: null },
        sort: 'role',
      }),
    ],
    ['users sort:-status', asksUsers({ ...FIRST_QUERY, sort: 'status', descending: true })],
    [
      'users status:any role:user',
      asksUsers({ ...FIRST_QUERY, filters: { role: 'user', holds: null, status: null } }),
    ],
    ['admin', asksUsers(FIRST_QUERY)],
    ['home', { kind: 'screen', screen: 'home', word: 'home', asks: null }],
    ['lang ru', { kind: 'language', language: 'ru' }],
    ['theme high-contrast', { kind: 'theme', theme: 'high-contrast' }],
    ['  q ', { kind: 'quit' }],
    ['гыукы', asksUsers(FIRST_QUERY)],
    ['lang de', { kind: 'unknown', word: 'de', near: null }],
    ['lang rus', { kind: 'unknown', word: 'rus', near: 'ru' }],
    ['theme drak', { kind: 'unknown', word: 'drak', near: 'dark' }],
    ['users role:king', { kind: 'unknown', word: 'role:king', near: null }],
    ['users role:admn', { kind: 'unknown', word: 'role:admn', near: 'role:admin' }],
    ['users sort:-statsu', { kind: 'unknown', word: 'sort:-statsu', near: 'sort:-status' }],
    ['users rol:admin', { kind: 'unknown', word: 'rol:admin', near: 'role:admin' }],
    ['users sort:constructor', { kind: 'unknown', word: 'sort:constructor', near: null }],
    ['usres', { kind: 'unknown', word: 'usres', near: 'users' }],
    ['logotu', { kind: 'unknown', word: 'logotu', near: 'logout' }],
    ['toString', { kind: 'unknown', word: 'toString', near: null }],
    ['', { kind: 'unknown', word: '', near: null }],
  ])('%s', (line, command) => {
    expect(parsePalette(line)).toEqual(command);
  });
  test('a command typed in full runs; an unknown one stays and is named', () => {
    using app = renderApp({ state: HOME_STATE });
    app.press(':users /iva status:active\r');
    expect(app.store.getState().screens).toEqual([{ name: 'users' }]);
    expect(app.store.getState().person.lists.users.query).toMatchObject({
      search: 'iva',
      filters: { status: 'active' },
    });
    app.press(':frobnicate\r');
    expect(app.text()).toContain('Not understood: frobnicate');
    app.press('\x1b');
    expect(app.store.getState().overlays).toEqual([]);
    app.press(':usres\r');
    expect(app.text()).toContain('Not understood: usres. Did you mean users?');
    app.press('\x1b');
  });
  test('offers what the keys can do here, and runs it', async () => {
    using app = renderApp({ state: users });
    app.press(':reverse\r');
    await settle();
    expect(app.store.getState().person.lists.users.query.descending).toBe(true);
  });
  test('who may not see accounts is not offered them', () => {
    using app = renderApp({ state: {} });
    app.press('\x10users\r');
    expect(app.store.getState().screens).toEqual([{ name: 'sign_in' }]);
    expect(app.text()).toContain('Not understood: users');
    app.press('\x15usres\r');
    expect(app.text()).not.toContain('Did you mean users');
  });
  test('Ctrl+P works inside a field, and what was typed there stays', () => {
    using app = renderApp();
    app.press('anna\x10lang ru\r');
    expect(app.text()).toMatch(/Логин\s+anna/);
  });
});

describe('marks', () => {
  test('Space marks and goes on, v marks a range, * all that match, Esc none', async () => {
    using app = renderApp({ state: users });
    app.press('  ');
    expect([...app.store.getState().person.lists.users.marks.values()]).toEqual(['ivanov', 'ivan.k']);
    app.press('vjjv');
    expect(app.store.getState().person.lists.users.marks.size).toBe(5);
    expect(app.text()).toContain('5 marked: ivanov, ivan.k, диана, vivaldi, ivana');
    app.press('\x1b');
    expect(app.store.getState().person.lists.users.marks.size).toBe(0);
    app.press('*');
    await settle();
    expect(app.store.getState().person.lists.users.marks.size).toBe(5);
  });
  test('an act on many wants the number typed, tells what failed, and leaves that marked', async () => {
    const failed = [{ name: 'ivan.k', problem: problem('wrong_status') }];
    using app = renderApp({
      state: users,
      effects: { actOnMany: () => Promise.resolve({ done: 2, failed }) },
    });
    app.press('   xs2\r');
    expect(named(app.calls, 'actOnMany')).toEqual([]);
    app.press('\x153\r');
    await settle();
    expect(named(app.calls, 'actOnMany')).toHaveLength(1);
    expect(app.text()).toContain('Done: 2, not done: 1');
    // The whole reason, wherever its line breaks.
    expect(app.text()).toContain('✗ ivan.k');
    expect(app.text()).toContain('The account is not in a state that allows this.');
    expect(app.text()).not.toContain('Working on');
    expect([...app.store.getState().person.lists.users.marks.values()]).toEqual(['ivan.k']);
  });
  test('many acts: a throttle is waited out, a lost line ends it, nothing is done twice', async () => {
    const targets = Array.from({ length: 10 }, (_, at) => [`a${at}`, `n${at}`] as const);
    const asked: string[] = [];
    const patient = await actOnMany(targets, (id) => {
      asked.push(id);
      const first = asked.filter((other) => other === id).length === 1;
      return Promise.resolve(
        first && id === 'a3'
          ? { ok: false, problem: problem('throttled', { retry_after_ms: 5 }) }
          : { ok: true, value: null },
      );
    });
    expect(patient).toEqual({ done: 10, failed: [] });
    expect(asked).toHaveLength(11);
    const lost = await actOnMany(targets, refused('not_connected'));
    expect(lost.done).toBe(0);
    expect(lost.failed).toHaveLength(10);
  });
});

describe('undo', () => {
  test('u brings the order back, within five seconds', () => {
    let now = NOW;
    using app = renderApp({ state: users, now: () => now });
    app.press('o');
    expect(app.store.getState().person.lists.users.query.descending).toBe(true);
    app.press('u');
    expect(app.store.getState().person.lists.users.query.descending).toBe(false);
    app.press('o');
    now += 5_001;
    app.press('u');
    expect(app.store.getState().person.lists.users.query.descending).toBe(true);
  });
  test('so it does language, theme and marks', () => {
    using app = renderApp({ state: users });
    app.press('Lr');
    app.press('u');
    expect(app.store.getState().language).toBe('en');
    app.press('Ld');
    expect(app.store.getState().theme).toBe('dark');
    app.press('u  \x1bu');
    expect(app.store.getState().theme).toBe('ansi');
    expect(app.store.getState().person.lists.users.marks.size).toBe(2);
  });
});

describe('step-up', () => {
  const old = { password_checked_at: NOW - 5 * 60_000 - 1 };
  test('the worst acts are those that the table says', () => {
    const one = account();
    expect(wantsPassword({ kind: 'delete', account: one })).toBe(true);
    expect(wantsPassword({ kind: 'assign_role', account: one, role: 'admin', permissions: [] })).toBe(true);
    expect(wantsPassword({ kind: 'unassign_role', account: one, role: 'admin', permissions: [] })).toBe(true);
    expect(wantsPassword({ kind: 'end_others' })).toBe(true);
    expect(
      wantsPassword({
        kind: 'bulk',
        verb: 'suspend',
        targets: [
          ['a', 'b'],
          ['c', 'd'],
        ],
      }),
    ).toBe(true);
    expect(wantsPassword({ kind: 'assign_role', account: one, role: 'moderator', permissions: [] })).toBe(
      false,
    );
    expect(wantsPassword({ kind: 'suspend', account: one })).toBe(false);
  });
  test('an old check asks for the password, which is checked before the act and shown nowhere', async () => {
    using app = renderApp({ state: { ...users, ...old } });
    app.press('Divanov\rhunter22');
    expect(app.frame()).not.toContain('hunter22');
    expect(JSON.stringify(app.store.getState())).not.toContain('hunter22');
    app.press('\r');
    await settle();
    expect(app.calls.map(([name]) => name)).toContain('confirmPassword');
    expect(named(app.calls, 'deleteUser')).toHaveLength(1);
  });
  test('a session that began meanwhile counts as well; what looks the same is counted together', async () => {
    using app = renderApp({ state: HOME_STATE });
    app.press('X2');
    expect(named(app.calls, 'loadScreen').length).toBeGreaterThan(1);
    const again = { ...SESSIONS[1]!, session_id: 's_more' };
    const sessions = sessionsState([...SESSIONS, again]);
    const { lists } = app.store.getState().person;
    app.store.setState(changePerson({ lists: { ...lists, sessions } }));
    expect(app.text()).toContain('3 sessions end at once');
    expect(app.text()).toMatch(/again: 2 ×.*\n.* kazan · /);
    app.press('\r');
    expect(named(app.calls, 'endOtherSessions')).toEqual([]);
    app.press('\x153\r');
    await settle();
    expect(named(app.calls, 'endOtherSessions')).toHaveLength(1);
  });
  test('ending other sessions long after signing in asks for the password as well', async () => {
    using app = renderApp({ state: { ...HOME_STATE, ...old } });
    app.press('X2\r');
    await settle();
    expect(named(app.calls, 'endOtherSessions')).toEqual([]);
    app.press('hunter22\r');
    await settle();
    expect(named(app.calls, 'confirmPassword')).toEqual([['confirmPassword', 'hunter22']]);
    expect(named(app.calls, 'endOtherSessions')).toHaveLength(1);
  });
  test('a wrong password does nothing and says so', async () => {
    using app = renderApp({
      state: { ...users, ...old },
      effects: { confirmPassword: refused('current_password_wrong') },
    });
    app.press('Divanov\rhunter22\r');
    await settle();
    expect(app.text()).toContain('The current password is wrong.');
    expect(named(app.calls, 'deleteUser')).toEqual([]);
  });
  test('a dialog that was closed while the password was checked does nothing', async () => {
    let answer: (outcome: Attempt<null>) => void = () => undefined;
    using app = renderApp({
      state: { ...users, ...old },
      effects: { confirmPassword: () => new Promise((resolve) => (answer = resolve)) },
    });
    app.press('Divanov\rhunter22\r');
    app.press('\x1b');
    answer({ ok: true, value: null });
    await settle();
    expect(named(app.calls, 'deleteUser')).toEqual([]);
  });
  test('a fresh check does not ask again; ending other sessions wants their number, not y and not Enter', async () => {
    using app = renderApp({ state: HOME_STATE });
    app.press('X\ry\r');
    await settle();
    expect(named(app.calls, 'endOtherSessions')).toEqual([]);
    expect(app.text()).toContain('✗ This is not 2. Nothing was done.');
    expect(app.text()).toMatch(/2 sessions end at once.*kazan/s);
    app.press('\x152\r');
    await settle();
    expect(app.text()).toContain('✓ 2 sessions ended.');
    expect(named(app.calls, 'endOtherSessions')).toHaveLength(1);
    expect(named(app.calls, 'confirmPassword')).toEqual([]);
  });
});

describe('someone else was faster', () => {
  const editing = { ...HOME_STATE, screens: [{ name: 'home' }, { name: 'edit_profile' }] } as const;
  test('what they changed is shown and taken, what was typed stays, saving again sends the new version', async () => {
    const theirs = { ...ANNA, phone: '+7 111', version: 4 };
    let tries = 0;
    using app = renderApp({
      state: editing,
      effects: {
        updateProfile: () =>
          Promise.resolve(
            (tries += 1) === 1
              ? { ok: false, problem: problem('stale_version') }
              : { ok: true, value: theirs },
          ),
        readProfile: () => Promise.resolve({ ok: true, value: theirs }),
      },
    });
    app.press(`\x15Anya${'\t'.repeat(7)}\ry`);
    await settle();
    expect(app.text()).toContain('Someone else changed this account meanwhile: Phone → +7');
    expect(app.text()).toContain('What you typed is kept');
    expect(app.text()).toMatch(/First name\s+Anya/);
    expect(app.text()).toMatch(/Phone\s+\+7 111/);
    app.press('\r');
    await settle();
    app.press('y');
    await settle();
    expect(named(app.calls, 'updateProfile').at(-1)).toEqual(['updateProfile', { first_name: 'Anya' }, 4]);
  });
  test('Esc on the diff goes back to the form with everything in it', async () => {
    using app = renderApp({ state: editing });
    app.press(`\x15Anya${'\t'.repeat(7)}\r`);
    app.press('\x1b');
    await settle();
    expect(app.text()).toMatch(/First name\s+Anya/);
    expect(named(app.calls, 'updateProfile')).toEqual([]);
  });
});

describe('a throttle on a form', () => {
  afterEach(() => vi.useRealTimers());
  test('counts down live, sends nothing meanwhile, and says when it is over', async () => {
    vi.useFakeTimers();
    let now = NOW;
    using app = renderApp({
      now: () => now,
      effects: { signIn: refused('throttled', { retry_after_ms: 3_000 }) },
    });
    app.press('anna\tx\r');
    await vi.advanceTimersByTimeAsync(1);
    expect(app.text()).toContain('Wait 3 seconds');
    app.press('\r');
    expect(named(app.calls, 'signIn')).toHaveLength(1);
    now += 2_000;
    await vi.advanceTimersByTimeAsync(300);
    expect(app.text()).toContain('Wait 1 second,');
    now += 1_000;
    await vi.advanceTimersByTimeAsync(300);
    expect(app.text()).toContain('You can try again now.');
    app.press('\r');
    expect(named(app.calls, 'signIn')).toHaveLength(2);
  });
});

describe('idle lock', () => {
  afterEach(() => vi.useRealTimers());
  test('hides everything and forgets the rows; the password opens it again', async () => {
    vi.useFakeTimers();
    let now = NOW;
    using app = renderApp({ state: users, now: () => now, idle_lock_ms: 60_000 });
    now += 59_000;
    await vi.advanceTimersByTimeAsync(1_000);
    app.press('j');
    now += 59_000;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(app.text()).toContain('ivan.k');
    now += 2_000;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(app.text()).toContain('Locked');
    expect(app.text()).not.toContain('ivan.k');
    expect(app.store.getState().person.lists.users.pages.size).toBe(0);
    app.press('?q\x1b');
    expect(app.text()).toContain('Locked');
    app.press('\x15hunter22\r');
    await vi.advanceTimersByTimeAsync(1);
    expect(named(app.calls, 'confirmPassword')).toEqual([['confirmPassword', 'hunter22']]);
    expect(app.text()).toContain('Users');
  });
});

describe('every field takes the same keys', () => {
  const LEFT = '\x1b[D';
  test('so does the password of the lock screen', () => {
    using app = renderApp({ state: { ...users, locked: true } });
    const { column } = app.cursor()!;
    app.press(`hunter2${LEFT}${LEFT}`);
    app.frame();
    expect(app.cursor()!.column).toBe(column + 5);
    // Before the cursor, at it, a word, to both ends.
    app.press('\x7f\x1b[3~');
    app.press('\x01X\x05Y');
    app.press('\r');
    expect(named(app.calls, 'confirmPassword')).toEqual([['confirmPassword', 'Xhunt2Y']]);
  });
  test('Ctrl+C empties the lock screen’s and a confirm dialog’s field before it quits', () => {
    using locked = renderApp({ state: { ...users, locked: true } });
    locked.press('wrong\x03right\r');
    expect(named(locked.calls, 'confirmPassword')).toEqual([['confirmPassword', 'right']]);
    using app = renderApp({ state: users });
    app.press('Dwrong\x03ivanov\r');
    expect(named(app.calls, 'deleteUser')).toHaveLength(1);
    expect(app.text()).not.toContain('again quits');
  });
  test('and the command line, and the search', () => {
    using app = renderApp({ state: users });
    app.press(`/ivan${LEFT}${LEFT}\x0b`);
    expect(app.store.getState().person.lists.users.query.search).toBe('iv');
    app.press(`\x1b:lang enx${LEFT}\x1b[3~\r`);
    expect(app.store.getState().overlays).toEqual([]);
  });
  test('a line break in what is pasted becomes a space where there is one line', () => {
    using app = renderApp({ state: { ...users, locked: true } });
    app.press('\x1b[200~two\nwords\x1b[201~\r');
    expect(named(app.calls, 'confirmPassword')).toEqual([['confirmPassword', 'two words']]);
  });
});

describe('known servers', () => {
  const row = (name: string): KnownServerRow => ({
    name,
    label: `${name}:7777`,
    tls: false,
    account_name: null,
    last_used_at: 1,
  });

  test('the two used last are offered on the connect screen, and one key goes there', () => {
    using app = renderApp({
      state: { screens: [{ name: 'sign_in' }, { name: 'connect' }] },
      effects: { knownServers: () => ['lab', 'office-in-kazan', 'old'].map(row) },
    });
    expect(app.text()).toContain('lab');
    expect(app.text()).toContain('office-in-k…');
    expect(app.text()).not.toContain('old');
    app.press('\t\t\r');
    expect(named(app.calls, 'connectTo')).toEqual([['connectTo', 'lab']]);
  });
});

describe('password notes', () => {
  test.each([
    ['qwertyuiop12', 0, 'common'],
    ['abcabcabcabc', 0, 'repeated'],
    ['petrova1', 0, 'name'],
    ['01.02.1990', 0, 'date'],
    ['correct horse battery', 3, null],
    ['x'.repeat(10_000), 0, 'repeated'],
  ] as const)('%.20s: %s %s', (password, level, reason) => {
    expect(estimatePassword(password, ['anna', 'petrova'])).toEqual({ level, reason });
  });
});

describe('batch', () => {
  test('a burst is handed on once', async () => {
    const taken: (readonly number[])[] = [];
    const batch = new Batch<number>(10, (items) => taken.push(items));
    for (let at = 0; at < 50; at += 1) batch.add(at);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(taken.map((items) => items.length)).toEqual([50]);
  });
});
