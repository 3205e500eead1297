/** What can be said of people when they register, and what is shown of them and their sessions. */
import { describe, expect, test } from 'vitest';
import { account, ADMIN_SESSION, HOME_STATE, usersState } from '../../support/accounts.js';
import { renderApp } from '../../support/render_app.js';

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const PASSWORD = 'correct horse battery';

describe('registering', () => {
  const state = { screens: [{ name: 'sign_in' }, { name: 'register' }] } as const;
  const registered = (app: ReturnType<typeof renderApp>): unknown =>
    app.calls.find(([name]) => name === 'register')?.[1];

  test('asks for what is needed alone, until more is asked for', async () => {
    using app = renderApp({ state });
    expect(app.text()).toContain('Name, e-mail and phone, too');
    expect(app.text()).not.toContain('First name');
    app.press(`zoe\t${PASSWORD}\t${PASSWORD}\r`);
    await settle();
    expect(registered(app)).toEqual({
      account_name: 'zoe',
      password: PASSWORD,
      setup_code: null,
      person: {},
    });
  });
  test.each([
    [80, 24],
    [60, 20],
  ])('%dx%d: what is filled in goes along; empty fields do not', async (cols, rows) => {
    using app = renderApp({ state, cols, rows });
    app.press(`zoe\t${PASSWORD}\t${PASSWORD}\t\t `);
    app.press('\t');
    app.press('Zoe');
    expect(app.text()).toContain('First name');
    app.press('\t\t');
    app.press('zoe@example.test\r');
    await settle();
    expect(registered(app)).toMatchObject({ person: { first_name: 'Zoe', email: 'zoe@example.test' } });
    expect(Object.keys((registered(app) as { person: object }).person)).toHaveLength(2);
  });
});

const anna = account({
  account_name: 'anna',
  picture_url: 'https://pictures.example.test/anna.png',
  locale: 'ru',
  bio: Array.from({ length: 12 }, (_, at) => `line ${at}`).join('\n'),
});

describe('what is shown', () => {
  test('of an account: picture, language, when it was changed and seen', () => {
    const user_detail = {
      account_id: anna.account_id,
      account: anna,
      live_sessions: 2,
      loading: false,
      problem: null,
    };
    const screens = [{ name: 'users' }, { name: 'user', account_id: anna.account_id }] as const;
    using app = renderApp({
      state: { session: ADMIN_SESSION, users: usersState(3), screens, user_detail },
      rows: 40,
    });
    const text = app.text();
    for (const line of [
      /Picture +https:\/\/pictures\.example\.test\/anna\.png/,
      /Language +ru/,
      /Changed +\d{4}-\d\d-\d\d/,
      /Last seen +\S/,
      /Live sessions +2/,
    ])
      expect(text).toMatch(line);
  });
  test('of the own account, too; what does not fit is reached by the keys of lists', () => {
    const session = { ...ADMIN_SESSION, account: anna };
    using app = renderApp({ state: { ...HOME_STATE, session, screens: [{ name: 'home' }] } });
    expect(app.text()).toMatch(/Profile ─+ ↓ ─/);
    expect(app.text()).not.toContain('line 11');
    app.press('G');
    expect(app.text()).toContain('line 11');
    expect(app.text()).toMatch(/Profile ─+ ↑ ─/);
    app.press('g');
    expect(app.text()).toContain('Login');
  });
  test('of a session: since when and until when, in any size', () => {
    const state = { ...HOME_STATE, session: ADMIN_SESSION, screens: [{ name: 'home' }] } as const;
    using narrow = renderApp({ state });
    narrow.press('\t');
    expect(narrow.text()).toMatch(/since \d{4}-\d\d-\d\d, ends \d{4}-\d\d-\d\d/);
    using wide = renderApp({ state, cols: 200, rows: 60 });
    expect(wide.text()).toMatch(/SIGNED IN +ENDS/);
    expect(wide.text()).not.toMatch(/since \d{4}/);
    using between = renderApp({ state, cols: 120, rows: 40 });
    expect(between.text()).toMatch(/since \d{4}-\d\d-\d\d, ends \d{4}-\d\d-\d\d/);
  });
});
