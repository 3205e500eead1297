/** Every screen at every supported size, language and look: golden frames, and the rules that every frame keeps. */
import { describe, expect, test } from 'vitest';
import { problem } from '../../../src/tui/i18n/problem.js';
import { queryKey, type Screen } from '../../../src/tui/state/index.js';
import {
  ADMIN_SESSION,
  CLIENT_KEYS,
  clientKey,
  clientKeysState,
  HOME_STATE,
  manyAccounts,
  NOW,
  ROLES,
  rolesState,
  usersState,
  type Given,
} from '../../support/accounts.js';
import {
  faultsOf,
  NEW_KEY,
  renderApp,
  type RenderedApp,
  type RenderOptions,
} from '../../support/render_app.js';
import { ofToday, QUICK } from '../../support/runs.js';

process.env['TZ'] = 'UTC';

const [, ivan] = manyAccounts(2);
const users = { session: ADMIN_SESSION, screens: [{ name: 'users' }], users: usersState(812) } as const;
const openUser: Given = {
  ...users,
  screens: [{ name: 'users' }, { name: 'user', account_id: ivan!.account_id }],
  user_detail: {
    account_id: ivan!.account_id,
    account: ivan!,
    live_sessions: 2,
    loading: false,
    problem: null,
  },
};

const chief = { ...ivan!, roles: ['admin' as const, 'user' as const] };
const openChief: Given = { ...openUser, user_detail: { ...openUser.user_detail!, account: chief } };

const keys: Given = {
  session: ADMIN_SESSION,
  screens: [{ name: 'users' }, { name: 'client_keys' }],
  client_keys: clientKeysState(),
};
const overKeys = (screen: Screen): Given => ({
  ...keys,
  screens: [{ name: 'users' }, { name: 'client_keys' }, screen],
});
const rotates = (at: number): Given =>
  overKeys({ name: 'rotate_client_key', key_id: CLIENT_KEYS[at]!.key_id });

const roles: Given = {
  session: ADMIN_SESSION,
  screens: [{ name: 'users' }, { name: 'roles' }],
  roles: rolesState(),
};
const overRoles = (screen: Screen): Given => ({
  ...roles,
  screens: [{ name: 'users' }, { name: 'roles' }, screen],
});
const [longest] = ROLES.slice(-1);
/** An account with built-in and own roles. */
const openClerk: Given = {
  ...openUser,
  roles: rolesState(),
  user_detail: {
    ...openUser.user_detail!,
    account: { ...ivan!, roles: ['clerk', 'editor', 'moderator', 'user'] },
  },
};

type Scene = {
  readonly state: Given;
  readonly keys?: string;
  /** The last key is answered later. */
  readonly answered?: boolean;
  readonly effects?: RenderOptions['effects'];
  readonly stops_server?: boolean;
};

/** Three accounts are kept here, the first of which is signed in. */
const KEPT: Scene['effects'] = {
  keptAccounts: () =>
    ['anna', 'boris.nikolaevich', '山田太郎'].map((account_name, at) => ({
      id: `a_${at}`,
      account_name,
      current: at === 0,
      used_at: NOW - at * 3_600_000,
    })),
  sharesSession: () => true,
};

