/**
 * The client: one server, at most one connection at a time. It keeps the connection and the session alive, matches
 * replies to calls, and never sends a call twice. Logs nothing. Listeners run after the client's own work, in a
 * microtask of their own, so they may call anything of the client.
 */
import {
  ACTIONS,
  EVENTS,
  LIMITS,
  isErrorCode,
  type Account,
  type ActionName,
  type Device,
  type ErrorOf,
  type ParamsOf,
  type ResultOf,
  type ServerEvent,
  type ServerMessage,
  type SessionEndReason,
} from '../protocol/index.js';
import { AccessTokenSource } from './access_token.js';
import { backoffMs } from './backoff.js';
import {
  clientRefusal,
  encodeCall,
  readReply,
  type AnyOutcome,
  type CallOptions,
  type Outcome,
} from './calls.js';
import { Connection } from './connection.js';
import type { ServerAddress } from './connection_string.js';
import { CallError, ConnectError, isFinal, type ConnectFailure } from './errors.js';
import { KeptSession, changesSession } from './kept_session.js';
import { PendingTable } from './pending.js';
import { systemRuntime, type Runtime } from './runtime.js';

/** Which server to connect to, and how patiently. */
export type ConnectOptions = {
  address: ServerAddress;
  /** What this program says about itself; added to sign-in calls that don't say it themselves. */
  device?: Device;
  /** Whether to connect again after a loss; true unless told. */
  reconnect?: boolean;
  /** Milliseconds that a call waits for its answer unless it says otherwise; 20,000 unless told. */
  request_ms?: number;
  /** Milliseconds for one try to connect, handshake included; 10,000 unless told. */
  connect_ms?: number;
  /** The token of an earlier sign-in; the client resumes with it after each connect. */
  session_token?: string;
};

/**
 * Where the client is. `attempt` counts tries, 1 for the first; in `retrying` it is the number of the try that comes
 * next, at `retry_at` (Unix milliseconds). `latency_ms` is the last measured round trip, null before the first.
 * `closed` is the end: nothing follows it.
 */
export type ConnectionState =
  | { readonly name: 'connecting'; readonly attempt: number }
  | { readonly name: 'handshaking'; readonly attempt: number }
  | {
      readonly name: 'ready';
      readonly server_name: string;
      readonly signed_in: boolean;
      readonly latency_ms: number | null;
    }
  | {
      readonly name: 'retrying';
      readonly attempt: number;
      readonly retry_at: number;
      readonly reason: ConnectFailure;
    }
  | { readonly name: 'closed'; readonly reason: ConnectFailure | { readonly code: 'closed_by_us' } };

/** Why the session is over: what the server said, or `session_invalid` when it no longer knows the token. */
export type SignedOutReason = SessionEndReason | 'session_invalid';

const REQUEST_MS = 20_000;
const CONNECT_MS = 10_000;
/** Three probes in the time that the server gives to someone who hasn't signed in, so two may get lost. */
const PROBE_BEFORE_SIGN_IN_MS = LIMITS.before_sign_in_ms / 3;
/** As often as the server itself would ask. */
const PROBE_SIGNED_IN_MS = LIMITS.keep_alive_ms;
/** A probe that is unanswered for this long, with nothing else heard meanwhile, means that the server is gone. */
const PROBE_ANSWER_MS = 10_000;
/** A connection that lived this long counts as a success, and the backoff starts anew. */
const STABLE_MS = 5_000;
/** The longest pause that a server can ask for; a person may be waiting. */
const PAUSE_MS_MAX = 60_000;
/** How long `close` waits for the answer to `quit`. */
const QUIT_MS = 1_000;
/** A server that announced its stop and isn't gone this long after its own deadline never will be. */
const STOPPING_GRACE_MS = 1_000;

type Waiter = {
  readonly action: ActionName;
  readonly params: object;
  /** Gives the caller its outcome; only the first call counts. */
  readonly finish: (outcome: AnyOutcome) => void;
};

/** `unknown`, because an async function passes for a listener and gives a promise. */
type Listener<T> = (value: T) => unknown;

const ignore = (): void => undefined;

/** Calls a listener whose faults, thrown or rejected, are its own. */
function callListener<T>(listener: Listener<T>, value: T): void {
  try {
    const returned = listener(value);
    if (returned instanceof Promise) returned.catch(ignore);
  } catch {
    // Its own fault, see above.
  }
}

