/** A port of this machine that nobody uses, for programs that have to be told one. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** Returns a port that was free a moment ago; somebody else may take it before it is used. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // An address of TCP.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
