/** How opaque tokens are stored and derived: the database holds SHA-256 digests only, so a copy signs nobody in. */
import { createHmac, hash } from 'node:crypto';

/**
 * SHA-256 of a token's text, 32 bytes. A token holds 256 random bits, so a plain fast hash can't be guessed back; the
 * look-up by hash needs no constant-time comparison. [ASVS 5.0.0 11.4]
 */
export function tokenHash(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/** The same as text, one character a byte: a key for tables in memory. */
export function tokenKey(token: string): string {
  return hash('sha256', token, 'binary');
}

/**
 * The successors of refresh tokens. A successor is an HMAC of its predecessor and a random salt under a key of the
 * server: whoever sends the same token again within the grace time gets the same successor, although only its digest is
 * stored. Neither the database nor the key alone is enough to make one.
 */
export class RefreshSuccessors {
  readonly #key: Uint8Array;

  /** `key`: 32 bytes that are for nothing else. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Returns the next refresh token after `token`. `salt`: 16 random bytes, stored with the rotation. */
  after(token: string, salt: Uint8Array): string {
    return `pcr_${createHmac('sha256', this.#key).update(salt).update(token).digest('base64url')}`;
  }
}
