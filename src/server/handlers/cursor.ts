/**
 * Pages of a list: from the cursor of a request to a place in the order, and back. A cursor is bound to the whole question:
 * the action, whoever asks, and every parameter but those that say how much of the list is wanted. A parameter that is added
 * to a paged action is bound by itself.
 */
import {
  fail,
  LIMITS,
  type ActionName,
  type Failure,
  type ParsedParamsOf,
  type ResultOf,
} from '../../protocol/index.js';
import type { CursorPart } from '../crypto/index.js';
import type { Context } from './handler.js';

/** The actions that answer page by page. A new one is in it by itself. */
export type PagedAction = {
  [A in ActionName]: ParsedParamsOf<A> extends { readonly cursor?: string | undefined }
    ? ResultOf<A> extends { readonly next_cursor: string | null }
      ? 'cursor' extends keyof ParsedParamsOf<A>
        ? A
        : never
      : never
    : never;
}[ActionName];

/** Where a page begins, how long it may be, and how the place of the next one is told. */
export type PageAsked = {
  readonly limit: number;
  /** The place after which the page begins; null for the first page. */
  readonly after: readonly CursorPart[] | null;
  /** Returns the cursor of the page that begins after a place; null when there is none. */
  readonly next: (place: readonly CursorPart[] | null) => string | null;
};

/**
 * Returns one text for all ways to ask the same question. `asked`: the parameters without `cursor` and `limit`, with what
 * is meant by those that were left out.
 */
export function questionOf(action: PagedAction, account_id: string | null, asked: object): string {
  const entries = Object.entries(asked).filter(([, value]) => value !== undefined);
  entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([action, account_id, entries]);
}

/**
 * Returns the page that a request asks for, or the refusal of a cursor that this server did not give out for this very
 * question. `unless_told`: what parameters mean that are left out, so that both ways to ask are one question.
 */
export function pageAsked<A extends PagedAction>(
  { page_cursors, principal }: Pick<Context<A>, 'page_cursors' | 'principal'>,
  action: A,
  params: ParsedParamsOf<A>,
  unless_told: Partial<ParsedParamsOf<A>>,
): PageAsked | Failure<'invalid_params'> {
  const { cursor, limit = LIMITS.page_rows_default, ...asked } = { ...unless_told, ...params };
  const question = questionOf(action, principal?.account_id ?? null, asked);
  const after = cursor === undefined ? null : page_cursors.open(question, cursor);
  if (cursor !== undefined && after === null) {
    const message = 'This cursor was not given out for this question: begin at the first page.';
    return fail('invalid_params', { details: [{ path: 'cursor', reason: 'unknown_cursor', message }] });
  }
  return {
    limit,
    after,
    next: (place) => (place === null ? null : page_cursors.seal(question, place)),
  };
}
