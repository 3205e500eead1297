/**
 * The exporter of TLS 1.3 by hand [RFC 8446 7.1, 7.5], for test vectors. Programs ask their TLS library for it; this is for those
 * whose library has no call for it, and for checking that a library does as the standard says.
 */
import { createHash, createHmac } from 'node:crypto';

export type ExporterHash = 'sha256' | 'sha384';

/** Returns the `info` of HKDF-Expand: length as two bytes, then label and context, each behind a byte of length. */
function hkdfLabel(label: string, context: Buffer, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`, 'ascii');
  return Buffer.concat([
    Buffer.from([length >> 8, length & 0xff, name.length]),
    name,
    Buffer.from([context.length]),
    context,
  ]);
}

/** HKDF-Expand for outputs that fit in one block [RFC 5869 2.3]. */
function expandLabel(
  hash: ExporterHash,
  secret: Buffer,
  label: string,
  context: Buffer,
  length: number,
): Buffer {
  const block = createHmac(hash, secret)
    .update(hkdfLabel(label, context, length))
    .update(Buffer.from([1]))
    .digest();
  if (length > block.length) throw new Error('longer than one block');
  return block.subarray(0, length);
}

/** Returns what a TLS library exports for a label and a context, and the secret on the way to it. */
export function exported(input: {
  readonly hash: ExporterHash;
  readonly exporter_secret: Buffer;
  readonly label: string;
  readonly context: Buffer;
  readonly length: number;
}): { readonly derived_secret: Buffer; readonly keying_material: Buffer } {
  const { hash, exporter_secret, label, context, length } = input;
  const digest = (data: Buffer): Buffer => createHash(hash).update(data).digest();
  const empty = digest(Buffer.alloc(0));
  const derived_secret = expandLabel(hash, exporter_secret, label, empty, empty.length);
  return {
    derived_secret,
    keying_material: expandLabel(hash, derived_secret, 'exporter', digest(context), length),
  };
}
