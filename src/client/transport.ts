/** A byte stream to the server and what binds a handshake to it. Knows no frame, no JSON and no handshake. */
import { connect, type Socket } from 'node:net';
import { NO_BINDING, type ChannelBinding } from '../protocol/index.js';
import type { ServerAddress } from './connection_string.js';

/** What a transport tells. `closed` comes exactly once and last, whoever closed; `error` is null for a plain end. */
export type TransportListener = {
  data(chunk: Buffer): void;
  closed(error: Error | null): void;
};

/** An open byte stream in both directions. Its methods never throw. */
export type Transport = {
  /** What both ends put into the handshake's transcript. */
  readonly binding: ChannelBinding;
  /** Begins to deliver bytes; nothing is delivered before, and nothing is lost. Call it once. */
  start(listener: TransportListener): void;
  /** Sends bytes as one write. Does nothing on a closed transport. */
  write(bytes: Buffer): void;
  /** Ends both directions at once. May be called at any time and more than once. */
  destroy(): void;
};

class SocketTransport implements Transport {
  readonly binding: ChannelBinding;
  readonly #socket: Socket;
  #listener: TransportListener | null = null;
  #error: Error | null = null;
  #closed = false;

  constructor(socket: Socket, binding: ChannelBinding) {
    this.#socket = socket;
    this.binding = binding;
    socket.on('error', (error) => (this.#error = error));
    // The server ends only when it has nothing more to say and reads nothing more.
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      this.#closed = true;
      this.#listener?.closed(this.#error);
    });
  }

  start(listener: TransportListener): void {
    this.#listener = listener;
    if (this.#closed) {
      queueMicrotask(() => listener.closed(this.#error));
      return;
    }
    this.#socket.on('data', (chunk: Buffer) => listener.data(chunk));
  }

  write(bytes: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** An open transport to the address. Rejects with the socket's error, or with an AbortError after `signal`. */
export async function openTransport(address: ServerAddress, signal: AbortSignal): Promise<Transport> {
  signal.throwIfAborted();
  // Never fall back to plain text where TLS was asked for.
  if (address.tls) throw new Error('TLS is not built in yet');
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address.host, port: address.port, noDelay: true });
    const abort = (): void => {
      socket.destroy();
      reject(new DOMException('aborted', 'AbortError'));
    };
    signal.addEventListener('abort', abort, { once: true });
    // This listener stays for good, so that no error of a socket is ever without one; a second rejection is a no-op.
    socket.on('error', (error) => {
      signal.removeEventListener('abort', abort);
      reject(error);
    });
    socket.once('connect', () => {
      signal.removeEventListener('abort', abort);
      resolve(new SocketTransport(socket, NO_BINDING));
    });
  });
}
