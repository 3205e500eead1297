import { fail, LIMITS } from '../../../protocol/index.js';
import { decodeCursor, encodeCursor } from '../cursor.js';
import type { Handler } from '../handler.js';

export const list_users: Handler<'list_users'> = async ({ store }, params) => {
  const sort = params.sort ?? 'account_name';
  const parts = params.cursor === undefined ? undefined : decodeCursor(params.cursor, 2);
  const [key, id] = parts ?? [];
  const sound = typeof key === (sort === 'account_name' ? 'string' : 'number') && typeof id === 'string';
  if (parts !== undefined && !sound) {
    const message = 'This cursor is not from this list in this order.';
    return fail('invalid_params', { details: [{ path: 'cursor', reason: 'unknown_cursor', message }] });
  }
  const page = await store.read.users.page({
    search: params.search ?? null,
    role: params.role ?? null,
    status: params.status ?? null,
    sort,
    descending: params.descending ?? false,
    limit: params.limit ?? LIMITS.page_rows_default,
    after: key === undefined || typeof id !== 'string' ? null : [key, id],
  });
  return {
    users: [...page.users],
    next_cursor: page.next === null ? null : encodeCursor(page.next),
    total: page.total,
    total_is_exact: page.total_is_exact,
  };
};
