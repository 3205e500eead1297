/**
 * What can be typed behind `:`, read into one closed union: a screen by its word, with the question to its list, and a few
 * more. Pure.
 */
import { nearest } from '../../protocol/index.js';
import { isLanguage, LANGUAGES, type Language } from '../i18n/index.js';
import { latinByPosition } from '../input/index.js';
import {
  filterParts,
  listSpec,
  SCREEN_NAMES,
  screenEntry,
  type ListName,
  type ListQuery,
  type QueryOf,
  type ScreenName,
} from '../state/index.js';
import { isThemeName, THEME_NAMES, type ThemeName } from '../theme/index.js';

/** A question to a list. */
type Asks = { readonly list: ListName; readonly query: QueryOf<ListName> };

export type PaletteCommand =
  | {
      readonly kind: 'screen';
      readonly screen: ScreenName;
      readonly word: string;
      readonly asks: Asks | null;
    }
  | { readonly kind: 'quit' | 'help' | 'sign_out' | 'accounts' }
  | { readonly kind: 'language'; readonly language: Language }
  | { readonly kind: 'theme'; readonly theme: ThemeName }
  | { readonly kind: 'ask_before_quitting'; readonly on: boolean }
  /** The first word that nobody knows, and the one that was most likely meant. */
  | { readonly kind: 'unknown'; readonly word: string; readonly near: string | null };

type Offered = { readonly word: string; readonly rest: string };

const words = SCREEN_NAMES.flatMap((screen) => {
  const { word } = screenEntry(screen);
  return word === undefined ? [] : [{ screen, ...word }];
  // Those behind which something can be asked come first.
}).toSorted((a, b) => Number(b.rest !== '') - Number(a.rest !== ''));

const OTHERS = [
  { word: 'lang', rest: LANGUAGES.join('|') },
  { word: 'theme', rest: THEME_NAMES.join('|') },
  { word: 'accounts', rest: '' },
  { word: 'set', rest: 'ask_before_quitting on|off' },
  { word: 'logout', rest: '' },
  { word: 'help', rest: '' },
  { word: 'q', rest: '' },
] as const;
type OtherWord = (typeof OTHERS)[number]['word'];

/** Every command with an example of what may follow, in the order in which they are offered. */
export const PALETTE_COMMANDS: readonly Offered[] = [...words, ...OTHERS];

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['quit', 'q'],
  ['exit', 'q'],
  ['signout', 'logout'],
  ['switch', 'accounts'],
  ...words.flatMap(({ word, others }) => others.map((other) => [other, word] as const)),
]);

const KNOWN_WORDS: readonly string[] = [...PALETTE_COMMANDS.map(({ word }) => word), ...ALIASES.keys()];

/** Returns the screen that a word leads to; null for words that lead to none. */
export const screenOfWord = (word: string): ScreenName | null =>
  words.find((known) => known.word === word)?.screen ?? null;

const isOther = (word: string): word is OtherWord => OTHERS.some((command) => command.word === word);

/** Returns the command's word: as typed, or as the same keys give it on a Latin layout. */
function wordOf(typed: string): string | null {
  const latin = Array.from(typed, latinByPosition).join('');
  for (const word of [typed.toLowerCase(), latin.toLowerCase()]) {
    const known = ALIASES.get(word) ?? word;
    if (isOther(known) || screenOfWord(known) !== null) return known;
  }
  return null;
}

const unknown = (word: string, known: readonly string[]): PaletteCommand => ({
  kind: 'unknown',
  word,
  near: nearest(word, known),
});

/** Returns what the line asks for; a leading colon is allowed. */
export function parsePalette(line: string): PaletteCommand {
  const [first = '', ...rest] = line.trim().replace(/^:/, '').trim().split(/\s+/);
  const word = wordOf(first);
  if (word === null) return unknown(first, KNOWN_WORDS);
  const screen = screenOfWord(word);
  if (screen !== null) return screenCommand(screen, word, rest);
  return isOther(word) ? otherCommand(word, rest) : unknown(first, KNOWN_WORDS);
}

