/** How tokens are stored: only as SHA-256, so that a copy of the database signs nobody in. */
import { createHash } from 'node:crypto';

/**
 * SHA-256 of a token's text, 32 bytes. A token holds 256 random bits, so a plain fast hash can't be guessed back; the
 * look-up by hash needs no constant-time comparison. [ASVS 5.0.0 11.4]
 */
export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
