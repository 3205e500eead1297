/** What people know from k9s and lazygit: copying, leaving out, sorting by a column's key, suspending at once, quitting at once. */
import { describe, expect, test, vi } from 'vitest';
import { parsePalette } from '../../../src/tui/app/palette_commands.js';
import { ACTION_IDS, KEY_ACTIONS, type Place } from '../../../src/tui/input/keymap.js';
import { checkSettings } from '../../../src/tui/settings.js';
import { searchParts } from '../../../src/tui/state/index.js';
import { CLIPBOARD_BYTES_MAX, clipboardSequence } from '../../../src/tui/terminal/clipboard.js';
import { problem } from '../../../src/tui/i18n/problem.js';
import {
  account,
  ADMIN_SESSION,
  ANNA,
  clientKeysState,
  HOME_STATE,
  NOW,
  usersState,
} from '../../support/accounts.js';
import { NEW_KEY, renderApp } from '../../support/render_app.js';

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const users = { session: ADMIN_SESSION, screens: [{ name: 'users' }], users: usersState(812) } as const;

/** What a terminal takes out of a sequence. */
const taken = (sequence: string): string[] =>
  [...sequence.matchAll(/\x1b+\]52;c;([A-Za-z0-9+/=]*)\x07/g)].map(([, text = '']) =>
    Buffer.from(text, 'base64').toString(),
  );

describe('the sequence of the clipboard', () => {
  test('plain, past tmux and through screen it carries the very text', () => {
    const text = 'pcc_Анна 1';
    expect(clipboardSequence(text, null)).toBe(`\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`);
    const tmux = clipboardSequence(text, 'tmux') ?? '';
    expect(taken(tmux)).toEqual([text, text]);
    expect(tmux).toContain('\x1bPtmux;\x1b\x1b]52;c;');
    expect(tmux.endsWith('\x07\x1b\\')).toBe(true);
    const long = 'x'.repeat(2_000);
    const pieces = (clipboardSequence(long, 'screen') ?? '').split('\x1b\\').filter(Boolean);
    for (const piece of pieces) {
      expect(piece.startsWith('\x1bP')).toBe(true);
      expect(piece.length).toBeLessThan(768);
    }
    expect(taken(pieces.map((piece) => piece.slice(2)).join(''))).toEqual([long]);
  });
  test('what is longer than terminals take is refused as a whole; no text can end the sequence', () => {
    expect(clipboardSequence('x'.repeat(CLIPBOARD_BYTES_MAX), null)).toHaveLength(100_000);
    expect(clipboardSequence('x'.repeat(CLIPBOARD_BYTES_MAX + 1), null)).toBeNull();
    const evil = '\x07\x1b]52;c;AAAA\x07\x1b\\';
    expect(taken(clipboardSequence(evil, null) ?? '')).toEqual([evil]);
  });
});

describe('copying', () => {
  test('of several things a menu asks which; nothing goes before that', async () => {
    using app = renderApp({ state: { ...users } });
    app.press('y');
    expect(app.text()).toContain('Copy');
    expect(app.copied).toEqual([]);
    app.press('1');
    await settle();
    expect(app.copied).toHaveLength(1);
    expect(app.store.getState().overlays).toEqual([]);
    expect(app.text()).toContain('sent to the clipboard, if the terminal allows that');
  });
  test('a single thing goes at once: the address of a refused try', async () => {
    using app = renderApp({ state: { ...HOME_STATE, session: ADMIN_SESSION, screens: [{ name: 'home' }] } });
    app.press('\t\t');
    app.press('y');
    await settle();
    expect(app.copied).toEqual([HOME_STATE.history.pages.get(0)?.[0]?.address]);
  });
  test('the own profile gives the pin of the server where there is one', () => {
    const state = { ...HOME_STATE, session: ADMIN_SESSION, screens: [{ name: 'home' }] } as const;
    using app = renderApp({ state, effects: { serverPin: () => 'pin256' } });
    app.press('y');
    expect(app.text()).toContain('Pin of the server');
    expect(app.text()).toContain('Address of the server');
  });
  test('a one-time code goes on y alone, and is nowhere in the state', async () => {
    using app = renderApp({ state: { ...users } });
    app.press('n');
    app.press('boris\r');
    for (let field = 0; field < 5; field += 1) app.press('\r');
    await settle();
    expect(app.text()).toContain('One-time code for boris');
    expect(app.copied).toEqual([]);
    app.press('y');
    expect(app.copied).toEqual([`pcc_${'x'.repeat(43)}`]);
    expect(JSON.stringify(app.store.getState())).not.toContain('xxxx');
  });
  test('of a new client key a menu offers address and key; neither is in the state', async () => {
    const state = {
      session: ADMIN_SESSION,
      screens: [{ name: 'client_keys' }, { name: 'create_client_key' }],
      client_keys: clientKeysState(),
    } as const;
    using app = renderApp({ state });
    app.press('ci\r');
    app.press('\r');
    await vi.waitFor(() => expect(app.text()).toContain('The key alone'));
    app.press('y');
    expect(app.text()).toContain('Address with the key');
    expect(JSON.stringify(app.store.getState())).not.toContain(NEW_KEY);
    app.press('2');
    expect(app.copied).toEqual([expect.stringMatching(new RegExp(`^k_[^.]+\\.${NEW_KEY}$`))]);
    expect(app.text()).toContain('The key alone');
  });
  test.each([
    ['no_escapes', 'gets no escape sequences'],
    ['too_long', 'too long for the clipboard'],
  ] as const)('what can not be copied is said: %s', (copies, said) => {
    using app = renderApp({ state: { ...users }, copies });
    app.press('y1');
    expect(app.text()).toContain(said);
  });
  test('y types where text is typed', () => {
    using app = renderApp({ state: { ...users } });
    app.press('/y');
    expect(app.copied).toEqual([]);
    expect(app.store.getState().person.lists.users.query.search).toBe('y');
  });
});

