/**
 * The life of the line to one server: at most one connection at a time, opened, resumed, kept alive with probes, and
 * opened again after a loss. Knows when, never what is called.
 */
import { LIMITS, isErrorCode, type ServerMessage } from '../protocol/index.js';
import { backoffMs, knockMs, pauseMs } from './backoff.js';
import type { AnyOutcome } from './calls.js';
import { ServerConnection } from './server_connection.js';
import type { ServerAddress } from './connection_string.js';
import { ConnectError, isFinal, type ConnectFailure } from './errors.js';
import type { Runtime } from './runtime.js';

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

const CONNECT_MS = 10_000;
/** Three probes in the time that the server gives to someone who hasn't signed in, so two may get lost. */
const PROBE_BEFORE_SIGN_IN_MS = LIMITS.before_sign_in_ms / 3;
/** As often as the server itself would ask. */
const PROBE_SIGNED_IN_MS = LIMITS.keep_alive_ms;
/** A connection that lived this long counts as a success, and the backoff starts anew. */
const STABLE_MS = 5_000;
/** The longest pause that a server can ask for; a person may be waiting. */
const PAUSE_MS_MAX = 60_000;
/** A server that announced its stop and isn't gone this long after its own deadline never will be. */
const STOPPING_GRACE_MS = 1_000;

type LineOptions = {
  readonly address: ServerAddress;
  readonly connect_ms: number | undefined;
  readonly insecure_plain: boolean;
  readonly reconnect: boolean;
};

/** What the line asks of the client, and what it tells it. */
type LineWork = {
  stateChanged(state: ConnectionState): void;
  /** Continues the session on the new connection; returns null when there is none to continue. Never rejects. */
  resume(): Promise<AnyOutcome> | null;
  /** The server no longer knows the token. */
  tokenDied(): void;
  /** Asks for a sign of life. Never rejects. */
  probe(): Promise<AnyOutcome>;
  message(message: ServerMessage): void;
  /** Calls may be written. */
  ready(): void;
  /** What was written gets no reply any more; another connection comes. */
  lost(): void;
  /** The end: no other connection comes. */
  over(): void;
};

type End = ConnectFailure | { readonly code: 'closed_by_us' };

const ignore = (): void => undefined;

export class Lifeline {
  readonly #options: LineOptions;
  readonly #runtime: Runtime;
  readonly #work: LineWork;
  #ready_waiters: { resolve: () => void; reject: (error: ConnectError) => void }[] = [];

  #state: ConnectionState = { name: 'connecting', attempt: 1 };
  #connection: ServerConnection | null = null;
  #server_name = '';
  /** Whether this connection, not just the client, is signed in. */
  #signed_in = false;
  /** The server announced its stop: what is written is still answered, nothing new is written. */
  #stopping = false;
  #closing = false;

  /** Failures in a row, since the last connection that was stable. */
  #failures = 0;
  /** Those among them, in a row, with somebody there. */
  #turned_away = 0;
  /** The pause that the server asked for before the next try. */
  #pause_ms: number | null = null;
  #ready_since_ms: number | null = null;
  #heard_ms = 0;
  #cancelRetry: () => void = ignore;
  #cancelProbe: () => void = ignore;
  #cancelStopping: () => void = ignore;

  /** Does nothing before `open`. */
  constructor(options: LineOptions, runtime: Runtime, work: LineWork) {
    this.#options = options;
    this.#runtime = runtime;
    this.#work = work;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get signed_in(): boolean {
    return this.#signed_in;
  }

  /** True while new calls may be written. */
  get writable(): boolean {
    return this.#state.name === 'ready' && !this.#stopping;
  }

  /** As `Client.ready`. */
  ready(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      if (this.#state.name === 'ready') resolve();
      else if (this.#state.name === 'closed') reject(new ConnectError(this.#state.reason));
      else this.#ready_waiters.push({ resolve, reject });
    });
  }

  /** As `Client.retryNow`. */
  retryNow(): void {
    if (this.#state.name !== 'retrying') return;
    this.#cancelRetry();
    this.#openAgain();
  }

  send(bodies: readonly string[]): void {
    this.#connection?.send(bodies);
  }

  /** From now on the end of the connection is the end of the line. */
  beginClosing(): void {
    this.#closing = true;
  }

  /** Whether this connection is signed in has changed, or was learned anew. */
  setSignedIn(signed_in: boolean): void {
    this.#signed_in = signed_in;
    if (this.#state.name !== 'ready') return;
    this.#setReady(this.#state.latency_ms);
    this.#probeLater();
  }

  /** The server announced that it stops, and when it wants to be tried again. */
  serverStopping(reconnect_after_ms: number): void {
    const connection = this.#connection;
    this.#stopping = true;
    this.#pause_ms = reconnect_after_ms;
    this.#cancelStopping();
    this.#cancelStopping = this.#runtime.after(LIMITS.shutdown_ms + STOPPING_GRACE_MS, () =>
      connection?.end({ code: 'lost', message: 'The server was stopped.' }),
    );
  }

  // -- connecting ---------------------------------------------------------------------------------------------------

  #openAgain(): void {
    this.#setState({ name: 'connecting', attempt: this.#failures + 1 });
    this.open();
  }

