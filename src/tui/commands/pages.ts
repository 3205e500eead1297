/** Lists longer than one page of the server: as many pages as were asked for. */
import { LIMITS } from '../../protocol/index.js';
import { Refusal } from '../reach/index.js';
import type { FlagSpec } from './command.js';
import type { CommandContext } from './context.js';
import { UsageError } from './errors.js';

export const PAGE_FLAGS = {
  limit: { value: 'COUNT', text: 'limit' },
  cursor: { value: 'CURSOR', text: 'cursor' },
  all: { text: 'all' },
} as const satisfies Record<string, FlagSpec>;

/** A server that says "not so fast" to page after page is obeyed up to here. */
const PAUSE_MS_MAX = 15_000;
const PAUSES_MAX = 100;

type Page<T, R> = { readonly result: R; readonly rows: readonly T[]; readonly next_cursor: string | null };

/** Returns the rows of as many pages as the flags ask for, the first page's result, and where the next page would begin. */
export async function pagesOf<T, R>(
  context: CommandContext,
  read: (page: { limit: number; cursor?: string }) => Promise<Page<T, R>>,
): Promise<{ readonly first: R; readonly rows: readonly T[]; readonly next_cursor: string | null }> {
  const limit = context.count('limit');
  const all = context.has('all');
  if (all && limit !== null) throw new UsageError((words) => words('says', 'all_or_limit'));
  const wanted = all ? Number.POSITIVE_INFINITY : (limit ?? LIMITS.page_rows_default);
  const rows: T[] = [];
  let cursor = context.text('cursor');
  let first: R | undefined;
  do {
    const size = Math.min(LIMITS.page_rows_max, wanted - rows.length);
    const page = await patiently(() => read({ limit: size, ...(cursor === null ? {} : { cursor }) }));
    first ??= page.result;
    rows.push(...page.rows);
    cursor = page.next_cursor;
  } while (cursor !== null && rows.length < wanted);
  return { first, rows, next_cursor: cursor };
}

/** Returns what `read` gives, trying again after the pause that a busy server asks for. */
export async function patiently<T>(read: () => Promise<T>): Promise<T> {
  for (let pauses = 0; ; pauses++) {
    try {
      return await read();
    } catch (error) {
      const pause_ms = error instanceof Refusal && error.code === 'throttled' ? error.retry_after_ms : null;
      if (pause_ms === null || pause_ms > PAUSE_MS_MAX || pauses === PAUSES_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause_ms));
    }
  }
}
