/** What stands still: footers that always lead on, columns that don't jump, forms and dialogs in which nothing moves. */
import { describe, expect, test } from 'vitest';
import { TableLayout, type Column } from '../../../src/tui/components/index.js';
import { contentWidths, layColumns } from '../../../src/tui/components/table.js';
import { problem } from '../../../src/tui/i18n/problem.js';
import { addToast, type Screen } from '../../../src/tui/state/index.js';
import {
  account,
  ADMIN_SESSION,
  clientKeysState,
  HOME_STATE,
  manyAccounts,
  NOW,
  rolesState,
  usersState,
} from '../../support/accounts.js';
import { renderApp, type RenderedApp } from '../../support/render_app.js';

const LANGUAGES = ['en', 'ru'] as const;
const rowsOf = (app: RenderedApp): readonly string[] => app.text().split('\n');
const rowWith = (app: RenderedApp, words: RegExp): number => rowsOf(app).findIndex((row) => words.test(row));

const users = { session: ADMIN_SESSION, screens: [{ name: 'users' }], users: usersState(40) } as const;
const over = (...screens: [Screen, ...Screen[]]) =>
  ({
    session: ADMIN_SESSION,
    users: usersState(40),
    client_keys: clientKeysState(),
    roles: rolesState(),
    screens,
  }) as const;

describe('the footer', () => {
  const LISTS = {
    home: HOME_STATE,
    users,
    user: over({ name: 'users' }, { name: 'user', account_id: manyAccounts(1)[0]!.account_id }),
    client_keys: over({ name: 'users' }, { name: 'client_keys' }),
    roles: over({ name: 'users' }, { name: 'roles' }),
    role: over({ name: 'users' }, { name: 'roles' }, { name: 'role', role: 'editor' }),
  } as const;
  const FORMS = {
    sign_in: {},
    register: { screens: [{ name: 'sign_in' }, { name: 'register' }] },
    change_password: { ...HOME_STATE, screens: [{ name: 'home' }, { name: 'change_password' }] },
    create_user: over({ name: 'users' }, { name: 'create_user' }),
    create_role: over({ name: 'users' }, { name: 'roles' }, { name: 'create_role' }),
  } as const;
  for (const cols of [40, 60, 80, 120, 200])
    for (const language of LANGUAGES) {
      test.each(Object.entries(LISTS))(`%s at ${cols} ${language} shows ?, : and q`, (_, state) => {
        using app = renderApp({ state, cols, language });
        expect(rowsOf(app).at(-1)).toMatch(/ \? .*: .*q(?: |$)/);
        if (cols >= 80)
          expect(rowsOf(app).at(-1)).toMatch(/\? (help|помощь) {2}: (command|команда) {2}q (quit|выход)/);
      });
      test.each(Object.entries(FORMS))(`%s at ${cols} ${language} shows what stands for them`, (_, state) => {
        using app = renderApp({ state, cols, language });
        expect(rowsOf(app).at(-1)).toMatch(/Enter .*F1 .*Ctrl\+P .*Ctrl\+C/);
      });
    }
});