  /** Begins the first connection. */
  open(): void {
    const { address, connect_ms = CONNECT_MS, insecure_plain } = this.#options;
    const connection = new ServerConnection({ address, connect_ms, insecure_plain }, this.#runtime, {
      opened: () => this.#setState({ name: 'handshaking', attempt: this.#failures + 1 }),
      handshaken: (server_name) => void this.#handshaken(connection, server_name),
      message: (message) => {
        this.#heard_ms = this.#runtime.monotonic_ms();
        this.#work.message(message);
      },
      ended: (failure) => this.#ended(failure),
    });
    this.#connection = connection;
  }

  /** Continues the session, if there is one. Never rejects. */
  async #handshaken(connection: ServerConnection, server_name: string): Promise<void> {
    this.#server_name = server_name;
    const resuming = this.#work.resume();
    if (resuming === null) {
      this.#becomeReady();
      return;
    }
    const outcome = await resuming;
    if (this.#connection !== connection) return;
    if (outcome.ok) {
      this.#becomeReady();
    } else if (outcome.code === 'session_invalid' || outcome.code === 'invalid_params') {
      // A token that isn't even well-formed is as dead as one that the server forgot.
      this.#work.tokenDied();
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
    this.#work.ready();
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
    if (this.#closing) {
      this.finish({ code: 'closed_by_us' });
      return;
    }
    if (isFinal(reason) || !this.#options.reconnect) {
      this.finish(reason);
      return;
    }
    this.#work.lost();
    this.#failures = stable ? 1 : this.#failures + 1;
    const wait_ms = this.#waitAfter(reason, pause_ms, stable);
    const retry_at = this.#runtime.now_ms() + wait_ms;
    this.#cancelRetry = this.#runtime.after(wait_ms, () => this.#openAgain());
    this.#setState({ name: 'retrying', attempt: this.#failures + 1, retry_at, reason });
  }

  /** Returns how long to wait before the next try, milliseconds. */
  #waitAfter(reason: ConnectFailure, pause_ms: number | null, stable: boolean): number {
    const random = this.#runtime.random();
    if (reason.code === 'unreachable') {
      // Nobody is there who could be asked too much. Whoever comes up next has turned nobody away yet.
      this.#turned_away = 0;
      return knockMs(random);
    }
    this.#turned_away = stable ? 1 : this.#turned_away + 1;
    return pause_ms === null
      ? backoffMs(this.#turned_away, random)
      : pauseMs(Math.min(PAUSE_MS_MAX, Math.max(0, pause_ms)), random);
  }

  /** The end of the line. Idempotent. */
  finish(reason: End): void {
    if (this.#state.name === 'closed') return;
    this.#setState({ name: 'closed', reason });
    this.#cancelRetry();
    this.#cancelProbe();
    this.#cancelStopping();
    this.#connection?.end({ code: 'lost', message: 'The client was closed.' });
    this.#work.over();
    for (const waiter of this.#ready_waiters.splice(0)) waiter.reject(new ConnectError(reason));
  }

  #setState(state: ConnectionState): void {
    this.#state = state;
    this.#work.stateChanged(state);
  }

  // -- signs of life ------------------------------------------------------------------------------------------------

  #probeLater(): void {
    this.#cancelProbe();
    const period_ms = this.#signed_in ? PROBE_SIGNED_IN_MS : PROBE_BEFORE_SIGN_IN_MS;
    this.#cancelProbe = this.#runtime.after(period_ms, () => {
      this.#probeLater();
      void this.probe();
    });
  }

  /** Asks for a sign of life and measures how long it takes. Never rejects. */
  async probe(): Promise<void> {
    const connection = this.#connection;
    if (connection === null) return;
    const asked_ms = this.#runtime.monotonic_ms();
    const outcome = await this.#work.probe();
    if (this.#connection !== connection) return;
    if (outcome.ok) {
      if (this.#state.name === 'ready') this.#setReady(Math.round(this.#runtime.monotonic_ms() - asked_ms));
    } else if (outcome.code === 'request_timeout' && this.#heard_ms < asked_ms) {
      connection.end({ code: 'lost', message: 'The server stopped answering.' });
    }
  }
}
