/**
 * What a client pins of a TLS server, and the line of text that takes a client to a server. Both ends need the same of
 * both. Opens no connection and reads no certificate.
 */
import { createHash, timingSafeEqual } from 'node:crypto';

/** `sha256-` and 32 bytes in base64url without padding; there is one spelling only. */
export const PIN_TEXT = /^sha256-[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const PIN_PREFIX = 'sha256-';

/** Every connection string begins with this. */
export const CONNECTION_SCHEME = 'portcullis://';

const hashOf = (public_key_der: Uint8Array): Buffer => createHash('sha256').update(public_key_der).digest();

/**
 * Returns the pin of a public key, given as its SubjectPublicKeyInfo in DER. It names the key and not the certificate, so a
 * certificate that is renewed with the same key keeps its pin. [RFC 7469 2.4]
 */
export function pinOf(public_key_der: Uint8Array): string {
  return `${PIN_PREFIX}${hashOf(public_key_der).toString('base64url')}`;
}

/** Returns true when the public key is the pinned one. Takes the same time wherever they differ. */
export function pinMatches(pin: string, public_key_der: Uint8Array): boolean {
  if (!PIN_TEXT.test(pin)) return false;
  return timingSafeEqual(Buffer.from(pin.slice(PIN_PREFIX.length), 'base64url'), hashOf(public_key_der));
}

/**
 * Returns `portcullis://host:port?key=<key_id>.<base64url>` and, for TLS, `&pin=…` or `&tls=ca`. It holds a secret: show it to
 * its owner only. Checks nothing; `host` has no brackets.
 */
export function connectionString(address: {
  readonly host: string;
  readonly port: number;
  readonly key: { readonly key_id: string; readonly key: Buffer };
  readonly tls: boolean;
  readonly pin: string | null;
}): string {
  const { host, port, key, tls, pin } = address;
  const channel = pin !== null ? `&pin=${pin}` : tls ? '&tls=ca' : '';
  const named = host.includes(':') ? `[${host}]` : host;
  return `${CONNECTION_SCHEME}${named}:${port}?key=${key.key_id}.${key.key.toString('base64url')}${channel}`;
}
