/** What the menus hold. Items change the state by its pure changes; what they start is confirmed elsewhere. */
import {
  BUILT_IN_ROLE_NAMES,
  holds,
  permissionsOf,
  type RoleRecord,
  type Account,
  type ClientKeyRecord,
} from '../../protocol/index.js';
import { ago, LANGUAGES, roleWord, type Said, type Translate } from '../i18n/index.js';
import { copyOne, filterWords } from '../components/index.js';
import type { Keymap } from '../input/index.js';
import type { Clipboard } from '../services/index.js';
import { suspendAtOnce } from './suspend_at_once.js';
import {
  clientKeyActs,
  knownClientKey,
  knownRole,
  knownUser,
  mayManageRoles,
  roleActs,
} from '../screens/index.js';
import type { Effects } from '../effects/index.js';
import {
  asksBeforeSuspending,
  LISTS,
  listSpec,
  openOverlay,
  permitsOf,
  pushScreen,
  setMarks,
  setQuery,
  undoable,
  type AppState,
  type AppStore,
  type ConfirmAct,
  type ListName,
  type ListQuery,
  type MenuName,
  type PersonState,
  type QueryOf,
} from '../state/index.js';
import { THEME_NAMES, type ThemeName } from '../theme/index.js';

export type MenuItem = {
  readonly letter: string;
  readonly label: string;
  readonly value?: string;
  /** The menu stays open after it was chosen. */
  readonly stays?: boolean;
  readonly run: () => void;
};

export type MenuDeps = {
  readonly t: Translate;
  readonly state: AppState;
  readonly store: AppStore;
  readonly effects: Effects;
  readonly now: () => number;
  readonly clipboard: Clipboard;
  readonly keymap: Keymap;
  readonly menu: MenuName;
  readonly account_id: string | null;
  readonly key_id: string | null;
  readonly role: string | null;
  /** What the menu is about where it is about a list. */
  readonly list: ListName | null;
  readonly filter: string | null;
};

export function menuOf(deps: MenuDeps): { readonly title: string; readonly items: readonly MenuItem[] } {
  const { t, menu, store, account_id, key_id, list } = deps;
  switch (menu) {
    case 'sort':
      return { title: t('menu_sort'), items: list === null ? [] : sortItems(deps, list) };
    case 'filters':
      return { title: t('menu_filters'), items: list === null ? [] : filterItems(deps, list) };
    case 'filter_values':
      return filterValues(deps);
    case 'copy':
      return {
        title: t('menu_copy'),
        items: deps.clipboard.offered.map((item, at) => ({
          letter: String(at + 1),
          label: t(item.label),
          run: () => copyOne(item, deps),
        })),
      };
    case 'language':
      return { title: t('menu_language'), items: languageItems(deps) };
    case 'accounts':
      return { title: t('menu_accounts'), items: accountItems(deps) };
    case 'forget_account':
      return { title: t('menu_forget_account'), items: forgetItems(deps) };
    case 'bulk_actions':
      return {
        title: t('menu_bulk', { count: deps.state.person.lists.users.marks.size }),
        items: bulkItems(deps),
      };
    case 'client_key_actions': {
      const key = key_id === null ? null : knownClientKey(store, key_id);
      if (key === null) return { title: t('none'), items: [] };
      return {
        title: t('menu_actions', { name: LISTS.client_keys.name(key) }),
        items: clientKeyItems(deps, key),
      };
    }
    case 'role_actions': {
      const role = deps.role === null ? null : knownRole(store, deps.role);
      if (role === null) return { title: t('none'), items: [] };
      return { title: t('menu_actions', { name: roleWord(t, role.role) }), items: roleItems(deps, role) };
    }
    case 'user_actions': {
      const account = account_id === null ? null : knownUser(store, account_id);
      if (account === null) return { title: t('none'), items: [] };
      return { title: t('menu_actions', { name: account.account_name }), items: userItems(deps, account) };
    }
  }
}

