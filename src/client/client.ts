/**
 * The client: one server, at most one connection at a time. It keeps the connection (lifeline.ts) and the session alive,
 * matches replies to calls (call_queue.ts), and never sends a call twice. Logs nothing. Listeners run after the client's
 * own work, in a microtask of their own, so they may call anything of the client.
 */
import {
  accessOf,
  ACTIONS,
  EVENTS,
  INSECURE_PLAIN,
  LIMITS,
  type Account,
  type ActionName,
  type Device,
  type ErrorOf,
  type InsecurePlain,
  type ParamsOf,
  type ResultOf,
  type ServerEvent,
  type ServerMessage,
  type SessionEndReason,
} from '../protocol/index.js';
import { AccessTokenSource } from './access_token.js';
import { CallQueue, type Waiter } from './call_queue.js';
import { clientRefusal, readReply, type AnyOutcome, type CallOptions, type CallOutcome } from './calls.js';
import type { ServerAddress } from './connection_string.js';
import { DeviceTokens, nameIn, type DeviceTokenStore } from './device_tokens.js';
import { CallError } from './errors.js';
import { KeptSession } from './kept_session.js';
import { readLater } from './later_words.js';
import { Lifeline, type ConnectionState } from './lifeline.js';
import { Listeners } from './listeners.js';
import { systemRuntime, type Runtime } from './runtime.js';

/** Which server to connect to, and how patiently. */
export type ConnectOptions = {
  address: ServerAddress;
  /**
   * What this program says about itself; added to sign-in calls that don't say it themselves. So is the device token that an
   * earlier sign-in of the same account has given.
   */
  device?: Device;
  /** Whether to connect again after a loss; true unless told. */
  reconnect?: boolean;
  /** Milliseconds that a call waits for its answer unless it says otherwise; 20,000 unless told. */
  request_ms?: number;
  /** Milliseconds for one try to connect, handshake included; 10,000 unless told. */
  connect_ms?: number;
  /** The token of an earlier sign-in; the client resumes with it after each connect. */
  session_token?: string;
  /**
   * Plain TCP goes to this machine alone. Who wants it to others as well, on a network that encrypts by itself, says so in
   * these words: whoever is on the way reads and changes everything, passwords included.
   */
  insecure_plain?: InsecurePlain;
  /** Where device tokens outlive this client; in memory alone unless told. */
  device_tokens?: DeviceTokenStore;
};

/** Why the session is over: what the server said, or `session_invalid` when it no longer knows the token. */
export type SignedOutReason = SessionEndReason | 'session_invalid';

const REQUEST_MS = 20_000;
/** A probe that is unanswered for this long, with nothing else heard meanwhile, means that the server is gone. */
const PROBE_ANSWER_MS = 10_000;
/** How long `close` waits for the answer to `quit`. */
const QUIT_MS = 1_000;

const ignore = (): void => undefined;

/** A client of one server. Made by `connect`; lives until `close` or until connecting failed for good. */
export class Client {
  readonly #options: ConnectOptions;
  readonly #session: KeptSession;
  readonly #devices: DeviceTokens;
  readonly #access: AccessTokenSource;
  readonly #line: Lifeline;
  readonly #calls: CallQueue;
  readonly #on_event = new Listeners<ServerEvent>();
  readonly #on_state = new Listeners<ConnectionState>();
  readonly #on_signed_out = new Listeners<SignedOutReason>();
  #closing: Promise<void> | null = null;

