/**
 * How the server can be reached: plain TCP or TLS, with which certificate, and the line of text that takes another
 * machine's UI here. The decision stands here alone; the listener only carries it out.
 */
import { hostname, networkInterfaces } from 'node:os';
import type { Config } from '../config.js';
import {
  folderCertificate,
  ownCertificate,
  removeConnectionString,
  writeConnectionString,
  type ClientKey,
  type TlsIdentity,
} from '../data_folder/index.js';
import { isLoopback } from '../domain/index.js';
import { connectionString } from '../../protocol/index.js';
import type { Log } from '../runtime/index.js';

type ChannelConfig = Pick<Config, 'host' | 'data' | 'tls' | 'tls_cert' | 'tls_key' | 'insecure_plain'>;

/** Returns true unless the server is for this machine only, or someone has insisted in words. */
export function servesTls(config: ChannelConfig): boolean {
  if (config.tls === 'on' || config.tls_cert !== '') return true;
  return !isLoopback(config.host) && config.insecure_plain === 'no';
}

/**
 * What the listener shows, or null for plain TCP. Makes or renews the certificate in the data folder when that is the
 * one to show. Throws DataFolderError or CertificateError.
 */
export async function tlsIdentity(config: ChannelConfig, now: number, log: Log): Promise<TlsIdentity | null> {
  if (!servesTls(config)) {
    if (!isLoopback(config.host)) {
      log.warn(
        { host: config.host },
        'plain TCP on an address that other machines reach: whoever is on the way reads and changes everything, ' +
          'passwords included; start without --insecure-plain to serve TLS',
      );
    }
    return null;
  }
  if (config.tls_cert !== '') return ownCertificate(config.tls_cert, config.tls_key, now);
  const { identity, made } = await folderCertificate(config.data, now);
  if (made === 'new') log.info({ pin: identity.pin }, 'made a certificate for TLS');
  if (made === 'renewed')
    log.info({ pin: identity.pin }, 'renewed the certificate for TLS; the pin is the same');
  return identity;
}

/** Returns the host under which other machines find a server that listens on all addresses. */
export function reachableHost(bound: string): string {
  if (bound !== '0.0.0.0' && bound !== '::') return bound;
  const addresses = Object.values(networkInterfaces()).flatMap((of) => of ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? hostname();
}

/**
 * Leaves the connection string in the data folder and gives it; null, and no file, without TLS. It holds the client key.
 */
export function leaveConnectionString(
  config: ChannelConfig,
  at: { readonly host: string; readonly port: number },
  key: ClientKey,
  identity: TlsIdentity | null,
): string | null {
  if (identity === null) {
    removeConnectionString(config.data);
    return null;
  }
  const text = connectionString({
    host: reachableHost(at.host),
    port: at.port,
    key,
    tls: true,
    pin: identity.pin,
  });
  writeConnectionString(config.data, text);
  return text;
}
