import { isFailure } from '../../../protocol/index.js';
import { pageAsked } from '../cursor.js';
import type { Handler } from '../handler.js';

export const login_history: Handler<'login_history'> = async (context, params) => {
  const { store, principal } = context;
  const asked = pageAsked(context, 'login_history', params, {});
  if (isFailure(asked)) return asked;
  const before = asked.after === null ? null : Number(asked.after[0]);
  const found = await store.read.sign_ins.ofAccount(principal.account_id, before, asked.limit + 1);
  const page = found.slice(0, asked.limit);
  const last = page.at(-1);
  return {
    entries: page.map(({ sign_in_id: _id, ...entry }) => entry),
    next_cursor: asked.next(found.length > asked.limit && last !== undefined ? [last.sign_in_id] : null),
  };
};
