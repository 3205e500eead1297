/** Outcomes without a value of their own, and outcomes made of others. Pure. */
import type { Outcome } from '../i18n/index.js';

export const done: Outcome<null> = { ok: true, value: null };

export function map<T, U>(outcome: Outcome<T>, change: (value: T) => U): Outcome<U> {
  return outcome.ok ? { ok: true, value: change(outcome.value) } : outcome;
}
