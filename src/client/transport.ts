/** A byte stream to the server and what binds a handshake to it. Knows no frame, no JSON and no handshake. */
import type { X509Certificate } from 'node:crypto';
import { BlockList, connect as connectPlain, isIPv6, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import {
  EXPORTER_BYTES,
  EXPORTER_LABEL,
  NO_BINDING,
  pinMatches,
  type ChannelBinding,
} from '../protocol/index.js';
import { trustedAuthorities } from './authorities.js';
import type { ServerAddress } from './connection_string.js';
import { channelFailure, type ChannelFault, type ConnectFailure } from './errors.js';

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

/** Says why no transport was opened where the socket's own error would not say it. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly failure: ConnectFailure;

  constructor(failure: ConnectFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

const place = ({ host, port }: ServerAddress): string => `${host}, port ${port}`;
const dayOf = (time_ms: number): string => new Date(time_ms).toISOString().slice(0, 10);
const notGenuine = (address: ServerAddress, fault: ChannelFault, day?: string): ConnectFailure =>
  channelFailure('server_not_genuine', fault, {
    place: place(address),
    ...(day === undefined ? {} : { day }),
  });
const notPortcullis = (address: ServerAddress, fault: ChannelFault): ConnectFailure =>
  channelFailure('not_portcullis', fault, { place: place(address) });

/** OpenSSL's words for bytes that are no TLS. */
const NO_TLS: ReadonlySet<string> = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
]);
/** OpenSSL's words for an end that knows no TLS 1.3: it says so, or answers in an older one. */
const OLD_TLS: ReadonlySet<string> = new Set([
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'ERR_SSL_UNSUPPORTED_PROTOCOL',
]);

/** 127.0.0.0/8 and ::1. The list sees through mapped forms such as ::ffff:127.0.0.1. */
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Returns true for an IP address of this machine alone, as a socket gives it; false for every name. */
export const isLoopbackAddress = (address: string): boolean =>
  LOOPBACK.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');

/**
 * Returns why a connection without TLS is not to be spoken on, or null. The address of the peer decides, not the name that was
 * asked for: a name can lead anywhere, and elsewhere the next time.
 */
function plainFailure(socket: Socket, address: ServerAddress): ConnectFailure | null {
  const { remoteAddress: peer } = socket;
  if (peer === undefined) return { code: 'unreachable', message: `${place(address)} hung up at once.` };
  if (isLoopbackAddress(peer)) return null;
  return {
    code: 'plain_refused',
    message:
      `${place(address)} is another machine and was to be reached by plain TCP: whoever is on the way reads and changes ` +
      'everything, passwords included. Nothing was sent to it. Use the connection string that its server printed: it holds ' +
      'a pin, and with it there is TLS.',
  };
}

/** Returns why the certificate can't be used at this time, or null. */
function validityFailure(
  address: ServerAddress,
  certificate: X509Certificate,
  now_ms: number,
): ConnectFailure | null {
  const from_ms = Date.parse(certificate.validFrom);
  const to_ms = Date.parse(certificate.validTo);
  if (from_ms <= now_ms && now_ms <= to_ms) return null;
  if (from_ms > now_ms) return notGenuine(address, 'not_valid_yet', dayOf(from_ms));
  return Number.isNaN(to_ms)
    ? notGenuine(address, 'chain_expired')
    : notGenuine(address, 'expired', dayOf(to_ms));
}

/**
 * Returns why the other end of an established TLS channel is not to be spoken to, or null. TLS has already made sure that it
 * holds the private key of its certificate; whether that is the right key is decided here.
 */
function peerFailure(socket: TLSSocket, address: ServerAddress, now_ms: number): ConnectFailure | null {
  if (socket.getProtocol() !== 'TLSv1.3') return oldTls(address);
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return notGenuine(address, 'no_certificate');
  if (address.pin !== null) {
    const public_key = certificate.publicKey.export({ type: 'spki', format: 'der' });
    if (!pinMatches(address.pin, public_key)) {
      return notGenuine(address, 'pin_changed');
    }
  } else if (!socket.authorized) {
    return untrusted(address);
  }
  return validityFailure(address, certificate, now_ms);
}

