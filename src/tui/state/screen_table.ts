/**
 * The table of screens. Tabs, the command line, the status bar, the keys that count, what is read when a screen opens, where
 * it may be opened from and who may be there derive from an entry; its component is asked for by screens/screen_views.ts.
 */
import type { Permission } from '../../protocol/index.js';
import type { MessageKey } from '../i18n/index.js';
import type { ActionId, Place } from '../input/index.js';
import type { ListName } from './list_table.js';

type TabOf<A> = A extends `tab_${infer T}` ? T : never;
/** The tabs that have a key; their words are `tab_…`, too. */
export type Tab = TabOf<ActionId>;

/** What effects can read for a screen: a list, or the one account that it shows. */
export type Load = ListName | 'user';

type ScreenEntry = {
  readonly title: MessageKey;
  /** Who may be there. */
  readonly access: 'anyone' | 'signed_in' | Permission;
  /** The tab that is lit; null where there are none. */
  readonly tab: Tab | null;
  /** Screens over which it may be laid; 'tab' when the key of its tab leads there, 'root' when only the program does. */
  readonly from: 'tab' | 'root' | readonly string[];
  /** What has to be said about it besides its name. */
  readonly needs?: 'account_id' | 'key_id' | 'role';
  /** Its word behind `:`, with an example of what may follow. */
  readonly word?: { readonly word: string; readonly rest: string; readonly others: readonly string[] };
  /** The list whose question is asked behind its word. */
  readonly list?: ListName;
  /** Places of the keymap that count there, the first one first. Forms bring their own. */
  readonly keys: readonly Place[];
  /** What is read when it opens, and when it is refreshed. Lists that can be asked read what they show by themselves. */
  readonly loads: readonly Load[];
};

/** `from` names screens of the table itself, and those who come from somewhere have one. */
type Table<T> = {
  readonly [N in keyof T]: ScreenEntry & { readonly from: 'tab' | 'root' | readonly (keyof T)[] };
};
const table = <const T extends Table<T>>(entries: T): T => entries;

