/** Roles in the interface: who sees them, making and changing them, giving any of them, and what accounts may do by which. */
import { describe, expect, test } from 'vitest';
import { wantsPassword } from '../../../src/tui/app/confirm_words.js';
import { roleLetters } from '../../../src/tui/app/menu_items.js';
import { parsePalette } from '../../../src/tui/app/palette_commands.js';
import type { Effects } from '../../../src/tui/effects/contract.js';
import { problem } from '../../../src/tui/i18n/problem.js';
import {
  changePerson,
  leaveForbidden,
  LISTS,
  NOBODY,
  screenOf,
  signedInAs,
  signedOut,
  type Screen,
} from '../../../src/tui/state/index.js';
import {
  account,
  ADMIN_SESSION,
  manyAccounts,
  role,
  ROLES,
  rolesState,
  USER_SESSION,
  usersState,
  type Given,
} from '../../support/accounts.js';
import { renderApp, type RenderedApp } from '../../support/render_app.js';

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const named = (app: RenderedApp, name: keyof Effects) => app.calls.filter(([called]) => called === name);
const nameOf = (app: RenderedApp) => screenOf(app.store.getState()).name;
const flat = (app: RenderedApp): string => app.text().replaceAll(/[│╭╮╰╯─\s]+/g, ' ');
/** To the field or box that many stops on. */
const stops = (count: number): string => '\t'.repeat(count);

const users = { session: ADMIN_SESSION, screens: [{ name: 'users' }], users: usersState(5) } as const;
const roles = {
  ...users,
  screens: [{ name: 'users' }, { name: 'roles' }],
  roles: rolesState(),
} as const satisfies Given;
const over = (screen: Screen): Given => ({ ...roles, screens: [...roles.screens, screen] });
const editor = over({ name: 'edit_role', role: 'editor' });
/** May make roles of what they hold, which is little. */
const HELPER = {
  ...USER_SESSION,
  account: account({ account_name: 'boris', roles: ['helper', 'user'] }),
  permissions: ['roles.manage', 'users.read'] as const,
};
const helper: Given = {
  ...roles,
  session: HELPER,
  roles: rolesState([
    ...ROLES,
    role({ role: 'helper', permissions: ['roles.manage', 'users.read', 'wiki:read'] }),
  ]),
};

describe('who sees roles', () => {
  test('by P from the accounts, by their words from anywhere; Esc leads back', () => {
    using app = renderApp({ state: { ...users, roles: rolesState() } });
    app.press('P');
    expect(nameOf(app)).toBe('roles');
    expect(named(app, 'loadScreen').at(-1)).toEqual(['loadScreen', { name: 'roles' }]);
    app.press('\x1b');
    expect(nameOf(app)).toBe('users');
    app.press(':home\r:roles /wiki sort:-changed\r');
    expect(app.store.getState().screens).toEqual([{ name: 'roles' }]);
    expect(app.store.getState().person.lists.roles.query).toMatchObject({
      search: 'wiki',
      sort: 'updated_at',
      descending: true,
    });
  });
  test('the word leads there, also typed on the Russian layout', () => {
    for (const line of ['roles', ':permissions', 'кщдуы'])
      expect(parsePalette(line)).toEqual({
        kind: 'screen',
        screen: 'roles',
        word: 'roles',
        asks: { list: 'roles', query: LISTS.roles.first_query },
      });
  });
  test('who may only look has no keys that change any, and no word for what they may not see', () => {
    const session = { ...USER_SESSION, permissions: ['users.read'] as const };
    using app = renderApp({ cols: 200, rows: 60, state: { ...roles, session } });
    app.press('jjjjneD');
    expect(nameOf(app)).toBe('roles');
    expect(app.store.getState().overlays).toEqual([]);
    expect(app.text().split('\n').at(-1)).not.toMatch(/edit|new|delete/);
    app.press('x');
    expect(app.text()).toContain('Who holds it');
    expect(app.text()).not.toMatch(/e {2}Edit|Delete/);
    using nobody = renderApp({ state: { session: USER_SESSION, screens: [{ name: 'home' }] } });
    nobody.press(':roles\r');
    expect(nobody.text()).toContain('Not understood: roles');
  });
  test('nothing of them is left for the next person, and not for who may no longer see them', () => {
    using app = renderApp({ state: roles });
    app.store.setState(signedOut(null));
    expect(app.store.getState().person).toBe(NOBODY);
    using other = renderApp({ state: roles });
    other.store.setState(signedInAs({ ...ADMIN_SESSION, permissions: [] }));
    other.store.setState(leaveForbidden);
    expect(other.store.getState().person.roles).toBeNull();
    expect(other.store.getState().person.lists.roles.pages.size).toBe(0);
    expect(nameOf(other)).toBe('home');
    expect(other.text()).not.toContain('Admin');
  });
});

