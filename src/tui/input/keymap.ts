/**
 * The one table of keys. Footer, help overlay and docs/keys.md derive from it; what an action does is said by whoever
 * has the focus. Keys are written as `a`, `A`, `?`, `enter`, `C-c`, `M-left`, `S-tab`.
 */
import { commandName, type KeyPress } from './key_event.js';
import { russianByPosition } from './russian_layout.js';

/** Where a binding counts. Several places can be in force at once; the topmost layer decides first. */
export const PLACES = [
  'global',
  'form',
  'field',
  'area',
  'notice',
  'choice',
  'list',
  'pane',
  'copy',
  'home',
  'table',
  'users',
  'user',
  'client_keys',
  'roles',
  'search',
  'confirm',
  'help',
  'palette',
] as const;
export type Place = (typeof PLACES)[number];

type Spec = {
  readonly place: Place;
  readonly keys: readonly string[];
  /** Rank in the footer, highest first; 0 keeps it in the help only. */
  readonly rank: number;
  /** A key of it that the settings give to another action of the place is that one's. */
  readonly yields?: true;
};

const spec = (place: Place, keys: readonly string[], rank = 0): Spec => ({ place, keys, rank });

/** The keys of columns came late: who gave one of these to something else keeps it. */
const byColumn = (key: string): Spec => ({ ...spec('table', [key]), yields: true });

/**
 * What lies behind a punctuation key has a letter as well: on the Russian layout that key types another character, or sits
 * elsewhere, while letters are known by their place.
 */
export const KEY_ACTIONS = {
  help: spec('global', ['?', 'f1', 'h'], 20),
  back: spec('global', ['escape'], 18),
  palette: spec('global', [':', 'C-p', 'm'], 12),
  undo: spec('global', ['u'], 88),
  quit: spec('global', ['q'], 5),
  interrupt: spec('global', ['C-c'], 4),
  tab_home: spec('global', ['1'], 0),
  tab_admin: spec('global', ['5'], 0),
  language: spec('global', ['L'], 0),
  accounts: spec('global', ['A'], 0),
  dismiss: spec('global', ['d'], 0),
  redraw: spec('global', ['C-l'], 0),
  suspend: spec('global', ['C-z'], 0),
  retry_now: spec('global', ['t', 'C-t'], 65),

  next_field: spec('form', ['tab', 'down'], 90),
  previous_field: spec('form', ['S-tab', 'up'], 0),
  submit: spec('form', ['enter'], 95),
  reveal: spec('form', ['C-r'], 60),
  toggle: spec('form', ['space'], 96),

  field_left: spec('field', ['left', 'C-b']),
  field_right: spec('field', ['right', 'C-f']),
  field_home: spec('field', ['home', 'C-a']),
  field_end: spec('field', ['end', 'C-e']),
  field_word_left: spec('field', ['C-left', 'M-left', 'M-b']),
  field_word_right: spec('field', ['C-right', 'M-right', 'M-f']),
  field_backspace: spec('field', ['backspace']),
  field_delete: spec('field', ['delete']),
  field_word_back: spec('field', ['C-w', 'M-backspace', 'C-backspace']),
  field_kill_left: spec('field', ['C-u']),
  field_kill_right: spec('field', ['C-k']),

  new_line: spec('area', ['M-enter', 'S-enter'], 93),
  area_up: spec('area', ['up']),
  area_down: spec('area', ['down']),

  close: spec('notice', ['enter'], 90),
  choose: spec('choice', ['enter'], 84),

  up: spec('list', ['up', 'k'], 0),
  down: spec('list', ['down', 'j'], 85),
  top: spec('list', ['home', 'g']),
  bottom: spec('list', ['end', 'G']),
  page_up: spec('list', ['pageup', 'C-u']),
  page_down: spec('list', ['pagedown', 'C-d']),
  open: spec('list', ['enter'], 84),

  next_pane: spec('pane', ['tab'], 86),
  previous_pane: spec('pane', ['S-tab']),

  copy: spec('copy', ['y'], 55),

  edit_profile: spec('home', ['e'], 70),
  change_password: spec('home', ['p'], 69),
  end_session: spec('home', ['x'], 68),
  end_other_sessions: spec('home', ['X'], 40),
  sign_out: spec('home', ['o'], 50),
  home_refresh: spec('home', ['r'], 30),

  search: spec('table', ['/', 'l'], 78),
  filters: spec('table', ['f'], 60),
  sort: spec('table', ['s'], 58),
  reverse: spec('table', ['o'], 0),
  sort_by_account: byColumn('U'),
  sort_by_name: byColumn('N'),
  sort_by_email: byColumn('E'),
  sort_by_role: byColumn('R'),
  sort_by_state: byColumn('S'),
  sort_by_last: byColumn('T'),
  sort_by_created: byColumn('C'),
  sort_by_id: byColumn('I'),
  sort_by_count: byColumn('M'),
  sort_by_changed: byColumn('H'),
  mark: spec('table', ['space'], 79),
  mark_range: spec('table', ['v'], 0),
  mark_all: spec('table', ['*', 'a'], 0),
  new_user: spec('users', ['n'], 74),
  clear_filter: spec('table', ['c'], 0),
  users_refresh: spec('users', ['r'], 30),
  client_keys: spec('users', ['K'], 57),
  roles: spec('users', ['P'], 56),

  user_actions: spec('user', ['x'], 76),
  edit_user: spec('user', ['e'], 75),
  delete_user: spec('user', ['D'], 0),
  user_refresh: spec('user', ['r'], 30),

  client_key_actions: spec('client_keys', ['x'], 76),
  edit_client_key: spec('client_keys', ['e'], 0),
  rotate_client_key: spec('client_keys', ['R'], 75),
  new_client_key: spec('client_keys', ['n'], 74),
  revoke_client_key: spec('client_keys', ['D'], 73),
  client_keys_refresh: spec('client_keys', ['r'], 30),

  role_actions: spec('roles', ['x'], 76),
  edit_role: spec('roles', ['e'], 75),
  new_role: spec('roles', ['n'], 74),
  delete_role: spec('roles', ['D'], 73),
  role_holders: spec('roles', ['w'], 72),
  roles_refresh: spec('roles', ['r'], 30),

  search_keep: spec('search', ['enter', 'tab', 'down'], 90),

  confirm_yes: spec('confirm', ['y'], 95),
  leave_running: spec('confirm', ['l'], 94),

  complete: spec('palette', ['tab'], 92),

  help_filter: spec('help', ['/', 'l'], 90),
} as const satisfies Record<string, Spec>;

