/** The server's side of the handshake, one for each connection. Knows the messages, not the socket. */
import { randomBytes } from 'node:crypto';
import {
  clientMac,
  helloSchema,
  LIMITS,
  LOCAL_KEY_ID,
  macEquals,
  NONCE_BYTES,
  proofSchema,
  PROTOCOL,
  serverMac,
  SUITES,
  wireTime,
  type ChannelBinding,
  type Challenge,
  type ClientPermission,
  type JsonObject,
} from '../../protocol/index.js';

/** A client key that may be used now. `secret_id` tells the two keys of a rotation apart; null for the local key. */
export type UsableKey = {
  readonly key: Buffer;
  readonly secret_id: number | null;
  /** What it permits with nobody signed in. */
  readonly permissions: readonly ClientPermission[];
};

/**
 * Finds the keys that are valid under an id at this moment: none, one, or two during a rotation. Does the same work for
 * every id, known or not, and keeps nothing: what was revoked a moment ago is not found.
 */
export type ClientKeys = {
  find(keyId: string): Promise<readonly UsableKey[]>;
  /** Told after a successful handshake. Returns at once; nobody waits for what it writes. */
  used(keyId: string, key: UsableKey): void;
};

/** The keys behind a key id, at most: the current one and the next. Exactly so many MACs are computed for every proof. */
const KEYS_PER_ID = 2;

/** What an unknown key id is checked against: random for every start, so the same work fails at the same step. */
const DUMMY_KEY = randomBytes(32);

type Hello = { readonly body: Buffer; readonly key_id: string; readonly bound: boolean };

/** What a successful handshake gives: whose key it was, and the frame that proves ours. */
export type Proved = {
  readonly key_id: string;
  readonly secret_id: number | null;
  /** Whether it is a service's, which asks about many things at once. */
  readonly is_service: boolean;
  readonly welcome: string;
};

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
    const { key_id, channel_binding } = hello.data;
    // Copied: the bytes belong to the decoder and are gone with its next chunk.
    this.#hello = { body: Buffer.from(body), key_id, bound: channel_binding === this.#binding.type };
    return true;
  }

  /**
   * The client's key id and the welcome that proves ours, or null: `hmac error`. Keys are looked up here and not at the
   * greeting, so that one which is revoked in between opens nothing. Throws when they can't be read.
   */
  async takeProof(body: Buffer, object: JsonObject, now: number): Promise<Proved | null> {
    const proof = proofSchema.safeParse(object);
    if (!proof.success || this.#hello === null) return null;
    const { key_id, bound } = this.#hello;
    // Copied: the bytes may be gone when the keys are there.
    const frame = Buffer.from(body);
    const found = await this.#keys.find(key_id);
    const frames = { challenge: Buffer.from(this.challenge), hello: this.#hello.body };
    let proved: UsableKey | null = null;
    for (let index = 0; index < KEYS_PER_ID; index += 1) {
      const candidate = found[index];
      const expected = clientMac(candidate?.key ?? DUMMY_KEY, this.#binding, frames);
      // All are compared, whichever fits: no answer comes sooner for a key that is known.
      if (macEquals(proof.data.mac, expected) && candidate !== undefined && bound) proved = candidate;
    }
    if (proved === null) return null;
    this.#keys.used(key_id, proved);
    const mac = serverMac(proved.key, this.#binding, frames, frame).toString('base64url');
    const welcome = JSON.stringify({ response: 200, time: wireTime(now), alert: 'welcome', mac });
    // The local key is that of everybody on the machine.
    const is_service = key_id !== LOCAL_KEY_ID && proved.permissions.length > 0;
    return { key_id, secret_id: proved.secret_id, is_service, welcome };
  }
}
