/** The server that runs on a data folder, as others see it: what the doctor compares files and settings with. */
import type { X509Certificate } from 'node:crypto';
import { connect as connectTls } from 'node:tls';
import { DataFolderError, isAlive, readServerFile, type ServerFile } from '../data_folder/index.js';

/** A server on the same machine answers in milliseconds, also a busy one. */
export const ANSWER_MS = 3_000;

/** Returns what the running server of a folder has left; null when none runs, or its note can't be read. */
export function runningServer(folder: string): ServerFile | null {
  try {
    const server = readServerFile(folder);
    return server !== null && isAlive(server.pid) ? server : null;
  } catch (error) {
    if (error instanceof DataFolderError) return null;
    throw error;
  }
}

/** Returns where this machine reaches what listens on an address. */
export const hostHere = (host: string): string =>
  host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;

/**
 * Returns the certificate that is served at a place, whoever signed it and whether or not it is still valid; null where nothing
 * speaks TLS in time. Sends nothing beyond what TLS needs.
 */
export function servedCertificate(at: { host: string; port: number }): Promise<X509Certificate | null> {
  const { port } = at;
  // Nobody vouches for a self-signed certificate; what it is worth is what is asked here.
  const socket = connectTls({
    port,
    host: hostHere(at.host),
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
  });
  const timer = setTimeout(() => socket.destroy(), ANSWER_MS);
  return new Promise<X509Certificate | null>((resolve) => {
    socket.on('error', () => resolve(null));
    socket.on('close', () => resolve(null));
    socket.once('secureConnect', () => resolve(socket.getPeerX509Certificate() ?? null));
  }).finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}
