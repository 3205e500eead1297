/** Client keys in the interface: who sees them, a new key shown once and nowhere after, what can't be changed, revoking. */
import { describe, expect, test } from 'vitest';
import { parsePalette } from '../../../src/tui/app/palette_commands.js';
import type { Effects } from '../../../src/tui/effects/contract.js';
import { problem } from '../../../src/tui/i18n/problem.js';
import { LISTS, NOBODY, screenOf, signedOut } from '../../../src/tui/state/index.js';
import {
  ADMIN_SESSION,
  CLIENT_KEYS,
  clientKey,
  clientKeysState,
  HOME_STATE,
  NOW,
  USER_SESSION,
  usersState,
  type Given,
} from '../../support/accounts.js';
import { NEW_KEY, renderApp, type RenderedApp } from '../../support/render_app.js';

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const named = (app: RenderedApp, name: keyof Effects) => app.calls.filter(([called]) => called === name);
const nameOf = (app: RenderedApp) => screenOf(app.store.getState()).name;

const users = { session: ADMIN_SESSION, screens: [{ name: 'users' }], users: usersState(5) } as const;
const keys = {
  ...users,
  screens: [{ name: 'users' }, { name: 'client_keys' }],
  client_keys: clientKeysState(),
} as const satisfies Given;

describe('who sees client keys', () => {
  test('by K from the accounts, by their words from anywhere; Esc leads back', () => {
    using app = renderApp({ state: users });
    app.press('K');
    expect(nameOf(app)).toBe('client_keys');
    expect(named(app, 'loadScreen').at(-1)).toEqual(['loadScreen', { name: 'client_keys' }]);
    app.press('\x1b');
    expect(nameOf(app)).toBe('users');
    app.press(':home\r:keys /build\r');
    expect(app.store.getState().screens).toEqual([{ name: 'client_keys' }]);
    expect(app.store.getState().person.lists.client_keys.query.search).toBe('build');
  });
  test('both words lead there, also typed on the Russian layout', () => {
    const command = {
      kind: 'screen',
      screen: 'client_keys',
      word: 'keys',
      asks: { list: 'client_keys', query: LISTS.client_keys.first_query },
    };
    for (const line of ['keys', ':clients', 'луны']) expect(parsePalette(line)).toEqual(command);
  });
  test('a moderator has no key for them, no word and no hint', () => {
    const session = { ...USER_SESSION, permissions: ['users.read', 'users.suspend'] as const };
    using app = renderApp({ cols: 200, rows: 60, state: { ...users, session } });
    app.press('K');
    expect(nameOf(app)).toBe('users');
    expect(app.text()).not.toContain('client keys');
    app.press(':k');
    expect(app.text()).not.toMatch(/keys|clients/);
    app.press('eys\r');
    expect(app.text()).toContain('Not understood: keys');
    expect(nameOf(app)).toBe('users');
  });
  test('nothing of them is left for the next person', () => {
    using app = renderApp({ state: keys });
    app.store.setState(signedOut(null));
    expect(app.store.getState().person).toBe(NOBODY);
    expect(app.text()).not.toContain('build machine');
    app.store.setState({ ...app.store.getState(), person: { ...NOBODY, session: USER_SESSION } });
    expect(JSON.stringify([...app.store.getState().person.lists.client_keys.pages])).toBe('[]');
  });
});

describe('the list', () => {
  test('keys in every state, `local` first; which one this program is connected with', () => {
    using app = renderApp({ cols: 120, rows: 40, state: keys });
    const rows = app.text().split('\n').slice(4, 10);
    expect(rows[0]).toMatch(/local\s+● key file\s+this program\s+local/);
    expect(rows[1]).toMatch(/build machine\s+● valid\s+3 h/);
    expect(rows[2]).toMatch(/● until 2026-12-20\s+never/);
    expect(rows[3]).toMatch(/◐ being rotated/);
    expect(rows[4]).toMatch(/✗ ended 2026-11-12/);
    expect(rows[5]).toMatch(/✗ revoked 2026-11-11/);
  });
  test('digits pick rows in the accessible mode', () => {
    using app = renderApp({ accessible: true, state: keys });
    app.press('4');
    expect(app.store.getState().person.lists.client_keys.selected).toBe(3);
  });
  test('opened, a rotation shows both its keys; Esc leads back to the row', () => {
    using app = renderApp({ state: keys });
    app.press('jjj\r');
    expect(app.text()).toMatch(/Old key until\s+2026-11-25 12:00/);
    expect(app.text()).toMatch(/Next key used\s+2 h/);
    app.press('\x1b');
    expect(nameOf(app)).toBe('client_keys');
    expect(app.store.getState().person.lists.client_keys.selected).toBe(3);
  });
  test('a key that went away while it was open is told', () => {
    using app = renderApp({
      state: { ...keys, screens: [...keys.screens, { name: 'client_key', key_id: 'k_gone' }] },
    });
    expect(app.text()).toContain('It is not there any more.');
  });
});

