/** What a handler gets and gives. Handlers touch no socket, no SQL and no other handler. */
import type {
  ActionName,
  ActionNameOf,
  ACTIONS,
  ClientKeyEndReason,
  DeclaredErrorOf,
  Failure,
  Held,
  LimitedBucket,
  Noun,
  ParsedParamsOf,
  ResultOf,
  Session,
  SessionEndReason,
} from '../../protocol/index.js';
import type { AccessTokens, PageCursors, PasswordHasher, RefreshSuccessors } from '../crypto/index.js';
import type { GuessPlace, SessionLife } from '../domain/index.js';
import type { Lasting } from './lasting.js';
import type { Clock, Random } from '../runtime/index.js';
import type {
  AskedOperationName,
  AuditDetails,
  KnownDevice,
  OperationArgs,
  OperationResult,
  Store,
  Who,
} from '../store/index.js';

/** The authenticated party of a request, read anew for every request. */
export type Principal = {
  readonly account_id: string;
  readonly session: Session;
  readonly permissions: Held;
};

/** What handlers may ask of the connection that they serve. */
export type Peer = {
  /** Network address as the server sees it. */
  readonly address: string;
  /** The client key of the handshake. */
  readonly key_id: string;
  /** Which of the keys behind the id was proved; null for the local key. */
  readonly secret_id: number | null;
  /**
   * Returns the refusal when there is no place for one more connection of the account or session: asked before a session
   * begins on this one (`session_id` is null) or goes on. `privileged`: whether they may suspend accounts.
   */
  roomFor(newcomer: {
    readonly account_id: string;
    readonly session_id: string | null;
    readonly privileged: boolean;
  }): Failure<'too_many_connections'> | null;
  /** Signs the connection in, from the next request on. There is room for it by now, whoever has to give way. */
  adopt(session: { readonly account_id: string; readonly session_id: string }): void;
};

/** What happens to the connection once the reply is out. */
export type AfterReply =
  | { readonly then: 'close' }
  /** It can be signed in again. */
  | { readonly then: 'sign_out' }
  /** It is told why its session has ended, then closed. */
  | { readonly then: 'end_session'; readonly session_id: string; readonly reason: SessionEndReason }
  /** It is told why its client key is no longer valid, then closed. */
  | { readonly then: 'end_client_key'; readonly key_id: string; readonly reason: ClientKeyEndReason };

/** One guess at a password that is being checked. */
export type Guess = {
  /** Where it is counted when it turns out wrong. */
  readonly place: GuessPlace;
  /** The guess was right: it no longer counts against the address. */
  succeeded(): Promise<void>;
  /** The verdict is written; always called. */
  end(): void;
};

/** Slows down guessing. */
export type GuessGuard = {
  /** Returns what strangers' guesses at an account are counted under, or at a name that no account has. */
  subjectOf(accountId: string | null, canonicalName: string): string;
  /** Counts a stranger's guess that is about to be checked, or says how long to wait. */
  begin(subject: string, address: string): Promise<Guess | Failure<'throttled'>>;
  /** The same for a known device or a live session: no stranger's guesses count for it, and none of its own for strangers. */
  beginOwn(subject: string): Promise<Guess | Failure<'throttled'>>;
};

/** A refusal that the audit log tells of. */
export type Refusal = {
  readonly event: 'sign_in_refused' | 'refresh_token_refused';
  readonly who: Who;
  readonly target_id: string | null;
  readonly details: AuditDetails;
  /** What was refused, in a text of which no two are alike: refusals of the same from the same address are repeats. */
  readonly subject: string;
};

export type RefusalCounts = {
  /** Returns false when the audit log shall have a row of it; true when it was counted, and a row tells of it later. */
  isRepeat(refusal: Refusal): boolean;
};

/** What whoever runs the server has chosen, as far as handlers care. */
export type ServerSettings = {
  readonly server_name: string;
  readonly server_version: string;
  readonly registration_open: boolean;
  readonly password_length_min: number;
  readonly session_life: SessionLife;
  /** Live sessions that one account may have. */
  readonly sessions_max: number;
  /** Whether `authenticate` with an unknown name registers it, as JIM servers do. */
  readonly auto_register: boolean;
};

export type Services = {
  readonly store: Store;
  readonly hasher: PasswordHasher;
  readonly guesses: GuessGuard;
  readonly refusals: RefusalCounts;
  readonly access_tokens: AccessTokens;
  readonly refresh_successors: RefreshSuccessors;
  readonly page_cursors: PageCursors;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: ServerSettings;
  /** What the server counts about itself. */
  readonly stats: () => ResultOf<'server_stats'>;
  /** Draws from a bucket besides the one of the action's entry, for a handler that does another action's work. */
  readonly throttle: {
    draw(
      bucket: LimitedBucket,
      key: string,
    ): Promise<{ succeeded(): Promise<void>; undo(): Promise<void>; end(): void } | Failure<'throttled'>>;
  };
};

/** The principal is there for every action that nobody calls without a session: the compiler knows. */
export type PrincipalOf<A extends ActionName> = (typeof ACTIONS)[A]['access'] extends
  'public' | { readonly client: string }
  ? Principal | null
  : Principal;

export type Context<A extends ActionName> = Omit<Services, 'store'> & {
  /** What handlers read. They write through `write`. */
  readonly store: Pick<Store, 'holders' | 'read' | 'roles' | 'sessions'>;
  readonly peer: Peer;
  readonly principal: PrincipalOf<A>;
  /** The device that the request comes from, when it has shown a token of the very account that it names. */
  readonly known_device: KnownDevice | null;
  /** When the request was let in, Unix milliseconds. */
  readonly at: number;
  /** Who asks, for what the operations let them do and for their audit rows. */
  readonly who: Who;
  /**
   * Runs a named operation; resolves with its result when it is on disk. Whoever it concerns has heard of it by then; this
   * connection itself hears after the reply. Throws when whoever asks may not any more; the dispatcher answers.
   */
  readonly write: <O extends AskedOperationName>(
    operation: O,
    args: OperationArgs<O>,
  ) => Promise<OperationResult<O>>;
  /** Says whose account the request is about where nobody is signed in: the log names it, and the reply doesn't. */
  readonly concerns: (account_id: string | null) => void;
  /** Says what happens to the connection once the reply to this request is out. */
  readonly afterReply: (what: AfterReply) => void;
};

/** Refusals that a handler can pass on from the hasher, the guess guard, the peer, a page cursor and the authority rules besides those its entry declares. */
type PassedOn<A extends ActionName> =
  | 'busy'
  | 'throttled'
  | 'invalid_params'
  | ((typeof ACTIONS)[A]['identity'] extends 'begins' ? 'too_many_connections' : never)
  | ((typeof ACTIONS)[A]['access'] extends 'public' | { readonly client: string } ? never : 'session_invalid')
  | ((typeof ACTIONS)[A]['access'] extends { readonly permission: string } ? 'forbidden' : never);

/** A result, or a refusal that the action declares: anything else doesn't compile. */
export type Answer<A extends ActionName> =
  ResultOf<A> | Lasting<ResultOf<A>> | Failure<DeclaredErrorOf<A> | PassedOn<A>>;

export type Handler<A extends ActionName> = (
  context: Context<A>,
  params: ParsedParamsOf<A>,
) => Promise<Answer<A>> | Answer<A>;

/** The handlers of all actions about one noun. */
export type HandlersOf<N extends Noun> = { readonly [A in ActionNameOf<N>]: Handler<A> };
