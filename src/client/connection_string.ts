/** The address of a server as one line of text, and the key of this machine as a file. Opens no connection. */
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import {
  CLIENT_KEY_BYTES,
  CONNECTION_SCHEME,
  DEFAULT_PORT,
  PIN_TEXT,
  connectionString,
  parseGuarded,
} from '../protocol/index.js';
import { AddressError, type AddressFault } from './errors.js';
import { readInputLine } from './input_line.js';
import { readOwnFile } from './own_file.js';

/** A client key and the name that the server knows it by. `key` is 32 bytes and secret. */
export type ClientKey = { key_id: string; key: Buffer };

/**
 * Where a server is and how to prove both ends to each other. `host` has no brackets. `pin` is
 * `sha256-<base64url of the SHA-256 of the certificate's public key>`. With a pin there is always TLS; TLS without a pin
 * believes a certificate that an authority signed for this very host.
 */
export type ServerAddress = { host: string; port: number; key: ClientKey; pin: string | null; tls: boolean };

const KEY_FILE = 'client_key.json';
const CONNECTION_STRING_FILE = 'connection_string';
const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/;
/** 32 bytes in base64url without padding; the last character carries four bits, so there is one spelling only. */
const BASE64URL_32 = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
/** Names and IPv4 addresses. [RFC 1123 2.1], with the underscore that private networks use. */
const HOST_NAME = /^(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?$/;
const HOST_LENGTH_MAX = 253;
const IPV6_ZONE = /%.*$/;

function checkHost(host: string, bracketed: boolean): void {
  if (bracketed) {
    // A zone names a network card; it may hold nothing that has a meaning in the string.
    const zone = IPV6_ZONE.exec(host)?.[0] ?? '';
    if (isIPv6(host.replace(IPV6_ZONE, '')) && /^(%[A-Za-z0-9_.-]{1,32})?$/.test(zone)) return;
    throw new AddressError('not_ipv6');
  }
  if (host.includes(':')) throw new AddressError('ipv6_without_brackets');
  if (host.length > HOST_LENGTH_MAX || !HOST_NAME.test(host)) throw new AddressError('host_form');
}

function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return;
  throw new AddressError('port_range');
}

function parseKey(text: string): ClientKey {
  const dot = text.indexOf('.');
  if (dot === -1) throw new AddressError('key_without_id');
  return clientKey(text.slice(0, dot), text.slice(dot + 1), IN_STRING);
}

/** What to say about a key of the wrong form, by where it stands. */
type KeyPlace = {
  readonly key_id: AddressFault;
  readonly key: AddressFault;
  readonly about?: Readonly<Record<string, string>>;
};

const IN_STRING: KeyPlace = { key_id: 'key_id_form', key: 'key_form' };

function clientKey(key_id: unknown, key: unknown, place: KeyPlace): ClientKey {
  if (typeof key_id !== 'string' || !KEY_ID.test(key_id)) throw new AddressError(place.key_id, place.about);
  if (typeof key !== 'string' || !BASE64URL_32.test(key)) throw new AddressError(place.key, place.about);
  return { key_id, key: Buffer.from(key, 'base64url') };
}

function checkPin(pin: string): void {
  if (PIN_TEXT.test(pin)) return;
  throw new AddressError('pin_form');
}

/** Returns the parts after the question mark; each name is known and stands once. */
function parseQuery(query: string): { key: string; pin: string | null; tls: boolean } {
  const found = new Map<string, string>();
  for (const part of query.split('&')) {
    const equals = part.indexOf('=');
    const name = equals === -1 ? part : part.slice(0, equals);
    if (name !== 'key' && name !== 'pin' && name !== 'tls') {
      throw new AddressError('unknown_part');
    }
    if (found.has(name)) throw new AddressError('part_twice', { part: name });
    found.set(name, part.slice(name.length + 1));
  }
  const key = found.get('key');
  if (key === undefined) throw new AddressError('no_key_part');
  const pin = found.get('pin') ?? null;
  const tls = found.get('tls');
  if (tls !== undefined && tls !== 'ca') throw new AddressError('tls_form');
  if (tls !== undefined && pin !== null) throw new AddressError('pin_and_authority');
  return { key, pin, tls: tls !== undefined || pin !== null };
}

