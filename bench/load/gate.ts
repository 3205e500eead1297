/** Opens connections: TCP or TLS, then the handshake with the client key, then a session when one is given. */
import { randomBytes } from 'node:crypto';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import {
  clientMac,
  encodeFrame,
  EXPORTER_BYTES,
  EXPORTER_LABEL,
  FrameDecoder,
  LIMITS,
  NO_BINDING,
  type ChannelBinding,
  type JsonObject,
} from '../../src/protocol/index.js';
import type { Target } from './commands.js';

const HOST = '127.0.0.1';

function openPlain(port: number, localAddress = HOST): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectPlain({ port, host: HOST, localAddress, noDelay: true }, () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

function openSecure(port: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    // The certificate was made a second ago on this machine; the client key proves the server all the same.
    const socket = connectTls({ port, host: HOST, rejectUnauthorized: false, minVersion: 'TLSv1.3' }, () => {
      socket.setNoDelay(true);
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** A conversation on a socket: one question at a time. `release` gives the socket back for raw bytes. */
export class Talk {
  readonly socket: Socket;
  readonly #decoder = new FrameDecoder(LIMITS.reply_bytes_max);
  readonly #arrived: Buffer[] = [];
  #wake: (() => void) | null = null;
  readonly #onData = (chunk: Buffer): void => {
    for (const body of this.#decoder.push(chunk)) this.#arrived.push(Buffer.from(body));
    this.#wake?.();
  };
  readonly #onClose = (): void => this.#wake?.();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', this.#onData);
    socket.on('close', this.#onClose);
    socket.on('error', () => socket.destroy());
  }

  async takeBody(): Promise<Buffer> {
    for (;;) {
      const body = this.#arrived.shift();
      if (body !== undefined) return body;
      if (this.socket.destroyed || this.socket.readableEnded) throw new Error('the server hung up');
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** The reply to a request; events before it are dropped. Numbers of requests are the caller's business. */
  async ask(action: string, params: object): Promise<JsonObject> {
    this.socket.write(encodeFrame(JSON.stringify({ action, id: '1', time: 0, ...params })));
    for (;;) {
      const message = JSON.parse((await this.takeBody()).toString()) as JsonObject;
      if (message['event'] === undefined) return message;
    }
  }

  release(): Socket {
    this.socket.off('data', this.#onData);
    this.socket.off('close', this.#onClose);
    return this.socket;
  }
}

function bindingOf(socket: Socket): ChannelBinding {
  if (!(socket instanceof TLSSocket)) return NO_BINDING;
  const data = socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0));
  return { type: 'tls-exporter', data };
}

async function handshake(talk: Talk, target: Target & { speaks: 'portcullis' }): Promise<void> {
  const binding = bindingOf(talk.socket);
  const challenge = await talk.takeBody();
  const nonce = randomBytes(32).toString('base64url');
  const greeting = { action: 'hello', key_id: target.key_id, nonce, suite: 'hmac-sha256' };
  const hello = Buffer.from(JSON.stringify({ ...greeting, channel_binding: binding.type }));
  const mac = clientMac(Buffer.from(target.key, 'base64url'), binding, { challenge, hello });
  const proof = JSON.stringify({ action: 'proof', mac: mac.toString('base64url') });
  talk.socket.write(Buffer.concat([encodeFrame(hello.toString()), encodeFrame(proof)]));
  const welcome = JSON.parse((await talk.takeBody()).toString()) as JsonObject;
  if (welcome['response'] !== 200) throw new Error(`no welcome: ${JSON.stringify(welcome)}`);
}

/** An open socket on which requests can be sent. */
export async function open(target: Target, sessionToken: string | null, from?: string): Promise<Socket> {
  const isSecure = 'tls' in target && target.tls;
  const socket = isSecure ? await openSecure(target.port) : await openPlain(target.port, from);
  if (target.speaks !== 'portcullis') {
    socket.on('error', () => socket.destroy());
    return socket;
  }
  return (await converse(target, sessionToken, socket)).release();
}

/** The same for conversations. */
export async function converse(
  target: Target,
  sessionToken: string | null,
  opened: Socket | null = null,
): Promise<Talk> {
  if (target.speaks !== 'portcullis') throw new Error('only Portcullis can be conversed with');
  const socket = opened ?? (target.tls ? await openSecure(target.port) : await openPlain(target.port));
  const talk = new Talk(socket);
  await handshake(talk, target);
  if (sessionToken !== null) {
    const reply = await talk.ask('resume', { session_token: sessionToken });
    if (reply['response'] !== 200) throw new Error(`no session: ${JSON.stringify(reply)}`);
  }
  return talk;
}

/** Opens many, a few at a time. */
export async function openMany(
  target: Target,
  count: number,
  signInWith: readonly string[],
  localAddress?: string,
): Promise<Socket[]> {
  const sockets: Socket[] = [];
  const AT_ONCE = 64;
  while (sockets.length < count) {
    const from = sockets.length;
    const size = Math.min(AT_ONCE, count - from);
    const batch = Array.from({ length: size }, (_, index) =>
      open(target, signInWith[(from + index) % Math.max(1, signInWith.length)] ?? null, localAddress),
    );
    sockets.push(...(await Promise.all(batch)));
  }
  return sockets;
}
