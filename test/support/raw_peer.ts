/** A peer that speaks bytes: for what no honest client would send. */
import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import {
  clientMac,
  encodeFrame,
  FrameDecoder,
  LIMITS,
  NO_BINDING,
  serverMac,
  type ActionName,
  type JsonObject,
  type ResultOf,
} from '../../src/protocol/index.js';
import { resultOf } from './replies.js';

/** Where a server listens and the key to get in: a test server, or a program that was started. */
export type Reachable = {
  readonly host: string;
  readonly port: number;
  readonly address: { readonly key: { readonly key_id: string; readonly key: Buffer } };
};

export class RawPeer implements AsyncDisposable {
  readonly socket: Socket;
  /** Everything received and not yet taken, oldest first. */
  readonly #bodies: Buffer[] = [];
  readonly #decoder = new FrameDecoder(LIMITS.reply_bytes_max);
  #wake: (() => void) | null = null;
  #closed = false;
  #nextId = 1;
  /** Sizes of the chunks as they arrived. */
  readonly chunks: number[] = [];
  /** The code of the error that ended the connection, for example ECONNRESET; null when it ended in peace. */
  broken: string | null = null;
  /** True once the server has said that it sends nothing more. */
  ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk.length);
      for (const body of this.#decoder.push(chunk)) this.#bodies.push(Buffer.from(body));
      this.#wake?.();
    });
    socket.on('end', () => {
      this.ended = true;
      this.#wake?.();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => (this.broken = error.code ?? error.message));
    socket.on('close', () => {
      this.#closed = true;
      this.#wake?.();
    });
  }

  /** `allowHalfOpen`: a peer that doesn't hang up when the server does. `from`: the address it has itself. */
  static async open(
    server: Pick<Reachable, 'host' | 'port'>,
    options: { allowHalfOpen?: boolean; from?: string } = {},
  ): Promise<RawPeer> {
    const socket = new Socket({ allowHalfOpen: options.allowHalfOpen ?? false });
    const { from } = options;
    socket.connect({
      port: server.port,
      host: server.host,
      ...(from === undefined ? {} : { localAddress: from }),
    });
    socket.setNoDelay(true);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawPeer(socket);
  }

  /** Opens and does the handshake with the server's local key, or with another one. */
  static async handshaken(
    server: Reachable,
    key = server.address.key,
    options: { from?: string } = {},
  ): Promise<RawPeer> {
    const peer = await RawPeer.open(server, options);
    const welcome = await peer.handshake(key);
    if (welcome['response'] !== 200) throw new Error(`no welcome: ${JSON.stringify(welcome)}`);
    return peer;
  }

  /** A peer on a socket that is open already, for example one that speaks TLS. */
  static over(socket: Socket): RawPeer {
    return new RawPeer(socket);
  }

  async handshake(key: { key_id: string; key: Buffer }, binding = NO_BINDING): Promise<JsonObject> {
    const challenge = await this.takeBody();
    if (challenge === null) throw new Error('closed before the challenge');
    const hello = Buffer.from(
      JSON.stringify({
        action: 'hello',
        key_id: key.key_id,
        nonce: randomBytes(32).toString('base64url'),
        suite: 'hmac-sha256',
        channel_binding: binding.type,
      }),
    );
    const frames = { challenge, hello };
    const mac = clientMac(key.key, binding, frames).toString('base64url');
    const proof = JSON.stringify({ action: 'proof', mac });
    this.socket.write(Buffer.concat([encodeFrame(hello.toString()), encodeFrame(proof)]));
    const welcome = await this.take();
    if (welcome?.['mac'] !== undefined) {
      const expected = serverMac(key.key, binding, frames, Buffer.from(proof)).toString('base64url');
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

  /** Asks and expects success; gives the result as the schema has it. */
  async call<A extends ActionName>(action: A, params: object = {}): Promise<ResultOf<A>> {
    return resultOf(action, await this.ask(action, params));
  }

  /** The next event of this name; what comes before it is dropped. */
  async event(name: string): Promise<JsonObject> {
    for (;;) {
      const message = await this.take();
      if (message === null) throw new Error(`closed before the event ${name}`);
      if (message['event'] === name) return message;
    }
  }

  /** Messages that are here already and that nobody took; waits for nothing. */
  takeArrived(): JsonObject[] {
    return this.#bodies.splice(0).map((body) => JSON.parse(body.toString()) as JsonObject);
  }

  /** Waits until the connection is gone. */
  async gone(): Promise<void> {
    while (!this.#closed) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  get closed(): boolean {
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.gone();
  }
}

export const PASSWORD = 'correct horse battery staple';

/** A connection that is signed in; disposing of it closes it. */
export type SignedIn = AsyncDisposable & {
  readonly peer: RawPeer;
  readonly account_id: string;
  readonly session_id: string;
  readonly session_token: string;
  readonly refresh_token: string;
};

function signedIn(peer: RawPeer, result: ResultOf<'authenticate'>): SignedIn {
  return {
    peer,
    account_id: result.account.account_id,
    session_id: result.session.session_id,
    session_token: result.session_token,
    refresh_token: result.refresh_token,
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
}

/** Registers an account on a new connection and leaves it signed in. */
export async function registered(
  server: Reachable,
  name: string,
  extra: object = {},
  user: object = {},
): Promise<SignedIn> {
  const peer = await RawPeer.handshaken(server);
  const params = { user: { account_name: name, password: PASSWORD, ...user }, ...extra };
  return signedIn(peer, await peer.call('register', params));
}

/** Signs in on a new connection. */
export async function authenticated(
  server: Reachable,
  account_name: string,
  password = PASSWORD,
): Promise<SignedIn> {
  const peer = await RawPeer.handshaken(server);
  return signedIn(peer, await peer.call('authenticate', { user: { account_name, password } }));
}

/** Goes on with a session on a new connection. */
export async function resumed(server: Reachable, session_token: string): Promise<RawPeer> {
  const peer = await RawPeer.handshaken(server);
  await peer.call('resume', { session_token });
  return peer;
}

/** A pending account with the code that its owner chooses a password with. */
export async function invited(
  boss: RawPeer,
  account_name: string,
  more: object = {},
): Promise<{ account_id: string; code: string }> {
  const { user, code } = await boss.call('create_user', { user: { account_name }, ...more });
  return { account_id: user.account_id, code };
}

/** The first administrator of a fresh server. */
export async function administrator(
  server: Reachable & { readonly setup_code: string | null },
  name = 'boss.one',
): Promise<SignedIn> {
  return registered(server, name, { setup_code: server.setup_code });
}