describe('the list', () => {
  test('how much each permits and what, which are built in, and what they are for', () => {
    using app = renderApp({ cols: 200, rows: 40, state: roles });
    const rows = app.text().split('\n').slice(4, 11);
    expect(rows[0]).toMatch(/user\s+2 {2}read, write\s+built in\s+—/);
    expect(rows[3]).toMatch(/clerk\s+3 {2}users\.read, users\.create, roles\.assign\s+2026-01-24/);
    expect(rows[4]).toMatch(
      /editor\s+2 {2}users\.read, wiki:write\s+writes and tidies the wiki\s+2026-11-18/,
    );
    expect(rows[5]).toMatch(/guest\s+0 {2}nothing/);
  });
  test.each([
    ['N', 'name'],
    ['M', 'count'],
    ['H', 'updated_at'],
  ])('%s sorts by %s', (key, sort) => {
    using app = renderApp({ state: roles });
    app.press(key);
    expect(app.store.getState().person.lists.roles.query.sort).toBe(sort);
  });
  test('opened, everything that it permits in words, by what asks for it; y copies its names', () => {
    using app = renderApp({ state: roles });
    app.press('jjjj\r');
    expect(nameOf(app)).toBe('role');
    expect(app.text()).toMatch(/This server +see all accounts/);
    expect(app.text()).toMatch(/Services +wiki:write/);
    expect(app.text()).toMatch(/Kind +made here/);
    app.press('y2');
    expect(app.copied).toEqual(['users.read wiki:write']);
    app.press('\x1b');
    app.press('kk\r');
    expect(app.text()).toMatch(/Kind +built in/);
    app.press('\x1b[6~');
    expect(app.text()).toMatch(/Services +all permissions of all services/);
  });
  test('one that went away while it was open is told', () => {
    using app = renderApp({ state: over({ name: 'role', role: 'gone' }) });
    expect(app.text()).toContain('It is not there any more.');
  });
  test('w asks who holds it', () => {
    using app = renderApp({ state: roles });
    app.press('jjjjw');
    expect(app.store.getState().screens).toEqual([{ name: 'users' }]);
    expect(app.store.getState().person.lists.users.query.filters).toMatchObject({ holds: 'editor' });
  });
});

describe('what can not be changed', () => {
  test.each([
    [0, 'Built-in roles stay as they are.'],
    [3, 'It permits what you may not do yourself'],
  ])('row %i: each act says why', (row, why) => {
    for (const act of ['e', 'D', 'xe', 'xD']) {
      using app = renderApp({ state: helper });
      app.press('j'.repeat(row) + act);
      expect(flat(app)).toContain(why);
      expect(nameOf(app)).toBe('roles');
      expect(app.store.getState().overlays).toEqual([]);
    }
  });
});