describe('what programs may do by a key', () => {
  test('is seen, and changed by whoever opens it', async () => {
    using app = renderApp({ cols: 120, rows: 40, state: keys });
    app.press('jjj');
    expect(app.text()).toMatch(/Programs may +check tokens/);
    app.press('e');
    expect(nameOf(app)).toBe('edit_client_key');
    // Nothing is changed yet: from the last box Enter saves.
    app.press('\t\r');
    await settle();
    expect(named(app, 'updateClientKey')).toEqual([]);
    app.press('\x1b[Z \t\r');
    await settle();
    expect(named(app, 'updateClientKey')).toEqual([
      ['updateClientKey', CLIENT_KEYS[3]?.key_id, ['permissions.check']],
    ]);
    expect(nameOf(app)).toBe('client_keys');
  });
  test('of the local key is changed where it lives', () => {
    using app = renderApp({ state: keys });
    app.press('e');
    expect(nameOf(app)).toBe('client_keys');
    expect(app.text()).toContain('client_key.json');
  });
});

describe('a new key', () => {
  /** Where something of the state, or of what was told in passing, holds the key. */
  const holds = (app: RenderedApp): boolean =>
    JSON.stringify(app.store.getState(), (_name, value: unknown) =>
      value instanceof Map ? [...value] : value,
    ).includes(NEW_KEY);

  test('is shown once, with its warning, and is nowhere after', async () => {
    using app = renderApp({ cols: 120, rows: 40, state: keys });
    app.press('nreports\t30\r');
    await settle();
    expect(named(app, 'createClientKey')).toEqual([['createClientKey', 'reports', 30, []]]);
    expect(app.text()).toContain(`portcullis://gate.example.test:7777?key=k_4Rt7Yu1Io0Pa3Sd6Fg9H.${NEW_KEY}`);
    expect(app.text()).toContain('shown only here and only now');
    expect(holds(app)).toBe(false);
    app.press('nxRDqj5');
    expect(app.text()).toContain(NEW_KEY);
    app.press('\r');
    expect(nameOf(app)).toBe('client_keys');
    expect(app.text()).not.toContain(NEW_KEY);
    expect(holds(app)).toBe(false);
    app.press('n');
    expect(app.text()).not.toContain(NEW_KEY);
  });
  test('permits what is chosen, of what is theirs to give', async () => {
    using app = renderApp({ state: keys });
    app.press('nwiki\t\t');
    expect(app.text()).toContain('tokens.verify');
    app.press(' \t \r');
    await settle();
    expect(named(app, 'createClientKey')).toEqual([
      ['createClientKey', 'wiki', null, ['tokens.verify', 'permissions.check']],
    ]);
    const { session } = keys;
    const permissions = session.permissions.filter((permission) => permission !== 'users.read');
    // Who may not see what accounts may do doesn't give it to a program.
    using other = renderApp({
      state: {
        ...keys,
        session: {
          ...session,
          account: { ...session.account, roles: ['user'] },
          permissions: [...permissions, 'clients.manage'],
        },
        screens: [{ name: 'create_client_key' }],
      },
    });
    expect(other.text()).toMatch(/ - {2}ask about permissions/);
  });
  test('has no end where none is asked for; days are whole ones', async () => {
    using app = renderApp({ state: keys });
    app.press('nreports\t1.5\r');
    await settle();
    expect(app.text()).toContain('A whole number from 1 to 3650.');
    app.press('\x15\r');
    await settle();
    expect(named(app, 'createClientKey')).toEqual([['createClientKey', 'reports', null, []]]);
    expect(app.text()).toContain('It is good until it is revoked.');
  });
  test('goes with the person when the session ends while it is shown', async () => {
    using app = renderApp({ state: keys });
    app.press('nreports\r');
    await settle();
    expect(app.text()).toContain(NEW_KEY);
    app.store.setState(signedOut('revoked'));
    expect(app.text()).not.toContain(NEW_KEY);
  });
  test('that the server refuses leaves the form as it was typed', async () => {
    using app = renderApp({
      state: keys,
      effects: {
        createClientKey: () => Promise.resolve({ ok: false, problem: problem('limit_reached') }),
      },
    });
    app.press('nreports\r');
    await settle();
    expect(app.text()).toContain('There are as many of these as the server allows.');
    expect(app.text()).toMatch(/Name\s+reports/);
  });
  test('of a server on this very machine says that its address is of no use elsewhere', async () => {
    const made = (host: string): Partial<Effects> => ({
      createClientKey: () =>
        Promise.resolve({
          ok: true,
          value: {
            client_key: clientKey(),
            connection_key: 'k.x',
            connection_string: `portcullis://${host}?key=k.x`,
          },
        }),
    });
    for (const [host, said] of [
      ['127.0.0.1:7777', true],
      ['[::1]:7777', true],
      ['localhost', true],
      ['127.example.test:7777', false],
      ['gate.example.test', false],
    ] as const) {
      using app = renderApp({ state: keys, effects: made(host) });
      app.press('nreports\r');
      await settle();
      expect([host, app.text().includes('own machine')]).toEqual([host, said]);
    }
  });
});

