/** A refusal or failure as the screens see it, and what a person is told. Pure data; the words are in i18n. */
import type { Fault } from './faults.js';
import type { Params } from './message.js';
import type { MessageKey } from './words.js';
import type { ProblemCode } from './problem_codes.js';

/** One fault of one field: where it is and a stable word for what is wrong. Cleaned. */
export type ProblemDetail = { readonly path: string; readonly reason: string; readonly message: string };

export type Problem = {
  readonly code: ProblemCode;
  readonly details: readonly ProblemDetail[];
  readonly retry_after_ms: number | null;
  /** How many accounts are in the way, where that is known. */
  readonly accounts?: number;
  /** What exactly was found, where it has a sentence of its own. */
  readonly fault?: Fault;
};

/** What an act came to. */
export type Attempt<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

/** A message of the dictionary with its parameters, or a problem, so that it can still change its language while it is shown. */
export type Said = { readonly key: MessageKey; readonly params?: Params } | { readonly problem: Problem };

export function problem(code: ProblemCode, extra: Partial<Omit<Problem, 'code'>> = {}): Problem {
  const { details = [], retry_after_ms = null, ...more } = extra;
  return { code, details, retry_after_ms, ...more };
}