describe('making one', () => {
  test('with boxes for what there always is, and a text for what services call theirs', async () => {
    using app = renderApp({ state: roles });
    app.press(`neditor${stops(1)}writes the wiki${stops(1)} ${stops(10)} ${stops(3)}`);
    app.press('wiki:write  wiki:read wiki:write\r');
    await settle();
    expect(named(app, 'createRole')).toEqual([
      [
        'createRole',
        {
          role: 'editor',
          description: 'writes the wiki',
          permissions: ['users.read', 'wiki:read', 'wiki:write', 'write'],
        },
      ],
    ]);
    expect(nameOf(app)).toBe('roles');
    expect(app.text()).toContain('The role editor is made.');
  });
  test('Space on a box and back is as before; what is chosen is not lost unasked', () => {
    using app = renderApp({ state: over({ name: 'create_role' }) });
    app.press(`${stops(2)} `);
    expect(app.text()).toContain('[x] see all accounts');
    app.press('\x1b');
    expect(app.text()).toContain('Esc once more throws away');
    app.press(' ');
    expect(app.text()).toContain('[ ] see all accounts');
    app.press('\x1b');
    expect(nameOf(app)).toBe('roles');
  });
  test('the name is asked for in its form, and the fault of a service stands below while it is typed', async () => {
    using app = renderApp({ state: over({ name: 'create_role' }) });
    app.press('E');
    expect(app.text()).toContain('Small letters, digits');
    app.press('\x15editor');
    expect(app.text()).not.toContain('Small letters, digits');
    app.press(`${stops(15)}wiki:write Wiki`);
    expect(app.text()).not.toContain('Not a permission');
    app.press(' ');
    expect(app.text()).toContain('Not a permission of a service: Wiki');
    app.press('\r');
    await settle();
    expect(named(app, 'createRole')).toEqual([]);
    expect(flat(app)).toContain('✗ Services: Not a permission of a service: Wiki');
  });
  test('what somebody does not hold is not theirs to give', async () => {
    using app = renderApp({ state: helper });
    app.press(`nfriend${stops(3)} `);
    expect(app.text()).toMatch(/ - {2}create accounts/);
    expect(flat(app)).toContain('Not yours to give');
    app.press(`${stops(12)}wiki:read wiki:write\r`);
    await settle();
    expect(flat(app)).toContain('Not yours to give: wiki:write');
    app.press('\x17\r');
    await settle();
    expect(named(app, 'createRole')).toEqual([
      ['createRole', { role: 'friend', description: null, permissions: ['wiki:read'] }],
    ]);
  });
  test('a name that is taken leaves the form as it was, with the cursor in the name', async () => {
    using app = renderApp({
      state: over({ name: 'create_role' }),
      effects: { createRole: () => Promise.resolve({ ok: false, problem: problem('role_taken') }) },
    });
    app.press(`editor${stops(2)} \r`);
    await settle();
    expect(app.text()).toContain('There is a role of this name.');
    expect(app.text()).toContain('[x] see all accounts');
    const { row = 0 } = app.cursor() ?? {};
    expect(app.text().split('\n')[row]).toContain('Name      editor');
  });
  test('more than the contract takes is told before it is sent', async () => {
    using app = renderApp({ state: over({ name: 'create_role' }) });
    const many = Array.from({ length: 65 }, (_, at) => `s:${at}`).join(' ');
    app.press(`editor${stops(15)}${many}\r`);
    await settle();
    expect(named(app, 'createRole')).toEqual([]);
    expect(app.text()).toContain('At most 64 permissions.');
  });
  test('a way to all the rest wants its name typed and, after a while, the password', async () => {
    using app = renderApp({ state: { ...over({ name: 'create_role' }), password_checked_at: null } });
    app.press(`deputy${stops(7)} \r`);
    await settle();
    expect(flat(app)).toContain('come by all the rest: give and take roles.');
    app.press('y\r');
    await settle();
    expect(named(app, 'createRole')).toEqual([]);
    app.press('\x1b');
    await settle();
    expect(named(app, 'createRole')).toEqual([]);
    expect(app.text()).toContain('[x] give and take roles');
    app.press('\rdeputy\rsecret words\r');
    await settle();
    expect(named(app, 'confirmPassword')).toEqual([['confirmPassword', 'secret words']]);
    expect(named(app, 'createRole')).toEqual([
      ['createRole', { role: 'deputy', description: null, permissions: ['roles.assign'] }],
    ]);
    expect(nameOf(app)).toBe('roles');
  });
});