describe('rotating', () => {
  test('offers the overlap of the contract, takes none, and shows the next key once', async () => {
    using app = renderApp({ cols: 120, rows: 40, state: keys });
    app.press('jR');
    expect(app.text()).toMatch(/Overlap, hours\s+168/);
    expect(app.text()).not.toContain('rotation is under way');
    app.press('\x15721\r');
    await settle();
    expect(app.text()).toContain('A whole number from 0 to 720.');
    app.press('\x150');
    expect(app.text()).toContain('It ends at once');
    app.press('\r');
    await settle();
    expect(named(app, 'rotateClientKey')).toEqual([['rotateClientKey', CLIENT_KEYS[1]?.key_id, 0]]);
    expect(app.text()).toContain(NEW_KEY);
    expect(app.text()).toContain('The old key has ended.');
    app.press('\x1b');
    expect(nameOf(app)).toBe('client_keys');
    expect(app.text()).not.toContain(NEW_KEY);
  });
  test('says that a rotation is under way, and that it is the key of this program', () => {
    using app = renderApp({ state: keys, effects: { keyInUse: () => CLIENT_KEYS[3]?.key_id ?? null } });
    app.press('jjjxr');
    expect(app.text()).toContain('A rotation is under way: its older key (last use: 2 d) ends');
    expect(app.text()).toContain('This program is connected with this key');
  });
});

describe('what can not be changed', () => {
  test.each([
    [0, 'The key local is the file client_key.json'],
    [4, 'This key has ended'],
    [5, 'This key was revoked'],
  ])('row %i: each act says why', (row, why) => {
    for (const act of ['x', 'R', 'D']) {
      using app = renderApp({ state: keys });
      app.press('j'.repeat(row) + act);
      expect(app.text()).toContain(why);
      expect(nameOf(app)).toBe('client_keys');
      expect(app.store.getState().overlays).toEqual([]);
    }
  });
});

describe('revoking', () => {
  test('wants the name and, after a while, the password; then it is done and told', async () => {
    using app = renderApp({ state: { ...keys, password_checked_at: null } });
    app.press('jD\ryD');
    app.press('\x15build machin\r');
    await settle();
    expect(named(app, 'confirmPassword')).toEqual([]);
    app.press('e\rsecret words\r');
    await settle();
    expect(named(app, 'confirmPassword')).toEqual([['confirmPassword', 'secret words']]);
    expect(named(app, 'revokeClientKey')).toEqual([['revokeClientKey', CLIENT_KEYS[1]?.key_id]]);
    expect(app.text()).toContain('The key build machine is revoked.');
    expect(app.text()).not.toContain('this very program');
  });
  test('the wrong password does nothing', async () => {
    using app = renderApp({
      state: { ...keys, password_checked_at: NOW - 3_600_000 },
      effects: {
        confirmPassword: () => Promise.resolve({ ok: false, problem: problem('invalid_credentials') }),
      },
    });
    app.press('jxDbuild machine\rwrong\r');
    await settle();
    expect(named(app, 'revokeClientKey')).toEqual([]);
    expect(app.text()).toContain('Wrong login or password.');
  });
  test('the key of this program is told apart', () => {
    using app = renderApp({ state: keys, effects: { keyInUse: () => clientKey().key_id } });
    app.press('jD');
    expect(app.text().replaceAll(/[│\s]+/g, ' ')).toContain('It is the key of this very program');
  });
  test('a long name can be read in full where it has to be typed', () => {
    const name = 'nightly reports of the warehouse in the north, second machine';
    using app = renderApp({
      cols: 60,
      rows: 20,
      state: { ...keys, client_keys: clientKeysState([clientKey({ name })]) },
    });
    app.press('D');
    expect(app.text().replaceAll(/[│\s]+/g, ' ')).toContain(`(${name}):`);
    app.press(name);
    expect(app.text()).toContain('Enter do it');
  });
  test('one that is gone already is told', async () => {
    using app = renderApp({
      state: keys,
      effects: { revokeClientKey: () => Promise.resolve({ ok: false, problem: problem('not_found') }) },
    });
    app.press('jDbuild machine\r');
    await settle();
    expect(app.text()).toContain('It is not there any more.');
  });
});

test('nobody but administrators is shown the way there from home', () => {
  using app = renderApp({ state: { ...HOME_STATE, session: USER_SESSION } });
  app.press('K:keys\r');
  expect(app.store.getState().screens).toEqual([{ name: 'home' }]);
});
