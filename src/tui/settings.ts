/**
 * The settings file of the interface, `$XDG_CONFIG_HOME/portcullis/tui.json` (or under ~/.config): language, theme, keys and
 * the like. Read before the first paint, so it is checked by hand instead of loading a schema library. Whatever is wrong
 * with it is said in one sentence, and the program doesn't start with half of it.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isLanguage, type Language } from './i18n/message.js';
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

/** What the file says; a sentence when it says something impossible. Without a file all is at its default. */
export function readSettings(env: Environment): Settings | string {
  const path = settingsPath(env);
  let text = '{}';
  if (path !== null) {
    try {
      const stats = statSync(path);
      const { mode, size, uid } = stats;
      if (!stats.isFile()) return `${path} is no file.`;
      if (uid !== 0 && uid !== (process.geteuid?.() ?? uid)) return `${path} belongs to someone else.`;
      // It decides what keys do, so nobody else may write it.
      if ((mode & WRITABLE_BY_OTHERS) !== 0)
        return `${path} can be written by others. Run: chmod 600 ${path}.`;
      if (size > FILE_BYTES_MAX) return `${path} is too large.`;
      // Some editors put a mark in front, which is no JSON.
      text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') return `${path} cannot be read (${String(code)}).`;
    }
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `${path ?? 'The settings file'} is not JSON.`;
  }
  const checked = checkSettings(value);
  return typeof checked === 'string' ? `${path ?? 'The settings file'}: ${checked}` : checked;
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

/** As `readSettings`, of what the file holds. */
export function checkSettings(value: unknown): Settings | string {
  if (!isObject(value)) return 'it has to hold one JSON object.';
  const strange = Object.keys(value).find((name) => !(NAMES as readonly string[]).includes(name));
  if (strange !== undefined) return `"${strange}" is not a setting; there are ${NAMES.join(', ')}.`;
  const { language, theme, ascii, accessible, idle_lock_minutes, ask_before_quitting, keys } = value;
  if (language !== undefined && !(typeof language === 'string' && isLanguage(language))) {
    return '"language" has to be "en" or "ru".';
  }
  if (theme !== undefined && !(typeof theme === 'string' && (theme === 'auto' || isThemeName(theme)))) {
    return `"theme" has to be auto, ${THEME_NAMES.join(', ')}.`;
  }
  if (ascii !== undefined && typeof ascii !== 'boolean') return '"ascii" has to be true or false.';
  if (accessible !== undefined && typeof accessible !== 'boolean') {
    return '"accessible" has to be true or false.';
  }
  if (idle_lock_minutes !== undefined && !isMinutes(idle_lock_minutes)) {
    return `"idle_lock_minutes" has to be a number from 0 (never) to ${IDLE_LOCK_MINUTES_MAX}.`;
  }
  if (ask_before_quitting !== undefined && typeof ask_before_quitting !== 'boolean') {
    return '"ask_before_quitting" has to be true or false.';
  }
  const keymap = readKeys(keys ?? {});
  if (typeof keymap === 'string') return keymap;
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

const isMinutes = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= IDLE_LOCK_MINUTES_MAX;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isAction = (name: string): name is ActionId => (ACTION_IDS as readonly string[]).includes(name);

function readKeys(value: unknown): Keymap | string {
  if (!isObject(value)) return '"keys" has to be an object of actions and their keys.';
  const own: Partial<Record<ActionId, readonly string[]>> = {};
  for (const [name, keys] of Object.entries(value)) {
    if (!isAction(name))
      return `"keys" names the action "${name}", which there is none of; see docs/keys.md.`;
    const list: unknown = typeof keys === 'string' ? [keys] : keys;
    if (!Array.isArray(list) || list.length === 0 || !list.every((key) => typeof key === 'string')) {
      return `"keys" has to give ${name} a key, or a list of keys.`;
    }
    const wrong = list.find((key) => !isKeyName(key));
    if (wrong !== undefined)
      return `"keys" gives ${name} the key "${wrong}", which is none; see docs/keys.md.`;
    own[name] = list;
  }
  try {
    return new Keymap(own);
  } catch (error) {
    if (error instanceof KeyConflict) return error.message;
    throw error;
  }
}
