/** How long a text is: in code points, wherever a limit of this protocol counts characters. */

/** Returns the number of code points of a text. */
export function codePoints(text: string): number {
  let pairs = 0;
  for (let at = 0; at < text.length; at += 1) {
    // A code point beyond U+FFFF is the one that takes two units.
    if ((text.codePointAt(at) ?? 0) > 0xffff) {
      pairs += 1;
      at += 1;
    }
  }
  return text.length - pairs;
}

/** Returns as much of a text as `max` code points hold. */
export const cutToCodePoints = (text: string, max: number): string =>
  text.length <= max ? text : Array.from(text).slice(0, max).join('');