/** Changes the question to a list; `u` brings the old one back. */
const asker =
  ({ state, store, now }: MenuDeps, list: ListName, said: Said | null) =>
  (change: Partial<ListQuery>) =>
  (): void => {
    // The change was taken from the list's own entry: its filters, their values, its orders.
    const query = { ...state.person.lists[list].query, ...change } as QueryOf<ListName>;
    store.setState(undoable(setQuery(list, query), said, now()));
  };

function sortItems(deps: MenuDeps, list: ListName): MenuItem[] {
  const { t, state } = deps;
  const { query } = state.person.lists[list];
  const ask = asker(deps, list, { key: 'undo_sorted' });
  return [
    ...Object.entries(listSpec(list).sorts).map(([sort, { letter, label, descending }]) => ({
      letter,
      label: t(label),
      value: query.sort === sort ? (query.descending ? '↓' : '↑') : '',
      run: ask({ sort, descending }),
    })),
    { letter: 'o', label: t('menu_reverse'), run: ask({ descending: !query.descending }) },
  ];
}

/** Returns the value after `value` in `any, …values, all but each of them`, round and round. */
function nextOf(values: readonly string[], value: string | null): string | null {
  const all = [...values, ...values.map((one) => `!${one}`)];
  const at = value === null ? -1 : all.indexOf(value);
  return all[at + 1] ?? null;
}

function filterItems(deps: MenuDeps, list: ListName): MenuItem[] {
  const { t, state, store } = deps;
  const { filters: specs, first_query } = listSpec(list);
  const filters: ListQuery['filters'] = state.person.lists[list].query.filters;
  // Silent: a message for each step of going round the values would be noise.
  const ask = asker(deps, list, null);
  return [
    ...Object.entries(specs).map(([name, filter]) => {
      const value = filters[name] ?? null;
      return {
        letter: filter.letter,
        label: t(filter.label),
        value: filterWords(t, filter, value),
        stays: true,
        // Of those that people make there may be too many to go round.
        run:
          filter.more === undefined
            ? ask({ filters: { ...filters, [name]: nextOf(filter.values, value) } })
            : () => store.setState(openOverlay({ name: 'menu', menu: 'filter_values', list, filter: name })),
      };
    }),
    { letter: 'c', label: t('menu_clear'), run: ask({ filters: first_query.filters }) },
  ];
}

/** The values of one filter. To choose the one that is asked for already leaves it out. */
function filterValues(deps: MenuDeps): { readonly title: string; readonly items: readonly MenuItem[] } {
  const { t, state, list, filter: name } = deps;
  const filter = list === null || name === null ? undefined : listSpec(list).filters[name];
  if (list === null || name === null || filter === undefined) return { title: t('none'), items: [] };
  const filters: ListQuery['filters'] = state.person.lists[list].query.filters;
  const asked = filters[name] ?? null;
  const ask = asker(deps, list, null);
  const values = [...filter.values, ...(filter.more?.known(state.person.roles) ?? [])];
  const letters = roleLetters(values, ['c']);
  const choose = (value: string | null): (() => void) => ask({ filters: { ...filters, [name]: value } });
  return {
    title: t(filter.label),
    items: [
      { letter: 'c', label: t('any'), value: asked === null ? '✓' : '', run: choose(null) },
      ...values.map((value, at) => ({
        letter: letters[at] ?? '',
        label: filter.word(t, value),
        value: asked === value ? '✓' : asked === `!${value}` ? filterWords(t, filter, asked) : '',
        run: choose(asked === value ? `!${value}` : value),
      })),
    ],
  };
}

const LANGUAGE_NAMES = { en: 'English', ru: 'Русский' } as const;
const LANGUAGE_LETTERS = { en: 'e', ru: 'r' } as const;

const THEME_LETTERS = {
  ansi: 't',
  mono: 'm',
  dark: 'd',
  light: 'l',
  'high-contrast': 'h',
} as const satisfies Record<ThemeName, string>;

