/** The whole state of the interface: what it holds, and how it begins. Pure data; secrets never get here. */
import type { Account, ClientKeyRecord, RoleRecord, SessionEndReason } from '../../protocol/index.js';
import type { ConnectProblemCode, Fault, Language, Problem, ProblemCode, Said } from '../i18n/index.js';
import type { ThemeName } from '../theme/index.js';
import type { ListName } from './list_table.js';
import { NOBODY, type PersonState } from './person.js';
import { SIGNED_OUT_SCREEN, type Screen } from './screen_table.js';

/** Why someone is back at the sign-in screen. */
export type SignedOutReason = SessionEndReason | 'session_invalid';

/** What a confirm dialog is about to do. Names are clean. */
export type ConfirmAct =
  | {
      readonly kind: 'quit';
      readonly signed_in: boolean;
      /** The server ends with this program: how many others are signed in there, null where nobody may say so. */
      readonly stops_server?: { readonly others: number | null };
    }
  | { readonly kind: 'sign_out' }
  /** A kept account of this machine; its session ends. */
  | { readonly kind: 'forget_account'; readonly id: string; readonly account_name: string }
  | {
      readonly kind: 'revoke_session';
      readonly session_id: string;
      readonly label: string;
      readonly current: boolean;
    }
  /** All sessions but this one, as they are when it is done. */
  | { readonly kind: 'end_others' }
  | { readonly kind: 'suspend' | 'resume' | 'delete'; readonly account: Account }
  | {
      readonly kind: 'assign_role' | 'unassign_role';
      readonly account: Account;
      readonly role: string;
      /** What the account may do by it alone. */
      readonly permissions: readonly string[];
    }
  /** A form asks, and goes on by itself. `permissions`: all that the role permits. */
  | { readonly kind: 'create_role'; readonly role: string; readonly permissions: readonly string[] }
  | {
      readonly kind: 'update_role';
      readonly role: string;
      readonly given: readonly string[];
      readonly taken: readonly string[];
      /** All that it permits before or after. */
      readonly permissions: readonly string[];
      readonly holders: Holders;
    }
  | { readonly kind: 'delete_role'; readonly role: RoleRecord }
  /** `own`: this program itself is connected with it. */
  | { readonly kind: 'revoke_client_key'; readonly client_key: ClientKeyRecord; readonly own: boolean }
  /** Account ids with their names. */
  | {
      readonly kind: 'bulk';
      readonly verb: BulkVerb;
      readonly targets: readonly (readonly [account_id: string, account_name: string])[];
    };

/** How many accounts hold a role; where it is not exact, there are more. */
export type Holders = { readonly count: number; readonly exact: boolean };

/** What can be done with many accounts at once. */
export type BulkVerb = 'suspend' | 'resume';

export type MenuName =
  | 'sort'
  | 'filters'
  | 'filter_values'
  | 'copy'
  | 'user_actions'
  | 'bulk_actions'
  | 'client_key_actions'
  | 'role_actions'
  | 'language'
  | 'accounts'
  | 'forget_account';
export type Overlay =
  | { readonly name: 'help' }
  | {
      readonly name: 'menu';
      readonly menu: MenuName;
      readonly account_id?: string;
      readonly key_id?: string;
      readonly role?: string;
      readonly list?: ListName;
      /** The filter of the list whose values are offered. */
      readonly filter?: string;
    }
  | { readonly name: 'confirm'; readonly act: ConfirmAct }
  | { readonly name: 'palette' }
  /** What came of an act on many accounts: one line for each that was not done. */
  | {
      readonly name: 'result';
      readonly title: Said;
      readonly failed: readonly { readonly name: string; readonly problem: Problem }[];
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
  | {
      readonly name: 'closed';
      readonly code: ConnectProblemCode;
      readonly error_code: ProblemCode | null;
      /** What exactly is wrong with the channel, where that is known. */
      readonly fault?: Fault;
    };

export type ServerInfo = {
  readonly registration_open: boolean;
  readonly setup_required: boolean;
  readonly password_length_min: number;
  /** True when the setup code was found on this machine; the code itself stays in effects. */
  readonly setup_code_found: boolean;
  /** Signing in with an unknown name makes an account. */
  readonly auto_register?: boolean;
};

export type ToastKind = 'ok' | 'info' | 'error';
export type Toast = {
  readonly id: number;
  readonly kind: ToastKind;
  readonly said: Said;
  /** When it goes by itself; errors stay until dismissed. */
  readonly expires_at: number | null;
  /** Says as `count` how many seconds it still stays. */
  readonly counts?: true;
};

/** What is on the screen. It may name people, so it is nobody's after signing out. */
export type ViewState = {
  readonly screens: readonly [Screen, ...Screen[]];
  readonly overlays: readonly Overlay[];
  readonly toasts: readonly Toast[];
  /** True once something was typed into a form of the root screen: from then on it is not taken away unasked. */
  readonly typed: boolean;
};

export type AppState = ViewState & {
  readonly language: Language;
  readonly theme: ThemeName;
  readonly server_label: string;
  readonly tls: boolean;
  readonly connection: ConnectionView;
  readonly server_info: ServerInfo | null;
  readonly signed_out_reason: SignedOutReason | null;
  /** Whose kept session is being taken up again, where that is known; null when none is. */
  readonly resuming: { readonly account_name: string | null } | null;
  /** How often the screen became another one without anybody having asked for it. */
  readonly unasked: number;
  readonly next_toast_id: number;
  /** `q` where there is nowhere to go back to asks whether the program is to end. */
  readonly asks_before_quitting: boolean;
  readonly person: PersonState;
};

export const FIRST_VIEW: ViewState = { screens: [SIGNED_OUT_SCREEN], overlays: [], toasts: [], typed: false };

/** Returns the state before anything was heard of a server. */
export function initialState(options: {
  language: Language;
  server_label: string;
  tls: boolean;
  theme?: ThemeName;
  asks_before_quitting?: boolean;
}): AppState {
  return {
    ...FIRST_VIEW,
    language: options.language,
    theme: options.theme ?? 'ansi',
    server_label: options.server_label,
    tls: options.tls,
    connection: { name: 'idle' },
    server_info: null,
    signed_out_reason: null,
    resuming: null,
    unasked: 0,
    next_toast_id: 1,
    asks_before_quitting: options.asks_before_quitting ?? true,
    person: NOBODY,
  };
}