export const SCREENS = table({
  sign_in: { title: 'sign_in_title', access: 'anyone', tab: null, from: 'root', keys: [], loads: [] },
  connect: { title: 'connect_title', access: 'anyone', tab: null, from: ['sign_in'], keys: [], loads: [] },
  register: { title: 'register_title', access: 'anyone', tab: null, from: ['sign_in'], keys: [], loads: [] },
  redeem: { title: 'redeem_title', access: 'anyone', tab: null, from: ['sign_in'], keys: [], loads: [] },
  home: {
    title: 'tab_home',
    access: 'signed_in',
    tab: 'home',
    from: 'tab',
    word: { word: 'home', rest: '', others: [] },
    keys: ['pane', 'list', 'copy', 'home'],
    loads: ['sessions', 'history'],
  },
  edit_profile: {
    title: 'edit_profile_title',
    access: 'signed_in',
    tab: 'home',
    from: ['home'],
    keys: [],
    loads: [],
  },
  change_password: {
    title: 'change_password_title',
    access: 'signed_in',
    tab: 'home',
    from: ['home'],
    keys: [],
    loads: [],
  },
  users: {
    title: 'users_title',
    access: 'users.read',
    tab: 'admin',
    from: 'tab',
    word: { word: 'users', rest: '/iva role:admin status:active sort:-last', others: ['admin'] },
    list: 'users',
    keys: ['list', 'table', 'copy', 'users', 'user', 'global'],
    // The list reads what it shows by itself; of roles it offers all that there are.
    loads: ['roles'],
  },
  user: {
    title: 'users_title',
    access: 'users.read',
    tab: 'admin',
    from: ['users'],
    needs: 'account_id',
    keys: ['list', 'copy', 'user', 'global'],
    // What an account may do follows from its roles.
    loads: ['user', 'roles'],
  },
  edit_user: {
    title: 'edit_user_title',
    access: 'users.update',
    tab: 'admin',
    from: ['users', 'user'],
    needs: 'account_id',
    keys: [],
    loads: [],
  },
  create_user: {
    title: 'create_user_title',
    access: 'users.create',
    tab: 'admin',
    from: ['users'],
    keys: [],
    loads: [],
  },
  roles: {
    title: 'roles_title',
    access: 'users.read',
    tab: 'admin',
    from: ['users'],
    word: { word: 'roles', rest: '/wiki sort:-changed', others: ['permissions'] },
    list: 'roles',
    keys: ['list', 'table', 'copy', 'roles', 'global'],
    loads: ['roles'],
  },
  role: {
    title: 'roles_title',
    access: 'users.read',
    tab: 'admin',
    from: ['roles'],
    needs: 'role',
    keys: ['list', 'copy', 'roles', 'global'],
    loads: ['roles'],
  },
  create_role: {
    title: 'create_role_title',
    access: 'roles.manage',
    tab: 'admin',
    from: ['roles'],
    keys: [],
    loads: [],
  },
  edit_role: {
    title: 'edit_role_title',
    access: 'roles.manage',
    tab: 'admin',
    from: ['roles', 'role'],
    needs: 'role',
    keys: [],
    loads: [],
  },
  client_keys: {
    title: 'client_keys_title',
    access: 'clients.manage',
    tab: 'admin',
    from: ['users'],
    word: { word: 'keys', rest: '/build', others: ['clients'] },
    list: 'client_keys',
    keys: ['list', 'table', 'copy', 'client_keys', 'global'],
    // When they were used last and which have ended is another thing each time.
    loads: ['client_keys'],
  },
  client_key: {
    title: 'client_keys_title',
    access: 'clients.manage',
    tab: 'admin',
    from: ['client_keys'],
    needs: 'key_id',
    keys: ['list', 'copy', 'client_keys', 'global'],
    loads: ['client_keys'],
  },
  create_client_key: {
    title: 'create_client_key_title',
    access: 'clients.manage',
    tab: 'admin',
    from: ['client_keys'],
    keys: [],
    loads: [],
  },
  edit_client_key: {
    title: 'edit_client_key_title',
    access: 'clients.manage',
    tab: 'admin',
    from: ['client_keys', 'client_key'],
    needs: 'key_id',
    keys: [],
    loads: [],
  },
  rotate_client_key: {
    title: 'rotate_client_key_title',
    access: 'clients.manage',
    tab: 'admin',
    from: ['client_keys', 'client_key'],
    needs: 'key_id',
    keys: [],
    loads: [],
  },
});

export type ScreenName = keyof typeof SCREENS;
type NeedsOf<N extends ScreenName> = (typeof SCREENS)[N] extends { readonly needs: infer P extends string }
  ? Readonly<Record<P, string>>
  : unknown;
/** A screen with what has to be said about it, such as whose account it shows. */
export type ScreenOf<N extends ScreenName> = { readonly name: N } & NeedsOf<N>;
export type Screen = { [N in ScreenName]: ScreenOf<N> }[ScreenName];

/** Where everyone begins, and where signing in leads. */
export const SIGNED_OUT_SCREEN: Screen = { name: 'sign_in' };
export const SIGNED_IN_SCREEN: Screen = { name: 'home' };

export const SCREEN_NAMES = Object.keys(SCREENS) as readonly ScreenName[];

/** Returns the entry of a screen, without what only the entry of a known one has. */
export const screenEntry = (name: ScreenName): ScreenEntry => SCREENS[name];

/** Returns true when who has these permissions may be there; null is nobody. */
export function mayBeAt(name: ScreenName, permissions: readonly Permission[] | null): boolean {
  const { access } = screenEntry(name);
  if (access === 'anyone') return true;
  return permissions !== null && (access === 'signed_in' || permissions.includes(access));
}

export type TabEntry = { readonly tab: Tab; readonly screen: Screen };

/** Returns the tabs of someone with these permissions, in the order of the table. */
export const tabsOf = (permissions: readonly Permission[] | null): readonly TabEntry[] =>
  SCREEN_NAMES.flatMap((name) => {
    const { tab, from } = screenEntry(name);
    return tab === null || from !== 'tab' || !mayBeAt(name, permissions)
      ? []
      : [{ tab, screen: plainScreen(name) }];
  });

/**
 * Returns a screen about which nothing but its name has to be said, such as tabs and words lead to. A test goes through
 * all of these.
 */
export const plainScreen = (name: ScreenName): Screen => ({ name }) as Screen;
