/** What a handler gets and gives. Handlers touch no socket, no SQL and no other handler. */
import type {
  ActionName,
  ActionNameOf,
  ACTIONS,
  Bucket,
  ClientKeyEndReason,
  DeclaredErrorOf,
  Failure,
  Noun,
  ParsedParamsOf,
  Permission,
  ResultOf,
  Session,
  SessionEndReason,
} from '../../protocol/index.js';
import type { AccessTokens, PasswordHasher, RefreshSuccessors } from '../crypto/index.js';
import type { SessionLife } from '../domain/index.js';
import type { Lasting } from './lasting.js';
import type { Clock, Random } from '../runtime/index.js';
import type { AskedOperationName, OperationArgs, OperationResult, Store, Who } from '../store/index.js';

/** The authenticated party of a request, read anew for every request. */
export type Principal = {
  readonly account_id: string;
  readonly session: Session;
  readonly permissions: ReadonlySet<Permission>;
};

/** What handlers may ask of the connection that they serve. */
export type Peer = {
  /** Network address as the server sees it. */
  readonly address: string;
  /** The client key of the handshake. */
  readonly key_id: string;
  /** Which of the keys behind the id was proved; null for the local key. */
  readonly secret_id: number | null;
  /** Signs the connection in, from the next request on. */
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
  /** The guess was right: it no longer counts against the address. */
  succeeded(): Promise<void>;
  /** The verdict is written; always called. */
  end(): void;
};

/** Slows down guessing, account by account. */
export type GuessGuard = {
  /** Returns the counter of an account, or of a name that no account has. */
  subjectOf(accountId: string | null, canonicalName: string): string;
  /** Counts a guess that is about to be checked, or says how long to wait. */
  begin(subject: string, address: string): Promise<Guess | Failure<'throttled'>>;
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
  readonly access_tokens: AccessTokens;
  readonly refresh_successors: RefreshSuccessors;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: ServerSettings;
  /** What the server counts about itself. */
  readonly stats: () => ResultOf<'server_stats'>;
  /** Draws from a bucket besides the one of the action's entry, for a handler that does another action's work. */
  readonly throttle: {
    draw(
      bucket: Bucket,
      key: string,
    ): Promise<{ giveBack(): Promise<void>; end(): void } | Failure<'throttled'>>;
  };
};

/** The principal is there for every action that isn't public: the compiler knows. */
export type PrincipalOf<A extends ActionName> = (typeof ACTIONS)[A]['access'] extends 'public'
  ? Principal | null
  : Principal;

export type Context<A extends ActionName> = Omit<Services, 'store'> & {
  /** What handlers read. They write through `write`. */
  readonly store: Pick<Store, 'read' | 'sessions'>;
  readonly peer: Peer;
  readonly principal: PrincipalOf<A>;
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
  /** Says what happens to the connection once the reply to this request is out. */
  readonly afterReply: (what: AfterReply) => void;
};

/** Refusals that a handler can pass on from the hasher, the guess guard, a page cursor and the authority rules besides those its entry declares. */
type PassedOn<A extends ActionName> =
  | 'busy'
  | 'throttled'
  | 'invalid_params'
  | ((typeof ACTIONS)[A]['access'] extends 'public' ? never : 'session_invalid')
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
