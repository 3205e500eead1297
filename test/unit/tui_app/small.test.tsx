/** Small screens: at 40x12 everything can be read and done, and on a smaller one nothing is done that nobody sees. */
import { describe, expect, test } from 'vitest';
import { problem } from '../../../src/tui/i18n/problem.js';
import { PROBLEM_CODES } from '../../../src/tui/i18n/problem_codes.js';
import { problemText } from '../../../src/tui/i18n/words.js';
import { skeletonRows } from '../../../src/tui/skeleton.js';
import { addToast, type Screen } from '../../../src/tui/state/index.js';
import {
  ADMIN_SESSION,
  CLIENT_KEYS,
  clientKeysState,
  HOME_STATE,
  NOW,
  rolesState,
  usersState,
} from '../../support/accounts.js';
import { faultsOf, renderApp, type RenderedApp } from '../../support/render_app.js';

const SMALL = [
  [40, 12],
  [59, 14],
] as const;
const LANGUAGES = ['en', 'ru'] as const;

/** The words of a frame in one line, without what frames them. */
const flat = (text: string): string => text.replaceAll(/[│╭╮╰╯─\s]+/g, ' ');
const row = (app: RenderedApp, at: number): string => app.text().split('\n')[at] ?? '';

const users = { session: ADMIN_SESSION, screens: [{ name: 'users' }], users: usersState(40) } as const;
const signedOut = (name: 'register' | 'redeem' | 'connect'): { readonly screens: [Screen, Screen] } => ({
  screens: [{ name: 'sign_in' }, { name }],
});
const home = (name: 'edit_profile' | 'change_password') =>
  ({ ...HOME_STATE, screens: [{ name: 'home' }, { name }] }) as const;
const keys = (screen: Screen) =>
  ({
    session: ADMIN_SESSION,
    screens: [{ name: 'users' }, { name: 'client_keys' }, screen],
    client_keys: clientKeysState(),
  }) as const;
const roles = (screen: Screen) =>
  ({
    session: ADMIN_SESSION,
    screens: [{ name: 'users' }, { name: 'roles' }, screen],
    roles: rolesState(),
  }) as const;
const FORMS = {
  sign_in: {},
  register: signedOut('register'),
  redeem: signedOut('redeem'),
  connect: signedOut('connect'),
  edit_profile: home('edit_profile'),
  change_password: home('change_password'),
  create_user: { ...users, screens: [{ name: 'users' }, { name: 'create_user' }] },
  create_client_key: keys({ name: 'create_client_key' }),
  create_role: roles({ name: 'create_role' }),
  edit_role: roles({ name: 'edit_role', role: 'editor' }),
  rotate_client_key: keys({ name: 'rotate_client_key', key_id: CLIENT_KEYS[1]!.key_id }),
} as const;

describe('too small', () => {
  test.each([
    [39, 12],
    [40, 11],
    [20, 5],
  ])('%ix%i: only leaving works, and the notice says how', (cols, rows) => {
    for (const language of LANGUAGES) {
      using app = renderApp({ state: users, cols, rows, language });
      const before = app.store.getState();
      const read = [...app.calls];
      app.press('xsy:?/ Djjr\t\r\x1b1L\x0c\x10\x1bOP\x1b[200~hello\x1b[201~');
      expect(app.store.getState()).toBe(before);
      expect(app.calls).toEqual(read);
      expect(flat(app.text())).toContain(`40x12`);
      expect(flat(app.text())).toContain(`${cols}x${rows}`);
      if (cols > 20) expect(flat(app.text())).toMatch(/Ctrl\+C .*Ctrl\+Z/);
      app.press('\x1a');
      expect(app.calls).toEqual([...read, ['suspend']]);
      app.press('\x03\x03');
      expect(app.quits()).toBe(1);
    }
  });

  test('40x12 is enough: a key acts', () => {
    using app = renderApp({ state: users, cols: 40, rows: 12 });
    app.press('x');
    expect(app.store.getState().person.session).not.toBeNull();
    expect(app.store.getState().overlays).toHaveLength(1);
  });

  test('the name that stands before the first frame is there where the frame will be, and nowhere else', () => {
    expect(skeletonRows(40, 12)[0]).toContain('Portcullis');
    for (const [cols, rows] of [
      [39, 12],
      [40, 11],
    ] as const)
      expect(skeletonRows(cols, rows).join('').trim()).toBe('');
  });
});

