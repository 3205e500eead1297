/** Accepts connections within the limits, watches their deadlines, and lets them go when the server stops. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import {
  encodeEvent,
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
import { Connection, type House } from './connection.js';
import { Crowding } from './crowding.js';
import type { FanOut } from './fan_out.js';
import { ServerHandshake, type ClientKeys } from './handshake.js';
import type { LiveSessions } from './live_sessions.js';
import { Places, type Place, type PlaceLimits } from './places.js';
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
  readonly places: PlaceLimits;
  readonly keys: ClientKeys;
  readonly dispatcher: Dispatcher;
  readonly live: LiveSessions;
  readonly fan_out: FanOut;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Returns the peer's address; undefined when it is gone already. */
  readonly addressOf: AddressOf;
};

export type AddressOf = (socket: Socket) => string | undefined;

export class Listener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #context: SecureContext | null;
  readonly #connections = new Set<Connection>();
  /** Accepted on a TLS listener and not yet through its TLS handshake; counted like connections. */
  readonly #handshakes = new Set<TlsHandshake>();
  readonly #places: Places;
  readonly #crowding: Crowding;
  readonly #house: House;
  readonly #turns: Turns;
  /** Where the walk over all connections is. */
  #walk: Iterator<Connection>;
  /** Whether a part of a sweep is still being walked. */
  #sweeping = false;
  #sweeper: NodeJS.Timeout | null = null;
  #nextNumber = 1;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#turns = new Turns(() => options.clock.passed());
    this.#walk = this.#connections.values();
    this.#crowding = new Crowding(options.log, () => options.clock.passed());
    this.#places = new Places(options.places, options.live, this.#crowding);
    this.#house = this.#makeHouse();
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
      this.#options.log.stranger(
        'accept',
        {
          level: 'error',
          address: 'unknown',
          reason: error.message,
          fields: () => ({ reason: error.message }),
        },
        'could not accept',
      ),
    );
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS / SWEEP_PARTS);
    const address = this.#server.address();
    if (address === null || typeof address === 'string')
      throw new Error('a TCP server has an address and a port');
    return address;
  }

  /** Returns how many connections are open, those in their TLS handshake included. */
  get size(): number {
    return this.#places.open;
  }

  /** Takes no more connections, tells the open ones, waits for requests in work, then closes all. */
  async close(): Promise<void> {
    this.#server.close();
    for (const handshake of this.#handshakes) handshake.destroy();
    const stopping = encodeFrame(
      encodeEvent('server_stopping', { reconnect_after_ms: RECONNECT_AFTER_MS }, this.#options.clock.now()),
    );
    await this.#each((connection) => connection.announceStop(stopping));
    const deadline = performance.now() + LIMITS.shutdown_ms - 1_500;
    while ([...this.#connections].some(({ inFlight }) => inFlight > 0) && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await this.#each((connection) => connection.close());
    const hardStop = performance.now() + 1_000;
    while (this.#connections.size > 0 && performance.now() < hardStop) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (this.#sweeper !== null) clearInterval(this.#sweeper);
    this.#crowding.tellAll();
    for (const connection of this.#connections) connection.destroy();
  }

  /** Does something with every connection there is now; resolves behind the last. */
  async #each(act: (connection: Connection) => void): Promise<void> {
    await new Promise<void>((resolve) => this.#options.fan_out.each([...this.#connections], act, resolve));
  }

  #sweep(): void {
    this.#crowding.tell();
    // So many deadlines at once that the last part took longer than the pause after it.
    if (this.#sweeping) return;
    this.#sweeping = true;
    const now = this.#options.clock.passed();
    const done = (): void => void (this.#sweeping = false);
    this.#options.fan_out.each(this.#part(), (look) => look(now), done);
  }

  /** A part of all that has deadlines, as what is to be done with it at a moment. */
  *#part(): Iterable<(now: number) => void> {
    const part = Math.ceil(this.#connections.size / SWEEP_PARTS);
    for (let looked = 0; looked < part; looked += 1) {
      const next = this.#walk.next();
      // New ones come at the end of the walk, so each is seen in every sweep.
      if (next.done === true) this.#walk = this.#connections.values();
      else yield () => next.value.checkDeadlines();
    }
    for (const handshake of this.#handshakes) yield (now) => handshake.checkDeadline(now);
  }

  #accept(socket: Socket): void {
    const options = this.#options;
    const address = options.addressOf(socket);
    // Gone before it was looked at.
    if (address === undefined) {
      socket.destroy();
      return;
    }
    const place = this.#places.enter(address);
    if (place === null) {
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
    const context = this.#context;
    if (context === null) this.#open(socket, NO_BINDING, displayAddress(address), place);
    else this.#secure(socket, context, displayAddress(address), place);
  }

  /** What is done for each connection when it tells of itself. */
  #makeHouse(): House {
    const { live, log } = this.#options;
    const places = this.#places;
    return {
      proved: (connection) => {
        places.prove(connection.place);
        live.greet(connection);
      },
      roomFor: ({ place }, newcomer) =>
        places.fullFor(place, newcomer) === null ? null : fail('too_many_connections'),
      signedIn: (connection, as) => {
        places.signIn(connection.place, as);
        live.add(connection, as);
      },
      signedOut: (connection) => {
        live.signOut(connection);
        return places.signOut(connection.place);
      },
      left: (connection) => {
        places.leave(connection.place);
        live.remove(connection);
      },
      gone: (connection) => {
        places.gone(connection.place);
        this.#connections.delete(connection);
        log.debug({ connection: connection.number }, 'connection closed');
      },
    };
  }

  /** Begins TLS; a connection comes of it when it succeeds in time. */
  #secure(socket: Socket, context: SecureContext, address: string, place: Place): void {
    const handshake = new TlsHandshake({
      socket,
      context,
      now: this.#options.clock.passed(),
      onSecure: (secure, binding) => {
        this.#handshakes.delete(handshake);
        this.#open(secure, binding, address, place);
      },
      onFailed: (reason) => {
        this.#handshakes.delete(handshake);
        this.#places.gone(place);
        const fields = () => ({ address, reason });
        const about = { level: 'info', address: addressKey(address), reason, fields } as const;
        this.#options.log.stranger('tls', about, 'no TLS 1.3 with this peer');
      },
    });
    place.guest = handshake;
    this.#handshakes.add(handshake);
  }

  /** Begins the handshake of the protocol. */
  #open(socket: Socket, binding: ChannelBinding, address: string, place: Place): void {
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
        place,
        house: this.#house,
      },
      handshake,
    );
    place.guest = connection;
    this.#connections.add(connection);
    options.log.debug({ connection: number, address: connection.address }, 'connection opened');
  }
}
