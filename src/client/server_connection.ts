/**
 * One connection: opening, handshake, then messages in and frames out, until it ends. Knows no action, no session and
 * no reconnecting. Nothing is sent beyond the handshake before the server proved itself.
 */
import {
  ERRORS,
  FrameDecoder,
  LIMITS,
  NONCE_BYTES,
  encodeFrame,
  parseGuarded,
  parseServerMessage,
  type ErrorCode,
  type ServerMessage,
} from '../protocol/index.js';
import type { ServerAddress } from './connection_string.js';
import { channelFailure, type ConnectFailure } from './errors.js';
import { answerChallenge, welcomeFailure } from './handshake.js';
import type { Runtime } from './runtime.js';
import { openTransport, TransportError, type Transport } from './transport.js';

/** What a connection tells. Nothing comes after `ended`, which comes exactly once. */
export type ConnectionListener = {
  /** The transport is open; the handshake begins. */
  opened(): void;
  /** The server is genuine and accepted the client. */
  handshaken(server_name: string): void;
  message(message: ServerMessage): void;
  ended(failure: ConnectFailure): void;
};

/** Where a connection leads, and how. */
export type ConnectionOptions = {
  readonly address: ServerAddress;
  /** Bounds the time until the handshake is done. */
  readonly connect_ms: number;
  /** True for whoever insists in words: plain TCP to other machines as well. */
  readonly insecure_plain: boolean;
};

type Stage =
  | { readonly name: 'opening' }
  | { readonly name: 'awaiting_challenge'; readonly transport: Transport }
  | {
      readonly name: 'awaiting_welcome';
      readonly transport: Transport;
      readonly server_name: string;
      readonly expected_mac: Buffer;
    }
  | { readonly name: 'open'; readonly transport: Transport }
  | { readonly name: 'ended' };

/** TLS records of the kinds change_cipher_spec to application_data, version 3.x; no frame of ours begins so. */
const looksLikeTls = ([kind = 0, version]: Buffer): boolean => kind >= 20 && kind <= 23 && version === 3;

/** Returns why a transport could not be opened, as a sentence. */
function unreachable(address: ServerAddress, error: unknown): ConnectFailure {
  if (error instanceof TransportError) return error.failure;
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  const { host, port } = address;
  const fault =
    code === 'ECONNREFUSED'
      ? 'nothing_listens'
      : code === 'ENOTFOUND' || code === 'EAI_AGAIN'
        ? 'no_such_host'
        : 'no_way';
  return channelFailure('unreachable', fault, {
    place: `${host}, port ${port}`,
    host,
    cause: code ?? 'unknown error',
  });
}

/** One connection to a server, from the first packet to the last. Begins at once; tells its listener the rest. */
export class ServerConnection {
  readonly #address: ServerAddress;
  readonly #runtime: Runtime;
  readonly #listener: ConnectionListener;
  readonly #decoder = new FrameDecoder(LIMITS.reply_bytes_max);
  readonly #opening = new AbortController();
  readonly #cancelDeadline: () => void;
  #stage: Stage = { name: 'opening' };
  /** The code with which the server announced that it closes. */
  #parting: ErrorCode | null = null;

  constructor(
    { address, connect_ms, insecure_plain }: ConnectionOptions,
    runtime: Runtime,
    listener: ConnectionListener,
  ) {
    this.#address = address;
    this.#runtime = runtime;
    this.#listener = listener;
    this.#cancelDeadline = runtime.after(connect_ms, () =>
      this.end(channelFailure('timed_out', 'no_answer', { place: `${address.host}, port ${address.port}` })),
    );
    const { signal } = this.#opening;
    openTransport(address, { now_ms: () => runtime.now_ms(), signal, insecure_plain }).then(
      (transport) => this.#start(transport),
      (error: unknown) => this.end(unreachable(address, error)),
    );
  }

  /** Sends bodies in one write, each in a frame of its own. Does nothing before the handshake and after the end. */
  send(bodies: readonly string[]): void {
    if (this.#stage.name === 'open') this.#stage.transport.write(Buffer.concat(bodies.map(encodeFrame)));
  }

  /** Ends the connection for this reason, unless it has ended already. */
  end(failure: ConnectFailure): void {
    const stage = this.#stage;
    if (stage.name === 'ended') return;
    this.#stage = { name: 'ended' };
    this.#cancelDeadline();
    this.#opening.abort();
    if (stage.name !== 'opening') stage.transport.destroy();
    this.#listener.ended(failure);
  }

  #start(transport: Transport): void {
    if (this.#stage.name !== 'opening') {
      transport.destroy();
      return;
    }
    this.#stage = { name: 'awaiting_challenge', transport };
    transport.start({ data: (chunk) => this.#receive(chunk), closed: () => this.end(this.#lost()) });
    this.#listener.opened();
  }

  #lost(): ConnectFailure {
    if (this.#parting === null) return { code: 'lost', message: 'The connection to the server was lost.' };
    return { code: 'refused', message: ERRORS[this.#parting].error, error_code: this.#parting };
  }

  #receive(chunk: Buffer): void {
    if (this.#stage.name === 'awaiting_challenge' && !this.#address.tls && looksLikeTls(chunk)) {
      this.end(channelFailure('not_portcullis', 'speaks_tls', {}));
      return;
    }
    for (const body of this.#decoder.push(chunk)) {
      if (this.#stage.name === 'ended') return;
      this.#frame(body);
    }
    if (this.#decoder.fault !== null) this.#malformed();
  }

  #malformed(): void {
    this.end({ code: 'not_portcullis', message: 'The server sent something that is not this protocol.' });
  }

  #frame(body: Buffer): void {
    const stage = this.#stage;
    switch (stage.name) {
      case 'awaiting_challenge':
        this.#challenge(body, stage.transport);
        return;
      case 'awaiting_welcome': {
        const failure = welcomeFailure(body, stage.expected_mac);
        if (failure !== null) {
          this.end(failure);
          return;
        }
        this.#stage = { name: 'open', transport: stage.transport };
        this.#cancelDeadline();
        this.#listener.handshaken(stage.server_name);
        return;
      }
      case 'open':
        this.#message(body);
        return;
      case 'opening':
      case 'ended':
        return;
    }
  }

  #challenge(body: Buffer, transport: Transport): void {
    const answer = answerChallenge(body, {
      key: this.#address.key,
      binding: transport.binding,
      nonce: this.#runtime.bytes(NONCE_BYTES),
      now_ms: this.#runtime.now_ms(),
    });
    if ('failure' in answer) {
      this.end(answer.failure);
      return;
    }
    const { server_name, expected_mac } = answer;
    this.#stage = { name: 'awaiting_welcome', transport, server_name, expected_mac };
    transport.write(Buffer.concat([encodeFrame(answer.hello), encodeFrame(answer.proof)]));
  }

  #message(body: Buffer): void {
    const parsed = parseGuarded(body, { noncharacters: true });
    const message = 'fault' in parsed ? null : parseServerMessage(parsed.value);
    if (message === null) {
      this.#malformed();
      return;
    }
    if (message.kind === 'failure' && ERRORS[message.code].closes) this.#parting = message.code;
    this.#listener.message(message);
  }
}
