/** Which server is the same as one that is kept: by its place, its client key and its channel. Pure. */
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { ServerAddress } from '../../client/index.js';

export type Channel = Pick<ServerAddress, 'tls' | 'pin'>;

/** What makes sure that it is the right server which hears us: a pinned key, an authority, or nothing at all. */
export const channelOf = ({ tls, pin }: Channel): string => pin ?? (tls ? 'ca' : PLAIN);
export const PLAIN = 'plain';

/**
 * Names a server by where it is, by the client key, as a digest, and by the channel: a session is offered only to whoever
 * proves to know that key, never to another server that came to sit at the same address, and never in plain when it began
 * under TLS.
 */
export function serverId(address: ServerAddress): string {
  const { key } = address;
  const digest = createHash('sha256').update(`${key.key_id}.`).update(key.key).digest('base64url');
  return `${placeOf(address)} ${digest.slice(0, 16)} ${channelOf(address)}`;
}

/** Ids of older releases don't say how the session began, so none of theirs is ever offered. */
export const isServerId = (id: string): boolean => id.split(' ').length === 3;

/** The one spelling of a host that can be written in several: capitals, a dot at the end, numbers of IP addresses. */
function hostKey(host: string): string {
  try {
    return new URL(`http://${isIPv6(host) ? `[${host}]` : host}`).hostname.replace(/\.$/, '');
  } catch {
    // Not what a URL can hold, such as an IPv6 address with the name of a network card.
    return host.toLowerCase();
  }
}

export const samePlace = (a: { host: string; port: number }, b: { host: string; port: number }): boolean =>
  a.port === b.port && hostKey(a.host) === hostKey(b.host);

/** Whether one who is known under `before` is another under `now`. Whoever had no TLS may get it. */
export const isOther = (before: Channel, now: Channel): boolean =>
  channelOf(before) !== PLAIN && channelOf(before) !== channelOf(now);

/** `host:port` as people read it. */
export function placeOf({ host, port }: { host: string; port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
