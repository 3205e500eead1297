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

/**
 * The skeleton of an account name in canonical form. UTS 39 compares identifiers as written; names here are shown in
 * lower case only, so case is folded as well, which makes `0` (a look-alike of `O`) meet `o`. Total; never shown.
 */
export function nameSkeleton(name: string): string {
  const decomposed = fold(name.toWellFormed().normalize('NFD')).normalize('NFD');
  const characters = Array.from(decomposed, (character) => table().get(character) ?? character);
  return characters.join('').normalize('NFD');
}