/** Language and look: what `L` opens. */
function languageItems({ t, state, store, now }: MenuDeps): MenuItem[] {
  const languages = LANGUAGES.map((language) => ({
    letter: LANGUAGE_LETTERS[language],
    label: LANGUAGE_NAMES[language],
    value: state.language === language ? '✓' : '',
    run: () =>
      store.setState(undoable((before) => ({ ...before, language }), { key: 'undo_language' }, now())),
  }));
  const themes = THEME_NAMES.map((theme) => ({
    letter: THEME_LETTERS[theme],
    label: t(`theme_${theme}`),
    value: state.theme === theme ? '✓' : '',
    run: () => store.setState(undoable((before) => ({ ...before, theme }), { key: 'undo_theme' }, now())),
  }));
  return [...languages, ...themes];
}

/** Digits name them, as far as those go; the rest is reached with the arrows. */
const digitOf = (index: number): string => (index < 9 ? String(index + 1) : '');

/** Kept accounts of this server: what `A` opens. */
function accountItems({ t, state, store, effects, now }: MenuDeps): MenuItem[] {
  const accounts = effects.keptAccounts();
  const open = (menu: MenuName) => (): void => store.setState(openOverlay({ name: 'menu', menu }));
  return [
    ...accounts.map(({ id, account_name, current, used_at }, index) => ({
      letter: digitOf(index),
      label: account_name,
      value: current ? '✓' : ago(t, state.language, used_at, now()),
      run: () => {
        const outcome = current ? null : effects.switchAccount(id);
        if (outcome?.ok === false) effects.toast('error', { problem: outcome.problem });
      },
    })),
    { letter: 'n', label: t('act_sign_in_as_another'), run: () => effects.signInAsAnother() },
    ...(accounts.length === 0
      ? []
      : [{ letter: 'D', label: t('act_forget_account'), run: open('forget_account') }]),
  ];
}

function forgetItems({ store, effects }: MenuDeps): MenuItem[] {
  return effects.keptAccounts().map(({ id, account_name, current }, index) => ({
    letter: digitOf(index),
    label: account_name,
    value: current ? '✓' : '',
    run: () =>
      store.setState(openOverlay({ name: 'confirm', act: { kind: 'forget_account', id, account_name } })),
  }));
}

function bulkItems({ t, state, store, now }: MenuDeps): MenuItem[] {
  const targets = [...state.person.lists.users.marks];
  const may = new Set(state.person.session?.permissions ?? []);
  const confirm = (verb: 'suspend' | 'resume') => (): void =>
    store.setState(openOverlay({ name: 'confirm', act: { kind: 'bulk', verb, targets } }));
  return [
    ...(may.has('users.suspend')
      ? [
          { letter: 's', label: t('act_suspend'), run: confirm('suspend') },
          { letter: 'r', label: t('act_resume'), run: confirm('resume') },
        ]
      : []),
    {
      letter: 'c',
      label: t('act_unmark'),
      run: () => store.setState(undoable(setMarks('users', new Map()), { key: 'undo_unmarked' }, now())),
    },
  ];
}

