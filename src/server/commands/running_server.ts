/** The server that runs on a data folder, as others see it: what the doctor compares files and settings with. */
import { randomBytes, type X509Certificate } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import {
  challengeSchema,
  clientMac,
  encodeFrame,
  EXPORTER_BYTES,
  EXPORTER_LABEL,
  FrameDecoder,
  LIMITS,
  NO_BINDING,
  NONCE_BYTES,
  parseGuarded,
  SUITES,
  welcomeSchema,
  type ChannelBinding,
} from '../../protocol/index.js';
import {
  DataFolderError,
  isAlive,
  readServerFile,
  type ClientKey,
  type ServerFile,
} from '../data_folder/index.js';

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
const hostHere = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host);

/** Opens a connection to a place, with TLS or without. Nobody vouches for a self-signed certificate: look at it yourself. */
export function openTo({ host, port }: { host: string; port: number }, tls: true): TLSSocket;
export function openTo({ host, port }: { host: string; port: number }, tls: boolean): Socket | TLSSocket;
export function openTo({ host, port }: { host: string; port: number }, tls: boolean): Socket | TLSSocket {
  const here = hostHere(host);
  return tls
    ? connectTls({ port, host: here, rejectUnauthorized: false, minVersion: 'TLSv1.3' })
    : connect(port, here);
}

/**
 * Returns the certificate that is served at a place, whoever signed it and whether or not it is still valid; null where nothing
 * speaks TLS in time. Sends nothing beyond what TLS needs.
 */
export function servedCertificate(at: { host: string; port: number }): Promise<X509Certificate | null> {
  const socket = openTo(at, true);
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

/**
 * Returns whether the running server takes a client key, by a handshake with it; null where it can't be told. Nobody signs in, and the
 * connection is closed at once.
 */
export async function takesKey(server: ServerFile, key: ClientKey): Promise<boolean | null> {
  const tls = server.pin !== null;
  const socket = openTo(server, tls);
  const timer = setTimeout(() => socket.destroy(), ANSWER_MS);
  const decoder = new FrameDecoder(LIMITS.reply_bytes_max);
  let asked = false;
  return await new Promise<boolean | null>((resolve) => {
    socket.on('error', () => resolve(null));
    socket.on('close', () => resolve(null));
    socket.on('data', (chunk: Buffer) => {
      for (const body of decoder.push(chunk)) {
        const parsed = parseGuarded(body);
        const value: unknown = 'fault' in parsed ? null : parsed.value;
        if (asked) resolve(answerTo(value));
        else if (challengeSchema.safeParse(value).success) {
          asked = true;
          socket.write(helloAndProof(body, key, bindingOf(socket)));
        } else resolve(null);
      }
      if (decoder.fault !== null) resolve(null);
    });
  }).finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}

/** Anything but a welcome and the one refusal that is about the key says nothing about it: too many connections, say. */
function answerTo(reply: unknown): boolean | null {
  if (welcomeSchema.safeParse(reply).success) return true;
  const code: unknown = typeof reply === 'object' && reply !== null ? Reflect.get(reply, 'code') : null;
  return code === 'hmac_error' ? false : null;
}

function bindingOf(socket: Socket | TLSSocket): ChannelBinding {
  if (!('exportKeyingMaterial' in socket)) return NO_BINDING;
  const data = socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0));
  return { type: 'tls-exporter', data };
}

function helloAndProof(challenge: Buffer, { key_id, key }: ClientKey, binding: ChannelBinding): Buffer {
  const [suite] = SUITES;
  const nonce = randomBytes(NONCE_BYTES).toString('base64url');
  const hello = JSON.stringify({ action: 'hello', key_id, nonce, suite, channel_binding: binding.type });
  const mac = clientMac(key, binding, { challenge, hello: Buffer.from(hello) }).toString('base64url');
  return Buffer.concat([encodeFrame(hello), encodeFrame(JSON.stringify({ action: 'proof', mac }))]);
}
