/** Raw peers and client outcomes over TLS, for the tests of the channel. */
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { Client } from '../../src/client/client.js';
import type { ServerAddress } from '../../src/client/index.js';
import { systemRuntime, type Runtime } from '../../src/client/runtime.js';
import { ConnectError } from '../../src/client/index.js';
import { EXPORTER_BYTES, EXPORTER_LABEL, type ChannelBinding } from '../../src/protocol/index.js';
import { RawPeer } from './raw_peer.js';

/** A TLS socket to the server, believing any certificate. Rejects with OpenSSL's error. */
export async function tlsSocket(
  server: { readonly host: string; readonly port: number },
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const socket = connect({ host: server.host, port: server.port, rejectUnauthorized: false, ...options });
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  return socket;
}

export async function tlsPeer(server: {
  readonly host: string;
  readonly port: number;
}): Promise<{ readonly peer: RawPeer; readonly binding: ChannelBinding }> {
  const socket = await tlsSocket(server);
  const data = socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0));
  return { peer: RawPeer.over(socket), binding: { type: 'tls-exporter', data } };
}

/** Why the client doesn't get to the server; throws when it does. */
export async function failureOf(
  address: ServerAddress,
  runtime: Runtime = systemRuntime,
): Promise<{ readonly code: string; readonly message: string }> {
  const client = new Client({ address, reconnect: false }, runtime);
  try {
    await client.ready();
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    return { code: error.code, message: error.message };
  } finally {
    await client.close();
  }
  throw new Error('the client is connected');
}
