/** Every sentence that tells what went wrong is read whole, wherever it can stand, in both languages and on every size. */
import { describe, expect, test } from 'vitest';
import { problem } from '../../../src/tui/i18n/problem.js';
import {
  CONNECT_FAILURE_CODES,
  PROBLEM_CODES,
  type ProblemCode,
} from '../../../src/tui/i18n/problem_codes.js';
import { problemText, translatorOf } from '../../../src/tui/i18n/words.js';
import { addToast, changePerson, dismissToasts } from '../../../src/tui/state/index.js';
import {
  account,
  ADMIN_SESSION,
  clientKeysState,
  HOME_STATE,
  NOW,
  rolesState,
  usersState,
} from '../../support/accounts.js';
import { ofToday, QUICK } from '../../support/runs.js';
import { faultsOf, renderApp, type RenderedApp, type RenderOptions } from '../../support/render_app.js';

const SIZES = [
  [80, 24],
  [40, 12],
] as const;
const LANGUAGES = ['en', 'ru'] as const;
const ALL = SIZES.flatMap(([cols, rows]) =>
  LANGUAGES.map((language) => [`${cols}x${rows} ${language}`, { cols, rows, language }] as const),
);
/** The longer language on the smallest window is the one that is cut first; of the others one each day. */
const FIRST_CUT = ALL.slice(-1);
const LOOKS = QUICK ? FIRST_CUT : [...ofToday(ALL.slice(0, -1)), ...FIRST_CUT];
type Look = (typeof LOOKS)[number][1];

/** The words of a frame: of all of it, and of each panel and dialog that stands beside others or over them. */
function textsOf(text: string): readonly string[] {
  const columns = new Map<string, string[]>();
  for (const row of text.split('\n'))
    for (const [at, part] of row.split('│').entries())
      for (const key of [`${at}`, 'all']) columns.set(key, [...(columns.get(key) ?? []), part]);
  return [...columns.values()].map((parts) => parts.join(' ').replaceAll(/[╭╮╰╯─█\s]+/g, ' '));
}
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

function expectWhole(app: RenderedApp, { cols, rows }: Look, words: readonly string[]): void {
  expect(faultsOf(app.frame(), cols, rows)).toEqual([]);
  const seen = textsOf(app.text());
  for (const sentence of words)
    if (!seen.some((text) => text.includes(sentence.trim()))) expect(app.text()).toContain(sentence);
}

const users = { session: ADMIN_SESSION, screens: [{ name: 'users' }], users: usersState(40) } as const;
const refusing = (code: () => ProblemCode) => () =>
  Promise.resolve({ ok: false as const, problem: problem(code()) });

