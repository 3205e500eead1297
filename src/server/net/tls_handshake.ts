/**
 * A socket from the moment it was accepted on a TLS listener to the moment it speaks TLS 1.3. Says nothing of the
 * protocol; who gets this far has proved nothing yet.
 */
import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import { EXPORTER_BYTES, EXPORTER_LABEL, LIMITS, type ChannelBinding } from '../../protocol/index.js';
import type { Guest } from './places.js';

/** TLS's `close_notify` as a record: what a client without TLS can recognise, and one with TLS takes for an end. */
const TLS_GOODBYE = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x01, 0x00]);

/** Made once for a listener. Throws OpenSSL's error for a certificate or key that it can't use. */
export function tlsContext(identity: { readonly certificate: string; readonly key: string }): SecureContext {
  return createSecureContext({
    cert: identity.certificate,
    key: identity.key,
    minVersion: 'TLSv1.3',
    // With tickets off and no session store nothing is ever resumed: each connection has an exporter of its own making.
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
}

export type TlsHandshakeOptions = {
  readonly socket: Socket;
  readonly context: SecureContext;
  readonly now: number;
  /** The channel is up. The socket is the receiver's from here on. */
  readonly onSecure: (socket: TLSSocket, binding: ChannelBinding) => void;
  /** It never will be; the socket is gone. Comes at most once, and never after `onSecure`. */
  readonly onFailed: (reason: string) => void;
};

export class TlsHandshake implements Guest {
  readonly #options: TlsHandshakeOptions;
  readonly #raw: Socket;
  #secure: TLSSocket | null = null;
  #over = false;

  constructor(options: TlsHandshakeOptions) {
    this.#options = options;
    this.#raw = options.socket;
    this.#raw.on('error', (error) => this.#fail(reasonOf(error)));
    this.#raw.on('close', () => this.#fail('the peer hung up'));
    // TLS begins with its first byte, so that a peer which never speaks costs a socket and nothing more.
    this.#raw.once('readable', () => this.#begin());
  }

  /** Drops a peer that is too slow: five seconds for the whole TLS handshake. */
  checkDeadline(now: number): void {
    if (this.#over || now - this.#options.now <= LIMITS.handshake_ms) return;
    // A TLS client speaks first. One that waits for our challenge takes this listener for a plain one.
    if (this.#secure === null) {
      this.#raw.end(TLS_GOODBYE);
      this.#raw.destroySoon();
    }
    this.#fail('too slow');
  }

  destroy(): void {
    this.#fail('the server is stopping');
  }

  giveWay(): void {
    this.#fail('another peer needs the place');
  }

  #begin(): void {
    if (this.#over) return;
    if (this.#raw.readableLength === 0) {
      this.#fail('the peer hung up');
      return;
    }
    const socket = new TLSSocket(this.#raw, { isServer: true, secureContext: this.#options.context });
    this.#secure = socket;
    socket.on('error', (error: Error) => this.#fail(reasonOf(error)));
    socket.on('close', () => this.#fail('the peer hung up'));
    socket.once('secure', () => {
      if (this.#over) return;
      this.#over = true;
      const data = socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0));
      this.#options.onSecure(socket, { type: 'tls-exporter', data });
    });
  }

  #fail(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#secure !== null) this.#secure.destroy();
    else if (!this.#raw.writableEnded) this.#raw.destroy();
    this.#options.onFailed(reason);
  }
}

/** Returns Node's code for the reason, such as ERR_SSL_UNSUPPORTED_PROTOCOL; OpenSSL's text holds addresses of its memory. */
const reasonOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : error.message;
