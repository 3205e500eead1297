/**
 * What a name looks like: two names that people could take for each other have the same skeleton. [UTS 39 4]
 * The table holds what can be part of a name and no more; any other character looks like itself.
 */
import { NAME_LOOKS } from './name_characters.js';

/** Made at the first use (under a millisecond), so that a start doesn't pay for it. */
let looks: ReadonlyMap<string, string> | null = null;

function table(): ReadonlyMap<string, string> {
  looks ??= new Map(
    NAME_LOOKS.split(' ').map((entry): [string, string] => {
      const [character = ''] = entry;
      return [character, entry.slice(character.length + 1)];
    }),
  );
  return looks;
}

/** Folded a character at a time: a whole word would keep the final sigma, and `ß` has to meet `ss`. */
function fold(text: string): string {
  return Array.from(text, (character) => character.toLowerCase().toUpperCase().toLowerCase()).join('');
}

/** A letter whose own dot is where U+0307 would be, or that looks like one, with the marks on it; decomposed. */
const SOFT_DOTTED = /(?:\p{Soft_Dotted}|[l\u0131\u0237])\p{M}+/gu;

/** Returns whether a dot stands where nobody sees it: `i` with U+0307 is an `i`. */
export const hidesDot = (name: string): boolean =>
  (name.normalize('NFD').match(SOFT_DOTTED) ?? []).some((letter) => letter.includes('\u0307'));

const withoutHiddenDots = (decomposed: string): string =>
  decomposed.replace(SOFT_DOTTED, (letter) => letter.replaceAll('\u0307', ''));

/**
 * The skeleton of an account name in canonical form. UTS 39 compares identifiers as written; names here are shown in
 * lower case only, so case is folded as well, which makes `0` (a look-alike of `O`) meet `o`. Total; never shown.
 */
export function nameSkeleton(name: string): string {
  const decomposed = withoutHiddenDots(fold(name.toWellFormed().normalize('NFD')).normalize('NFD'));
  const characters = Array.from(decomposed, (character) => table().get(character) ?? character);
  return withoutHiddenDots(characters.join('').normalize('NFD'));
}
