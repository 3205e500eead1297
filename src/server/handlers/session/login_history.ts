import { fail, LIMITS } from '../../../protocol/index.js';
import { decodeCursor, encodeCursor } from '../cursor.js';
import type { Handler } from '../handler.js';

export const login_history: Handler<'login_history'> = async ({ store, principal }, { limit, cursor }) => {
  const [before = null] = cursor === undefined ? [] : (decodeCursor(cursor, 1) ?? ['']);
  if (typeof before === 'string') return fail('invalid_params', { details: [CURSOR_FAULT] });
  const rows = limit ?? LIMITS.page_rows_default;
  const found = await store.read.sign_ins.ofAccount(principal.account_id, before, rows + 1);
  const page = found.slice(0, rows);
  const last = page.at(-1);
  return {
    entries: page.map(({ sign_in_id: _id, ...entry }) => entry),
    next_cursor: found.length > rows && last !== undefined ? encodeCursor([last.sign_in_id]) : null,
  };
};

const CURSOR_FAULT = {
  path: 'cursor',
  reason: 'unknown_cursor',
  message: 'This cursor is not from this list.',
};
