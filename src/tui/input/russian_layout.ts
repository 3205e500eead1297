/**
 * Key positions of the Russian layout, so that single-letter commands work without switching layouts. Letters only: on
 * this layout `.` and `,` are real characters, and the letters that sit on punctuation keys (х ъ ж э б ю ё) stay as they
 * are. Must not be applied inside text fields.
 */
const CYRILLIC = 'йцукенгшщзфывапролдячсмить';
const LATIN = 'qwertyuiopasdfghjklzxcvbnm';

const LATIN_OF = new Map(
  Array.from(CYRILLIC).flatMap((char, at): [string, string][] => {
    const latin = LATIN.charAt(at);
    return [
      [char, latin],
      [char.toUpperCase(), latin.toUpperCase()],
    ];
  }),
);

/** Returns the Latin letter on the same key, in the same case; anything that isn't such a letter comes back unchanged. */
export function latinByPosition(char: string): string {
  return LATIN_OF.get(char) ?? char;
}

const RUSSIAN_OF = new Map([...LATIN_OF].map(([russian, latin]) => [latin, russian]));

/** Returns the Russian letter on the key of a Latin one, in the same case; anything else comes back unchanged. */
export const russianByPosition = (char: string): string => RUSSIAN_OF.get(char) ?? char;
