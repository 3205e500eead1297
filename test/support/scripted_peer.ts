/**
 * A TCP server whose every byte the test decides: the other end for tests of the client. The server's side of the
 * handshake is made of the protocol room's functions, so that nothing of the real server is needed.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { ServerAddress } from '../../src/client/index.js';
import {
  ACTIONS,
  FrameDecoder,
  LIMITS,
  NO_BINDING,
  PROTOCOL,
  encodeEvent,
  encodeFailure,
  encodeFrame,
  encodeResult,
  helloSchema,
  clientMac,
  macEquals,
  parseGuarded,
  parseRequest,
  proofSchema,
  serverMac,
  type ActionName,
  type ErrorCode,
  type EventName,
  type Failure,
  type Request,
} from '../../src/protocol/index.js';

const NOW_MS = 1_795_000_000_000;

/** A fault to put into the handshake. */
export type HandshakeTwist = { server_mac?: Buffer; challenge?: Record<string, unknown> };

/** One accepted connection, with its frames as a queue. */
export class PeerConnection {
  readonly socket: Socket;
  /** Chunks in the sizes in which they arrived. */
  readonly chunks: number[] = [];
  /** Resolves when the client is gone. */
  readonly closed: Promise<void>;
  readonly #key: Buffer;
  readonly #decoder = new FrameDecoder(LIMITS.frame_bytes_max);
  readonly #frames: Buffer[] = [];
  readonly #waiting: ((frame: Buffer | null) => void)[] = [];
  #ended = false;

  constructor(socket: Socket, key: Buffer) {
    this.socket = socket;
    this.#key = key;
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk.length);
      for (const body of this.#decoder.push(chunk)) {
        const waiting = this.#waiting.shift();
        if (waiting) waiting(Buffer.from(body));
        else this.#frames.push(Buffer.from(body));
      }
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#ended = true;
        for (const waiting of this.#waiting.splice(0)) waiting(null);
        resolve();
      });
    });
  }

  /** Frames that arrived and that nobody took. */
  get unread(): number {
    return this.#frames.length;
  }

  /** The next frame's body; null when the client closed. */
  frame(): Promise<Buffer | null> {
    const ready = this.#frames.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The next request. Throws when the client closed instead or the frame is none. */
  async request(): Promise<Request & { id: string }> {
    const body = await this.frame();
    if (body === null) throw new Error('the client closed');
    const parsed = parseGuarded(body);
    const request = 'value' in parsed ? parseRequest(parsed.value) : null;
    if (!request?.id) throw new Error(`no request: ${body.toString()}`);
    return { ...request, id: request.id };
  }

  send(...bodies: string[]): void {
    this.socket.write(Buffer.concat(bodies.map(encodeFrame)));
  }

  /** Answers with the example of the action's entry, or with a result of the test's own. */
  reply(id: string, action: ActionName, result: object = ACTIONS[action].example.result): void {
    this.send(encodeResult(id, ACTIONS[action].response, ACTIONS[action].alert, result, NOW_MS));
  }

  refuse(id: string | null, code: ErrorCode, retry_after_ms?: number): void {
    const carried = retry_after_ms === undefined ? {} : { retry_after_ms };
    // A server of a test may leave out what the code carries.
    this.send(encodeFailure(id, { failed: code, ...carried } as Failure, NOW_MS));
  }

  event(name: EventName, data: object): void {
    this.send(encodeEvent(name, data, NOW_MS));
  }

  sendChallenge(twist: HandshakeTwist = {}): Buffer {
    const body = JSON.stringify({
      action: 'challenge',
      time: NOW_MS / 1000,
      protocol: PROTOCOL,
      server_name: 'Scripted',
      challenge_id: 'ch_1',
      nonce: randomBytes(32).toString('base64url'),
      suites: ['hmac-sha256'],
      channel_binding: 'none',
      deadline_ms: 5_000,
      ...twist.challenge,
    });
    this.send(body);
    return Buffer.from(body);
  }

  /** The whole handshake. Gives whether the client's MAC was right; the welcome goes out in that case only. */
  async handshake(twist: HandshakeTwist = {}): Promise<boolean> {
    const challenge = this.sendChallenge(twist);
    const hello = await this.frame();
    const proof = await this.frame();
    if (hello === null || proof === null) return false;
    helloSchema.parse(JSON.parse(hello.toString()));
    const { mac } = proofSchema.parse(JSON.parse(proof.toString()));
    const frames = { challenge, hello };
    if (!macEquals(mac, clientMac(this.#key, NO_BINDING, frames))) {
      this.refuse(null, 'hmac_error');
      this.socket.end();
      return false;
    }
    const server_mac = twist.server_mac ?? serverMac(this.#key, NO_BINDING, frames, proof);
    const welcome = {
      response: 200,
      time: NOW_MS / 1000,
      alert: 'welcome',
      mac: server_mac.toString('base64url'),
    };
    this.send(JSON.stringify(welcome));
    return true;
  }
}

/** A listening peer on a free port. Each accepted connection is given to `next()` in turn. */
export class ScriptedPeer {
  readonly key: Buffer;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #accepted: PeerConnection[] = [];
  readonly #waiting: ((connection: PeerConnection) => void)[] = [];
  /** Connections accepted so far. */
  count = 0;

  private constructor(key: Buffer) {
    this.key = key;
    this.#server = createServer((socket) => {
      this.count += 1;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      const connection = new PeerConnection(socket, this.key);
      const waiting = this.#waiting.shift();
      if (waiting) waiting(connection);
      else this.#accepted.push(connection);
    });
  }

  /** On a free port with a key of its own, or in the place of one that has closed. */
  static async listen(before: ServerAddress | null = null): Promise<ScriptedPeer> {
    const { port, key } = before ?? { port: 0, key: { key: randomBytes(32) } };
    const peer = new ScriptedPeer(key.key);
    await new Promise<void>((resolve) => peer.#server.listen(port, '127.0.0.1', resolve));
    return peer;
  }

  get address(): ServerAddress {
    const { port } = this.#server.address() as AddressInfo;
    return { host: '127.0.0.1', port, key: { key_id: 'local', key: this.key }, pin: null, tls: false };
  }

  /** The next connection, accepted already or to come. */
  next(): Promise<PeerConnection> {
    const ready = this.#accepted.shift();
    if (ready) return Promise.resolve(ready);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The next connection after a handshake without twists. */
  async nextHandshaken(): Promise<PeerConnection> {
    const connection = await this.next();
    if (!(await connection.handshake())) throw new Error('the handshake failed');
    return connection;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
