/**
 * Results and events as this version knows them, from a server that may be newer: the protocol promises that lists of words may
 * grow (chapter 16), and a word that is not known is no reason to take the rest for unreadable. Pure.
 */
import type * as z from 'zod';

type Issue = z.core.$ZodIssue;

/** Returns whether a fault is a word beside those that this version knows. A constant is no list of words: it names the thing. */
const isLaterWord = (issue: Issue, at: unknown): boolean =>
  issue.code === 'invalid_value' && issue.values.length > 1 && typeof at === 'string';

/** Returns the object or list that holds the value at a path. */
function holderOf(value: unknown, path: readonly PropertyKey[]): unknown {
  let holder = value;
  for (const name of path.slice(0, -1)) {
    if (typeof holder !== 'object' || holder === null) return null;
    holder = Reflect.get(holder, name);
  }
  return holder;
}

/**
 * Returns what a schema makes of a value, or null when the value is something else. In a list of words (roles, permissions) an
 * unknown one is left out; anywhere else it stays as it came, so whoever decides by such a word needs an answer for others.
 */
export function readLater<S extends z.ZodType>(schema: S, value: unknown): z.output<S> | null {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const known = structuredClone(value);
  const later: { readonly path: readonly PropertyKey[]; readonly word: string }[] = [];
  for (const issue of parsed.error.issues) {
    const last = issue.path.at(-1);
    const holder = holderOf(known, issue.path);
    if (last === undefined || typeof holder !== 'object' || holder === null) return null;
    const word: unknown = Reflect.get(holder, last);
    if (!isLaterWord(issue, word) || issue.code !== 'invalid_value') return null;
    later.push({ path: issue.path, word: String(word) });
    Reflect.set(holder, last, issue.values[0]);
  }
  const again = schema.safeParse(known);
  if (!again.success) return null;
  // Backwards, so that places in a list stay what they are until their turn comes.
  for (const { path, word } of later.reverse()) {
    const holder = holderOf(again.data, path);
    const last = path.at(-1);
    if (Array.isArray(holder)) holder.splice(Number(last), 1);
    else if (typeof holder === 'object' && holder !== null && last !== undefined)
      Reflect.set(holder, last, word);
  }
  return again.data;
}
