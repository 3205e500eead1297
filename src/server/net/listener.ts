/** Accepts connections within the limits, watches their deadlines, and lets them go when the server stops. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { encodeFailure, encodeFrame, fail, LIMITS, NO_BINDING } from '../../protocol/index.js';
import type { Dispatcher } from '../dispatch/index.js';
import { addressKey, displayAddress } from '../domain/index.js';
import type { Clock, Log, Random } from '../runtime/index.js';
import { Connection } from './connection.js';
import { ServerHandshake, type ClientKeys } from './handshake.js';
import type { LiveSessions } from './live_sessions.js';

/** How often deadlines are looked at: every limit above is late by at most this. */
const SWEEP_MS = 250;
/** A good first pause for clients of a server that stops; it starts again in about this time. */
const RECONNECT_AFTER_MS = 1_000;

export type ListenerOptions = {
  readonly host: string;
  readonly port: number;
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

export class Listener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  /** Connections by address key that nobody has signed in on. */
  readonly #strangers = new Map<string, number>();
  #sweeper: NodeJS.Timeout | null = null;
  #nextNumber = 1;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
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
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
    const address = this.#server.address();
    if (address === null || typeof address === 'string')
      throw new Error('a TCP server has an address and a port');
    return address;
  }

  /** How many connections are open. */
  get size(): number {
    return this.#connections.size;
  }

  /** Takes no more connections, tells the open ones, waits for requests in work, then closes all. */
  async close(): Promise<void> {
    this.#server.close();
    for (const connection of this.#connections) {
      connection.push('server_stopping', { reconnect_after_ms: RECONNECT_AFTER_MS });
    }
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
    for (const connection of this.#connections) connection.checkDeadlines();
  }

  #accept(socket: Socket): void {
    const { options, strangers } = { options: this.#options, strangers: this.#strangers };
    const address = socket.remoteAddress;
    // Gone before it was looked at.
    if (address === undefined) {
      socket.destroy();
      return;
    }
    const key = addressKey(address);
    const waiting = strangers.get(key) ?? 0;
    if (
      this.#connections.size >= options.connections_max ||
      waiting >= options.connections_per_address_before_sign_in_max
    ) {
      socket.on('error', () => socket.destroy());
      socket.end(encodeFrame(encodeFailure(null, fail('too_many_connections'), options.clock.now())));
      socket.destroySoon();
      return;
    }
    strangers.set(key, waiting + 1);
    let isStranger = true;
    const known = (): void => {
      if (!isStranger) return;
      isStranger = false;
      const left = (strangers.get(key) ?? 1) - 1;
      if (left > 0) strangers.set(key, left);
      else strangers.delete(key);
    };
    const number = this.#nextNumber;
    this.#nextNumber += 1;
    const connection = new Connection({
      socket,
      number,
      address: displayAddress(address),
      handshake: new ServerHandshake({
        keys: options.keys,
        binding: NO_BINDING,
        server_name: options.server_name,
        challenge_id: options.random.id('c'),
        now: options.clock.now(),
      }),
      dispatcher: options.dispatcher,
      clock: options.clock,
      log: options.log,
      onSignedIn: (one, as) => {
        known();
        options.live.add(one, as);
      },
      onGone: (one) => {
        known();
        options.live.remove(one);
        this.#connections.delete(one);
        options.log.debug({ connection: number }, 'connection closed');
      },
    });
    this.#connections.add(connection);
    options.log.debug({ connection: number, address: connection.address }, 'connection opened');
  }
}