function userItems(deps: MenuDeps, account: Account): MenuItem[] {
  const { t, state, store, effects, now, keymap } = deps;
  const may = new Set(state.person.session?.permissions ?? []);
  const confirm = (act: ConfirmAct) => (): void => store.setState(openOverlay({ name: 'confirm', act }));
  const items: MenuItem[] = [];
  if (may.has('users.update')) {
    const { account_id } = account;
    items.push({
      letter: 'e',
      label: t('act_edit'),
      run: () => store.setState(pushScreen({ name: 'edit_user', account_id })),
    });
    items.push({
      letter: 'g',
      label: t('act_clear_throttle'),
      run: () => {
        void effects.clearThrottle(account_id).then((outcome) => {
          if (!outcome.ok) effects.toast('error', { problem: outcome.problem });
          else effects.toast('ok', { key: 'throttle_cleared', params: { count: outcome.value } });
        });
      },
    });
  }
  if (may.has('users.suspend')) {
    items.push(
      account.status === 'suspended'
        ? { letter: 'r', label: t('act_resume'), run: confirm({ kind: 'resume', account }) }
        : asksBeforeSuspending(account, state.person.session)
          ? { letter: 's', label: t('act_suspend_asks'), run: confirm({ kind: 'suspend', account }) }
          : {
              letter: 's',
              label: t('act_suspend'),
              run: () => void suspendAtOnce(account, keymap, { store, effects, now }),
            },
    );
  }
  if (may.has('roles.assign')) {
    const all = state.person.roles?.map(({ role }) => role) ?? BUILT_IN_ROLE_NAMES;
    const offered = all.filter((role) => role !== 'user');
    const letters = roleLetters(offered, LETTERS_OF_ACTS);
    for (const [at, role] of offered.entries())
      items.push(roleItem(deps, account, role, letters[at] ?? '', confirm));
  }
  if (may.has('users.delete'))
    items.push({ letter: 'D', label: t('act_delete'), run: confirm({ kind: 'delete', account }) });
  return items;
}

function clientKeyItems({ t, store, effects, now }: MenuDeps, key: ClientKeyRecord): MenuItem[] {
  const { edit, rotate, revoke } = clientKeyActs(store, effects, key, now());
  return [
    { letter: 'e', label: t('act_edit_client_key'), run: edit },
    { letter: 'r', label: t('act_rotate'), run: rotate },
    { letter: 'D', label: t('act_revoke'), run: revoke },
  ];
}

function roleItems({ t, store, effects }: MenuDeps, role: RoleRecord): MenuItem[] {
  const { edit, remove, holders } = roleActs(store, effects, role);
  const who = { letter: 'w', label: t('act_role_holders'), run: holders };
  if (!mayManageRoles(store)) return [who];
  return [
    { letter: 'e', label: t('act_edit_role'), run: edit },
    who,
    { letter: 'D', label: t('act_delete_role'), run: remove },
  ];
}

/** What moves in a menu or leaves it: a role must not take it. */
const LETTERS_KEPT = ['g', 'G', 'h', 'j', 'k', 'q', 'u'];
/** What are acts on an account in one state or another: the roles keep theirs, whichever it is in. */
const LETTERS_OF_ACTS = ['e', 'r', 's', 'D'];
const ALPHABET = Array.from('abcdefghijklmnopqrstuvwxyz');
const LETTERS = [...ALPHABET, ...ALPHABET.map((letter) => letter.toUpperCase())];

/**
 * Returns a letter for each role: the first of its name that is free, else the next of the alphabet, small before large. Where
 * there are more roles than letters, the last ones are reached with the arrows.
 */
export function roleLetters(roles: readonly string[], taken: readonly string[]): readonly string[] {
  const used = new Set([...LETTERS_KEPT, ...taken]);
  return roles.map((role) => {
    const own = Array.from(role).filter((letter) => ALPHABET.includes(letter));
    const letter = [...own, ...LETTERS].find((one) => !used.has(one)) ?? '';
    used.add(letter);
    return letter;
  });
}

/** Returns what an account may do by this role alone, of all those that it holds or would hold. */
function permittedBy(role: string, account: Account, roles: PersonState['roles']): readonly string[] {
  const others = permissionsOf(
    account.roles.filter((other) => other !== role),
    (other) => permitsOf(roles, other) ?? [],
  );
  return (permitsOf(roles, role) ?? []).filter((permission) => !holds(others, permission));
}

function roleItem(
  { t, state }: MenuDeps,
  account: Account,
  role: string,
  letter: string,
  confirm: (act: ConfirmAct) => () => void,
): MenuItem {
  const has = account.roles.includes(role);
  const kind = has ? 'unassign_role' : 'assign_role';
  return {
    letter,
    label: t(has ? 'act_unassign' : 'act_assign', { role: roleWord(t, role) }),
    run: confirm({ kind, account, role, permissions: permittedBy(role, account, state.person.roles) }),
  };
}
