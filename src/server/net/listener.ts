/** Accepts connections within the limits, watches their deadlines, and lets them go when the server stops. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import {
  encodeFailure,
  encodeFrame,
  fail,
  LIMITS,
  NO_BINDING,
  type ChannelBinding,
} from '../../protocol/index.js';
import type { Dispatcher } from '../dispatch/index.js';
import { addressKey, displayAddress } from '../domain/index.js';
import type { Clock, Log, Random } from '../runtime/index.js';
import { Connection } from './connection.js';
import { ServerHandshake, type ClientKeys } from './handshake.js';
import type { LiveSessions } from './live_sessions.js';
import { Turns } from './turns.js';
import { tlsContext, TlsHandshake } from './tls_handshake.js';

/** About how often a connection's deadlines are looked at: every limit is late by at most this and a tenth of it. */
const SWEEP_MS = 250;
/** A sweep is walked in so many parts, so that many connections don't keep the event loop busy in one piece. */
const SWEEP_PARTS = 10;
/** A good first pause for clients of a server that stops; it starts again in about this time. */
const RECONNECT_AFTER_MS = 1_000;

export type ListenerOptions = {
  readonly host: string;
  readonly port: number;
  /** The certificate and key to speak TLS with, in PEM; null for plain TCP. */
  readonly tls: { readonly certificate: string; readonly key: string } | null;
  readonly server_name: string;
  /** All connections together; beyond it new ones are told so and closed. */
  readonly connections_max: number;
  readonly connections_per_address_before_sign_in_max: number;
  readonly keys: ClientKeys;
  readonly dispatcher: Dispatcher;
  readonly live: LiveSessions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

/** How a connection counts against its address: as one on which nobody is signed in, or not. */
type Counted = { asStranger(yes: boolean): void };

export class Listener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #context: SecureContext | null;
  readonly #connections = new Set<Connection>();
  /** Accepted on a TLS listener and not yet through its TLS handshake; counted like connections. */
  readonly #handshakes = new Set<TlsHandshake>();
  /** Connections by address key that nobody has signed in on. */
  readonly #strangers = new Map<string, number>();
  readonly #turns: Turns;
  /** Where the walk over all connections is. */
  #walk: Iterator<Connection>;
  #sweeper: NodeJS.Timeout | null = null;
  #nextNumber = 1;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#turns = new Turns(() => options.clock.passed());
    this.#walk = this.#connections.values();
    this.#context = options.tls === null ? null : tlsContext(options.tls);
    // A peer may close its side and wait for what it asked for. TLS has an end of its own for that.
    const allowHalfOpen = this.#context === null;
    this.#server = createServer({ noDelay: true, allowHalfOpen }, (socket) => this.#accept(socket));
  }

  /** Begins to listen. Throws Node's error, whose `code` says why not. */
  async listen(): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#options.port, this.#options.host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    // After it listens, an error concerns one connection that could not be accepted; the rest go on.
    this.#server.on('error', (error) =>
      this.#options.log.error({ reason: error.message }, 'could not accept'),
    );
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS / SWEEP_PARTS);
    const address = this.#server.address();
    if (address === null || typeof address === 'string')
      throw new Error('a TCP server has an address and a port');
    return address;
  }

  /** Returns how many connections are open, those in their TLS handshake included. */
  get size(): number {
    return this.#connections.size + this.#handshakes.size;
  }

  /** Takes no more connections, tells the open ones, waits for requests in work, then closes all. */
  async close(): Promise<void> {
    this.#server.close();
    for (const handshake of this.#handshakes) handshake.destroy();
    for (const connection of this.#connections) connection.announceStop(RECONNECT_AFTER_MS);
    const deadline = performance.now() + LIMITS.shutdown_ms - 1_500;
    while ([...this.#connections].some(({ inFlight }) => inFlight > 0) && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const connection of this.#connections) connection.close();
    const hardStop = performance.now() + 1_000;
    while (this.#connections.size > 0 && performance.now() < hardStop) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (this.#sweeper !== null) clearInterval(this.#sweeper);
    for (const connection of this.#connections) connection.destroy();
  }

  #sweep(): void {
    const part = Math.ceil(this.#connections.size / SWEEP_PARTS);
    for (let looked = 0; looked < part; looked += 1) {
      const next = this.#walk.next();
      // New ones come at the end of the walk, so each is seen in every sweep.
      if (next.done === true) this.#walk = this.#connections.values();
      else next.value.checkDeadlines();
    }
    const now = this.#options.clock.passed();
    for (const handshake of this.#handshakes) handshake.checkDeadline(now);
  }

  #accept(socket: Socket): void {
    const options = this.#options;
    const address = socket.remoteAddress;
    // Gone before it was looked at.
    if (address === undefined) {
      socket.destroy();
      return;
    }
    const key = addressKey(address);
    const waiting = this.#strangers.get(key) ?? 0;
    if (
      this.size >= options.connections_max ||
      waiting >= options.connections_per_address_before_sign_in_max
    ) {
      // In front of TLS nothing can be said that the peer would understand.
      if (this.#context !== null) {
        socket.destroy();
        return;
      }
      socket.on('error', () => socket.destroy());
      socket.end(encodeFrame(encodeFailure(null, fail('too_many_connections'), options.clock.now())));
      socket.destroySoon();
      return;
    }
    const counted = this.#count(key);
    const context = this.#context;
    if (context === null) this.#open(socket, NO_BINDING, displayAddress(address), counted);
    else this.#secure(socket, context, displayAddress(address), counted);
  }

  /** Counts a connection of an address as a stranger's, until it is told otherwise. */
  #count(key: string): Counted {
    let isStranger = false;
    const asStranger = (yes: boolean): void => {
      if (yes === isStranger) return;
      isStranger = yes;
      const count = (this.#strangers.get(key) ?? 0) + (yes ? 1 : -1);
      if (count > 0) this.#strangers.set(key, count);
      else this.#strangers.delete(key);
    };
    asStranger(true);
    return { asStranger };
  }

  /** Begins TLS; a connection comes of it when it succeeds in time. */
  #secure(socket: Socket, context: SecureContext, address: string, counted: Counted): void {
    const handshake = new TlsHandshake({
      socket,
      context,
      now: this.#options.clock.passed(),
      onSecure: (secure, binding) => {
        this.#handshakes.delete(handshake);
        this.#open(secure, binding, address, counted);
      },
      onFailed: (reason) => {
        this.#handshakes.delete(handshake);
        counted.asStranger(false);
        this.#options.log.info({ address, reason }, 'no TLS 1.3 with this peer');
      },
    });
    this.#handshakes.add(handshake);
  }

  /** Begins the handshake of the protocol. */
  #open(socket: Socket, binding: ChannelBinding, address: string, counted: Counted): void {
    const options = this.#options;
    const number = this.#nextNumber;
    this.#nextNumber += 1;
    const handshake = new ServerHandshake({
      keys: options.keys,
      binding,
      server_name: options.server_name,
      challenge_id: options.random.id('c'),
      now: options.clock.now(),
    });
    const connection = new Connection(
      {
        socket,
        secure: this.#context !== null,
        turns: this.#turns,
        number,
        address,
        dispatcher: options.dispatcher,
        clock: options.clock,
        log: options.log,
        onProved: (one) => options.live.greet(one),
        onSignedIn: (one, as) => {
          counted.asStranger(false);
          options.live.add(one, as);
        },
        onSignedOut: (one) => {
          counted.asStranger(true);
          options.live.signOut(one);
        },
        onGone: (one) => {
          counted.asStranger(false);
          options.live.remove(one);
          this.#connections.delete(one);
          options.log.debug({ connection: number }, 'connection closed');
        },
      },
      handshake,
    );
    this.#connections.add(connection);
    options.log.debug({ connection: number, address: connection.address }, 'connection opened');
  }
}
