/**
 * Network addresses as the limits see them. What is shown and recorded is always the address itself; what is counted is
 * whose it is.
 */
import ipaddr from 'ipaddr.js';

/**
 * How many /64 of one IPv6 /48 may use up what one of them may: a site gets a /48 and 65,536 /64 in it, and ten
 * neighbours that behave badly at once are nobody's bad luck.
 */
export const ADDRESSES_OF_A_NETWORK = 10;

/** All of a machine's own addresses: whoever is on it can take any of 127.0.0.0/8. */
const LOOPBACK = 'loopback';
/** Ends the key of an IPv6 address. */
const ONE_CUSTOMER = '/64';

type Parsed = ipaddr.IPv4 | ipaddr.IPv6;

function parse(address: string): Parsed | null {
  // A zone says by which interface of ours it came.
  const plain = address.replace(/%.*$/, '');
  return ipaddr.isValid(address) && ipaddr.isValid(plain) ? ipaddr.process(plain) : null;
}

/** The bits of IPv6 addresses that are an IPv4 address, by the start of the address: [first byte of it, inverted]. */
const EMBEDDED: readonly (readonly [start: string, bits: number, at: number, inverted: boolean])[] = [
  // [RFC 6052] NAT64: all of IPv4 in one /64.
  ['64:ff9b::', 96, 12, false],
  // [RFC 7915] the translated form of SIIT.
  ['::ffff:0:0:0', 96, 12, false],
  // [RFC 4291 2.5.5.1] IPv4-compatible, no longer in use.
  ['::', 96, 12, false],
  // [RFC 3056] 6to4: a /48 for each IPv4 address.
  ['2002::', 16, 2, false],
  // [RFC 4380] Teredo: the server's address is in the /64, the client's at the end, inverted.
  ['2001::', 32, 12, true],
];

/** Returns the IPv4 address behind an IPv6 address; null when there is none. */
function embeddedIPv4(address: ipaddr.IPv6): ipaddr.IPv4 | null {
  const range = address.range();
  if (range === 'loopback' || range === 'unspecified') return null;
  for (const [start, bits, at, inverted] of EMBEDDED) {
    if (!address.match(ipaddr.IPv6.parse(start), bits)) continue;
    const bytes = address.toByteArray().slice(at, at + 4);
    return new ipaddr.IPv4(inverted ? bytes.map((byte) => byte ^ 0xff) : bytes);
  }
  return null;
}

function hexadecimal(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Returns whose an address is: the IPv4 address that it holds, or itself; null for what is none. */
function whose(address: string): Parsed | null {
  const parsed = parse(address);
  return parsed instanceof ipaddr.IPv6 ? (embeddedIPv4(parsed) ?? parsed) : parsed;
}

function customerKey(own: Parsed): string {
  if (own instanceof ipaddr.IPv4) return own.toString();
  return `${hexadecimal(own.toByteArray().slice(0, 8))}${ONE_CUSTOMER}`;
}

/**
 * Returns the key under which an address is counted: an IPv4 address as it is, however it was written or wrapped, of an
 * IPv6 address its /64, because that is what one customer gets, and one key for all addresses of this machine itself.
 */
export function addressKey(address: string): string {
  const own = whose(address);
  if (own === null) return 'unknown';
  return own.range() === 'loopback' ? LOOPBACK : customerKey(own);
}

/**
 * Returns the key of the network around an address that is counted under `key`, which may have ten times as much: the
 * /48 of an IPv6 address; null for whatever has no network to speak of.
 */
export function networkKey(key: string): string | null {
  return key.endsWith(ONE_CUSTOMER) ? `${key.slice(0, 12)}/48` : null;
}

/**
 * Returns the key of the place that an address is, for whoever looks after an account: an IPv4 address, of an IPv6 address its
 * /64, within which machines change theirs every day. Each address of this machine is one of its own: here nothing is limited
 * by it. Only its two usual names are one, between which clients change at will.
 */
export function placeKey(address: string): string {
  const own = whose(address);
  if (own === null) return 'unknown';
  return own instanceof ipaddr.IPv6 && own.range() === 'loopback' ? '127.0.0.1' : customerKey(own);
}

/** Returns the address as people read it: mapped IPv4 forms folded. */
export function displayAddress(address: string): string {
  return parse(address)?.toString() ?? 'unknown';
}

/** Returns true for 127.0.0.0/8, ::1 and the name `localhost`. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  return parse(host)?.range() === 'loopback';
}
