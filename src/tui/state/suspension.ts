/** Suspending one account at once, with a moment in which a key resumes it. Pure; the acts themselves are the server's. */
import type { Account } from '../../protocol/index.js';
import type { AppState } from './model.js';
import { addToast } from './navigation.js';
import type { SessionView } from './person.js';
import { changePerson } from './person_changes.js';

/** How long `u` resumes an account that was suspended at once, milliseconds. */
export const RESUME_MS = 10_000;

type Change = (state: AppState) => AppState;

/** Returns true where a slip would be worse than a question: somebody who can undo everything else, and oneself. */
export const asksBeforeSuspending = (account: Account, session: SessionView | null): boolean =>
  account.roles.includes('admin') || account.account_id === session?.account.account_id;

/** `key` is what resumes it. What could be taken back until now was before this. */
export const suspendedNow =
  ({ account_id, account_name }: Account, key: string, now: number): Change =>
  (state) => {
    const resumable = { account_id, account_name, expires_at: now + RESUME_MS };
    const params = { name: account_name, key };
    const told = addToast('ok', { key: 'user_suspended_at_once', params }, now, RESUME_MS);
    return told(changePerson({ undo: null, resumable })(withoutCounting(state)));
  };

/** Nothing can be resumed by a key any more, and nothing says so. */
export const suspensionKept: Change = (state) =>
  state.person.resumable === null ? state : changePerson({ resumable: null })(withoutCounting(state));

export const expireResumable =
  (now: number): Change =>
  (state) => {
    const { resumable } = state.person;
    return resumable !== null && resumable.expires_at <= now ? suspensionKept(state) : state;
  };

const withoutCounting: Change = (state) => ({
  ...state,
  toasts: state.toasts.filter(({ counts }) => counts !== true),
});