describe('columns', () => {
  type Row = { readonly name: string; readonly role: string; readonly mail: string };
  const COLUMNS: readonly Column<Row>[] = [
    { title: 'NAME', cells_min: 8, grow: 3, cell: ({ name }) => name },
    { title: 'ROLE', cells_min: 4, grow: 0, all: ['user', 'moderator'], cell: ({ role }) => role },
    { title: 'MAIL', cells_min: 10, grow: 3, cell: ({ mail }) => mail },
  ];
  const row = (name: number, mail = 10): Row => ({
    name: 'n'.repeat(name),
    role: 'user',
    mail: 'm'.repeat(mail),
  });
  const widths = (rows: readonly Row[], cells: number): number[] =>
    layColumns(COLUMNS, contentWidths(COLUMNS, rows), cells).map((column) => column.cells);

  test('are as wide as what is in them, and the longest gets what is left', () => {
    // 40 cells: 22 for the name, 4 for the role, 10 for the address, and two gaps.
    expect(widths([row(22)], 40)).toEqual([22, 4, 10]);
    expect(widths([row(12, 60)], 40)).toEqual([12, 4, 20]);
  });

  test('room that nobody needs goes first to words that can still come, then to what grows', () => {
    expect(widths([row(10)], 40)).toEqual([13, 9, 13]);
  });

  test('one without room is left out, the first one never', () => {
    expect(widths([row(30, 60)], 20)).toEqual([14, 4]);
    expect(widths([row(30, 60)], 8)).toEqual([8]);
  });

  test('do not move while pages come, unless something would be cut that has room', () => {
    const layout = new TableLayout<Row>();
    const lay = (pages: Row[][]): number[] => layout.lay(COLUMNS, pages, 40, '').map(({ cells }) => cells);
    const first = [row(10)];
    expect(lay([first])).toEqual([13, 9, 13]);
    expect(lay([first, [row(13)]])).toEqual([13, 9, 13]);
    expect(lay([[row(2)]])).toEqual([13, 9, 13]);
    const wider = [row(22)];
    expect(lay([wider])).toEqual([22, 4, 10]);
    // The page with the long name is gone, the room is not.
    expect(lay([first])).toEqual([22, 4, 10]);
    expect(layout.lay(COLUMNS, [first], 40, 'another question').map(({ cells }) => cells)).toEqual([
      13, 9, 13,
    ]);
  });

  test.each(LANGUAGES)('a long login is not cut while roles have room (%s)', (language) => {
    const name = 'maximilian.von.hohenzollern';
    const rows = [account({ account_name: name }), ...manyAccounts(39)];
    const list = { ...usersState(40), pages: new Map([[0, rows]]) };
    using app = renderApp({ state: { ...users, users: list }, language });
    expect(app.text()).toContain(name);
    expect(app.text()).toMatch(language === 'en' ? /ROLE.*STATUS.*LAST SEEN/ : /РОЛЬ.*СОСТОЯНИЕ.*АКТИВНОСТЬ/);
  });

  test.each(LANGUAGES)('scrolling to the end and back moves no column (%s)', (language) => {
    using app = renderApp({ state: { ...users, users: usersState(812) }, language });
    const head = (): string => rowsOf(app)[3] ?? '';
    const before = head();
    for (const key of ['\x1b[6~', '\x1b[6~', 'G', 'g']) {
      app.press(key);
      expect(head()).toBe(before);
    }
  });
});

describe('forms', () => {
  const places = (app: RenderedApp): readonly number[] =>
    [/Login|Логин/, /Password|Пароль/, /Repeat|Ещё раз/, /Create account|Создать запись/, /╭/].map((words) =>
      rowWith(app, words),
    );
  for (const language of LANGUAGES)
    for (const rows of [20, 24, 40]) {
      test(`nothing moves for a strength meter, errors, notes and notices (${rows} rows, ${language})`, async () => {
        using app = renderApp({
          state: { screens: [{ name: 'sign_in' }, { name: 'register' }] },
          rows,
          language,
          effects: { register: () => Promise.resolve({ ok: false, problem: problem('password_rejected') }) },
        });
        const before = places(app);
        const stays = (): void => expect(places(app)).toEqual(before);
        app.press('\r');
        stays();
        app.press('anna\t');
        stays();
        app.press(' sh');
        stays();
        app.press('ort enough\t');
        stays();
        app.press('another\r');
        stays();
        app.press('\x15 short enough\r');
        await new Promise((resolve) => setTimeout(resolve, 5));
        stays();
        expect(app.text()).toContain('✗');
        app.store.setState(
          addToast('info', { key: 'undo_marked_first', params: { count: 1000, total: 10_000 } }, NOW),
        );
        stays();
        app.store.setState({
          connection: { name: 'retrying', attempt: 1, retry_at: NOW, code: 'unreachable', error_code: null },
        });
        stays();
      });
    }

  test.each(LANGUAGES)('the sign-in stays where it is when the server tells what it is (%s)', (language) => {
    using app = renderApp({ state: { server_info: null }, language });
    const before = rowWith(app, /Login|Логин/);
    app.store.setState({
      server_info: {
        registration_open: true,
        setup_required: true,
        password_length_min: 8,
        setup_code_found: false,
      },
    });
    expect(rowWith(app, /Login|Логин/)).toBe(before);
  });
});

describe('the form of a role', () => {
  test.each(LANGUAGES)('nothing moves while its boxes are gone through and set (%s)', (language) => {
    using app = renderApp({
      state: over({ name: 'users' }, { name: 'roles' }, { name: 'create_role' }),
      rows: 40,
      language,
    });
    const places = (): readonly number[] =>
      [/Name|Имя/, /see all accounts|видеть все/, /Make the role|Создать роль/].map((words) =>
        rowWith(app, words),
      );
    const before = places();
    for (let at = 0; at < 18; at += 1) {
      app.press('\t ');
      expect(places()).toEqual(before);
    }
  });
});

