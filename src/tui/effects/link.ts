/**
 * The line to one server at a time: opens and closes the client, keeps connection and session of the state in step with
 * it, and turns calls into outcomes whose text is safe.
 */
import { type Client, type ConnectOptions, type ServerAddress } from '../../client/index.js';
import type { ActionName, Device, EventData, EventName, ParamsOf, ResultOf } from '../../protocol/index.js';
import type { AppState, AppStore, SignedOutReason } from '../state/index.js';
import { type Attempt, problem } from '../i18n/index.js';
import { cleanProblem, cleanResult } from '../reach/index.js';
import { connectionView } from './connection_view.js';

export type LinkEvents = {
  /** The line is up, the first time or again. */
  readonly onReady: (signed_in: boolean) => void;
  readonly onSignedOut: (reason: SignedOutReason) => void;
  /** What is done with each thing that the server says unasked; its text is safe. A forgotten one doesn't compile. */
  readonly heard: { readonly [E in EventName]: (data: EventData<E>) => void };
};

/** Signs of life at the beginning, of which the quickest counts: both programs have other things to do then. */
const FIRST_PROBES = 3;
/** What is shown here is put into cells by the frame writer. */
const IN_CELLS = { joined: true } as const;
/** How long a person waits for an answer before being told. */
const CALL_MS = 15_000;

export class Link {
  readonly #store: AppStore;
  readonly #device: Device;
  readonly #events: LinkEvents;
  readonly #now: () => number;
  readonly #connect: (options: ConnectOptions) => Client;
  #client: Client | null = null;
  #stop: readonly (() => void)[] = [];
  #wasReady = false;
  #address: ServerAddress | null = null;

  constructor(
    store: AppStore,
    device: Device,
    events: LinkEvents,
    connect: (options: ConnectOptions) => Client,
    now: () => number,
  ) {
    this.#now = now;
    this.#connect = connect;
    this.#store = store;
    this.#device = device;
    this.#events = events;
  }

  /** Where it leads, with the key that is proven there; null before there was a server. */
  get address(): ServerAddress | null {
    return this.#address;
  }

  /** With a token the session of an earlier sign-in is resumed. */
  open(address: ServerAddress, session_token: string | null = null): void {
    void this.close();
    this.#address = address;
    const client = this.#connect({
      address,
      device: this.#device,
      ...(session_token === null ? {} : { session_token }),
    });
    this.#client = client;
    this.#stop = [
      client.onState(() => this.#show()),
      client.onSignedOut(this.#events.onSignedOut),
      client.onEvent(({ event, data }) => this.#heard(event, data)),
    ];
    this.#show();
  }

  /** Ends the line; the session on the server lives on. */
  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    this.#wasReady = false;
    for (const stop of this.#stop) stop();
    this.#stop = [];
    await client?.close();
  }

  /** Tries again now; also where the client gave up for good, because a person asked for it. */
  retryNow(): void {
    if (this.#client?.state.name === 'closed' && this.#address !== null)
      this.open(this.#address, this.#client.session_token);
    else this.#client?.retryNow();
  }

  async attempt<A extends ActionName>(action: A, params: ParamsOf<A>): Promise<Attempt<ResultOf<A>>> {
    if (this.#client === null) return { ok: false, problem: problem('not_connected') };
    const client = this.#client;
    const outcome = await client.attempt(action, params, { deadline_ms: CALL_MS });
    // An answer for a server that was left meanwhile belongs to nobody.
    if (client !== this.#client) return { ok: false, problem: problem('aborted') };
    return outcome.ok
      ? { ok: true, value: cleanResult(outcome.result, IN_CELLS) }
      : { ok: false, problem: cleanProblem(outcome) };
  }

  #show(): void {
    const state = this.#client?.state;
    if (state === undefined) return;
    this.#store.setState((app: AppState) => {
      const connection = connectionView(state, app.connection);
      return connection === app.connection ? app : { ...app, connection };
    });
    const ready = state.name === 'ready';
    const again = ready && !this.#wasReady;
    this.#wasReady = ready;
    if (!again) return;
    this.#events.onReady(state.signed_in);
    void this.#measure();
  }

  /** The client measures only after a while. Known from the beginning, the latency need not come up on an idle screen. */
  async #measure(): Promise<void> {
    let latency_ms = Number.POSITIVE_INFINITY;
    for (let times = 0; times < FIRST_PROBES; times += 1) {
      const asked = this.#now();
      const outcome = await this.attempt('probe', {});
      if (!outcome.ok) return;
      latency_ms = Math.min(latency_ms, this.#now() - asked);
    }
    this.#store.setState((app: AppState) =>
      app.connection.name === 'ready' && app.connection.latency_ms === null
        ? { ...app, connection: { ...app.connection, latency_ms } }
        : app,
    );
  }

  #heard<E extends EventName>(event: E, data: EventData<E>): void {
    this.#events.heard[event](cleanResult(data, IN_CELLS));
  }
}
