/**
 * The words by which an account is found. One splitter for what is stored and for what is typed, so that whatever a list shows
 * is found when it is typed back, as a whole or from any word on: `O'Brien` is `o brien` in both, `mail.example.org` is
 * `mail example org`. A search finds beginnings: of a field, or of what follows from one of its words on.
 */
import { cutToCodePoints } from '../../protocol/index.js';

/** Code points. A beginning of this length tells accounts apart well enough; what is stored and what is asked for are cut alike. */
const TERM_LENGTH_MAX = 64;
/** More words than all fields together can hold, unless characters stand for whole sentences, as U+FDFA does. */
const TERMS_MAX = 400;
/** Words of a search that count: the longest, which tell the most. */
const WORDS_MAX = 8;

/** Marks that people write for an apostrophe, letters among them, and accents that stand alone. They part words. */
const APOSTROPHES = /[`\u00b4\u02b9-\u02bf\u02c8\u2018-\u201b\u2032\u2035\uff07]/g;
/** Some of them stand for letters, as U+2122 does, and are no part of the word in front of them. */
const SYMBOLS = /(?![\0-\x7f])\p{S}/gu;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * Text as it is compared. Case is folded a character at a time: a whole word would keep the final sigma, and `ß` has to meet
 * `ss`. `ё` is `е`, which is how most people write it.
 */
function fold(text: string): string {
  // Most names and addresses: nothing but case can be folded.
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase().replaceAll('`', "'");
  const plain = text
    .toWellFormed()
    .normalize('NFC')
    .replace(APOSTROPHES, "'")
    .replace(SYMBOLS, ' $& ')
    .normalize('NFKC')
    // Some come of what stands for several letters, as U+1E9A does.
    .replace(APOSTROPHES, "'")
    .replace(INVISIBLE, '');
  const folded = Array.from(plain, (character) => character.toLowerCase().toUpperCase().toLowerCase());
  return folded
    .join('')
    .normalize('NFD')
    .replace(/\u0435\u0308|i\u0307/g, ([letter = '']) => letter)
    .normalize('NFC');
}

/** Scripts that don't write spaces between words: a word can begin at each letter. */
const UNSPACED =
  '\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Hangul}\\p{scx=Bopomofo}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Myanmar}';

let made: RegExp | null = null;

/**
 * A word: digits; a letter of an unspaced script; letters and digits of the others; a symbol beyond ASCII, as emoji are; marks
 * that stand on nothing, which is what U+FC5E comes to.
 * Takes a moment to compile: made at the first use, so that a start doesn't pay for it.
 */
const words = (): RegExp =>
  (made ??= new RegExp(
    `(?<digits>\\p{Nd}+)(?![\\p{L}\\p{M}\\p{N}])|(?=[\\p{L}\\p{N}])[${UNSPACED}]\\p{M}*|` +
      `(?:(?![${UNSPACED}])[\\p{L}\\p{N}]\\p{M}*)+|(?![\\0-\\x7f])\\p{S}\\p{M}*|\\p{M}+`,
    'gu',
  ));

/** What may stand between the groups of digits of a telephone number. */
const BETWEEN_GROUPS = /^[\s().+/-]*$/;

type Word = {
  readonly text: string;
  /** Of digits in several groups, where the later ones begin. */
  readonly groups: readonly number[];
  /** A space, or a line's beginning, stands in front of it. */
  readonly apart: boolean;
};

/** Returns the words of folded text in their order. Groups of digits that follow each other are one word, as in `900 123-45`. */
function split(folded: string): Word[] {
  const found: Word[] = [];
  let end = 0;
  let inDigits = false;
  for (const { 0: text, index, groups } of folded.matchAll(words())) {
    const between = folded.slice(end, index);
    const digits = groups?.['digits'] !== undefined;
    const last = found.at(-1);
    if (digits && inDigits && last !== undefined && BETWEEN_GROUPS.test(between)) {
      const longer = { ...last, text: last.text + text, groups: [...last.groups, last.text.length] };
      found.splice(-1, 1, longer);
    } else {
      found.push({ text, groups: [], apart: end === 0 || /\s/u.test(between) });
    }
    inDigits = digits;
    end = index + text.length;
  }
  return found;
}

/** Returns the pieces between spaces that hold no word, such as `&`: they are found as they are. */
const signs = (folded: string): string[] =>
  folded.split(/\s+/u).filter((piece) => piece !== '' && piece.search(words()) === -1);

const cut = (text: string): string => cutToCodePoints(text, TERM_LENGTH_MAX);

/** Returns what can be typed to find a text: all of it from each of its words on, and from each group of digits. */
function termsOf(field: string): string[] {
  const folded = fold(field);
  const found = split(folded);
  const rests = found.flatMap(({ text, groups }, at) => {
    const after = found.slice(at + 1, at + 1 + TERM_LENGTH_MAX).map((word) => ` ${word.text}`);
    return [0, ...groups].map((from) => text.slice(from) + after.join(''));
  });
  return [...rests, ...signs(folded)];
}

/** Returns a telephone number from each of its digits on: people type the end of one, and group it in their own way. */
function phoneTerms(phone: string): string[] {
  const digits = phone.replace(/[^0-9]/g, '');
  return Array.from(digits, (_, from) => digits.slice(from));
}

type Searchable = {
  readonly account_name: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
  readonly phone?: string | null;
};

/** Returns all terms of an account. Both names are one text, as lists show them. */
export function searchTerms(account: Searchable): readonly string[] {
  const { account_name, first_name, last_name, email, phone } = account;
  const full_name = [first_name, last_name].filter((name) => typeof name === 'string').join(' ');
  const terms = [account_name, full_name, email ?? ''].flatMap(termsOf);
  return [...new Set([...terms, ...phoneTerms(phone ?? '')].map(cut))].slice(0, TERMS_MAX);
}

/** What a search asks for: terms that begin with each of `words`. `phrase` is all of it in one, which tells more. */
export type SearchAsked = { readonly words: readonly string[]; readonly phrase: string };

/** Returns what is asked for by a text that somebody typed; no word for one that shows nothing. */
export function searchAsked(search: string): SearchAsked {
  const folded = fold(search);
  const pieces: string[] = [];
  for (const { text, apart } of split(folded)) {
    if (apart || pieces.length === 0) pieces.push(text);
    else pieces.push(`${pieces.pop() ?? ''} ${text}`);
  }
  const asked = pieces.length > 0 ? pieces : signs(folded);
  const longest = [...new Set(asked.map(cut))].sort((one, other) => other.length - one.length);
  return { words: longest.slice(0, WORDS_MAX), phrase: cut(pieces.join(' ')) };
}
