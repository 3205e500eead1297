/** The only place that draws random values: ids and 256-bit secrets. */
import { randomBytes } from 'node:crypto';
import { customAlphabet } from 'nanoid';

/** log2(62^20) = 119 bits: ids need to be unique and unguessable enough, they are no secrets. */
const drawId = customAlphabet('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', 20);

export type Random = {
  /** Returns a new id with its kind in front, for example `a_…`. */
  id(prefix: 'a' | 's' | 'c' | 'd' | 'j' | 'k' | 'r'): string;
  /** 256 random bits in base64url behind a prefix that tells what kind of secret it is. */
  token(prefix: 'pcs' | 'pcr' | 'pcc' | 'pca' | 'pcd'): string;
  /** `count` random bytes. */
  bytes(count: number): Buffer;
};

export const systemRandom: Random = {
  id: (prefix) => `${prefix}_${drawId()}`,
  token: (prefix) => `${prefix}_${randomBytes(32).toString('base64url')}`,
  bytes: (count) => randomBytes(count),
};