describe('dialogs', () => {
  test.each(LANGUAGES)('a wrong answer moves nothing (%s)', async (language) => {
    using app = renderApp({
      state: { ...users, password_checked_at: null },
      language,
      effects: {
        confirmPassword: () => Promise.resolve({ ok: false, problem: problem('invalid_credentials') }),
      },
    });
    app.press('D');
    const before = [rowWith(app, /╭─ (Delete|Удалить)/), app.cursor()?.row];
    app.press('wrong\r');
    expect(app.text()).toContain('✗');
    expect([rowWith(app, /╭─ (Delete|Удалить)/), app.cursor()?.row]).toEqual(before);
    app.press('\x15ivanov\r');
    const password = app.cursor()?.row;
    app.press('wrong\r');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(app.text()).toContain('✗');
    expect([rowWith(app, /╭─ (Delete|Удалить)/), app.cursor()?.row]).toEqual([before[0], password]);
  });

  test.each([
    ['?/', 'zz'],
    [':', 'lang'],
  ])('%s: what is typed to choose moves nothing', (open, typed) => {
    using app = renderApp({ state: users });
    app.press(open);
    const before = [app.cursor()?.row, rowWith(app, /╰/)];
    for (const letter of typed) {
      app.press(letter);
      expect([app.cursor()?.row, rowWith(app, /╰/)]).toEqual(before);
    }
  });
});

describe('before the answer', () => {
  const UNKNOWN = { ...usersState(0), shown_key: '', total: null, complete: false };
  test.each(LANGUAGES)('no list says how many there are, or that there are none (%s)', (language) => {
    const none = /\b0\b|No |нет/;
    using read = renderApp({ state: { ...users, users: UNKNOWN }, language });
    expect(read.text().split('\n').slice(1, -1).join('\n')).not.toMatch(none);
    expect(read.text()).toMatch(/Reading…|Читаем…|Чтение…|…/);
    const { query } = usersState(0);
    // The old answer to another question is no answer to this one.
    using asked = renderApp({
      state: { ...users, users: { ...usersState(0), query: { ...query, search: 'iva' } } },
      language,
    });
    expect(asked.text()).not.toMatch(/No account matches|Ничего не найдено|\b0 (accounts|записей)/);
    using home = renderApp({
      state: {
        ...HOME_STATE,
        sessions: { ...HOME_STATE.sessions, shown_key: '', pages: new Map(), row_count: 0 },
      },
      language,
    });
    expect(home.text()).toMatch(/(Sessions|Сеансы) \(…\)/);
  });

  test('an account has as many sessions as the server says, and … until it has said', () => {
    const open = { name: 'user', account_id: manyAccounts(1)[0]!.account_id } as const;
    using app = renderApp({ state: over({ name: 'users' }, open) });
    expect(app.text()).toMatch(/Live sessions +… /);
  });

  test('whether there are other sessions is asked when it is known', () => {
    const { sessions } = HOME_STATE;
    using app = renderApp({
      state: { ...HOME_STATE, sessions: { ...sessions, shown_key: '', pages: new Map(), row_count: 0 } },
    });
    app.press('X');
    expect(app.store.getState().toasts).toEqual([]);
    expect(app.store.getState().overlays).toEqual([]);
    const { person } = app.store.getState();
    app.store.setState({ person: { ...person, lists: { ...person.lists, sessions } } });
    expect(app.text()).toContain('End all other sessions?');
  });
});

test('a range is lit as the marks that it will be, and counted', () => {
  using app = renderApp({ state: users });
  app.press('jvjj');
  const lit = rowsOf(app).filter((row) => /^.✓/.test(row));
  expect(lit).toHaveLength(3);
  expect(app.text()).toContain('3 rows: move to the other end');
  app.press('k');
  expect(app.text()).toContain('2 rows:');
  app.press('v');
  expect(app.store.getState().person.lists.users.marks.size).toBe(2);
});

test.each(['en', 'ru'] as const)(
  '%s: nothing in the first row comes or goes with a digit of the latency',
  (language) => {
    for (let cols = 40; cols <= 130; cols += 1) {
      using app = renderApp({ cols, rows: 20, language, state: HOME_STATE });
      const [one, other] = [1, 999].map((latency_ms) => {
        app.store.setState({ connection: { name: 'ready', server_name: 'Portcullis', latency_ms } });
        return app.text().split('\n')[0]?.replace(/● \d+/, '●').replaceAll(/ +/g, ' ');
      });
      expect(other, `${cols} columns`).toBe(one);
    }
  },
);
