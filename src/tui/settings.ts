/**
 * The settings file of the interface, `$XDG_CONFIG_HOME/portcullis/tui.json` (or under ~/.config): language, theme, keys and
 * the like. Read before the first paint, so it is checked by hand instead of loading a schema library. Whatever is wrong
 * with it is said in one sentence, which stands in the commands' dictionaries, and the program doesn't start with half of it.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isLanguage, LANGUAGES, type Language } from './i18n/message.js';
import { ACTION_IDS, type ActionId, isKeyName, KeyConflict, Keymap } from './input/index.js';
import { isThemeName, THEME_NAMES, type ThemeName } from './theme/theme_name.js';

export type Settings = {
  readonly language: Language | null;
  readonly theme: ThemeName | 'auto' | null;
  readonly ascii: boolean | null;
  readonly accessible: boolean | null;
  /** Minutes without a key until everything is hidden; null for never. */
  readonly idle_lock_minutes: number | null;
  /** Null for the default: `q` where there is nowhere to go back to asks. */
  readonly ask_before_quitting: boolean | null;
  readonly keymap: Keymap;
};

/** What is wrong with the file. */
export type SettingsFault = {
  readonly fault:
    | 'no_file'
    | 'of_another'
    | 'writable'
    | 'too_large'
    | 'unreadable'
    | 'not_json'
    | 'no_object'
    | 'no_setting'
    | 'takes_one_of'
    | 'takes_truth'
    | 'takes_minutes'
    | 'keys_no_object'
    | 'no_action'
    | 'action_keys'
    | 'no_key'
    | 'key_twice';
  readonly params: Readonly<Record<string, string | number>>;
  /** Of a name that there is none of: what it may have been meant to be. */
  readonly near?: { readonly typed: string; readonly among: readonly string[] };
};

type Environment = Readonly<Record<string, string | undefined>>;

const IDLE_LOCK_MINUTES_MAX = 24 * 60;
/** Far more than every key of the table twice. */
const FILE_BYTES_MAX = 64 * 1024;
const WRITABLE_BY_OTHERS = 0o022;

/** Where the file is looked for; null where there is no home. */
export function settingsPath(env: Environment): string | null {
  const base = env['XDG_CONFIG_HOME'];
  if (base?.startsWith('/') === true) return join(base, 'portcullis', 'tui.json');
  const home = env['HOME'];
  return home === undefined || home === '' ? null : join(home, '.config', 'portcullis', 'tui.json');
}

/** What the file says, or what is wrong with it. Without a file all is at its default. */
export function readSettings(env: Environment): Settings | SettingsFault {
  const path = settingsPath(env);
  let text = '{}';
  if (path !== null) {
    try {
      const stats = statSync(path);
      const { mode, size, uid } = stats;
      if (!stats.isFile()) return { fault: 'no_file', params: { path } };
      if (uid !== 0 && uid !== (process.geteuid?.() ?? uid)) return { fault: 'of_another', params: { path } };
      // It decides what keys do, so nobody else may write it.
      if ((mode & WRITABLE_BY_OTHERS) !== 0) return { fault: 'writable', params: { path } };
      if (size > FILE_BYTES_MAX) return { fault: 'too_large', params: { path } };
      // Some editors put a mark in front, which is no JSON.
      text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      if (code !== 'ENOENT' && code !== 'ENOTDIR')
        return { fault: 'unreadable', params: { path, cause: String(code) } };
    }
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: 'not_json', params: { path: path ?? 'tui.json' } };
  }
  const checked = checkSettings(value);
  return 'fault' in checked
    ? { ...checked, params: { ...checked.params, path: path ?? 'tui.json' } }
    : checked;
}

const NAMES = [
  'language',
  'theme',
  'ascii',
  'accessible',
  'idle_lock_minutes',
  'ask_before_quitting',
  'keys',
] as const;

const oneOf = (name: string, value: unknown, among: readonly string[]): SettingsFault => ({
  fault: 'takes_one_of',
  params: { name, words: among.join(', ') },
  ...(typeof value === 'string' ? { near: { typed: value, among } } : {}),
});

/** As `readSettings`, of what the file holds; what is wrong doesn't say in which. */
export function checkSettings(value: unknown): Settings | SettingsFault {
  if (!isObject(value)) return { fault: 'no_object', params: {} };
  const strange = Object.keys(value).find((name) => !(NAMES as readonly string[]).includes(name));
  if (strange !== undefined)
    return {
      fault: 'no_setting',
      params: { name: strange, names: NAMES.join(', ') },
      near: { typed: strange, among: NAMES },
    };
  const { language, theme, ascii, accessible, idle_lock_minutes, ask_before_quitting, keys } = value;
  if (language !== undefined && !(typeof language === 'string' && isLanguage(language))) {
    return oneOf('language', language, LANGUAGES);
  }
  if (theme !== undefined && !(typeof theme === 'string' && (theme === 'auto' || isThemeName(theme)))) {
    return oneOf('theme', theme, ['auto', ...THEME_NAMES]);
  }
  if (ascii !== undefined && typeof ascii !== 'boolean') return takesTruth('ascii');
  if (accessible !== undefined && typeof accessible !== 'boolean') return takesTruth('accessible');
  if (idle_lock_minutes !== undefined && !isMinutes(idle_lock_minutes)) {
    return { fault: 'takes_minutes', params: { name: 'idle_lock_minutes', max: IDLE_LOCK_MINUTES_MAX } };
  }
  if (ask_before_quitting !== undefined && typeof ask_before_quitting !== 'boolean') {
    return takesTruth('ask_before_quitting');
  }
  const keymap = readKeys(keys ?? {});
  if (!(keymap instanceof Keymap)) return keymap;
  return {
    language: language ?? null,
    theme: theme ?? null,
    ascii: ascii ?? null,
    accessible: accessible ?? null,
    idle_lock_minutes: idle_lock_minutes === undefined || idle_lock_minutes === 0 ? null : idle_lock_minutes,
    ask_before_quitting: ask_before_quitting ?? null,
    keymap,
  };
}

const takesTruth = (name: string): SettingsFault => ({ fault: 'takes_truth', params: { name } });

const isMinutes = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= IDLE_LOCK_MINUTES_MAX;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isAction = (name: string): name is ActionId => (ACTION_IDS as readonly string[]).includes(name);

function readKeys(value: unknown): Keymap | SettingsFault {
  if (!isObject(value)) return { fault: 'keys_no_object', params: {} };
  const own: Partial<Record<ActionId, readonly string[]>> = {};
  for (const [name, keys] of Object.entries(value)) {
    if (!isAction(name))
      return { fault: 'no_action', params: { name }, near: { typed: name, among: ACTION_IDS } };
    const list: unknown = typeof keys === 'string' ? [keys] : keys;
    if (!Array.isArray(list) || list.length === 0 || !list.every((key) => typeof key === 'string')) {
      return { fault: 'action_keys', params: { name } };
    }
    const wrong = list.find((key) => !isKeyName(key));
    if (wrong !== undefined) return { fault: 'no_key', params: { name, key: wrong } };
    own[name] = list;
  }
  try {
    return new Keymap(own);
  } catch (error) {
    if (!(error instanceof KeyConflict)) throw error;
    const [first, second] = error.actions;
    return { fault: 'key_twice', params: { key: error.key, first, second } };
  }
}
