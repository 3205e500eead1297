import { isFailure } from '../../../protocol/index.js';
import { pageAsked } from '../cursor.js';
import type { Handler } from '../handler.js';

export const list_users: Handler<'list_users'> = async (context, params) => {
  const sort = params.sort ?? 'account_name';
  const descending = params.descending ?? false;
  const asked = pageAsked(context, 'list_users', params, { sort, descending });
  if (isFailure(asked)) return asked;
  const page = await context.store.read.users.page({
    search: params.search ?? null,
    role: params.role ?? null,
    holds: params.holds ?? null,
    status: params.status ?? null,
    not: params.not ?? {},
    sort,
    descending,
    limit: asked.limit,
    after: asked.after === null ? null : [asked.after[0] ?? 0, String(asked.after[1])],
  });
  return {
    users: [...page.users],
    next_cursor: asked.next(page.next),
    total: page.total,
    total_is_exact: page.total_is_exact,
  };
};
