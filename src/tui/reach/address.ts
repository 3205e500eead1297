/** From what someone typed or configured to an address with a key; and the files that a local server leaves for us. */
import { join } from 'node:path';
import {
  AddressError,
  formatConnectionString,
  parseConnectionString,
  readLocalConnectionString,
  readLocalKey,
  readOwnFile,
  type ServerAddress,
} from '../../client/index.js';
import { DEFAULT_PORT } from '../../protocol/index.js';
import { type Attempt, problem } from '../i18n/index.js';

const SERVER_FILE = 'server.json';
const SETUP_CODE_FILE = 'setup_code';
const SETUP_CODE = /^pca_[A-Za-z0-9_-]{43}$/;
/** `host`, `host:port`, `[v6]`, `[v6]:port`. */
const HOST_PORT = /^(?:\[([0-9A-Fa-f:.%]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/;

/** `host:port` as people read it; never holds a key. */
export const addressLabel = ({ host, port }: { host: string; port: number }): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

export type Target = { readonly host: string; readonly port: number };

/** Host and port of a line, or null. */
export function parseTarget(text: string): Target | null {
  const match = HOST_PORT.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? DEFAULT_PORT : Number(match[3]);
  if (host === undefined || port < 1 || port > 65_535) return null;
  return { host, port };
}

/**
 * An address with its key: from a portcullis:// line, or with the key that the server on this machine left. Throws
 * AddressError.
 */
export function resolveAddress(text: string, data_folder: string): Attempt<ServerAddress> {
  if (text.trim().startsWith('portcullis://')) return { ok: true, value: parseConnectionString(text.trim()) };
  const target = parseTarget(text);
  if (target === null) return { ok: false, problem: problem('bad_address') };
  const key = readLocalKey(data_folder);
  if (key === null) return { ok: false, problem: problem('no_key') };
  // A server on this machine that speaks TLS leaves its pin in its connection string.
  const local = readLocalConnectionString(data_folder);
  const secured = local !== null && local.port === target.port;
  return { ok: true, value: { ...target, key, pin: secured ? local.pin : null, tls: secured } };
}

/** Returns the connection string of a server with another client key, given as `<key id>.<key>`. A secret. */
export function connectionStringWith(address: ServerAddress, connection_key: string): string {
  const dot = connection_key.indexOf('.');
  const key = {
    key_id: connection_key.slice(0, dot),
    key: Buffer.from(connection_key.slice(dot + 1), 'base64url'),
  };
  return formatConnectionString({ ...address, key });
}

/** Tells commands why an address can't be used. */
export { AddressError };

/** Where the server on this machine says that it listens; null when it left no word, or not one that can be used. */
export function readLocalTarget(data_folder: string): Target | null {
  try {
    const said: unknown = JSON.parse(readOwnFile(join(data_folder, SERVER_FILE))?.toString('utf8') ?? '');
    if (typeof said !== 'object' || said === null) return null;
    const { reachable_host: host, port } = said as Partial<Record<'reachable_host' | 'port', unknown>>;
    return typeof host === 'string' && typeof port === 'number'
      ? parseTarget(addressLabel({ host, port }))
      : null;
  } catch {
    // No file, or not ours to read: then it is the usual place.
    return null;
  }
}

/** Returns the setup code that the server on this machine left for its first administrator; null when there is none. */
export function readSetupCode(data_folder: string): string | null {
  try {
    const code = readOwnFile(join(data_folder, SETUP_CODE_FILE))?.toString('utf8').trim() ?? '';
    return SETUP_CODE.test(code) ? code : null;
  } catch {
    // No file, or not ours to read: then it is typed by hand.
    return null;
  }
}