export type ActionId = keyof typeof KEY_ACTIONS;
export const ACTION_IDS = Object.keys(KEY_ACTIONS) as readonly ActionId[];

export type Binding = {
  readonly id: ActionId;
  readonly place: Place;
  readonly keys: readonly string[];
  readonly rank: number;
};

/** Returns the key as the table writes it. */
export function keyName(key: KeyPress): string {
  const name = commandName(key);
  const named = name.length > 1;
  return `${key.ctrl ? 'C-' : ''}${key.alt ? 'M-' : ''}${key.shift && named ? 'S-' : ''}${name}`;
}

/** Returns true for a key that types a character where a text field has the focus. */
export const typesText = (key: string): boolean => key.length === 1 || key === 'space';

/** Returns true for a key that is another one on a layout with other letters: neither letter nor digit. */
export const isPunctuation = (key: string): boolean => /^[!-~]$/.test(key) && !/^[A-Za-z0-9]$/.test(key);

const isLetter = (key: string): boolean => /^[A-Za-z]$/.test(key);

type Own = Partial<Record<ActionId, readonly string[]>>;

function keysOf(id: ActionId, own: Own): readonly string[] {
  const { place, keys, yields }: Spec = KEY_ACTIONS[id];
  const chosen = own[id];
  if (chosen !== undefined || yields !== true) return chosen ?? keys;
  const taken = Object.entries(own).filter(([other]) => KEY_ACTIONS[other as ActionId].place === place);
  return keys.filter((key) => !taken.some(([, others]) => others.includes(key)));
}

