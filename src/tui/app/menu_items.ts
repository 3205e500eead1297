/** What the menus hold. Items change the state by its pure changes; what they start is confirmed elsewhere. */
import { ROLE_NAMES, type Account, type ClientKeyRecord, type Role } from '../../protocol/index.js';
import { ago, LANGUAGES, type Said, type Translate } from '../i18n/index.js';
import { copyOne, filterWords } from '../components/index.js';
import type { Keymap } from '../input/index.js';
import type { Clipboard } from '../services/index.js';
import { suspendAtOnce } from './suspend_at_once.js';
import { clientKeyActs, knownClientKey, knownUser } from '../screens/index.js';
import type { Effects } from '../effects/index.js';
import {
  asksBeforeSuspending,
  LISTS,
  listSpec,
  openOverlay,
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
  /** What the menu is about where it is about a list. */
  readonly list: ListName | null;
};

export function menuOf(deps: MenuDeps): { readonly title: string; readonly items: readonly MenuItem[] } {
  const { t, menu, store, account_id, key_id, list } = deps;
  switch (menu) {
    case 'sort':
      return { title: t('menu_sort'), items: list === null ? [] : sortItems(deps, list) };
    case 'filters':
      return { title: t('menu_filters'), items: list === null ? [] : filterItems(deps, list) };
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
  const { t, state } = deps;
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
        run: ask({ filters: { ...filters, [name]: nextOf(filter.values, value) } }),
      };
    }),
    { letter: 'c', label: t('menu_clear'), run: ask({ filters: first_query.filters }) },
  ];
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

function userItems({ t, state, store, effects, now, keymap }: MenuDeps, account: Account): MenuItem[] {
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
    for (const role of ROLE_NAMES) {
      if (role !== 'user') items.push(roleItem(t, account, role, confirm));
    }
  }
  if (may.has('users.delete'))
    items.push({ letter: 'D', label: t('act_delete'), run: confirm({ kind: 'delete', account }) });
  return items;
}

function clientKeyItems({ t, store, effects, now }: MenuDeps, key: ClientKeyRecord): MenuItem[] {
  const { rotate, revoke } = clientKeyActs(store, effects, key, now());
  return [
    { letter: 'r', label: t('act_rotate'), run: rotate },
    { letter: 'D', label: t('act_revoke'), run: revoke },
  ];
}

function roleItem(
  t: Translate,
  account: Account,
  role: Role,
  confirm: (act: ConfirmAct) => () => void,
): MenuItem {
  const has = account.roles.includes(role);
  const kind = has ? 'unassign_role' : 'assign_role';
  return {
    letter: role.charAt(0),
    label: t(has ? 'act_unassign' : 'act_assign', { role: t(`role_${role}`) }),
    run: confirm({ kind, account, role }),
  };
}
