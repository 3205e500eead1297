/** What a handler gets and gives. Handlers touch no socket, no SQL and no other handler. */
import type {
  ActionName,
  ACTIONS,
  DeclaredErrorOf,
  EventData,
  EventName,
  Failure,
  ParsedParamsOf,
  Permission,
  ResultOf,
  Session,
  SessionEndReason,
} from '../../protocol/index.js';
import type { PasswordHasher } from '../crypto/index.js';
import type { SessionLife } from '../domain/index.js';
import type { Clock, Random } from '../runtime/index.js';
import type { Store, Who } from '../store/index.js';

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
  /** Signs the connection in, from the next request on. */
  adopt(session: { readonly account_id: string; readonly session_id: string }): void;
  /** Ends the connection once the reply is out, with the event that says why when there is a reason. */
  endAfterReply(ended?: { readonly session_id: string; readonly reason: SessionEndReason }): void;
};

/** All connections that are signed in, by session and by account. */
export type LiveConnections = {
  /** Tells the connections of these sessions why they end, and closes them; `besides` is left alone. */
  endSessions(sessionIds: readonly string[], reason: SessionEndReason, besides: Peer | null): void;
  /** Pushes an event to every connection of an account but `besides`. */
  notifyAccount<E extends EventName>(
    accountId: string,
    event: E,
    data: EventData<E>,
    besides: Peer | null,
  ): void;
};

/** What whoever runs the server has chosen, as far as handlers care. */
export type ServerSettings = {
  readonly server_name: string;
  readonly server_version: string;
  readonly registration_open: boolean;
  readonly password_length_min: number;
  readonly session_life: SessionLife;
};

export type Services = {
  readonly store: Store;
  readonly hasher: PasswordHasher;
  readonly clock: Clock;
  readonly random: Random;
  readonly live: LiveConnections;
  readonly settings: ServerSettings;
  /** Told when the first administrator has claimed the server. */
  readonly onAdministratorClaimed: () => void;
};

/** The principal is there for every action that isn't public: the compiler knows. */
export type PrincipalOf<A extends ActionName> = (typeof ACTIONS)[A]['access'] extends 'public'
  ? Principal | null
  : Principal;

export type Context<A extends ActionName> = Services & {
  readonly peer: Peer;
  readonly principal: PrincipalOf<A>;
  /** When the request was let in, Unix milliseconds. */
  readonly at: number;
  /** Who asks, for the operations' audit rows. */
  readonly who: Who;
};

/** Refusals that a handler can pass on from the hasher, a page cursor and the authority rules besides those its entry declares. */
type PassedOn<A extends ActionName> =
  | 'busy'
  | 'invalid_params'
  | ((typeof ACTIONS)[A]['access'] extends 'public' ? never : 'session_invalid')
  | ((typeof ACTIONS)[A]['access'] extends { readonly permission: string } ? 'forbidden' : never);

/** A result, or a refusal that the action declares: anything else doesn't compile. */
export type Answer<A extends ActionName> = ResultOf<A> | Failure<DeclaredErrorOf<A> | PassedOn<A>>;

export type Handler<A extends ActionName> = (
  context: Context<A>,
  params: ParsedParamsOf<A>,
) => Promise<Answer<A>> | Answer<A>;
