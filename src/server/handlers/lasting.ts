/**
 * Results that a handler gives again and again: the very same object, frozen. The dispatcher checks and encodes such a
 * one once, which is most of what a short request costs.
 */

/** The JSON of each lasting result; null as long as it hasn't been checked. */
const TEXTS = new WeakMap<object, string | null>();

function freeze(value: object): void {
  for (const below of Object.values(value) as unknown[]) {
    if (typeof below === 'object' && below !== null) freeze(below);
  }
  Object.freeze(value);
}

/** Freezes a result all the way down, so that what was checked and encoded once stays true. */
export function lasting<R extends object>(result: R): R {
  freeze(result);
  TEXTS.set(result, null);
  return result;
}

/** The JSON of a lasting result that was checked before; null for any other. */
export function knownText(result: object): string | null {
  return TEXTS.get(result) ?? null;
}

/** Keeps the JSON of a result that was checked, when it is a lasting one. */
export function keepText(result: object, text: string): void {
  if (TEXTS.has(result)) TEXTS.set(result, text);
}
