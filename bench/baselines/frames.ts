/**
 * The baseline "bare framed JSON": the least that a server has to do to give the same reply to the same request. Bytes
 * in, frame, JSON.parse, JSON.stringify, frame, one write a tick. No session, no check, no clock of its own. With
 * `--tls FOLDER` over TLS 1.3 with the certificate in that folder.
 */
import { readFileSync } from 'node:fs';
import { createServer as createPlain, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createSecure } from 'node:tls';
import { encodeFrame, FrameDecoder, LIMITS } from '../../src/protocol/index.js';

/** As large as the answer about a token of an ordinary account. */
const RESULT = {
  active: true,
  token: {
    kind: 'session',
    account_id: 'a_7Qh2mZp0Lr4sTx9VbN1c',
    account_name: 'anna.petrova.1',
    session_id: 's_1dK8wYc5Gf3hJq7RzU2e',
    roles: ['user'],
    permissions: [],
    expires_at: 1797592200000,
  },
};

function serve(socket: Socket): void {
  const decoder = new FrameDecoder(LIMITS.frame_bytes_max);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    const replies: Buffer[] = [];
    for (const body of decoder.push(chunk)) {
      const { id } = JSON.parse(body.toString('utf8')) as { id: string };
      const time = Date.now() / 1000;
      const reply = { response: 200, time, id, alert: 'token looked at', result: RESULT };
      replies.push(encodeFrame(JSON.stringify(reply)));
    }
    const [only] = replies;
    if (only !== undefined) socket.write(replies.length === 1 ? only : Buffer.concat(replies));
  });
}

const folder = process.argv[2] === '--tls' ? process.argv[3] : undefined;
const server =
  folder === undefined
    ? createPlain({ noDelay: true }, serve)
    : createSecure(
        {
          cert: readFileSync(join(folder, 'certificate.pem')),
          key: readFileSync(join(folder, 'key.pem')),
          minVersion: 'TLSv1.3',
        },
        serve,
      );
server.listen(0, '127.0.0.1', () => {
  // A listening TCP server has an address and a port.
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.on('disconnect', () => process.exit(0));
