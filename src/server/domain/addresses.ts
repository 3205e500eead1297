/** Network addresses as the limits see them. */
import ipaddr from 'ipaddr.js';

/**
 * The key under which an address is counted: an IPv4 address as it is, however it was written, and of an IPv6 address
 * its /64, because that is what one customer gets.
 */
export function addressKey(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address.replace(/%.*$/, ''));
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${parsed
    .toByteArray()
    .slice(0, 8)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')}/64`;
}

/** Returns the address as people read it: mapped IPv4 forms folded. */
export function displayAddress(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address.replace(/%.*$/, '')).toString() : 'unknown';
}

/** Returns true for 127.0.0.0/8, ::1 and the name `localhost`. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  return ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback';
}