/** A client of one server. Made by `connect`; lives until `close` or until connecting failed for good. */
export class Client {
  readonly #options: ConnectOptions;
  readonly #runtime: Runtime;
  readonly #session: KeptSession;
  readonly #pending = new PendingTable<Waiter>();
  readonly #on_event = new Set<Listener<ServerEvent>>();
  readonly #on_state = new Set<Listener<ConnectionState>>();
  readonly #on_signed_out = new Set<Listener<SignedOutReason>>();
  #ready_waiters: { resolve: () => void; reject: (error: ConnectError) => void }[] = [];

  #state: ConnectionState = { name: 'connecting', attempt: 1 };
  #connection: Connection | null = null;
  #server_name = '';
  /** Whether this connection, not just the client, is signed in. */
  #signed_in = false;
  /** The server announced its stop: what is written is still answered, nothing new is written. */
  #stopping = false;
  #closing: Promise<void> | null = null;

  #last_id = 0;
  #flush_due = false;
  /** Failures in a row, since the last connection that was stable. */
  #failures = 0;
  /** The pause that the server asked for before the next try. */
  readonly #access: AccessTokenSource;
  #pause_ms: number | null = null;
  #ready_since_ms: number | null = null;
  #heard_ms = 0;
  #cancelRetry: () => void = ignore;
  #cancelProbe: () => void = ignore;
  #cancelStopping: () => void = ignore;

