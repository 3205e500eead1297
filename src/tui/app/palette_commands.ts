/** What can be typed behind `:`, read into one closed union. Pure. */
import { ACCOUNT_STATUSES, ROLE_NAMES, type UserSort } from '../../protocol/index.js';
import { isLanguage, type Language } from '../i18n/index.js';
import { latinByPosition } from '../input/index.js';
import { FIRST_QUERY, type UsersQuery } from '../state/index.js';
import { isThemeName, THEME_NAMES, type ThemeName } from '../theme/index.js';

export type PaletteCommand =
  | { readonly kind: 'users'; readonly query: UsersQuery }
  | { readonly kind: 'home' | 'quit' | 'help' | 'sign_out' }
  | { readonly kind: 'language'; readonly language: Language }
  | { readonly kind: 'theme'; readonly theme: ThemeName }
  /** The first word that nobody knows. */
  | { readonly kind: 'unknown'; readonly word: string };

const SORTS = {
  login: 'account_name',
  account_name: 'account_name',
  created: 'created_at',
  created_at: 'created_at',
  last: 'last_seen_at',
  last_seen_at: 'last_seen_at',
} as const satisfies Record<string, UserSort>;

/** Every command with an example of what may follow, in the order in which they are offered. */
export const PALETTE_COMMANDS = [
  { word: 'users', rest: '/iva role:admin status:active sort:-last' },
  { word: 'home', rest: '' },
  { word: 'lang', rest: 'en|ru' },
  { word: 'theme', rest: THEME_NAMES.join('|') },
  { word: 'logout', rest: '' },
  { word: 'help', rest: '' },
  { word: 'q', rest: '' },
] as const;
export type PaletteWord = (typeof PALETTE_COMMANDS)[number]['word'];

const ALIASES: Readonly<Record<string, PaletteWord>> = {
  quit: 'q',
  exit: 'q',
  admin: 'users',
  signout: 'logout',
};

const isWord = (word: string): word is PaletteWord =>
  PALETTE_COMMANDS.some((command) => command.word === word);

/** The command's word: as typed, or as the same keys give it on a Latin layout. */
function wordOf(typed: string): PaletteWord | null {
  const latin = Array.from(typed, latinByPosition).join('');
  for (const word of [typed.toLowerCase(), latin.toLowerCase()]) {
    const known = ALIASES[word] ?? word;
    if (isWord(known)) return known;
  }
  return null;
}

/** What the line asks for; a leading colon is allowed. */
export function parsePalette(line: string): PaletteCommand {
  const [first = '', ...rest] = line.trim().replace(/^:/, '').trim().split(/\s+/);
  const word = wordOf(first);
  const [value = ''] = rest;
  switch (word) {
    case null:
      return { kind: 'unknown', word: first };
    case 'users':
      return usersCommand(rest);
    case 'home':
      return { kind: 'home' };
    case 'help':
      return { kind: 'help' };
    case 'q':
      return { kind: 'quit' };
    case 'logout':
      return { kind: 'sign_out' };
    case 'lang':
      return isLanguage(value) ? { kind: 'language', language: value } : { kind: 'unknown', word: value };
    case 'theme':
      return isThemeName(value) ? { kind: 'theme', theme: value } : { kind: 'unknown', word: value };
  }
}

function usersCommand(parts: readonly string[]): PaletteCommand {
  let query: UsersQuery = FIRST_QUERY;
  const search: string[] = [];
  for (const part of parts) {
    const [name = '', value = ''] = part.split(/:(.*)/s);
    if (part.startsWith('/')) search.push(part.slice(1));
    else if (name === 'role' || name === 'status') {
      const filter = filterOf(name, value);
      if (filter === null) return { kind: 'unknown', word: part };
      query = { ...query, ...filter };
    } else if (name === 'sort') {
      const descending = value.startsWith('-');
      const sort = descending ? value.slice(1) : value;
      if (!isSort(sort)) return { kind: 'unknown', word: part };
      query = { ...query, sort: SORTS[sort], descending };
    } else if (search.length > 0) search.push(part);
    else return { kind: 'unknown', word: part };
  }
  return { kind: 'users', query: { ...query, search: search.join(' ').trim() } };
}

const isSort = (value: string): value is keyof typeof SORTS => Object.hasOwn(SORTS, value);

function filterOf(name: 'role' | 'status', value: string): Partial<UsersQuery> | null {
  if (value === 'any') return { [name]: null };
  const role = ROLE_NAMES.find((known) => known === value);
  const status = ACCOUNT_STATUSES.find((known) => known === value);
  if (name === 'role') return role === undefined ? null : { role };
  return status === undefined ? null : { status };
}
