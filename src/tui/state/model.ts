/** The whole state of the interface: what it holds, and how it begins. Pure data; secrets never get here. */
import type {
  Account,
  AccountStatus,
  Permission,
  Role,
  Session,
  SessionEndReason,
  UserSort,
} from '../../protocol/index.js';
import type { ResultOf } from '../../protocol/index.js';
import type { ConnectProblemCode, Language, Problem, ProblemCode, Said } from '../i18n/index.js';
import type { ThemeName } from '../theme/index.js';

export type SignInEntry = ResultOf<'login_history'>['entries'][number];
/** Why someone is back at the sign-in screen. */
export type SignedOutReason = SessionEndReason | 'session_invalid';

export type Screen =
  | { readonly name: 'connect' }
  | { readonly name: 'sign_in' }
  | { readonly name: 'register' }
  | { readonly name: 'redeem' }
  | { readonly name: 'home' }
  | { readonly name: 'edit_profile' }
  | { readonly name: 'change_password' }
  | { readonly name: 'users' }
  | { readonly name: 'user'; readonly account_id: string }
  | { readonly name: 'edit_user'; readonly account_id: string }
  | { readonly name: 'create_user' };
export type ScreenName = Screen['name'];

/** What a confirm dialog is about to do. Names are clean. */
export type ConfirmAct =
  | { readonly kind: 'quit'; readonly signed_in: boolean }
  | { readonly kind: 'sign_out' }
  | {
      readonly kind: 'revoke_session';
      readonly session_id: string;
      readonly label: string;
      readonly current: boolean;
    }
  /** All sessions but this one, as they are when it is done. */
  | { readonly kind: 'end_others' }
  | { readonly kind: 'suspend' | 'resume' | 'delete'; readonly account: Account }
  | { readonly kind: 'assign_role' | 'unassign_role'; readonly account: Account; readonly role: Role }
  /** Account ids with their names. */
  | {
      readonly kind: 'bulk';
      readonly verb: BulkVerb;
      readonly targets: readonly (readonly [account_id: string, account_name: string])[];
    };

/** What can be done with many accounts at once. */
export type BulkVerb = 'suspend' | 'resume';

export type MenuName = 'sort' | 'filters' | 'user_actions' | 'bulk_actions' | 'language';
export type Overlay =
  | { readonly name: 'help' }
  | { readonly name: 'menu'; readonly menu: MenuName; readonly account_id?: string }
  | { readonly name: 'confirm'; readonly act: ConfirmAct }
  | { readonly name: 'palette' }
  /** What came of an act on many accounts: one line for each that was not done. */
  | {
      readonly name: 'result';
      readonly title: Said;
      readonly failed: readonly { readonly name: string; readonly problem: Problem }[];
    };

/** What `u` brings back: looks and questions as they were before the last harmless act. */
export type Undo = {
  readonly language: Language;
  readonly theme: ThemeName;
  readonly query: UsersQuery;
  readonly marks: ReadonlyMap<string, string>;
  readonly expires_at: number;
};

export type ConnectionView =
  | { readonly name: 'idle' }
  | { readonly name: 'connecting' | 'handshaking'; readonly attempt: number }
  | { readonly name: 'ready'; readonly server_name: string; readonly latency_ms: number | null }
  | {
      readonly name: 'retrying';
      readonly attempt: number;
      readonly retry_at: number;
      readonly code: ConnectProblemCode;
      readonly error_code: ProblemCode | null;
    }
  | { readonly name: 'closed'; readonly code: ConnectProblemCode; readonly error_code: ProblemCode | null };

export type ServerInfo = {
  readonly registration_open: boolean;
  readonly setup_required: boolean;
  readonly password_length_min: number;
  /** True when the setup code was found on this machine; the code itself stays in effects. */
  readonly setup_code_found: boolean;
};

export type SessionView = {
  readonly account: Account;
  readonly session_id: string;
  readonly permissions: readonly Permission[];
};

/** A list that keeps its old rows while it is read again. */
export type Loaded<T> = {
  readonly rows: readonly T[];
  readonly loading: boolean;
  readonly problem: Problem | null;
  readonly known: boolean;
};

