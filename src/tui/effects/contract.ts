/** What screens can ask to be done. Every act answers with an outcome; none throws, and none is given React or a store. */
import type { Account, ParamsOf, Role } from '../../protocol/index.js';
import type { ToastKind } from '../state/model.js';
import type { Outcome, Said } from '../state/problem.js';

export type ProfileChanges = ParamsOf<'update_profile'>['changes'];
export type NewUser = ParamsOf<'create_user'>['user'];
export type RegisterForm = {
  readonly account_name: string;
  readonly password: string;
  /** Typed by hand; null takes the one found on this machine, if the server wants one. */
  readonly setup_code: string | null;
};
export type CreatedUser = {
  readonly account: Account;
  readonly code: string;
  readonly code_expires_at: number;
};

export type Effects = {
  /** Connects to another server; the address is `host:port` (key from this machine) or a portcullis:// line. */
  connectTo(address: string): Outcome<null>;
  retryNow(): void;
  signIn(account_name: string, password: string): Promise<Outcome<null>>;
  register(form: RegisterForm): Promise<Outcome<null>>;
  redeemCode(account_name: string, code: string, new_password: string): Promise<Outcome<null>>;
  signOut(): Promise<Outcome<null>>;
  loadHome(): void;
  revokeSession(session_id: string): Promise<Outcome<null>>;
  updateProfile(changes: ProfileChanges, version: number): Promise<Outcome<Account>>;
  /** Gives how many other sessions ended. */
  changePassword(current_password: string, new_password: string): Promise<Outcome<number>>;
  /** Reads what is missing of the rows `from` … `to` of the users table. */
  ensureUsers(from: number, to: number): void;
  refreshUsers(): void;
  loadUser(account_id: string): void;
  /** The code is handed to the caller only and is kept nowhere else. */
  createUser(user: NewUser): Promise<Outcome<CreatedUser>>;
  updateUser(account_id: string, changes: ProfileChanges, version: number): Promise<Outcome<Account>>;
  /** Gives how many sessions ended. */
  suspendUser(account_id: string): Promise<Outcome<number>>;
  resumeUser(account_id: string): Promise<Outcome<null>>;
  deleteUser(account_id: string): Promise<Outcome<null>>;
  assignRole(account_id: string, role: Role): Promise<Outcome<null>>;
  unassignRole(account_id: string, role: Role): Promise<Outcome<null>>;
  toast(kind: ToastKind, said: Said): void;
};