  /** Prefer `connect`. `runtime` is the clock and randomness; the real ones unless a test brings its own. */
  constructor(options: ConnectOptions, runtime: Runtime = systemRuntime) {
    this.#options = { ...options };
    this.#runtime = runtime;
    this.#session = new KeptSession(options.session_token ?? null);
    this.#access = new AccessTokenSource({
      session: this.#session,
      now_ms: () => runtime.now_ms(),
      refresh: (refresh_token) => this.attempt('refresh', { refresh_token }),
    });
    this.#open();
  }

  /** Where the client is now. Listeners of `onState` hear of a change a moment later. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** The token that resumes the session, a secret; null when there is none. */
  get session_token(): string | null {
    return this.#session.token;
  }

  /** The signed-in account as last heard from the server, which may have changed it since; null when not known. */
  get account(): Account | null {
    return this.#session.account;
  }

  /**
   * Resolves when the client is connected: handshaken, and resumed when there is a token that the server still knows.
   * Rejects with ConnectError when connecting failed for good or the client is closed. Nobody has to listen.
   */
  ready(): Promise<void> {
    const promise = new Promise<void>((resolve, reject) => {
      if (this.#state.name === 'ready') resolve();
      else if (this.#state.name === 'closed') reject(new ConnectError(this.#state.reason));
      else this.#ready_waiters.push({ resolve, reject });
    });
    promise.catch(ignore);
    return promise;
  }

  /**
   * The result of an action. While the client is connecting the call waits its turn, within its deadline.
   * Rejects with `CallError<ErrorOf<A>>`, whose code is one of the action's errors or a ClientErrorCode.
   */
  call<A extends ActionName>(
    action: A,
    params: ParamsOf<A>,
    options: CallOptions = {},
  ): Promise<ResultOf<A>> {
    const promise = this.attempt(action, params, options).then((outcome) => {
      if (outcome.ok) return outcome.result;
      throw new CallError<ErrorOf<A>>(outcome);
    });
    promise.catch(ignore);
    return promise;
  }

  /** The same as a value: what became of the action, refusals included. Never rejects. */
  attempt<A extends ActionName>(
    action: A,
    params: ParamsOf<A>,
    options: CallOptions = {},
  ): Promise<Outcome<A>> {
    // `readReply` checked result and code against this very action's entry, which the table of waiters can't express.
    return this.#request(action, this.#withDevice(action, params), options, 'in_turn') as Promise<Outcome<A>>;
  }

  /**
   * An access token that is good for at least half a minute more. When it has to be refreshed, that happens once,
   * however many ask; a refresh whose reply was lost is repeated with the same token, which the server allows for ten
   * seconds. Rejects with CallError: `unauthenticated` when nobody is signed in, `session_invalid` when the session ended.
   */
  accessToken(): Promise<string> {
    const promise = this.#access.get();
    promise.catch(ignore);
    return promise;
  }

  /** Hears every valid event of the server from now on. Gives what stops it. */
  onEvent(listener: (event: ServerEvent) => void): () => void {
    return this.#subscribe(this.#on_event, listener);
  }

  /** Hears every change of `state` from now on. Gives what stops it. */
  onState(listener: (state: ConnectionState) => void): () => void {
    return this.#subscribe(this.#on_state, listener);
  }

  /**
   * Hears when the session ended: the token is forgotten, someone has to sign in again. Comes before the state that
   * says `signed_in: false`. Gives what stops it.
   */
  onSignedOut(listener: (reason: SignedOutReason) => void): () => void {
    return this.#subscribe(this.#on_signed_out, listener);
  }

  /** Tries to connect now instead of waiting for `retry_at`. Does nothing in any other state than `retrying`. */
  retryNow(): void {
    if (this.#state.name !== 'retrying') return;
    this.#cancelRetry();
    this.#openAgain();
  }

  /**
   * Ends the connection politely with `quit`, within a second, and the client with it. The session lives on and can be
   * resumed. Calls without an answer by then end with `connection_lost`, new ones with `not_connected`. Idempotent;
   * never rejects.
   */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  // -- connecting ---------------------------------------------------------------------------------------------------

  #openAgain(): void {
    this.#setState({ name: 'connecting', attempt: this.#failures + 1 });
    this.#open();
  }

  #open(): void {
    const { address, connect_ms = CONNECT_MS } = this.#options;
    const connection = new Connection(address, connect_ms, this.#runtime, {
      opened: () => this.#setState({ name: 'handshaking', attempt: this.#failures + 1 }),
      handshaken: (server_name) => this.#handshaken(connection, server_name),
      message: (message) => this.#message(connection, message),
      ended: (failure) => this.#ended(failure),
    });
    this.#connection = connection;
  }

  #handshaken(connection: Connection, server_name: string): void {
    this.#server_name = server_name;
    if (this.#session.token === null) this.#becomeReady();
    else void this.#resume(connection, this.#session.token);
  }

  /** Continues the session. Never rejects. */
  async #resume(connection: Connection, session_token: string): Promise<void> {
    const outcome = await this.#request('resume', { session_token }, {}, 'at_once');
    if (this.#connection !== connection) return;
    if (outcome.ok) {
      this.#becomeReady();
    } else if (outcome.code === 'session_invalid' || outcome.code === 'invalid_params') {
      // A token that isn't even well-formed is as dead as one that the server forgot.
      this.#signOut('session_invalid');
      this.#becomeReady();
    } else if (outcome.code === 'request_timeout') {
      connection.end({ code: 'timed_out', message: 'The server did not resume the session in time.' });
    } else {
      this.#pause_ms = outcome.retry_after_ms;
      const message = 'The server can not resume the session at the moment.';
      const named = isErrorCode(outcome.code) ? { error_code: outcome.code } : {};
      connection.end({ code: 'refused', message, ...named });
    }
  }

  #becomeReady(): void {
    this.#ready_since_ms = this.#runtime.monotonic_ms();
    this.#setReady(null);
    this.#probeLater();
    this.#flushLater();
    for (const waiter of this.#ready_waiters.splice(0)) waiter.resolve();
  }

  #setReady(latency_ms: number | null): void {
    const next = {
      name: 'ready',
      server_name: this.#server_name,
      signed_in: this.#signed_in,
      latency_ms,
    } as const;
    const now = this.#state;
    const same = now.name === 'ready' && now.signed_in === next.signed_in && now.latency_ms === latency_ms;
    if (!same) this.#setState(next);
  }

  #ended(failure: ConnectFailure): void {
    this.#connection = null;
    const stable =
      this.#ready_since_ms !== null && this.#runtime.monotonic_ms() - this.#ready_since_ms >= STABLE_MS;
    const reason: ConnectFailure =
      this.#stopping && failure.code === 'lost'
        ? { code: 'refused', message: 'The server was stopped.', error_code: 'shutting_down' }
        : failure;
    const pause_ms = this.#pause_ms;
    this.#ready_since_ms = null;
    this.#pause_ms = null;
    this.#signed_in = false;
    this.#stopping = false;
    this.#cancelProbe();
    this.#cancelStopping();
    if (this.#state.name === 'closed') return;
    if (this.#closing !== null) {
      this.#finish({ code: 'closed_by_us' });
      return;
    }
    if (isFinal(reason) || this.#options.reconnect === false) {
      this.#finish(reason);
      return;
    }
    this.#failWritten();
    this.#failures = stable ? 1 : this.#failures + 1;
    const wait_ms =
      pause_ms === null
        ? backoffMs(this.#failures, this.#runtime.random())
        : Math.min(PAUSE_MS_MAX, Math.max(0, pause_ms));
    const retry_at = this.#runtime.now_ms() + wait_ms;
    this.#cancelRetry = this.#runtime.after(wait_ms, () => this.#openAgain());
    this.#setState({ name: 'retrying', attempt: this.#failures + 1, retry_at, reason });
  }

  async #shutDown(): Promise<void> {
    if (this.#state.name === 'ready' && !this.#stopping) {
      this.#flush();
      await this.#request('quit', {}, { deadline_ms: QUIT_MS }, 'at_once');
    }
    this.#finish({ code: 'closed_by_us' });
  }

  /** The end of the client. Idempotent. */
  #finish(reason: ConnectFailure | { readonly code: 'closed_by_us' }): void {
    if (this.#state.name === 'closed') return;
    this.#setState({ name: 'closed', reason });
    this.#cancelRetry();
    this.#cancelProbe();
    this.#cancelStopping();
    this.#connection?.end({ code: 'lost', message: 'The client was closed.' });
    this.#failWritten();
    for (const waiter of this.#pending.takeAllWaiting()) waiter.finish(clientRefusal('not_connected'));
    for (const waiter of this.#ready_waiters.splice(0)) waiter.reject(new ConnectError(reason));
  }

  // -- calls --------------------------------------------------------------------------------------------------------

  #withDevice(action: ActionName, params: object): object {
    const { device } = this.#options;
    const signs_in = action === 'register' || action === 'authenticate' || action === 'redeem_code';
    return signs_in && device !== undefined ? { device, ...params } : params;
  }

  /**
   * `in_turn` waits for the state `ready` behind earlier calls; `at_once` is for the client's own calls, which keep the
   * connection going. Never rejects.
   */
  #request(
    action: ActionName,
    params: object,
    options: CallOptions,
    order: 'in_turn' | 'at_once',
  ): Promise<AnyOutcome> {
    const { signal, deadline_ms = this.#options.request_ms ?? REQUEST_MS } = options;
    if (signal?.aborted === true) return Promise.resolve(clientRefusal('aborted'));
    const over = this.#state.name === 'closed' || (order === 'in_turn' && this.#closing !== null);
    if (over) return Promise.resolve(clientRefusal('not_connected'));

    return new Promise((resolve) => {
      this.#last_id += 1;
      const id = String(this.#last_id);
      const finish = (outcome: AnyOutcome): void => {
        cancelDeadline();
        signal?.removeEventListener('abort', abort);
        resolve(outcome);
      };
      const giveUp = (code: 'aborted' | 'request_timeout'): void => {
        const written = this.#pending.isWritten(id);
        // A sign-in that the server does after all has to be noticed, or the two would disagree about who is here.
        if (!(written && changesSession(action))) this.#pending.remove(id);
        finish(clientRefusal(!written && code === 'request_timeout' ? 'not_connected' : code));
      };
      const abort = (): void => giveUp('aborted');
      const cancelDeadline = this.#runtime.after(deadline_ms, () => giveUp('request_timeout'));
      signal?.addEventListener('abort', abort, { once: true });
      this.#pending.add(id, { action, params, finish });
      if (order === 'in_turn') this.#flushLater();
      else this.#write([{ id, waiter: { action, params, finish } }]);
    });
  }

  /** All calls of one turn of the event loop go out in one write. */
  #flushLater(): void {
    if (this.#flush_due || this.#state.name !== 'ready') return;
    this.#flush_due = true;
    this.#runtime.endOfTurn(() => {
      this.#flush_due = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#state.name === 'ready' && !this.#stopping) this.#write(this.#pending.waiting());
  }

  #write(calls: readonly { readonly id: string; readonly waiter: Waiter }[]): void {
    const bodies: string[] = [];
    const bytes_max = this.#signed_in ? LIMITS.frame_bytes_max : LIMITS.frame_bytes_max_before_sign_in;
    for (const { id, waiter } of calls) {
      const encoded = encodeCall(waiter, id, bytes_max, this.#runtime.now_ms());
      if ('refused' in encoded) {
        this.#pending.remove(id);
        waiter.finish(encoded.refused);
      } else {
        this.#pending.markWritten(id);
        bodies.push(encoded.body);
      }
    }
    if (bodies.length > 0) this.#connection?.send(bodies);
  }

  #failWritten(): void {
    for (const waiter of this.#pending.takeAllWritten()) waiter.finish(clientRefusal('connection_lost'));
  }

  // -- what the server says -----------------------------------------------------------------------------------------

  #message(connection: Connection, message: ServerMessage): void {
    this.#heard_ms = this.#runtime.monotonic_ms();
    if (message.kind === 'event') {
      this.#event(connection, message.event, message.data);
      return;
    }
    // A reply that nobody waits for any more, or that names nobody, has no effect.
    const waiter = message.id === null ? null : this.#pending.takeWritten(message.id);
    if (waiter === null) return;
    const outcome = readReply(waiter.action, message);
    if (outcome.ok) this.#learn(waiter, outcome.result);
    else if (outcome.code === 'session_invalid' && this.#signed_in && isAboutOwnSession(waiter.action)) {
      this.#signOut('session_invalid');
    }
    waiter.finish(outcome);
  }

  #learn(waiter: Waiter, result: object): void {
    const change = this.#session.learn(waiter.action, waiter.params, result);
    if (change === 'signed_out') this.#signOut(waiter.action === 'revoke_session' ? 'revoked' : 'signed_out');
    if (change === 'signed_in') this.#setSignedIn(true);
  }

  #setSignedIn(signed_in: boolean): void {
    this.#signed_in = signed_in;
    if (this.#state.name !== 'ready') return;
    this.#setReady(this.#state.latency_ms);
    this.#probeLater();
  }

  /** Forgets the session and tells so, once for each session. */
  #signOut(reason: SignedOutReason): void {
    if (this.#session.token === null) return;
    this.#session.forget();
    this.#notify(this.#on_signed_out, reason);
    this.#setSignedIn(false);
  }

  #event(connection: Connection, name: string, data: object): void {
    const event = readEvent(name, data);
    if (event === null) return;
    this.#notify(this.#on_event, event);
    switch (event.event) {
      case 'probe':
        void this.#probe(connection);
        return;
      case 'account_changed':
        this.#session.account = event.data.account;
        return;
      case 'session_ended':
        this.#signOut(event.data.reason);
        return;
      // The session lives on. The next handshake fails, and says that the key is not known any more.
      case 'client_key_ended':
        return;
      case 'server_stopping':
        this.#stopping = true;
        this.#pause_ms = event.data.reconnect_after_ms;
        this.#cancelStopping();
        this.#cancelStopping = this.#runtime.after(LIMITS.shutdown_ms + STOPPING_GRACE_MS, () =>
          connection.end({ code: 'lost', message: 'The server was stopped.' }),
        );
        return;
    }
  }

  // -- signs of life ------------------------------------------------------------------------------------------------

  #probeLater(): void {
    this.#cancelProbe();
    const period_ms = this.#signed_in ? PROBE_SIGNED_IN_MS : PROBE_BEFORE_SIGN_IN_MS;
    this.#cancelProbe = this.#runtime.after(period_ms, () => {
      this.#probeLater();
      if (this.#connection !== null) void this.#probe(this.#connection);
    });
  }

  /** Asks for a sign of life and measures how long it takes. Never rejects. */
  async #probe(connection: Connection): Promise<void> {
    const asked_ms = this.#runtime.monotonic_ms();
    const outcome = await this.#request('probe', {}, { deadline_ms: PROBE_ANSWER_MS }, 'at_once');
    if (this.#connection !== connection) return;
    if (outcome.ok) {
      if (this.#state.name === 'ready') this.#setReady(Math.round(this.#runtime.monotonic_ms() - asked_ms));
    } else if (outcome.code === 'request_timeout' && this.#heard_ms < asked_ms) {
      connection.end({ code: 'lost', message: 'The server stopped answering.' });
    }
  }

  // -- listeners ----------------------------------------------------------------------------------------------------

  #setState(state: ConnectionState): void {
    this.#state = state;
    this.#notify(this.#on_state, state);
  }

  #subscribe<T>(listeners: Set<Listener<T>>, listener: Listener<T>): () => void {
    // An entry of its own for each subscription, so that the same function may listen twice.
    const entry: Listener<T> = (value) => listener(value);
    listeners.add(entry);
    return () => {
      listeners.delete(entry);
    };
  }

  #notify<T>(listeners: ReadonlySet<Listener<T>>, value: T): void {
    queueMicrotask(() => {
      for (const listener of listeners) callListener(listener, value);
    });
  }
}

/** An event that this version knows and whose content is as declared; null for any other. */
function readEvent(name: string, data: object): ServerEvent | null {
  if (!Object.hasOwn(EVENTS, name)) return null;
  // The line above is the check that this cast stands for.
  const event = name as ServerEvent['event'];
  const parsed = EVENTS[event].data.safeParse(data);
  // Name and content were just checked against the same entry; the compiler can't tie the two together.
  return parsed.success ? ({ event, data: parsed.data } as ServerEvent) : null;
}

/**
 * A client of the server at an address. Returns at once and connects in the background: watch `onState`, or wait for
 * `ready()`. Connecting again after a loss, and resuming the session, are its own business. Never throws.
 */
export function connect(options: ConnectOptions): Client {
  return new Client(options);
}

/** `session_invalid` from an action that anybody may call is about the token in it, not about who is signed in. */
function isAboutOwnSession(action: ActionName): boolean {
  return ACTIONS[action].access !== 'public';
}