describe.each(LOOKS)('%s', (_, look) => {
  const { language } = look;
  const open = (options: RenderOptions): RenderedApp => renderApp({ ...look, ...options });
  const whole = (app: RenderedApp, code: ProblemCode): void =>
    expectWhole(app, look, problemText(language, code));
  const sentence = (app: RenderedApp, code: ProblemCode): void =>
    expectWhole(app, look, [problemText(language, code)[0]]);

  test('told in passing', () => {
    using app = open({ state: users });
    for (const code of PROBLEM_CODES) {
      app.store.setState(addToast('error', { problem: problem(code) }, NOW));
      whole(app, code);
      app.store.setState(dismissToasts);
    }
  });

  test('while there is no connection', () => {
    using app = open({ state: users });
    for (const code of CONNECT_FAILURE_CODES) {
      for (const connection of [
        { name: 'retrying', attempt: 1, retry_at: NOW + 7_000, code, error_code: null },
        { name: 'closed', code, error_code: null },
      ] as const) {
        app.store.setState({ connection });
        whole(app, code);
      }
    }
  });

  test('below a form', async () => {
    let now: ProblemCode = 'internal';
    using app = open({ state: {}, effects: { signIn: refusing(() => now) } });
    app.press('anna\twrong');
    for (const code of PROBLEM_CODES) {
      now = code;
      app.press('\rwrong\r');
      await settle();
      whole(app, code);
    }
  });

  test('about a field', async () => {
    const t = translatorOf(language);
    for (const [reason, key] of [
      ['missing', 'field_required'],
      ['too_short', 'field_too_short'],
      ['too_long', 'field_too_long'],
      ['malformed', 'field_invalid'],
      ['common', 'reason_common'],
      ['repeated', 'reason_repeated'],
      ['sequence', 'reason_sequence'],
      ['context', 'reason_context'],
      ['reserved', 'reason_reserved'],
      ['mixed_scripts', 'reason_mixed_scripts'],
      ['character', 'reason_character'],
      ['punctuation', 'reason_punctuation'],
      ['no_letter', 'reason_no_letter'],
    ] as const) {
      const details = [{ path: 'user.account_name', reason, message: 'The words of the server.' }];
      using app = open({
        state: { screens: [{ name: 'sign_in' }, { name: 'register' }] },
        effects: {
          register: () =>
            Promise.resolve({ ok: false, problem: { ...problem('account_name_invalid'), details } }),
        },
      });
      app.press('a\tsome horse\tsome horse\r');
      await settle();
      expectWhole(app, look, [t(key), ...problemText(language, 'account_name_invalid')]);
    }
  });

  test('below the form of a role, and of one that is held', async () => {
    let now: ProblemCode = 'internal';
    using app = open({
      state: {
        ...users,
        screens: [{ name: 'users' }, { name: 'roles' }, { name: 'create_role' }],
        roles: rolesState(),
      },
      effects: { createRole: refusing(() => now) },
    });
    app.press('editor');
    for (const code of PROBLEM_CODES) {
      now = code;
      app.press('\r');
      await settle();
      whole(app, code);
      app.press('x\x7f');
    }
    app.store.setState(addToast('error', { problem: { ...problem('role_in_use'), accounts: 12 } }, NOW));
    const t = translatorOf(language);
    expectWhole(app, look, [t('role_in_use_by', { count: 12 })]);
  });

  test('in a question and on the locked screen', async () => {
    let now: ProblemCode = 'internal';
    const effects = { confirmPassword: refusing(() => now) };
    using asked = open({ state: { ...users, password_checked_at: null }, effects });
    asked.press('Divanov\r');
    using locked = open({ state: { ...users, locked: true }, effects });
    for (const code of PROBLEM_CODES) {
      now = code;
      for (const app of [asked, locked]) {
        app.press('wrong\r');
        await settle();
        whole(app, code);
      }
    }
  });

  test('in the place of a list, of an account and of a key', () => {
    const nobody = account({ account_name: 'nobody' }).account_id;
    for (const code of PROBLEM_CODES) {
      const failed = { problem: problem(code), shown_key: '' };
      using list = open({ state: { ...users, users: { ...usersState(0), ...failed } } });
      sentence(list, code);
      using keys = open({
        state: {
          ...users,
          screens: [{ name: 'users' }, { name: 'client_keys' }, { name: 'client_key', key_id: 'k_none' }],
          client_keys: { ...clientKeysState([]), ...failed },
        },
      });
      sentence(keys, code);
      using roles = open({
        state: {
          ...users,
          screens: [{ name: 'users' }, { name: 'roles' }, { name: 'role', role: 'none' }],
          roles: { ...rolesState([]), ...failed },
          known_roles: null,
        },
      });
      sentence(roles, code);
      using detail = open({
        state: { ...users, screens: [{ name: 'users' }, { name: 'user', account_id: nobody }] },
      });
      detail.store.setState(
        changePerson({
          user_detail: {
            account_id: nobody,
            account: null,
            live_sessions: null,
            loading: false,
            problem: problem(code),
          },
        }),
      );
      sentence(detail, code);
      const { sessions } = HOME_STATE;
      using home = open({
        state: { ...HOME_STATE, sessions: { ...sessions, ...failed, pages: new Map(), row_count: 0 } },
      });
      if (look.cols < 80) home.press('\t');
      sentence(home, code);
    }
  });

  test('of many accounts, each with its reason', () => {
    const failed = PROBLEM_CODES.map((code, at) => ({
      name: `somebody.with.a.name.${at}`,
      problem: problem(code),
    }));
    using app = open({
      state: {
        ...users,
        overlays: [
          {
            name: 'result',
            title: { key: 'bulk_result', params: { done: 9_999, failed: failed.length } },
            failed,
          },
        ],
      },
    });
    for (const code of PROBLEM_CODES) {
      whole(app, code);
      app.press('j');
    }
  });
});
