/** What an act came to without a value of its own, and made of another. Pure. */
import type { Attempt } from '../i18n/index.js';

export const done: Attempt<null> = { ok: true, value: null };

export function map<T, U>(outcome: Attempt<T>, change: (value: T) => U): Attempt<U> {
  return outcome.ok ? { ok: true, value: change(outcome.value) } : outcome;
}
