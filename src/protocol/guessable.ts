/**
 * Passwords that are guessed without a list, because a rule makes them: runs along the alphabet or the keyboard, repeated
 * pieces, dates, and the names that belong to an account. Only ever about the whole password, so that no passphrase is
 * refused for a word in it. Texts come in lower case and NFC.
 */

/** Rows of keys as they lie: keys of the same place in their rows are below each other. */
const KEYBOARDS: readonly (readonly string[])[] = [
  ['1234567890-=', 'qwertyuiop[]', "asdfghjkl;'", 'zxcvbnm,./'],
  ['!@#$%^&*()_+', 'qwertyuiop{}', 'asdfghjkl:"', 'zxcvbnm<>?'],
  ['1234567890-=', 'йцукенгшщзхъ', 'фывапролджэ', 'ячсмитьбю.'],
];

/** A place on each keyboard that has the key: `row * ROW + column`. */
const ROW = 100;
const PLACES = KEYBOARDS.map((rows) => {
  const places = new Map<string, number>();
  rows.forEach((keys, row) => Array.from(keys, (key, column) => places.set(key, row * ROW + column)));
  return places;
});
/** Next to each other: left, right, up, down, and the other slanted way down and up. */
const KEY_STEPS: ReadonlySet<number> = new Set([1, -1, ROW, -ROW, ROW - 1, 1 - ROW]);

/** Fewer characters in one direction are met in words. */
const RUN_MIN = 3;
/** A run with so much beside it is still a run: `qwerty12`. */
const BESIDE_MAX = 2;

/** Returns how one gets from a character to the next, in each way that characters are ordered; a step that is none is null. */
function steps(from: string, to: string): readonly (number | null)[] {
  const along = (to.codePointAt(0) ?? 0) - (from.codePointAt(0) ?? 0);
  const alphabet = Math.abs(along) <= 1 && /[\p{L}\p{N}]/u.test(from) ? along : null;
  const keys = PLACES.map((places) => {
    const [start, end] = [places.get(from), places.get(to)];
    if (start === undefined || end === undefined) return null;
    return KEY_STEPS.has(end - start) ? end - start : null;
  });
  return [from === to ? 0 : alphabet, ...keys];
}

/** Returns how many characters from `start` on that go on in one direction: 1 when there is none. */
function runLength(characters: readonly string[], start: number): number {
  const of = (index: number): readonly (number | null)[] =>
    steps(characters[index] ?? '', characters[index + 1] ?? '');
  let longest = 1;
  for (const [way, step] of of(start).entries()) {
    if (step === null) continue;
    let end = start + 1;
    while (end < characters.length - 1 && of(end)[way] === step) end += 1;
    longest = Math.max(longest, end - start + 1);
  }
  return longest;
}

/** Returns true for `12345678`, `qwertyuiop`, `qazwsxedc`, `abcd4321`, `aaabbbccc`: all but two characters are in such runs. */
export function isSequence(text: string): boolean {
  const characters = Array.from(text);
  let beside = 0;
  for (let index = 0; index < characters.length;) {
    const length = index === characters.length - 1 ? 1 : runLength(characters, index);
    if (length >= RUN_MIN) index += length;
    else {
      beside += 1;
      index += 1;
    }
    if (beside > BESIDE_MAX) return false;
  }
  return true;
}

/** Returns the piece that the text repeats from beginning to end, or null: `abc` of `abcabcabc`, `a` of `aaaa`. */
export function repeatedPiece(text: string): string | null {
  // A text that repeats a piece is found inside its own doubling before the end of its first half.
  const at = (text + text).indexOf(text, 1);
  return at < text.length ? text.slice(0, at) : null;
}

const DAY = '(0?[1-9]|[12][0-9]|3[01])';
const MONTH = '(0?[1-9]|1[0-2])';
const YEAR = '(19|20)[0-9]{2}';
const BETWEEN = '[ ./_-]?';
const DATES = [
  [DAY, MONTH, YEAR],
  [MONTH, DAY, YEAR],
  [YEAR, MONTH, DAY],
].map((parts) => new RegExp(`^${parts.join(BETWEEN)}$`));

/** Returns whether it is a day of the last century or this one, however it is written in digits. */
export function isDate(text: string): boolean {
  return DATES.some((date) => date.test(text));
}

/** Shorter words say little: their parts are met in any text. Bytes, because one Han character is a word. */
const WORD_BYTES_MIN = 3;
/** With more than this around a name, it is the rest that is hard to guess. */
const AROUND_MAX = 8;

const lettersAndDigits = (text: string): string => text.replace(/[^\p{L}\p{M}\p{N}]/gu, '');
const withoutOuterDigits = (text: string): string => text.replace(/^\p{N}+|\p{N}+$/gu, '');
const reversed = (text: string): string => Array.from(text).reverse().join('');

/** Returns every word of a name or an address that somebody would try, forwards and backwards. The ends of domains are no words. */
function wordsOf(name: string): readonly string[] {
  const [local = '', domain = ''] = name.split('@');
  const labels = domain.split('.').slice(0, -1);
  const pieces = [name, local, domain, ...labels].flatMap((text) => [
    text,
    ...text.split(/[^\p{L}\p{M}\p{N}]+/u),
  ]);
  const words = pieces.map(lettersAndDigits).flatMap((word) => [word, withoutOuterDigits(word)]);
  return words
    .filter((word) => Buffer.byteLength(word) >= WORD_BYTES_MIN)
    .flatMap((word) => [word, reversed(word)]);
}

/** Returns whether `text` can be cut into words of `words` without a rest. */
function isMadeOf(text: string, words: readonly string[]): boolean {
  const reached = new Set([0]);
  // Places are added behind the one that is looked at, and a Set gives those out as well.
  for (const place of reached) {
    for (const word of words) if (text.startsWith(word, place)) reached.add(place + word.length);
  }
  return text !== '' && reached.has(text.length);
}

/** Returns true when the text is nothing but `names`: doubled, reversed, put together, with digits and punctuation around them. */
export function isMadeOfNames(text: string, names: readonly string[]): boolean {
  const words = [...new Set(names.flatMap(wordsOf))];
  const plain = lettersAndDigits(text);
  if (isMadeOf(plain, words)) return true;
  const inner = withoutOuterDigits(plain);
  return Array.from(text).length - Array.from(inner).length <= AROUND_MAX && isMadeOf(inner, words);
}
