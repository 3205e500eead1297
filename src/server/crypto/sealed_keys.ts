/**
 * Keys under a key: AES-256-GCM [NIST SP 800-38D], with what a key is for, which row it is and whose it is as additional data. A
 * sealed key that is put in another's place doesn't open.
 */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import type { Random } from '../runtime/index.js';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Of the digest that names a master key: enough to tell those of one server apart, too few to find the key by. */
const MASTER_ID_BYTES = 6;

/** What other keys are sealed under. `master_id` tells nothing of the key. */
export type MasterKey = { readonly master_id: string; readonly key: Uint8Array };

/** What a sealed key is bound to. `account_id`: whose it is, null for the server's own. */
export type SealedFor = {
  readonly purpose: string;
  readonly key_id: string;
  readonly account_id: string | null;
};

/** Returns a master key of these 32 bytes, with the name by which rows say what they are sealed under. */
export function masterKeyOf(key: Uint8Array): MasterKey {
  const digest = createHash('sha256').update('portcullis master key').update(key).digest();
  return { master_id: digest.subarray(0, MASTER_ID_BYTES).toString('base64url'), key };
}

/** Where one part ends and the next begins can't be mistaken in JSON. */
const aadOf = ({ purpose, key_id, account_id }: SealedFor): Buffer =>
  Buffer.from(JSON.stringify(['portcullis key 1', purpose, key_id, account_id]));

/** Returns nonce, ciphertext and tag, 28 bytes more than the key. Nonces are random: one master key seals far fewer than 2³² keys. */
export function sealKey(master: MasterKey, about: SealedFor, key: Uint8Array, random: Random): Buffer {
  const nonce = random.bytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', master.key, nonce).setAAD(aadOf(about));
  return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
}

/** Returns the key, or null when it was sealed under another master key, for something else, or was changed since. */
export function openKey(master: MasterKey, about: SealedFor, sealed: Uint8Array): Buffer | null {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return null;
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const text = sealed.subarray(NONCE_BYTES, -TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', master.key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(aadOf(about))
    .setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(text), decipher.final()]);
  } catch {
    return null;
  }
}