const SCENES: Readonly<Record<string, Scene>> = {
  sign_in: { state: {} },
  sign_in_typed: { state: {}, keys: 'anna\tcorrect horse' },
  sign_in_ended: { state: { signed_out_reason: 'account_suspended' } },
  sign_in_unreachable: {
    state: {
      connection: {
        name: 'retrying',
        attempt: 3,
        retry_at: NOW + 7_000,
        code: 'unreachable',
        error_code: null,
      },
    },
  },
  sign_in_hmac_error: {
    state: { connection: { name: 'closed', code: 'hmac_error', error_code: 'hmac_error' } },
  },
  connect: { state: { screens: [{ name: 'sign_in' }, { name: 'connect' }] } },
  register: { state: { screens: [{ name: 'sign_in' }, { name: 'register' }] }, keys: 'anna\tshort' },
  register_first: {
    state: {
      screens: [{ name: 'sign_in' }, { name: 'register' }],
      server_info: {
        registration_open: false,
        setup_required: true,
        password_length_min: 8,
        setup_code_found: false,
      },
    },
  },
  register_more: { state: { screens: [{ name: 'sign_in' }, { name: 'register' }] }, keys: '\t\t\t\t \t' },
  home_profile_end: { state: HOME_STATE, keys: 'G' },
  redeem: { state: { screens: [{ name: 'sign_in' }, { name: 'redeem' }] } },
  home: { state: HOME_STATE },
  home_sessions: { state: HOME_STATE, keys: '\tj' },
  edit_profile: { state: { ...HOME_STATE, screens: [{ name: 'home' }, { name: 'edit_profile' }] } },
  edit_profile_about: {
    state: { ...HOME_STATE, screens: [{ name: 'home' }, { name: 'edit_profile' }] },
    keys: '\t\t\t\t\x1b\rОткрыто с девяти до шести, кроме выходных и праздников.\x1b\r\x1b\r東京タワー',
  },
  change_password: { state: { ...HOME_STATE, screens: [{ name: 'home' }, { name: 'change_password' }] } },
  users: { state: users, keys: 'jj' },
  users_search: { state: users, keys: '/iva' },
  users_empty: {
    state: {
      ...users,
      users: {
        ...usersState(0),
        query: { ...usersState(0).query, search: 'zz' },
        shown_key: queryKey({ ...usersState(0).query, search: 'zz' }),
      },
    },
  },
  users_failed: {
    state: { ...users, users: { ...usersState(0), shown_key: '', problem: problem('storage_unavailable') } },
  },
  user: { state: openUser },
  user_menu: { state: openUser, keys: 'x' },
  create_user: { state: { ...users, screens: [{ name: 'users' }, { name: 'create_user' }] } },
  edit_user: {
    state: { ...openUser, screens: [{ name: 'users' }, { name: 'edit_user', account_id: ivan!.account_id }] },
  },
  confirm_suspend: { state: openChief, keys: 'xs' },
  suspended: { state: openUser, keys: 'xs', answered: true },
  copy_menu: { state: openUser, keys: 'y' },
  users_sorted: { state: users, keys: 'R' },
  users_left_out: { state: users, keys: ':users /iva !corp role:!admin\r' },
  confirm_delete: { state: users, keys: 'jjjjjDuser' },
  confirm_quit: { state: HOME_STATE, keys: 'q' },
  confirm_quit_stops: { state: HOME_STATE, keys: 'q', answered: true, stops_server: true },
  filters: { state: users, keys: 'frs' },
  sort: { state: users, keys: 's' },
  help: { state: users, keys: '?' },
  help_filter: { state: users, keys: '?/page' },
  language: { state: HOME_STATE, keys: 'L' },
  accounts: { state: HOME_STATE, keys: 'Aj', effects: KEPT },
  accounts_none: { state: HOME_STATE, keys: 'A' },
  forget_account: { state: HOME_STATE, keys: 'AD', effects: KEPT },
  confirm_forget_account: { state: HOME_STATE, keys: 'AD2', effects: KEPT },
  confirm_sign_out: { state: HOME_STATE, keys: 'o' },
  confirm_sign_out_shared: { state: HOME_STATE, keys: 'o', effects: KEPT },
  sign_in_kept: { state: { signed_out_reason: 'signed_out' }, effects: KEPT },
  palette: { state: users, keys: ':' },
  palette_unknown: { state: users, keys: ':users role:x\r' },
  users_marked: { state: users, keys: '  jj ' },
  users_range: { state: users, keys: 'jvjj' },
  menu_bulk: { state: users, keys: '  x' },
  confirm_bulk: { state: { ...users, password_checked_at: null }, keys: '   xs3\t' },
  confirm_end_others: { state: { ...HOME_STATE, password_checked_at: null }, keys: 'X2\t' },
  result: {
    state: {
      ...users,
      overlays: [
        {
          name: 'result',
          title: { key: 'bulk_result', params: { done: 2, failed: 2 } },
          failed: [
            { name: 'ivanov', problem: problem('last_administrator') },
            { name: '山田太郎', problem: problem('wrong_status') },
          ],
        },
      ],
    },
  },
  diff: {
    state: { ...HOME_STATE, screens: [{ name: 'home' }, { name: 'edit_profile' }] },
    keys: '\x15Anna\t\t\x15new@example.test\t\t\t\t\t\r',
  },
  password_strength: {
    state: { ...HOME_STATE, screens: [{ name: 'home' }, { name: 'change_password' }] },
    keys: 'x\tcorrect horse',
  },
  client_keys: { state: keys, keys: 'jjj' },
  client_key: { state: overKeys({ name: 'client_key', key_id: CLIENT_KEYS[3]!.key_id }) },
  client_keys_none: {
    state: {
      ...keys,
      client_keys: {
        ...clientKeysState([]),
        query: { ...clientKeysState([]).query, search: 'zz' },
        shown_key: queryKey({ ...clientKeysState([]).query, search: 'zz' }),
      },
    },
  },
  client_keys_fixed: { state: keys, keys: 'x' },
  client_key_menu: { state: keys, keys: 'jx' },
  edit_client_key: {
    state: overKeys({ name: 'edit_client_key', key_id: CLIENT_KEYS[3]!.key_id }),
    keys: ' ',
  },
  create_client_key: { state: overKeys({ name: 'create_client_key' }), keys: 'build machine\t9999\r' },
  new_client_key: {
    state: overKeys({ name: 'create_client_key' }),
    keys: 'build machine\r',
    answered: true,
  },
  rotate_client_key: { state: rotates(1), keys: '\x150' },
  rotate_client_key_again: {
    state: rotates(3),
    effects: { keyInUse: () => CLIENT_KEYS[3]!.key_id },
  },
  next_client_key: { state: rotates(1), keys: '\r', answered: true },
  // With a pin, on the server's own machine: as long as it gets.
  next_client_key_long: {
    state: rotates(1),
    keys: '\r',
    answered: true,
    effects: {
      rotateClientKey: () => {
        const client_key = clientKey({
          name: '東京タワー東京タワー山田太郎',
          expires_at: NOW + 86_400_000,
        });
        const connection_key = `${client_key.key_id}.${NEW_KEY}`;
        const connection_string = `portcullis://127.0.0.1:17777?key=${connection_key}&pin=sha256-${NEW_KEY}`;
        return Promise.resolve({ ok: true, value: { client_key, connection_key, connection_string } });
      },
    },
  },
  confirm_revoke_key: {
    state: { ...keys, password_checked_at: null },
    keys: 'jDbuild machine\t',
    effects: { keyInUse: () => clientKey().key_id },
  },
  roles: { state: roles, keys: 'jjjj' },
  role: { state: overRoles({ name: 'role', role: longest!.role }) },
  role_built_in: { state: roles, keys: 'x\x1be' },
  role_menu: { state: roles, keys: 'jjjx' },
  create_role: { state: overRoles({ name: 'create_role' }), keys: 'editor\twrites the wiki\t ' },
  create_role_services: {
    state: overRoles({ name: 'create_role' }),
    keys: `editor${'\t'.repeat(15)}wiki:write Wiki:read `,
  },
  create_role_held: {
    state: {
      ...overRoles({ name: 'create_role' }),
      session: {
        ...ADMIN_SESSION,
        account: { ...ADMIN_SESSION.account, roles: ['user'] },
        permissions: ['roles.manage', 'users.read'],
      },
    },
    keys: 'editor\t\t\t',
  },
  confirm_create_role: {
    state: { ...overRoles({ name: 'create_role' }), password_checked_at: null },
    keys: `deputy${'\t'.repeat(7)} \rdeputy\t`,
  },
  edit_role: { state: overRoles({ name: 'edit_role', role: longest!.role }) },
  confirm_edit_role: {
    state: overRoles({ name: 'edit_role', role: 'editor' }),
    keys: '\t \t \r',
    answered: true,
  },
  confirm_delete_role: { state: roles, keys: 'jjjjjjD' },
  user_own_roles: { state: openClerk },
  user_own_roles_end: { state: openClerk, keys: 'G' },
  user_own_roles_menu: { state: openClerk, keys: 'x' },
  confirm_give_role: { state: { ...openUser, roles: rolesState() }, keys: 'xn' },
  filter_holds: { state: { ...users, roles: rolesState() }, keys: 'fheh' },
  users_own_roles: { state: { ...users, roles: rolesState() }, keys: ':users holds:editor\r' },

  undo: { state: users, keys: 'o' },
  locked: { state: { ...users, locked: true } },

  toast: { state: HOME_STATE, keys: '\x03' },
};

