/**
 * The person who is signed in, and everything that is theirs. There is one value for nobody: signing out, being signed out and
 * another server put it in, so that nothing can stay for the next person. Lists are here and nowhere else.
 */
import type { Account, Permission, RoleRecord } from '../../protocol/index.js';
import type { Language, Problem } from '../i18n/index.js';
import type { ThemeName } from '../theme/index.js';
import { UNKNOWN_LISTS, type ListsState } from './list_table.js';

export type SessionView = {
  readonly account: Account;
  readonly session_id: string;
  readonly permissions: readonly Permission[];
};

/** One account as opened in the detail view. */
export type UserDetail = {
  readonly account_id: string;
  readonly account: Account | null;
  readonly live_sessions: number | null;
  readonly loading: boolean;
  readonly problem: Problem | null;
};

/** What `u` brings back: looks, questions and marks as they were before the last harmless act. */
export type Undo = {
  readonly language: Language;
  readonly theme: ThemeName;
  readonly lists: ListsState;
  readonly expires_at: number;
};

/** An account that was suspended a moment ago without a question: `u` resumes it. */
export type Resumable = {
  readonly account_id: string;
  readonly account_name: string;
  readonly expires_at: number;
};

export type PersonState = {
  /** Null while nobody is signed in. */
  readonly session: SessionView | null;
  /** When the password was last checked on this connection; null when it was not, as after resuming a session. */
  readonly password_checked_at: number | null;
  /** Nobody was at the keyboard for long: everything is hidden until the password is typed. */
  readonly locked: boolean;
  readonly undo: Undo | null;
  readonly resumable: Resumable | null;
  readonly lists: ListsState;
  /** All roles of the server, whatever is asked of their list; null before they were read. */
  readonly roles: readonly RoleRecord[] | null;
  readonly user_detail: UserDetail | null;
};

export const NOBODY: PersonState = {
  session: null,
  password_checked_at: null,
  locked: false,
  undo: null,
  resumable: null,
  lists: UNKNOWN_LISTS,
  roles: null,
  user_detail: null,
};