/** The bindings in force: the table with the person's own keys in it. */
export class Keymap {
  readonly bindings: readonly Binding[];
  readonly #byPlace = new Map<Place, Map<string, ActionId>>();

  constructor(own: Own = {}) {
    this.bindings = ACTION_IDS.map((id) => ({ id, ...KEY_ACTIONS[id], keys: keysOf(id, own) }));
    for (const { id, place, keys } of this.bindings) {
      const table = this.#byPlace.get(place) ?? new Map<string, ActionId>();
      this.#byPlace.set(place, table);
      for (const key of keys) {
        const taken = table.get(key);
        if (taken !== undefined) throw new KeyConflict(key, taken, id);
        table.set(key, id);
      }
    }
  }

  /** Returns the keys of an action, the first one first. */
  keysOf(id: ActionId): readonly string[] {
    return this.bindings.find((binding) => binding.id === id)?.keys ?? [];
  }

  find(place: Place, key: string): ActionId | undefined {
    return this.#byPlace.get(place)?.get(key);
  }
}

/** Two actions of one place want the same key. */
export class KeyConflict extends Error {
  readonly key: string;
  readonly actions: readonly [ActionId, ActionId];

  constructor(key: string, ...actions: [ActionId, ActionId]) {
    super(`The key ${key} is bound twice: to ${actions.join(' and to ')}.`);
    this.name = 'KeyConflict';
    this.key = key;
    this.actions = actions;
  }
}

const SHOWN: Readonly<Record<string, string>> = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  enter: 'Enter',
  escape: 'Esc',
  tab: 'Tab',
  space: 'Space',
  backspace: 'Backspace',
  delete: 'Del',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
};

/** Which letters the keyboard types at the moment. */
export type Layout = 'latin' | 'russian';

/** Returns the layout that typed text tells of; null for what every layout has. */
export function layoutOf(text: string): Layout | null {
  if (/\p{Script=Cyrillic}/u.test(text)) return 'russian';
  return /[A-Za-z]/.test(text) ? 'latin' : null;
}

/** Returns the keys of a binding as they are written on this layout, the one to be shown first in front. */
export function keysOn(layout: Layout, keys: readonly string[]): readonly string[] {
  if (layout === 'latin') return keys.map(shownKey);
  const ordered = [...keys.filter((key) => !isPunctuation(key)), ...keys.filter(isPunctuation)];
  // A letter of the same place says more than a chord, where the first key is one that is elsewhere.
  const [first = ''] = keys;
  const [letter] = isPunctuation(first) ? keys.filter(isLetter) : [];
  const sorted = letter === undefined ? ordered : [letter, ...ordered.filter((key) => key !== letter)];
  return sorted.map((key) => (isLetter(key) ? russianByPosition(key) : shownKey(key)));
}

/** Returns the key as people write it: `Ctrl+R`, `Shift+Tab`, `F1`. */
export function shownKey(key: string): string {
  const [, modifiers = '', name = key] = /^((?:[CMS]-)*)(.+)$/.exec(key) ?? [];
  const shown = SHOWN[name] ?? (/^f\d+$/.test(name) ? name.toUpperCase() : name);
  const prefix = modifiers.replace('C-', 'Ctrl+').replace('M-', 'Alt+').replace('S-', 'Shift+');
  return prefix + (prefix.includes('Ctrl') && shown.length === 1 ? shown.toUpperCase() : shown);
}

const NAMED_KEY =
  /^(?:enter|tab|escape|space|backspace|delete|insert|home|end|pageup|pagedown|up|down|left|right|f(?:[1-9]|[12]\d|3[0-5]))$/;

/** Returns true for a key as the table writes it: `a`, `?`, `C-r`, `M-left`, `S-tab`. */
export function isKeyName(key: string): boolean {
  const [, modifiers = '', name = ''] = /^((?:[CMS]-)*)(.+)$/s.exec(key) ?? [];
  const single = Array.from(name).length === 1 && /^[!-~]$/.test(name);
  if (NAMED_KEY.test(name)) return true;
  // With Ctrl a terminal sends small letters; Shift alone makes another character.
  return single && !modifiers.includes('S-') && !(modifiers.includes('C-') && /[A-Z]/.test(name));
}
