/** What the server's own keys are for, how each is made, and what it was before there was a ring. */
import { createPrivateKey, generateKeyPairSync, hkdfSync } from 'node:crypto';
import type { FormerKeys } from '../data_folder/index.js';
import type { Random } from '../runtime/index.js';

const BYTES = 32;

type Purpose = {
  readonly make: (random: Random) => Buffer;
  /** What a release without a ring used; null when it had none. */
  readonly former: (kept: FormerKeys) => Buffer | null;
};

const pkcs8 = (pem: string): Buffer => createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
const drawn = (random: Random): Buffer => random.bytes(BYTES);
/** One secret stood for several then. */
const derived =
  (info: string) =>
  ({ server_secret }: FormerKeys): Buffer | null =>
    server_secret === null
      ? null
      : Buffer.from(hkdfSync('sha256', server_secret, Buffer.alloc(0), info, BYTES));

export const PURPOSES = {
  /** The Ed25519 key that signs access tokens, PKCS #8 in DER. */
  access_tokens: {
    make: () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' }),
    former: ({ signing_key }) => (signing_key === null ? null : pkcs8(signing_key)),
  },
  /** 32 bytes, for the MAC of cursors. */
  page_cursors: { make: drawn, former: derived('portcullis page cursor 1') },
  /** 32 bytes, from which the successor of a refresh token follows. */
  refresh_successors: { make: drawn, former: derived('portcullis refresh successor') },
} as const satisfies Record<string, Purpose>;

export type KeyPurpose = keyof typeof PURPOSES;
// The very table that the type is of.
export const KEY_PURPOSES = Object.keys(PURPOSES) as readonly KeyPurpose[];
