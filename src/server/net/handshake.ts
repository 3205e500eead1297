/** The server's side of the handshake, one for each connection. Knows the messages, not the socket. */
import { randomBytes } from 'node:crypto';
import {
  clientMac,
  helloSchema,
  LIMITS,
  macEquals,
  NONCE_BYTES,
  proofSchema,
  PROTOCOL,
  serverMac,
  SUITES,
  wireTime,
  type ChannelBinding,
  type Challenge,
  type JsonObject,
} from '../../protocol/index.js';

/** Finds a client key; null when there is none of that id. */
export type ClientKeys = { find(keyId: string): Buffer | null };

/** What an unknown key id is checked against: random for every start, so the same work fails at the same step. */
const DUMMY_KEY = randomBytes(32);

type Hello = { readonly body: Buffer; readonly key_id: string; readonly key: Buffer | null };

export class ServerHandshake {
  /** The body of the frame that the connection begins with. */
  readonly challenge: string;
  readonly #binding: ChannelBinding;
  readonly #keys: ClientKeys;
  #hello: Hello | null = null;

  constructor(options: {
    keys: ClientKeys;
    binding: ChannelBinding;
    server_name: string;
    challenge_id: string;
    now: number;
  }) {
    this.#keys = options.keys;
    this.#binding = options.binding;
    const challenge: Challenge = {
      action: 'challenge',
      time: wireTime(options.now),
      protocol: PROTOCOL,
      server_name: options.server_name,
      challenge_id: options.challenge_id,
      nonce: randomBytes(NONCE_BYTES).toString('base64url'),
      suites: [...SUITES],
      channel_binding: options.binding.type,
      deadline_ms: LIMITS.handshake_ms,
    };
    this.challenge = JSON.stringify(challenge);
  }

  /** Takes the client's greeting. False when it is none; an unknown key is not told yet. */
  takeHello(body: Buffer, object: JsonObject): boolean {
    const hello = helloSchema.safeParse(object);
    if (!hello.success) return false;
    const bound = hello.data.channel_binding === this.#binding.type;
    const key = bound ? this.#keys.find(hello.data.key_id) : null;
    // Copied: the bytes belong to the decoder and are gone with its next chunk.
    this.#hello = { body: Buffer.from(body), key_id: hello.data.key_id, key };
    return true;
  }

  /** The client's key id and the welcome that proves ours, or null: `hmac error`. */
  takeProof(body: Buffer, object: JsonObject, now: number): { key_id: string; welcome: string } | null {
    const proof = proofSchema.safeParse(object);
    if (!proof.success || this.#hello === null) return null;
    const { key, key_id } = this.#hello;
    const frames = { challenge: Buffer.from(this.challenge), hello: this.#hello.body };
    const equal = macEquals(proof.data.mac, clientMac(key ?? DUMMY_KEY, this.#binding, frames));
    if (!equal || key === null) return null;
    const mac = serverMac(key, this.#binding, frames, body).toString('base64url');
    return { key_id, welcome: JSON.stringify({ response: 200, time: wireTime(now), alert: 'welcome', mac }) };
  }
}