describe('changing one', () => {
  test('says first what is given and taken, and of how many; no leaves the form as it was', async () => {
    using app = renderApp({ state: editor });
    app.press(`${stops(1)} ${stops(1)} \r`);
    await settle();
    expect(named(app, 'holdersOf')).toEqual([['holdersOf', 'editor']]);
    for (const words of ['Given: create accounts.', 'Taken: see all accounts.', '3 accounts hold it'])
      expect(flat(app)).toContain(words);
    app.press('\r');
    expect(named(app, 'updateRole')).toEqual([]);
    app.press('\x1b');
    await settle();
    expect(named(app, 'updateRole')).toEqual([]);
    expect(app.text()).toContain('[x] create accounts');
    app.press('\r');
    await settle();
    app.press('y');
    await settle();
    expect(named(app, 'updateRole')).toEqual([
      [
        'updateRole',
        {
          role: 'editor',
          description: 'writes and tidies the wiki',
          permissions: ['users.create', 'wiki:write'],
        },
        1,
      ],
    ]);
    expect(nameOf(app)).toBe('roles');
    expect(app.text()).toContain('The role editor is saved.');
  });
  test.each([
    [{ count: 0, exact: true }, 'Nobody holds it.'],
    [{ count: 1, exact: true }, '1 account holds it'],
    [{ count: 10_000, exact: false }, 'More than 10000 accounts hold it'],
  ])('held by %j', async (holders, words) => {
    using app = renderApp({
      state: editor,
      effects: { holdersOf: () => Promise.resolve({ ok: true, value: holders }) },
    });
    app.press(`${stops(1)} \r`);
    await settle();
    expect(flat(app)).toContain(words);
  });
  test('nothing is asked where only the words change, and nothing is sent where nothing does', async () => {
    using app = renderApp({ state: editor });
    app.press('\r');
    await settle();
    expect(app.text()).toContain('Nothing was changed.');
    app.press('\x15\r');
    await settle();
    expect(named(app, 'holdersOf')).toEqual([]);
    expect(named(app, 'updateRole')).toEqual([
      ['updateRole', { role: 'editor', description: null, permissions: ['users.read', 'wiki:write'] }, 1],
    ]);
  });
  test.each([
    'stale_version',
    // What somebody else took from it was taken from this person, too.
    'forbidden',
  ] as const)(
    'somebody who was faster is told (%s), with what there is now; what was chosen here stays on top',
    async (code) => {
      const theirs = role({ permissions: ['users.read', 'read', 'wiki:delete'], version: 2 });
      let tries = 0;
      using app = renderApp({
        state: editor,
        effects: {
          readRole: () => Promise.resolve({ ok: true, value: theirs }),
          updateRole: () =>
            Promise.resolve(
              (tries += 1) === 1 ? { ok: false, problem: problem(code) } : { ok: true, value: theirs },
            ),
        },
      });
      app.press(`${stops(2)} \r`);
      await settle();
      app.press('y');
      await settle();
      expect(flat(app)).toContain(
        'Someone else changed this role meanwhile: + read, + wiki:delete, - wiki:write',
      );
      expect(app.text()).toContain('[x] create accounts');
      app.press('\r');
      await settle();
      expect(flat(app)).toContain('Given: create accounts.');
      expect(flat(app)).not.toContain('Taken');
      app.press('y');
      await settle();
      expect(named(app, 'updateRole').at(-1)).toEqual([
        'updateRole',
        {
          role: 'editor',
          description: 'writes and tidies the wiki',
          permissions: ['read', 'users.create', 'users.read', 'wiki:delete'],
        },
        2,
      ]);
    },
  );
  test('who may not change it is told so where nobody was faster', async () => {
    using app = renderApp({
      state: editor,
      effects: { updateRole: () => Promise.resolve({ ok: false, problem: problem('forbidden') }) },
    });
    app.press(`${stops(2)} \r`);
    await settle();
    app.press('y');
    await settle();
    expect(app.text()).toContain('You may not do that.');
    expect(app.text()).toContain('[x] create accounts');
  });
  test('a session that ends while it is asked does nothing', async () => {
    using app = renderApp({ state: editor });
    app.press(`${stops(1)} \r`);
    await settle();
    app.store.setState(signedOut('revoked'));
    await settle();
    expect(named(app, 'updateRole')).toEqual([]);
  });
  test('among the worst acts where it is or becomes a way to all the rest', () => {
    const act = { role: 'x', given: [], taken: [], holders: { count: 0, exact: true } };
    for (const grave of ['roles.assign', 'roles.manage', 'clients.manage']) {
      expect(wantsPassword({ kind: 'update_role', ...act, permissions: ['read', grave] })).toBe(true);
      expect(wantsPassword({ kind: 'create_role', role: 'x', permissions: [grave] })).toBe(true);
      const one = account();
      expect(wantsPassword({ kind: 'assign_role', account: one, role: 'x', permissions: [grave] })).toBe(
        true,
      );
    }
    expect(wantsPassword({ kind: 'update_role', ...act, permissions: ['users.delete'] })).toBe(false);
    expect(wantsPassword({ kind: 'delete_role', role: role({ permissions: ['roles.assign'] }) })).toBe(false);
  });
});