describe('leaving out', () => {
  test.each([
    ['iva', 'iva', ''],
    ['!corp', '', 'corp'],
    ['iva !corp test', 'iva', 'corp test'],
    ['!', '', ''],
    ['wham!', 'wham!', ''],
    [' ! corp', '', 'corp'],
  ])('%j asks for %j without %j', (typed, found, left) => {
    expect(searchParts(typed)).toEqual({ found, left });
  });
  test('the command line takes it, and says so above the list', () => {
    using app = renderApp({ state: { ...users } });
    app.press(':users /iva !corp role:!admin status:!active\r');
    const { query } = app.store.getState().person.lists.users;
    expect(query.search).toBe('iva !corp');
    expect(query.filters).toEqual({ role: '!admin', holds: null, status: '!active' });
    expect(app.text()).toContain('Role: not admin');
    expect(parsePalette('users role:!amdin')).toMatchObject({ near: 'role:!admin' });
    expect(parsePalette('users role:!king')).toEqual({ kind: 'unknown', word: 'role:!king', near: null });
  });
  test('the menu of filters goes on to all but each', () => {
    using app = renderApp({ state: { ...users } });
    app.press('fs');
    for (let step = 0; step < 3; step += 1) app.press('s');
    expect(app.store.getState().person.lists.users.query.filters.status).toBe('!active');
  });
  test('the help does it, too', () => {
    using app = renderApp({ state: { ...users } });
    app.press('?/sort by !turns\r');
    expect(app.text()).not.toContain('sort by role');
  });
});

describe('a key for each column', () => {
  test('the same again turns the order; the title says key and order', () => {
    using app = renderApp({ state: { ...users }, cols: 120, rows: 40 });
    const asked = (): unknown[] => {
      const { sort, descending } = app.store.getState().person.lists.users.query;
      return [sort, descending];
    };
    app.press('E');
    expect(asked()).toEqual(['email', false]);
    app.press('E');
    expect(asked()).toEqual(['email', true]);
    app.press('T');
    expect(asked()).toEqual(['last_seen_at', true]);
    app.press('U');
    expect(asked()).toEqual(['account_name', false]);
    expect(app.text()).toContain('LOGIN U↑');
    app.press('u');
    expect(asked()).toEqual(['last_seen_at', true]);
  });
  test('hides nothing that a key does everywhere', () => {
    const keysOf = (asked: Place): string[] =>
      ACTION_IDS.filter((id) => KEY_ACTIONS[id].place === asked).flatMap((id) => KEY_ACTIONS[id].keys);
    const everywhere = new Set(keysOf('global'));
    expect(keysOf('table').filter((key) => everywhere.has(key))).toEqual([]);
    using app = renderApp({ state: { ...users } });
    app.press('A');
    expect(app.store.getState().overlays.at(-1)).toMatchObject({ name: 'menu', menu: 'accounts' });
  });
  test('client keys have theirs, and R and D stay what they are', () => {
    const state = {
      session: ADMIN_SESSION,
      screens: [{ name: 'client_keys' }],
      client_keys: clientKeysState(),
    } as const;
    using app = renderApp({ state });
    app.press('N');
    expect(app.store.getState().person.lists.client_keys.query.sort).toBe('name');
    app.press('jR');
    expect(app.store.getState().screens.at(-1)?.name).toBe('rotate_client_key');
  });
});

