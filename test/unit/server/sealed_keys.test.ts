import { expect, test } from 'vitest';
import * as fc from 'fast-check';
import { masterKeyOf, openKey, sealKey, type SealedFor } from '../../../src/server/crypto/index.js';
import { systemRandom } from '../../../src/server/runtime/index.js';

const MASTER = masterKeyOf(systemRandom.bytes(32));
const ABOUT: SealedFor = { purpose: 'page_cursors', key_id: 'r_1', account_id: null };

test('a key opens as what it was sealed for, under the same master key', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (key) => {
      const sealed = sealKey(MASTER, ABOUT, key, systemRandom);
      expect(sealed).toHaveLength(key.length + 28);
      expect(openKey(MASTER, ABOUT, sealed)).toEqual(Buffer.from(key));
    }),
  );
});

test('it opens in no other place: another purpose, row or account, or another master key', () => {
  const key = systemRandom.bytes(32);
  const sealed = sealKey(MASTER, ABOUT, key, systemRandom);
  for (const other of [
    { ...ABOUT, purpose: 'access_tokens' },
    { ...ABOUT, key_id: 'r_2' },
    { ...ABOUT, account_id: 'a_1' },
    // The same letters, cut elsewhere.
    { ...ABOUT, purpose: 'page_cursor', key_id: 'sr_1' },
    // Nobody, and somebody of that name.
    { ...ABOUT, account_id: 'null' },
    { ...ABOUT, account_id: '' },
  ])
    expect(openKey(MASTER, other, sealed), JSON.stringify(other)).toBeNull();
  expect(openKey(masterKeyOf(systemRandom.bytes(32)), ABOUT, sealed)).toBeNull();
});

test('a bit that is changed anywhere, a byte that is missing or too many: it does not open', () => {
  const sealed = sealKey(MASTER, ABOUT, systemRandom.bytes(32), systemRandom);
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(openKey(MASTER, ABOUT, changed), `bit ${bit}`).toBeNull();
  }
  for (let length = 0; length < sealed.length; length += 1)
    expect(openKey(MASTER, ABOUT, sealed.subarray(0, length))).toBeNull();
  expect(openKey(MASTER, ABOUT, Buffer.concat([sealed, Buffer.alloc(1)]))).toBeNull();
});

test('no two are sealed alike, and the name of a master key says nothing of it', () => {
  const key = systemRandom.bytes(32);
  const sealed = new Set(
    Array.from({ length: 1_000 }, () => sealKey(MASTER, ABOUT, key, systemRandom).toString('hex')),
  );
  expect(sealed.size).toBe(1_000);
  expect(masterKeyOf(MASTER.key)).toEqual(MASTER);
  expect(Buffer.from(MASTER.master_id, 'base64url')).toHaveLength(6);
});