export type UsersQuery = {
  readonly search: string;
  readonly role: Role | null;
  readonly status: AccountStatus | null;
  readonly sort: UserSort;
  readonly descending: boolean;
};

export type UsersState = {
  readonly query: UsersQuery;
  /** The question whose answer is shown; an answer to any other is dropped. */
  readonly shown_key: string;
  readonly pages: ReadonlyMap<number, readonly Account[]>;
  /** Where page n begins; [0] is null. Grows as pages are read. */
  readonly cursors: readonly (string | null)[];
  /** Accounts that match, as far as counted; null while nothing is known. */
  readonly total: number | null;
  readonly total_is_exact: boolean;
  /** Rows known to exist; equals the whole list when `complete`. */
  readonly row_count: number;
  readonly complete: boolean;
  readonly loading: boolean;
  readonly problem: Problem | null;
  readonly selected: number;
  /** Marked accounts: id and name. They may be far outside of what is shown. */
  readonly marks: ReadonlyMap<string, string>;
  /** Where a range of marks began; null while none is drawn. */
  readonly range_from: number | null;
};

/** One account as opened in the detail view. */
export type UserDetail = {
  readonly account_id: string;
  readonly account: Account | null;
  readonly live_sessions: number | null;
  readonly loading: boolean;
  readonly problem: Problem | null;
};

export type ToastKind = 'ok' | 'info' | 'error';
export type Toast = {
  readonly id: number;
  readonly kind: ToastKind;
  readonly said: Said;
  /** When it goes by itself; errors stay until dismissed. */
  readonly expires_at: number | null;
};

export type AppState = {
  readonly language: Language;
  readonly theme: ThemeName;
  readonly server_label: string;
  readonly tls: boolean;
  readonly connection: ConnectionView;
  readonly server_info: ServerInfo | null;
  readonly session: SessionView | null;
  readonly signed_out_reason: SignedOutReason | null;
  /** When the password was last checked on this connection; null when it was not, as after resuming a session. */
  readonly password_checked_at: number | null;
  /** Nobody was at the keyboard for long: everything is hidden until the password is typed. */
  readonly locked: boolean;
  /** True once something was typed into a form of the root screen: from then on it is not taken away unasked. */
  readonly typed: boolean;
  readonly undo: Undo | null;
  readonly screens: readonly [Screen, ...Screen[]];
  readonly overlays: readonly Overlay[];
  readonly toasts: readonly Toast[];
  readonly next_toast_id: number;
  readonly sessions: Loaded<Session>;
  readonly history: Loaded<SignInEntry>;
  readonly users: UsersState;
  readonly user_detail: UserDetail | null;
};

export const EMPTY_LIST = {
  rows: [],
  loading: false,
  problem: null,
  known: false,
} as const satisfies Loaded<never>;

export const FIRST_QUERY: UsersQuery = {
  search: '',
  role: null,
  status: null,
  sort: 'account_name',
  descending: false,
};

/** Two questions with the same key have the same answer. */
export const queryKey = (query: UsersQuery): string =>
  JSON.stringify([query.search, query.role, query.status, query.sort, query.descending]);

export const FIRST_USERS: UsersState = {
  query: FIRST_QUERY,
  shown_key: '',
  pages: new Map(),
  cursors: [null],
  total: null,
  total_is_exact: true,
  row_count: 0,
  complete: false,
  loading: false,
  problem: null,
  selected: 0,
  marks: new Map(),
  range_from: null,
};

export function initialState(options: {
  language: Language;
  server_label: string;
  tls: boolean;
  theme?: ThemeName;
  screen?: Screen;
}): AppState {
  return {
    language: options.language,
    theme: options.theme ?? 'ansi',
    server_label: options.server_label,
    tls: options.tls,
    connection: { name: 'idle' },
    server_info: null,
    session: null,
    signed_out_reason: null,
    password_checked_at: null,
    locked: false,
    typed: false,
    undo: null,
    screens: [options.screen ?? { name: 'sign_in' }],
    overlays: [],
    toasts: [],
    next_toast_id: 1,
    sessions: EMPTY_LIST,
    history: EMPTY_LIST,
    users: FIRST_USERS,
    user_detail: null,
  };
}