  /** Prefer `connect`. `runtime` is the clock and randomness; the real ones unless a test brings its own. */
  constructor(options: ConnectOptions, runtime: Runtime = systemRuntime) {
    this.#options = { ...options };
    this.#session = new KeptSession(options.session_token ?? null);
    this.#devices = new DeviceTokens(options.device_tokens ?? null);
    this.#access = new AccessTokenSource({
      session: this.#session,
      now_ms: () => runtime.now_ms(),
      refresh: (refresh_token) => this.attempt('refresh', { refresh_token }),
      refreshAgain: (refresh_token) => this.attempt('refresh_again', { refresh_token }),
    });
    this.#calls = new CallQueue(runtime, {
      isOpen: () => this.#line.writable,
      bytesMax: () => (this.#line.signed_in ? LIMITS.frame_bytes_max : LIMITS.frame_bytes_max_before_sign_in),
      send: (bodies) => this.#line.send(bodies),
    });
    const { address, connect_ms, reconnect = true } = options;
    // Compared, because not every caller is checked by a compiler: `true` is not the words.
    const insecure_plain = options.insecure_plain === INSECURE_PLAIN;
    this.#line = new Lifeline({ address, connect_ms, reconnect, insecure_plain }, runtime, {
      stateChanged: (state) => this.#on_state.tell(state),
      resume: () => this.#resume(),
      tokenDied: () => this.#signOut('session_invalid'),
      probe: () => this.#request('probe', {}, { deadline_ms: PROBE_ANSWER_MS }, 'at_once'),
      message: (message) => this.#message(message),
      ready: () => this.#calls.flushLater(),
      lost: () => this.#calls.failWritten(),
      over: () => {
        this.#calls.failWritten();
        this.#calls.failWaiting();
      },
    });
    this.#line.open();
  }

  /** Where the client is now. Listeners of `onState` hear of a change a moment later. */
  get state(): ConnectionState {
    return this.#line.state;
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
    const promise = this.#line.ready();
    promise.catch(ignore);
    return promise;
  }

  /**
   * Returns the result of an action. While the client is connecting the call waits its turn, within its deadline.
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

  /** Returns the same as a value: what became of the action, refusals included. Never rejects. */
  attempt<A extends ActionName>(
    action: A,
    params: ParamsOf<A>,
    options: CallOptions = {},
  ): Promise<CallOutcome<A>> {
    // `readReply` checked result and code against this very action's entry, which the table of waiters can't express.
    return this.#request(action, this.#withDevice(action, params), options, 'in_turn') as Promise<
      CallOutcome<A>
    >;
  }

  /**
   * Returns an access token that is good for at least half a minute more. When it has to be refreshed, that happens once,
   * however many ask; a refresh whose reply was lost is repeated with the same token, as the session itself, which the server
   * allows at any time. Rejects with CallError: `unauthenticated` when nobody is signed in, `session_invalid` when the session ended.
   */
  accessToken(): Promise<string> {
    const promise = this.#access.get();
    promise.catch(ignore);
    return promise;
  }

  /** Hears every valid event of the server from now on. Returns what stops it. */
  onEvent(listener: (event: ServerEvent) => void): () => void {
    return this.#on_event.add(listener);
  }

  /** Hears every change of `state` from now on. Returns what stops it. */
  onState(listener: (state: ConnectionState) => void): () => void {
    return this.#on_state.add(listener);
  }

  /**
   * Hears when the session ended: the token is forgotten, someone has to sign in again. Comes before the state that
   * says `signed_in: false`. Returns what stops it.
   */
  onSignedOut(listener: (reason: SignedOutReason) => void): () => void {
    return this.#on_signed_out.add(listener);
  }

  /** Tries to connect now instead of waiting for `retry_at`. Does nothing in any other state than `retrying`. */
  retryNow(): void {
    this.#line.retryNow();
  }

  /**
   * Ends the connection politely with `quit`, within a second, and the client with it. The session lives on and can be
   * resumed. Calls without an answer by then end with `connection_lost`, new ones with `not_connected`. Idempotent;
   * never rejects.
   */
  close(): Promise<void> {
    if (this.#closing === null) {
      this.#line.beginClosing();
      this.#closing = this.#shutDown();
    }
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    if (this.#line.writable) {
      this.#calls.flush();
      await this.#request('quit', {}, { deadline_ms: QUIT_MS }, 'at_once');
    }
    this.#line.finish({ code: 'closed_by_us' });
  }

  // -- calls --------------------------------------------------------------------------------------------------------

  #withDevice(action: ActionName, params: object): object {
    const { device } = this.#options;
    const { shape } = ACTIONS[action].params;
    const name = 'device_token' in shape ? nameIn(params) : null;
    const device_token = name === null ? null : this.#devices.find(name);
    return {
      ...('device' in shape && device !== undefined ? { device } : {}),
      ...(device_token === null ? {} : { device_token }),
      ...params,
    };
  }

  /** As `CallQueue.request`; refused when the client is closed, or is closing and the call is not its own. */
  #request(
    action: ActionName,
    params: object,
    options: CallOptions,
    order: 'in_turn' | 'at_once',
  ): Promise<AnyOutcome> {
    const { signal, deadline_ms = this.#options.request_ms ?? REQUEST_MS } = options;
    if (signal?.aborted === true) return Promise.resolve(clientRefusal('aborted'));
    const over = this.#line.state.name === 'closed' || (order === 'in_turn' && this.#closing !== null);
    if (over) return Promise.resolve(clientRefusal('not_connected'));
    return this.#calls.request(action, params, { ...options, deadline_ms }, order);
  }

  /** Continues the session on a new connection; returns null when there is none. */
  #resume(): Promise<AnyOutcome> | null {
    const session_token = this.#session.token;
    return session_token === null ? null : this.#request('resume', { session_token }, {}, 'at_once');
  }

  // -- what the server says -----------------------------------------------------------------------------------------

  #message(message: ServerMessage): void {
    if (message.kind === 'event') {
      this.#event(message.event, message.data);
      return;
    }
    const waiter = this.#calls.take(message.id);
    if (waiter === null) return;
    const outcome = readReply(waiter.action, message);
    if (outcome.ok) this.#learn(waiter, outcome.result);
    else if (outcome.code === 'session_invalid' && this.#line.signed_in && isAboutOwnSession(waiter.action)) {
      this.#signOut('session_invalid');
    }
    waiter.finish(outcome);
  }

  #learn(waiter: Waiter, result: ResultOf<ActionName>): void {
    if ('device_token' in result)
      this.#devices.keep(result.account, nameIn(waiter.params), result.device_token);
    const change = this.#session.learn(waiter.action, waiter.params, result);
    if (change === 'signed_in') this.#line.setSignedIn(true);
    else if (change !== null) this.#signOut(change);
  }

  /** Forgets the session and tells so, once for each session. */
  #signOut(reason: SignedOutReason): void {
    if (this.#session.token === null) return;
    this.#session.forget();
    this.#on_signed_out.tell(reason);
    this.#line.setSignedIn(false);
  }

  #event(name: string, data: object): void {
    const event = readEvent(name, data);
    if (event === null) return;
    this.#on_event.tell(event);
    switch (event.event) {
      case 'probe':
        void this.#line.probe();
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
        this.#line.serverStopping(event.data.reconnect_after_ms);
        return;
    }
  }
}

/** Returns an event that this version knows and whose content is as declared; null for any other. */
function readEvent(name: string, data: object): ServerEvent | null {
  if (!Object.hasOwn(EVENTS, name)) return null;
  // The line above is the check that this cast stands for.
  const event = name as ServerEvent['event'];
  const read = readLater(EVENTS[event].data, data);
  // Name and content were just checked against the same entry; the compiler can't tie the two together.
  return read === null ? null : ({ event, data: read } as ServerEvent);
}

/**
 * Returns a client of the server at an address, at once; it connects in the background: watch `onState`, or wait for
 * `ready()`. Connecting again after a loss, and resuming the session, are its own business. Never throws.
 */
export function connect(options: ConnectOptions): Client {
  return new Client(options);
}

/** `session_invalid` from an action that anybody may call is about the token in it, not about who is signed in. */
function isAboutOwnSession(action: ActionName): boolean {
  return !accessOf(ACTIONS[action].access).by_nobody;
}