const oldTls = (address: ServerAddress): ConnectFailure => notPortcullis(address, 'old_tls');
const untrusted = (address: ServerAddress): ConnectFailure =>
  notGenuine(address, `untrusted_by_${trustedAuthorities().from}`);

/** Returns the failure for an error before TLS was established; null for what a plain connection would run into as well. */
function tlsFailure(
  socket: TLSSocket,
  address: ServerAddress,
  connected: boolean,
  code: string,
): ConnectFailure | null {
  if (!connected) return null;
  if (NO_TLS.has(code)) return notPortcullis(address, 'no_tls');
  if (OLD_TLS.has(code)) return oldTls(address);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return notGenuine(address, 'other_host');
  if (code === 'CERT_HAS_EXPIRED') return notGenuine(address, 'chain_expired');
  if (code === 'CERT_NOT_YET_VALID') return notGenuine(address, 'chain_not_valid_yet');
  // Node sets this for a certificate that did not verify, and for nothing else.
  const refusal: unknown = socket.authorizationError;
  if (refusal !== undefined && refusal !== null) return untrusted(address);
  const message = `${place(address)} closed the connection before TLS was established (${code}).`;
  return { code: 'unreachable', message };
}

/** How a transport is opened. */
export type TransportOptions = {
  readonly now_ms: () => number;
  readonly signal: AbortSignal;
  /** True for whoever insists in words: plain TCP to other machines as well. */
  readonly insecure_plain: boolean;
};

/**
 * Returns an open transport to the address. With TLS it is TLS 1.3 to the holder of the pinned key, or without a pin to whom an
 * authority named as this host; no byte of ours goes out before that is certain. Without TLS it ends at this very machine,
 * unless that was waived; no byte of ours, not even of the handshake, goes anywhere else. Never falls back to plain text.
 * Rejects with TransportError, the socket's error, or an AbortError after `signal`.
 */
export async function openTransport(
  address: ServerAddress,
  { now_ms, signal, insecure_plain }: TransportOptions,
): Promise<Transport> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const { host, port, pin } = address;
    // A pin has a meaning with TLS only: whoever gives one wants it, whatever else they say.
    const tls = address.tls || pin !== null;
    const ca = tls && pin === null ? trustedAuthorities().certificates : null;
    const socket = tls
      ? connectTls({
          host,
          port,
          minVersion: 'TLSv1.3',
          // A pinned certificate is nobody's but the server's own: `peerFailure` looks at its key instead.
          rejectUnauthorized: pin === null,
          ...(ca === null ? {} : { ca: [...ca] }),
        })
      : connectPlain({ host, port });
    socket.setNoDelay(true);
    const fail = (error: Error): void => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      reject(error);
    };
    const abort = (): void => fail(new DOMException('aborted', 'AbortError'));
    signal.addEventListener('abort', abort, { once: true });
    let connected = false;
    socket.once('connect', () => (connected = true));
    // This listener stays for good, so that no error of a socket is ever without one; a second rejection is a no-op.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const failure =
        socket instanceof TLSSocket
          ? tlsFailure(socket, address, connected, error.code ?? 'unknown error')
          : null;
      fail(failure === null ? error : new TransportError(failure));
    });
    const opened = (binding: ChannelBinding): void => {
      signal.removeEventListener('abort', abort);
      resolve(new SocketTransport(socket, binding));
    };
    if (socket instanceof TLSSocket) {
      socket.once('secureConnect', () => {
        const failure = peerFailure(socket, address, now_ms());
        if (failure !== null) {
          fail(new TransportError(failure));
          return;
        }
        const data = socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0));
        opened({ type: 'tls-exporter', data });
      });
    } else {
      socket.once('connect', () => {
        const failure = insecure_plain ? null : plainFailure(socket, address);
        if (failure === null) opened(NO_BINDING);
        else fail(new TransportError(failure));
      });
    }
  });
}