describe('at 40x12 and 59x14', () => {
  for (const [cols, rows] of SMALL) {
    for (const language of LANGUAGES) {
      for (const [name, state] of Object.entries(FORMS)) {
        test(`${name} ${cols}x${rows} ${language}: each stop of the form is seen`, () => {
          using app = renderApp({ state, cols, rows, language });
          for (let at = 0; at < 20; at += 1) {
            expect(faultsOf(app.frame(), cols, rows)).toEqual([]);
            const { row: place } = app.cursor() ?? {};
            // A field has the cursor, a button its sign.
            if (place === undefined) expect(app.text()).toContain('▸');
            else expect(row(app, place).trim()).not.toBe('');
            app.press('\t');
          }
        });
      }

      test(`a sign-in that is refused ${cols}x${rows} ${language}: sentence, hint and field at once`, async () => {
        using app = renderApp({
          state: {},
          cols,
          rows,
          language,
          effects: { signIn: () => Promise.resolve({ ok: false, problem: problem('invalid_credentials') }) },
        });
        app.press('anna\twrong\r');
        await new Promise((resolve) => setTimeout(resolve, 5));
        for (const words of problemText(language, 'invalid_credentials'))
          expect(flat(app.text())).toContain(words);
        const { row: place = -1 } = app.cursor() ?? {};
        expect(row(app, place)).toMatch(/Password|Пароль/);
      });

      test(`every problem told in passing ${cols}x${rows} ${language} is whole, and the form below it is used`, () => {
        for (const code of PROBLEM_CODES) {
          using app = renderApp({ state: {}, cols, rows, language });
          app.store.setState(addToast('error', { problem: problem(code) }, NOW));
          for (const words of problemText(language, code)) expect(flat(app.text())).toContain(words.trim());
          app.press('anna');
          const { row: place = -1 } = app.cursor() ?? {};
          expect(row(app, place)).toContain('anna');
        }
      });

      test(`an account ${cols}x${rows} ${language} is read to its end`, () => {
        using app = renderApp({
          state: {
            ...users,
            screens: [{ name: 'users' }, { name: 'user', account_id: ADMIN_SESSION.account.account_id }],
            user_detail: {
              account_id: ADMIN_SESSION.account.account_id,
              account: ADMIN_SESSION.account,
              live_sessions: 2,
              loading: false,
              problem: null,
            },
          },
          cols,
          rows,
          language,
        });
        const seen = [app.text()];
        for (let page = 0; page < 3; page += 1) {
          app.press('\x1b[6~');
          seen.push(app.text());
        }
        expect(flat(seen.join(' ')).replaceAll(' ', '')).toContain(ADMIN_SESSION.account.account_id);
        expect(flat(seen.join(' '))).toContain('Keeps the gate.');
      });

      test(`a role ${cols}x${rows} ${language} is read to its end`, () => {
        using app = renderApp({ state: roles({ name: 'role', role: 'admin' }), cols, rows, language });
        const seen = [app.text()];
        for (let page = 0; page < 4; page += 1) {
          app.press('\x1b[6~');
          seen.push(app.text());
        }
        for (const words of [/see all accounts|видеть все записи/, /of all services|во всех службах/])
          expect(flat(seen.join(' '))).toMatch(words);
      });

      test(`questions ${cols}x${rows} ${language} show what is typed and how to leave`, () => {
        for (const [state, typed] of [
          [{ ...users, password_checked_at: null }, '   xs'],
          [{ ...users, password_checked_at: null }, 'D'],
          [{ ...users, password_checked_at: null }, 'xa'],
          [{ ...HOME_STATE, password_checked_at: null }, 'X'],
        ] as const) {
          using app = renderApp({ state, cols, rows, language });
          app.press(typed);
          for (let at = 0; at < 2; at += 1) {
            expect(app.cursor()).toBeDefined();
            expect(app.text()).toContain('Esc');
            app.press(`${at}${at}`);
            const { row: place = -1 } = app.cursor() ?? {};
            expect(row(app, place)).toMatch(at === 0 ? /00/ : /••/);
            app.press('\t');
          }
        }
      });
    }
  }
});
