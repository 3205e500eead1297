/** What screens can ask to be done. Every act answers with an outcome; none throws, and none is given React or a store. */
import type {
  Account,
  ClientKeyRecord,
  ClientPermission,
  ParamsOf,
  RoleRecord,
} from '../../protocol/index.js';
import type { BulkVerb, Holders, ListName, RowOf, Screen, ToastKind } from '../state/index.js';
import type { Attempt, Problem, Said } from '../i18n/index.js';

export type ProfileChanges = ParamsOf<'update_profile'>['changes'];
export type NewUser = ParamsOf<'create_user'>['user'];
export type RegisterForm = {
  readonly account_name: string;
  readonly password: string;
  /** Typed by hand; null takes the one found on this machine, if the server wants one. */
  readonly setup_code: string | null;
  readonly person: Omit<NewUser, 'account_name'>;
};
export type CreatedUser = {
  readonly account: Account;
  readonly code: string;
  readonly code_expires_at: number;
};

/** A client key, with what proves it. */
export type NewClientKey = {
  readonly client_key: ClientKeyRecord;
  /** `<key id>.<key>` */
  readonly connection_key: string;
  /** The portcullis:// line of this server with it. */
  readonly connection_string: string;
};

export type BulkResult = {
  readonly done: number;
  readonly failed: readonly { readonly name: string; readonly problem: Problem }[];
};

/** A server that this machine knows, without its key. Cleaned. */
export type KnownServerRow = {
  readonly name: string;
  /** `host:port` */
  readonly label: string;
  readonly tls: boolean;
  /** Who is signed in there from here, as far as is known. */
  readonly account_name: string | null;
  readonly last_used_at: number;
};

/** An account that stays signed in on this machine, without its tokens. Cleaned. */
export type KeptAccountRow = {
  /** What the effects know it by. */
  readonly id: string;
  readonly account_name: string;
  /** True for the one that is signed in here and now. */
  readonly current: boolean;
  readonly used_at: number;
};

export type KeptAccountEffects = {
  /** Returns whose sessions are kept for this server, the one used last first. */
  keptAccounts(): readonly KeptAccountRow[];
  /** Goes on as a kept account. The session that was here stays as it is. */
  switchAccount(id: string): Attempt<null>;
  /** Opens the form for somebody else. The session that was here stays as it is. */
  signInAsAnother(): void;
  /** Ends the session of a kept account, on the server as well where that can be reached, and forgets it. */
  forgetAccount(id: string): Promise<Attempt<null>>;
  /** Whether other terminals of this person may be signed in with the very session that is signed in here. */
  sharesSession(): boolean;
};

export type ConnectionEffects = {
  /** Connects to another server; the address is a known server's name, `host:port` (key from this machine) or a portcullis:// line. */
  connectTo(address: string): Attempt<null>;
  /** Gives up a kept session that is being taken up again, for the form. */
  signInAnew(): void;
  retryNow(): void;
  /** Returns how many other connections are signed in; null for who may not know that. */
  othersConnected(): Promise<number | null>;
  /** Returns the pin of the server's TLS key; null where there is none. */
  serverPin(): string | null;
  /** Returns the servers that this machine knows, the one used last first; `connectTo` takes their names too. */
  knownServers(): readonly KnownServerRow[];
  forgetServer(name: string): Attempt<null>;
  /** Returns whether the next sign-in is kept on this machine; null where nothing can be kept. */
  keepsSignedIn(): boolean | null;
  keepSignedIn(on: boolean): void;
};

export type SessionEffects = {
  signIn(account_name: string, password: string): Promise<Attempt<null>>;
  register(form: RegisterForm): Promise<Attempt<null>>;
  redeemCode(account_name: string, code: string, new_password: string): Promise<Attempt<null>>;
  /** Ends the session; the connection stays. */
  signOut(): Promise<Attempt<null>>;
  /** Checks the password again, before one of the worst acts. */
  confirmPassword(password: string): Promise<Attempt<null>>;
  /** Ends all sessions but this one; gives how many. */
  endOtherSessions(): Promise<Attempt<number>>;
  revokeSession(session_id: string): Promise<Attempt<null>>;
};