/** The scene as it is once everything is answered. */
async function played(
  { state, keys: typed = '', answered, effects = {}, stops_server = false }: Scene,
  look: RenderOptions,
): Promise<RenderedApp> {
  const app = renderApp({ ...look, state, effects, stops_server });
  app.press(typed);
  if (answered === true) await new Promise((resolve) => setTimeout(resolve, 5));
  return app;
}

const SIZES = [
  [40, 12],
  [60, 20],
  [80, 24],
  [120, 40],
  [200, 60],
] as const;
const LOOKS = SIZES.flatMap(([cols, rows]) =>
  (['en', 'ru'] as const).map((language) => ({ cols, rows, language })),
);
/** The two sizes that most people have, each in one of the languages. */
const isUsual = ({ cols, language }: (typeof LOOKS)[number]): boolean =>
  cols === (language === 'en' ? 80 : 120);
const USUAL_LOOKS = LOOKS.filter(isUsual);
/** The others take turns. */
const LOOKS_OF_TODAY = [...USUAL_LOOKS, ...ofToday(LOOKS.filter((look) => !isUsual(look)))];

describe('golden frames', () => {
  for (const [name, scene] of Object.entries(SCENES)) {
    for (const { cols, rows, language } of QUICK ? USUAL_LOOKS : LOOKS_OF_TODAY) {
      test(`${name} ${cols}x${rows} ${language}`, async () => {
        using app = await played(scene, { cols, rows, language });
        expect(faultsOf(app.frame(), cols, rows)).toEqual([]);
        await expect(`${app.text().replace(/ +$/gm, '')}\n`).toMatchFileSnapshot(
          `../../golden/${cols}x${rows}/${language}/${name}.txt`,
        );
      });
    }
  }
});

