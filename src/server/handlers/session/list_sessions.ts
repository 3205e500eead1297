import type { Handler } from '../handler.js';

export const list_sessions: Handler<'list_sessions'> = async ({ store, principal, at }) => ({
  sessions: await store.read.sessions.ofAccount(principal.account_id, at, principal.session.session_id),
});