/** The own account. */
export type AccountEffects = {
  /** Returns the own account as the server has it now. */
  readProfile(): Promise<Attempt<Account>>;
  updateProfile(changes: ProfileChanges, version: number): Promise<Attempt<Account>>;
  /** Returns how many other sessions ended. */
  changePassword(current_password: string, new_password: string): Promise<Attempt<number>>;
};

export type ListEffects = {
  /** Reads what is missing of the rows `from` … `to` of a list. */
  ensureRows(list: ListName, from: number, to: number): void;
  refreshList(list: ListName): void;
  /** Returns the first `count_max` rows that match the question of a list. */
  matchingRows<N extends ListName>(list: N, count_max: number): Promise<Attempt<readonly RowOf<N>[]>>;
};

/** Other people's accounts. */
export type UserEffects = {
  /** Returns an account as the server has it now. */
  readUser(account_id: string): Promise<Attempt<Account>>;
  /** The same act on many accounts. Never fails as a whole. */
  actOnMany(verb: BulkVerb, targets: readonly (readonly [id: string, name: string])[]): Promise<BulkResult>;
  /** Forgets the wrong guesses at an account; gives how many there were. */
  clearThrottle(account_id: string): Promise<Attempt<number>>;
  /** The code is handed to the caller only and is kept nowhere else. */
  createUser(user: NewUser): Promise<Attempt<CreatedUser>>;
  updateUser(account_id: string, changes: ProfileChanges, version: number): Promise<Attempt<Account>>;
  /** Returns how many sessions ended. */
  suspendUser(account_id: string): Promise<Attempt<number>>;
  resumeUser(account_id: string): Promise<Attempt<null>>;
  deleteUser(account_id: string): Promise<Attempt<null>>;
  assignRole(account_id: string, role: string): Promise<Attempt<null>>;
  unassignRole(account_id: string, role: string): Promise<Attempt<null>>;
};

/** What programs and machines prove. New keys are handed to the caller only and are kept nowhere else. */
export type ClientKeyEffects = {
  /** Returns the id of the key with which this program is connected; null while it is with no server. */
  keyInUse(): string | null;
  /** `days` until it ends; null for no end. */
  createClientKey(
    name: string,
    days: number | null,
    permissions: readonly ClientPermission[],
  ): Promise<Attempt<NewClientKey>>;
  updateClientKey(key_id: string, permissions: readonly ClientPermission[]): Promise<Attempt<null>>;
  rotateClientKey(key_id: string, overlap_hours: number): Promise<Attempt<NewClientKey>>;
  revokeClientKey(key_id: string): Promise<Attempt<null>>;
};

/** What a form says of a role. */
export type RoleForm = {
  readonly role: string;
  readonly description: string | null;
  readonly permissions: readonly string[];
};

export type RoleEffects = {
  /** Returns a role as the server has it now. */
  readRole(role: string): Promise<Attempt<RoleRecord>>;
  /** Returns how many accounts hold a role. */
  holdersOf(role: string): Promise<Attempt<Holders>>;
  createRole(form: RoleForm): Promise<Attempt<RoleRecord>>;
  updateRole(form: RoleForm, version: number): Promise<Attempt<RoleRecord>>;
  deleteRole(role: string): Promise<Attempt<null>>;
};

export type Effects = ConnectionEffects &
  KeptAccountEffects &
  SessionEffects &
  AccountEffects &
  ListEffects &
  UserEffects &
  RoleEffects &
  ClientKeyEffects & {
    /** Reads what the screen's entry says that it loads; again, when it was read before. */
    loadScreen(screen: Screen): void;
    toast(kind: ToastKind, said: Said): void;
  };