describe('looks', () => {
  for (const [name, scene] of ofToday(Object.entries(SCENES))) {
    test(`${name} has no colour in mono, and the same text`, async () => {
      using colour = await played(scene, {});
      using mono = await played(scene, { theme: 'mono' });
      // Blanks at a row's end are kept where they have a style.
      // The menu of looks marks the one that is in force.
      const bare = (text: string): string =>
        text.replaceAll(/(The terminal’s own colours|No colours)( +)✓/g, '$1$2 ').replace(/ +$/gm, '');
      expect(bare(mono.text())).toBe(bare(colour.text()));
      expect(mono.frame()).not.toMatch(/\x1b\[(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;|m)/);
    });
    test(`${name} has no sign of ours beyond ASCII with --ascii`, async () => {
      using app = await played(scene, { ascii: true });
      expect(faultsOf(app.frame(), 80, 24)).toEqual([]);
      // What is left is foreign text: names in other scripts.
      expect(app.text().replace(/[\p{Script=Cyrillic}\p{Script=Han}\p{Script=Katakana}ー]/gu, '')).toMatch(
        /^[\x20-\x7e\n]*$/,
      );
    });
  }
});

describe('small screens', () => {
  test.each([
    [39, 20],
    [80, 11],
    [20, 5],
    [4, 2],
  ])('%ix%i shows a notice and keeps what was typed', (cols, rows) => {
    using app = renderApp({ state: {} });
    app.press('anna');
    app.resize(cols, rows);
    expect(faultsOf(app.frame(), cols, rows)).toEqual([]);
    expect(app.text()).not.toContain('Login');
    app.resize(80, 24);
    expect(app.text()).toContain('anna');
  });
});