describe('deleting one', () => {
  test('is asked with y, done and told; from its own screen it leads back to the list', async () => {
    using app = renderApp({ state: over({ name: 'role', role: 'editor' }) });
    app.press('D\r');
    expect(named(app, 'deleteRole')).toEqual([]);
    app.press('y');
    await settle();
    expect(named(app, 'deleteRole')).toEqual([['deleteRole', 'editor']]);
    expect(nameOf(app)).toBe('roles');
    expect(app.text()).toContain('The role editor is deleted.');
  });
  test('one that is held stays, and says how many hold it', async () => {
    const held = { ...problem('role_in_use'), accounts: 12 };
    using app = renderApp({
      state: roles,
      effects: { deleteRole: () => Promise.resolve({ ok: false, problem: held }) },
    });
    app.press('jjjjDy');
    await settle();
    expect(flat(app)).toContain('12 accounts hold this role. Take it from them first.');
    expect(nameOf(app)).toBe('roles');
  });
});

describe('giving and taking them', () => {
  const [, ivan] = manyAccounts(2);
  const open = (held: readonly string[]): Given => ({
    ...users,
    roles: rolesState(),
    screens: [...users.screens, { name: 'user', account_id: ivan!.account_id }],
    user_detail: {
      account_id: ivan!.account_id,
      account: { ...ivan!, roles: [...held] },
      live_sessions: 1,
      loading: false,
      problem: null,
    },
  });
  test('the menu offers all of the server, reads them when it opens, and each has its letter', async () => {
    using app = renderApp({ state: open(['editor', 'user']) });
    app.press('x');
    expect(named(app, 'refreshList')).toEqual([['refreshList', 'roles']]);
    expect(app.text()).toMatch(/m {2}Give role: moderator/);
    expect(app.text()).toMatch(/d {2}Take role: editor/);
    expect(app.text()).toMatch(/t {2}Give role: guest/);
    expect(app.text()).not.toContain('role: user');
    app.press('d');
    expect(flat(app)).toMatch(/no longer be able to: see all accounts; .*wiki:write\./);
    app.press('y');
    await settle();
    expect(named(app, 'unassignRole')).toEqual([['unassignRole', ivan!.account_id, 'editor']]);
  });
  test('a role that is made meanwhile is there without opening it again', () => {
    using app = renderApp({ state: open(['user']) });
    app.press('x');
    expect(app.text()).not.toContain('zebra');
    app.store.setState(changePerson({ roles: [...ROLES, role({ role: 'zebra' })] }));
    expect(app.text()).toMatch(/z {2}Give role: zebra/);
  });
  test('before they were read there are the built-in ones', () => {
    const { roles: _, ...unread } = open(['user']);
    using app = renderApp({ state: unread });
    app.press('x');
    expect(app.text().match(/Give role/g)).toHaveLength(2);
  });
  test('one with a way to all the rest is given with the login typed', async () => {
    using app = renderApp({ state: open(['user']) });
    app.press('xcy');
    await settle();
    expect(named(app, 'assignRole')).toEqual([]);
    app.press('\x15ivan.k\r');
    await settle();
    expect(named(app, 'assignRole')).toEqual([['assignRole', ivan!.account_id, 'clerk']]);
  });
  test('it is told what the account may do by it alone', () => {
    using app = renderApp({ state: open(['clerk', 'editor', 'user']), cols: 40, rows: 12 });
    app.press('xd');
    expect(flat(app)).toContain('no longer be able to: wiki:write.');
    app.press('\x1bxt');
    expect(flat(app)).toContain('that changes nothing: its other roles permit as much.');
  });
  test('letters are different ones, and none that moves in the menu or is another act', () => {
    const many = Array.from({ length: 100 }, (_, at) => `role-${at}`);
    const letters = roleLetters(['moderator', 'admin', 'editor', ...many], ['e', 'r', 's', 'D']);
    expect(letters.slice(0, 4)).toEqual(['m', 'a', 'd', 'o']);
    const given = letters.filter((letter) => letter !== '');
    expect(new Set(given).size).toBe(given.length);
    expect(given.length).toBeGreaterThan(38);
    for (const kept of 'eghjkqrsuDG') expect(given).not.toContain(kept);
    expect(letters).toHaveLength(103);
  });
  test.each(['en', 'ru'] as const)('at 40x12 they scroll, and the corner says so (%s)', (language) => {
    using app = renderApp({ state: open(['user']), cols: 40, rows: 12, language });
    app.press('x');
    expect(app.text()).not.toMatch(/Delete|Удалить/);
    expect(app.text().split('\n')[0]).toContain('↓');
    app.press('G');
    expect(app.text()).toMatch(/▸ D {2}(Delete|Удалить)/);
    expect(app.text().split('\n')[0]).toContain('↑');
  });
  test('an account tells what it may do, and by which of its roles', () => {
    using app = renderApp({ state: open(['clerk', 'editor', 'moderator', 'user']), rows: 60 });
    for (const line of [
      /Role +clerk, editor, moderator/,
      /This server +see all accounts \(moderator, clerk, editor\)/,
      /give and take roles \(clerk\)/,
      /Any service +read content \(user, moderator\)/,
      /Services +wiki:write \(editor\)/,
    ])
      expect(app.text()).toMatch(line);
    app.store.setState(changePerson({ roles: null }));
    expect(app.text()).toMatch(/Permissions +…/);
  });
  test('beside the list it is told as far as there is room', () => {
    const chief = account({ account_name: 'chief', roles: ['admin', 'user'] });
    const list = { ...usersState(1), pages: new Map([[0, [chief]]]) };
    using app = renderApp({ state: { ...users, users: list, roles: rolesState() }, cols: 120, rows: 30 });
    expect(app.text()).toMatch(/This server +see all accounts/);
    expect(app.text()).toMatch(/… and \d+ more rows/);
  });
});

