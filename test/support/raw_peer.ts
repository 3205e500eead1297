/** A peer that speaks bytes: for what no honest client would send. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import {
  clientMac,
  encodeFrame,
  FrameDecoder,
  LIMITS,
  NO_BINDING,
  serverMac,
  type JsonObject,
} from '../../src/protocol/index.js';
import type { TestServer } from './server.js';

export class RawPeer implements AsyncDisposable {
  readonly socket: Socket;
  /** Everything received and not yet taken, oldest first. */
  readonly #bodies: Buffer[] = [];
  readonly #decoder = new FrameDecoder(LIMITS.reply_bytes_max);
  #wake: (() => void) | null = null;
  #closed = false;
  #nextId = 1;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      for (const body of this.#decoder.push(chunk)) this.#bodies.push(Buffer.from(body));
      this.#wake?.();
    });
    socket.on('error', () => null);
    socket.on('close', () => {
      this.#closed = true;
      this.#wake?.();
    });
  }

  static async open(server: { host: string; port: number }): Promise<RawPeer> {
    const socket = connect(server.port, server.host);
    socket.setNoDelay(true);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawPeer(socket);
  }

  /** Opens and does the handshake with the server's local key, or with another one. */
  static async handshaken(server: TestServer, key = server.address.key): Promise<RawPeer> {
    const peer = await RawPeer.open(server);
    const welcome = await peer.handshake(key);
    if (welcome['response'] !== 200) throw new Error(`no welcome: ${JSON.stringify(welcome)}`);
    return peer;
  }

  async handshake(key: { key_id: string; key: Buffer }): Promise<JsonObject> {
    const challenge = await this.takeBody();
    if (challenge === null) throw new Error('closed before the challenge');
    const hello = Buffer.from(
      JSON.stringify({
        action: 'hello',
        key_id: key.key_id,
        nonce: randomBytes(32).toString('base64url'),
        suite: 'hmac-sha256',
        channel_binding: 'none',
      }),
    );
    const frames = { challenge, hello };
    const mac = clientMac(key.key, NO_BINDING, frames).toString('base64url');
    const proof = JSON.stringify({ action: 'proof', mac });
    this.socket.write(Buffer.concat([encodeFrame(hello.toString()), encodeFrame(proof)]));
    const welcome = await this.take();
    if (welcome?.['mac'] !== undefined) {
      const expected = serverMac(key.key, NO_BINDING, frames, Buffer.from(proof)).toString('base64url');
      if (welcome['mac'] !== expected) throw new Error('the server has not proved its key');
    }
    return welcome ?? {};
  }

  /** The next body, or null when the connection is closed and nothing is left. */
  async takeBody(): Promise<Buffer | null> {
    while (this.#bodies.length === 0) {
      if (this.#closed) return null;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#bodies.shift() ?? null;
  }

  async take(): Promise<JsonObject | null> {
    const body = await this.takeBody();
    return body === null ? null : (JSON.parse(body.toString()) as JsonObject);
  }

  /** Everything up to the close of the connection. */
  async takeAll(): Promise<JsonObject[]> {
    const all: JsonObject[] = [];
    for (let one = await this.take(); one !== null; one = await this.take()) all.push(one);
    return all;
  }

  send(message: object | string): void {
    this.socket.write(encodeFrame(typeof message === 'string' ? message : JSON.stringify(message)));
  }

  sendBytes(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** Sends a request and gives its reply; events that come before it are dropped. */
  async ask(action: string, params: object = {}): Promise<JsonObject> {
    const id = String(this.#nextId++);
    this.send({ action, id, time: 0, ...params });
    for (;;) {
      const message = await this.take();
      if (message === null) throw new Error(`closed before the reply to ${action}`);
      if (message['id'] === id) return message;
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    while (!this.#closed) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

export const PASSWORD = 'correct horse battery staple';

/** Registers an account on a new connection and leaves it signed in. */
export async function registered(
  server: TestServer,
  name: string,
  extra: object = {},
  user: object = {},
): Promise<{ peer: RawPeer; account_id: string; session_id: string; session_token: string }> {
  const peer = await RawPeer.handshaken(server);
  const reply = await peer.ask('register', {
    user: { account_name: name, password: PASSWORD, ...user },
    ...extra,
  });
  if (reply['response'] !== 201) throw new Error(`not registered: ${JSON.stringify(reply)}`);
  const result = reply['result'] as {
    account: { account_id: string };
    session: { session_id: string };
    session_token: string;
  };
  return {
    peer,
    account_id: result.account.account_id,
    session_id: result.session.session_id,
    session_token: result.session_token,
  };
}

/** The first administrator of a fresh server. */
export async function administrator(server: TestServer, name = 'boss.one'): ReturnType<typeof registered> {
  return registered(server, name, { setup_code: server.setup_code });
}