function otherCommand(word: OtherWord, [value = '', state = '']: readonly string[]): PaletteCommand {
  switch (word) {
    case 'help':
      return { kind: 'help' };
    case 'q':
      return { kind: 'quit' };
    case 'accounts':
      return { kind: 'accounts' };
    case 'logout':
      return { kind: 'sign_out' };
    case 'set':
      if (value !== 'ask_before_quitting') return unknown(value, ['ask_before_quitting']);
      return state === 'on' || state === 'off'
        ? { kind: 'ask_before_quitting', on: state === 'on' }
        : unknown(state, ['on', 'off']);
    case 'lang':
      return isLanguage(value) ? { kind: 'language', language: value } : unknown(value, LANGUAGES);
    case 'theme':
      return isThemeName(value) ? { kind: 'theme', theme: value } : unknown(value, THEME_NAMES);
  }
}

function screenCommand(screen: ScreenName, word: string, rest: readonly string[]): PaletteCommand {
  const { list } = screenEntry(screen);
  if (list === undefined) return { kind: 'screen', screen, word, asks: null };
  const query = queryOf(list, rest);
  if (typeof query === 'string') return unknownPart(list, query);
  // It was put together from the list's own entry: its filters, their values, its orders.
  return { kind: 'screen', screen, word, asks: { list, query: query as QueryOf<ListName> } };
}

/** Returns a part of a question that nobody knows, with the part that was most likely meant. */
function unknownPart(list: ListName, part: string): PaletteCommand {
  const { filters, sorts } = listSpec(list);
  const [, typed_name = '', typed_sign = '', value = ''] = /^(.*?)(?::([-!]?)(.*))?$/s.exec(part) ?? [];
  const names = [...Object.keys(filters), 'sort'];
  const name = names.includes(typed_name) ? typed_name : nearest(typed_name, names);
  const known =
    name === 'sort'
      ? Object.values(sorts).map(({ typed }) => typed)
      : ['any', ...Object.entries(filters).flatMap(([own, { values }]) => (own === name ? values : []))];
  // An order is turned, a filter leaves out.
  const sign = typed_sign === (name === 'sort' ? '-' : '!') ? typed_sign : '';
  const near = known.includes(value) ? value : nearest(value, known);
  return {
    kind: 'unknown',
    word: part,
    near: name === null || near === null ? null : `${name}:${sign}${near}`,
  };
}

/**
 * Returns the question of `/text filter:value sort:-order`, in which whatever isn't named is as at first; a text when that
 * part of it is one that nobody knows.
 */
function queryOf(list: ListName, parts: readonly string[]): ListQuery | string {
  const { first_query, filters, sorts } = listSpec(list);
  let query = first_query;
  const search: string[] = [];
  for (const part of parts) {
    const [name = '', value = ''] = part.split(/:(.*)/s);
    if (part.startsWith('/')) search.push(part.slice(1));
    else if (part.startsWith('!')) search.push(part);
    else if (Object.hasOwn(filters, name)) {
      const asked = filterParts(value).value;
      const filter = filters[name];
      const known = filter?.values.includes(asked) === true || filter?.more?.could(asked) === true;
      if (value !== 'any' && !known) return part;
      query = { ...query, filters: { ...query.filters, [name]: value === 'any' ? null : value } };
    } else if (name === 'sort') {
      const descending = value.startsWith('-');
      const typed = descending ? value.slice(1) : value;
      const sort = Object.entries(sorts).find(([own, spec]) => own === typed || spec.typed === typed)?.[0];
      if (sort === undefined) return part;
      query = { ...query, sort, descending };
    } else if (search.length > 0) search.push(part);
    else return part;
  }
  return { ...query, search: search.join(' ').trim() };
}