describe('suspending at once', () => {
  const two = { ...users, users: usersState(2) };
  test('x s suspends without a question, u resumes that one, and the toast counts down', async () => {
    let now = NOW;
    using app = renderApp({ state: two, now: () => now });
    app.press('jx');
    app.press('s');
    await settle();
    expect(app.store.getState().overlays).toEqual([]);
    const [, target] = [...(two.users.pages.get(0) ?? [])];
    expect(app.calls).toContainEqual(['suspendUser', target?.account_id]);
    expect(app.text()).toMatch(/suspended · u resumes \(10 s\) · ended sessions stay ended/);
    now += 9_000;
    app.press('k');
    app.press('u');
    await settle();
    expect(app.calls).toContainEqual(['resumeUser', target?.account_id]);
    expect(app.text()).toContain('may sign in again');
    expect(app.text()).not.toContain('resumes (');
    app.press('u');
    expect(app.calls.filter(([name]) => name === 'resumeUser')).toHaveLength(1);
  });
  test('after ten seconds u resumes nobody', async () => {
    let now = NOW;
    using app = renderApp({ state: two, now: () => now });
    app.press('jxs');
    await settle();
    now += 10_000;
    app.press('u');
    expect(app.calls.filter(([name]) => name === 'resumeUser')).toEqual([]);
  });
  test('one that fails says why and offers nothing', async () => {
    const fails = {
      suspendUser: () => Promise.resolve({ ok: false, problem: problem('wrong_status') } as const),
    };
    using app = renderApp({ state: two, effects: fails });
    app.press('jxs');
    await settle();
    expect(app.store.getState().person.resumable).toBeNull();
    expect(app.text()).toContain('✗');
  });
  test.each([
    ['an administrator', account({ roles: ['admin', 'user'], account_name: 'chief' })],
    ['oneself', ANNA],
  ])('%s still asks', async (_who, target) => {
    const list = { ...two.users, pages: new Map([[0, [target]]]), row_count: 1, selected: 0 };
    using app = renderApp({ state: { ...two, users: list } });
    app.press('x');
    app.press('s');
    await settle();
    expect(app.store.getState().overlays.at(-1)?.name).toBe('confirm');
    expect(app.calls.filter(([name]) => name === 'suspendUser')).toEqual([]);
  });
  test('many still ask', () => {
    using app = renderApp({ state: two });
    app.press('  x');
    app.press('s');
    expect(app.store.getState().overlays.at(-1)?.name).toBe('confirm');
  });
});

describe('quitting at once', () => {
  test('q asks unless told otherwise', () => {
    using app = renderApp({ state: { ...users } });
    app.press('q');
    expect(app.store.getState().overlays.at(-1)?.name).toBe('confirm');
    app.press('\x1b');
    app.press(':set ask_before_quitting off\r');
    expect(app.text()).toContain('quits at once');
    app.press('q');
    expect(app.quits()).toBe(1);
  });
  test('the settings file says it for good, and nothing but true or false', () => {
    expect(checkSettings({ ask_before_quitting: false })).toMatchObject({ ask_before_quitting: false });
    expect(checkSettings({})).toMatchObject({ ask_before_quitting: null });
    expect(checkSettings({ ask_before_quitting: 'no' })).toEqual({
      fault: 'takes_truth',
      params: { name: 'ask_before_quitting' },
    });
    expect(parsePalette('set ask_before_quitting')).toEqual({ kind: 'unknown', word: '', near: null });
    expect(parsePalette('set colours off')).toEqual({ kind: 'unknown', word: 'colours', near: null });
  });
});

describe('quitting where a server would end with it', () => {
  test('says for how many, stops it on y, and leaves it running on l', async () => {
    using app = renderApp({ state: { ...users }, stops_server: true });
    app.press('q');
    await settle();
    expect(app.text()).toContain('Quitting stops the server');
    expect(app.text()).toContain('3 other connections are signed in');
    app.press('\r');
    expect(app.quits()).toBe(0);
    app.press('l');
    expect([app.quits(), app.left()]).toEqual([1, true]);
    using other = renderApp({ state: { ...users }, stops_server: true });
    other.press('q');
    await settle();
    other.press('y');
    expect([other.quits(), other.left()]).toEqual([1, false]);
  });
  test.each([
    [0, 'Nobody else is signed in.'],
    [1, '1 other connection is signed in'],
    [null, 'Others may be using it.'],
  ])('%j others', async (others, said) => {
    const effects = { othersConnected: () => Promise.resolve(others) };
    using app = renderApp({ state: { ...users }, stops_server: true, effects });
    app.press('q');
    await settle();
    expect(app.text()).toContain(said);
  });
  test('the setting that spares the question does not spare this one', async () => {
    using app = renderApp({ state: { ...users, asks_before_quitting: false }, stops_server: true });
    app.press('q');
    await settle();
    expect(app.quits()).toBe(0);
    expect(app.store.getState().overlays.at(-1)?.name).toBe('confirm');
  });
  test('where nothing ends with it, l is no answer', () => {
    using app = renderApp({ state: { ...users } });
    app.press('ql');
    expect(app.quits()).toBe(0);
  });
});