describe('the filter of accounts', () => {
  test('offers the roles of one’s own, too; the one that is asked for is left out when it is chosen again', () => {
    using app = renderApp({ state: { ...users, roles: rolesState() } });
    const holds = () => app.store.getState().person.lists.users.query.filters.holds;
    app.press('fh');
    expect(app.text()).toMatch(/c {2}any +✓/);
    expect(app.text()).toMatch(/e {2}editor/);
    app.press('e');
    expect(holds()).toBe('editor');
    expect(app.text()).toMatch(/Holds role +editor/);
    app.press('h');
    expect(app.text()).toMatch(/e {2}editor +✓/);
    app.press('e');
    expect(holds()).toBe('!editor');
    app.press('h');
    expect(app.text()).toMatch(/e {2}editor +not editor/);
    app.press('e');
    expect(holds()).toBe('editor');
    app.press('hc');
    expect(holds()).toBeNull();
    app.press('\x1bfh\x1b');
    expect(app.text()).toContain('Filters');
  });
  test.each([
    ['holds:editor', 'editor'],
    ['holds:!night-operator', '!night-operator'],
  ])(':users %s', (part, holds) => {
    expect(parsePalette(`users ${part}`)).toMatchObject({ asks: { query: { filters: { holds } } } });
  });
  test.each(['holds:Editor', 'holds:a', 'holds:', 'role:editor'])(':users %s is not understood', (part) => {
    expect(parsePalette(`users ${part}`)).toMatchObject({ kind: 'unknown', word: part });
  });
});

test.each([
  [['user'], 'user'],
  [['editor', 'user'], 'editor'],
  [['editor', 'moderator', 'user'], 'moderator'],
])('%j stands beside the name as %s', (held, shown) => {
  const session = { ...USER_SESSION, account: account({ account_name: 'boris', roles: held }) };
  using app = renderApp({ state: { session, screens: [{ name: 'home' }] } });
  expect(app.text().split('\n')[0]).toContain(`boris · ${shown} `);
});

test('a box works where there are only letters, no colours and no screen', () => {
  for (const look of [{ ascii: true }, { theme: 'mono' }, { accessible: true }] as const) {
    using app = renderApp({ state: over({ name: 'create_role' }), ...look });
    app.press(`${stops(2)} `);
    expect(app.text()).toContain('[x] see all accounts');
    const { row = 0, column } = app.cursor() ?? {};
    expect(app.text().split('\n')[row]).toContain('see all accounts');
    expect(column).toBeGreaterThan(0);
    app.press('\x1b[Z\t ');
    expect(app.text()).toContain('[ ] see all accounts');
  }
});