/**
 * Returns the address in a connection string: `portcullis://host:port?key=<key_id>.<base64url key>[&pin=sha256-<base64url>]`.
 * An IPv6 address stands in brackets; without a port it is 7777; a pin means TLS. `&tls=ca` in place of the pin means TLS
 * with a certificate that an authority signed for this host. Space around it is dropped.
 * Throws AddressError with a sentence that never holds the key.
 */
export function parseConnectionString(text: string): ServerAddress {
  const trimmed = text.trim();
  if (!trimmed.startsWith(CONNECTION_SCHEME)) throw new AddressError('scheme', { scheme: CONNECTION_SCHEME });
  const rest = trimmed.slice(CONNECTION_SCHEME.length);
  const mark = rest.indexOf('?');
  if (mark === -1) throw new AddressError('no_key_part');

  const authority = rest.slice(0, mark).replace(/\/$/, '');
  const match = /^(?:\[([^\]]*)\]|([^[\]]*?))(?::([^:[\]]*))?$/.exec(authority);
  if (match === null) throw new AddressError('not_host_port');
  const [, bracketed, plain, port_text] = match;
  const host = bracketed ?? plain ?? '';
  checkHost(host, bracketed !== undefined);
  if (port_text !== undefined && !/^[0-9]{1,5}$/.test(port_text)) checkPort(Number.NaN);
  const port = port_text === undefined ? DEFAULT_PORT : Number(port_text);
  checkPort(port);

  const { key, pin, tls } = parseQuery(rest.slice(mark + 1));
  if (pin !== null) checkPin(pin);
  return { host, port, key: parseKey(key), pin, tls };
}

/**
 * Returns the connection string of an address; parsing it gives the address back. Holds the key: show it to its owner only.
 * Throws AddressError for an address that has no such string, for example a pin without TLS.
 */
export function formatConnectionString(address: ServerAddress): string {
  const { host, port, key, pin, tls } = address;
  const is_ipv6 = host.includes(':');
  checkHost(host, is_ipv6);
  checkPort(port);
  if (key.key.length !== CLIENT_KEY_BYTES) throw new AddressError('key_length');
  clientKey(key.key_id, key.key.toString('base64url'), IN_STRING);
  if (pin !== null && !tls) throw new AddressError('pin_without_tls');
  if (pin !== null) checkPin(pin);
  return connectionString(address);
}

/**
 * Returns the address that the server on this machine left in its data folder, or null when it left none: then it speaks plain
 * TCP. Throws AddressError when the file is there but can't be read or holds no connection string.
 */
export function readLocalConnectionString(data_folder: string): ServerAddress | null {
  const body = readOwnFile(join(data_folder, CONNECTION_STRING_FILE));
  return body === null ? null : parseConnectionString(body.toString('utf8'));
}

/**
 * Returns the address in a file that holds a connection string and nothing else; `-` is a line of standard input. Throws AddressError when it
 * isn't there, can't be read, or holds something else.
 */
export function readConnectionFile(path: string): ServerAddress {
  return parseConnectionString(path === '-' ? lineOfInput() : readNamedFile(path).toString('utf8'));
}

/** What comes after it may be a password, or not be ours at all. */
function lineOfInput(): string {
  const read = readInputLine();
  if ('line' in read) return read.line;
  throw new AddressError('unreadable', {
    path: '-',
    cause: read.fault === 'unreadable' ? read.cause : read.fault,
  });
}

/** Returns the bytes of a file that a person has named, wherever it leads. */
function readNamedFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const cause = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new AddressError('unreadable', { path, cause });
  }
}

/**
 * Returns the client key that the server on this machine left in its data folder, or null when there is none.
 * Throws AddressError when the file is there but can't be read or holds no key.
 */
export function readLocalKey(data_folder: string): ClientKey | null {
  const path = join(data_folder, KEY_FILE);
  const body = readOwnFile(path);
  if (body === null) return null;
  const parsed = parseGuarded(body);
  if ('fault' in parsed) throw new AddressError('file_not_json', { path });
  return clientKey(parsed.value['key_id'], parsed.value['key'], {
    key_id: 'file_key_id_form',
    key: 'file_key_form',
    about: { path },
  });
}
