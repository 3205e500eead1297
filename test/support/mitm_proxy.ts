/**
 * Somebody in the middle: between a client and a server, with a certificate of its own or without one, reading all that
 * it can read and changing what the test tells it to.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { encodeFrame, FrameDecoder, LIMITS } from '../../src/protocol/index.js';
import type { TestCertificate } from './certificates.js';

export type Side = 'client' | 'server';

export type ProxyOptions = {
  /** What stands behind the proxy. */
  readonly target: { readonly host: string; readonly port: number };
  /** With a certificate the proxy ends TLS in front and begins it anew behind; without one it hands bytes on. */
  readonly certificate?: TestCertificate;
  /** Changes a frame's body on its way; only where the proxy sees frames. */
  readonly edit?: (from: Side, body: string) => string;
};

export class MitmProxy implements AsyncDisposable {
  readonly host = '127.0.0.1';
  readonly #options: ProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** What came from each side, in the clear if the proxy could read it. */
  readonly seen: Record<Side, Buffer[]> = { client: [], server: [] };
  /** Connections that got as far as speaking. */
  count = 0;

  private constructor(options: ProxyOptions) {
    this.#options = options;
    const accept = (front: Socket): void => this.#accept(front);
    const { certificate } = options;
    this.#server =
      certificate === undefined
        ? createServer({ noDelay: true }, accept)
        : createTlsServer({ cert: certificate.certificate, key: certificate.key, noDelay: true }, accept);
    this.#server.on('tlsClientError', () => null);
  }

  static async listen(options: ProxyOptions): Promise<MitmProxy> {
    const proxy = new MitmProxy(options);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** All bytes of a side as text. */
  textOf(side: Side): string {
    return Buffer.concat(this.seen[side]).toString('latin1');
  }

  #accept(front: Socket): void {
    this.count += 1;
    const { target, certificate } = this.#options;
    const back =
      certificate === undefined
        ? connect(target.port, target.host)
        : connectTls({ host: target.host, port: target.port, rejectUnauthorized: false });
    back.setNoDelay(true);
    this.#carry('client', front, back);
    this.#carry('server', back, front);
  }

  #carry(from: Side, source: Socket, sink: Socket): void {
    const { edit } = this.#options;
    const decoder = new FrameDecoder(LIMITS.reply_bytes_max);
    this.#sockets.add(source);
    source.on('data', (chunk: Buffer) => {
      this.seen[from].push(Buffer.from(chunk));
      if (edit === undefined) sink.write(chunk);
      else for (const body of decoder.push(chunk)) sink.write(encodeFrame(edit(from, body.toString())));
    });
    source.on('end', () => sink.end());
    source.on('error', () => sink.destroy());
    source.on('close', () => {
      this.#sockets.delete(source);
      sink.destroySoon();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
