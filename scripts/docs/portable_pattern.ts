/**
 * Regular expressions of the contract in the words that ECMAScript (flag `u`), Python's `re`, RE2 (Go), Rust, Java and .NET read
 * alike. Knows nothing of JSON Schema.
 */

/** The two line separators of Unicode. No spelling of them is common to all, so they stand in a pattern as themselves. */
const LINE_SEPARATOR = '\u2028';
const PARAGRAPH_SEPARATOR = '\u2029';

/** Unicode classes that the contract uses, each as the code points that it holds. They will never hold others. */
const CLASSES: Readonly<Record<string, string>> = {
  '\\p{Cc}': '\\x00-\\x1f\\x7f-\\x9f',
  '\\p{Zl}': LINE_SEPARATOR,
  '\\p{Zp}': PARAGRAPH_SEPARATOR,
  '\\u2028': LINE_SEPARATOR,
  '\\u2029': PARAGRAPH_SEPARATOR,
};

/** `(?:[^…]|\n)*`, which costs a regular language nothing and a backtracking one its stack, as one class. */
const CLASS_OR_LINE_BREAK = '(?:[^\\x00-\\x1f\\x7f-\\x9f\u2028\u2029]|\\n)*';
const ONE_CLASS = '[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\u2028\u2029]*';

/**
 * One piece of a pattern that all read alike: an escaped sign, a byte in hexadecimal, a group without a capture or with one, a
 * repeat, an end, or a sign that stands for itself. No classes by letter (`\d`, `\w`, `\s` hold other characters elsewhere), no
 * looking around, no references back.
 */
const PORTABLE =
  /^(?:\\[.\\/()[\]{}^$*+?|-]|\\x[0-9a-f]{2}|\\n|\(\?:|\((?!\?)|\)|\{[0-9]+(?:,[0-9]*)?\}|[^\\(){}])*$/u;

/** Returns the same pattern in portable words. Throws for one that has none: then CLASSES needs a line more. */
export function portablePattern(source: string): string {
  const spelled = source
    .replaceAll(/\\p\{\w+\}|\\u202[89]/g, (word) => CLASSES[word] ?? word)
    .replace(CLASS_OR_LINE_BREAK, ONE_CLASS);
  if (!PORTABLE.test(spelled))
    throw new Error(
      `not every language can read the pattern ${source}: see scripts/docs/portable_pattern.ts`,
    );
  return spelled;
}

/** Returns a pattern for people to read: with the separators as escapes. */
export const visiblePattern = (pattern: string): string =>
  pattern.replaceAll(LINE_SEPARATOR, '\\u2028').replaceAll(PARAGRAPH_SEPARATOR, '\\u2029');
