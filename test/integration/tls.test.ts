/** TLS over real sockets: who gets in, who doesn't, and the sentence that they are told. */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Client } from '../../src/client/client.js';
import {
  parseConnectionString,
  readLocalConnectionString,
  type ServerAddress,
} from '../../src/client/index.js';
import { systemRuntime } from '../../src/client/runtime.js';
import { encodeFrame, LIMITS } from '../../src/protocol/index.js';
import { makeCertificate, type TestCertificate } from '../support/certificates.js';
import { FakeClock } from '../support/fake_clock.js';
import { PASSWORD, RawPeer } from '../support/raw_peer.js';
import { startServer, temporaryFolder, type TestServer } from '../support/server.js';
import { failureOf, tlsPeer, tlsSocket } from '../support/tls_peer.js';
import { stopwatch } from '../support/stopwatch.js';

const TLS = { tls: 'on' };
const YEAR_MS = 365 * 86_400_000;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const isSentence = /^[A-Z0-9][^\n]{15,}\.$/;

/** Waits until the server has logged this. */
async function logged(server: TestServer, text: string): Promise<string> {
  for (let tries = 0; tries < 400; tries += 1) {
    const line = server.log_lines.find((one) => one.includes(text));
    if (line !== undefined) return line;
    await sleep(20);
  }
  throw new Error(`never logged: ${text}`);
}

/** Something that listens and is no server of ours. Gives an address that leads there. */
async function impostor<T>(
  accept: Parameters<typeof createServer>[1] | { certificate: TestCertificate; maxVersion?: 'TLSv1.2' },
  run: (address: ServerAddress) => Promise<T>,
): Promise<T> {
  const sockets = new Set<Socket>();
  const listener =
    typeof accept === 'object'
      ? createTlsServer({
          cert: accept.certificate.certificate,
          key: accept.certificate.key,
          ...(accept.maxVersion === undefined ? {} : { maxVersion: accept.maxVersion }),
        })
      : createServer(accept);
  listener.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => null);
  });
  listener.on('tlsClientError', () => null);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const key = { key_id: 'local', key: Buffer.alloc(32, 1) };
  const pin = typeof accept === 'object' ? accept.certificate.pin : `sha256-${'A'.repeat(43)}`;
  try {
    return await run({ host: '127.0.0.1', port, key, pin, tls: true });
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => listener.close(() => resolve()));
  }
}

describe('a server with a certificate that it made', () => {
  let server: TestServer;
  beforeAll(async () => (server = await startServer({ flags: TLS })));
  afterAll(async () => server[Symbol.asyncDispose]());

  test('register, whoami, close, resume: all as on plain TCP', async () => {
    expect(server.address).toMatchObject({ tls: true });
    const client = new Client({ address: server.address });
    const user = { account_name: 'anna.tls', password: PASSWORD };
    const { session_token } = await client.call('register', { user });
    expect((await client.call('whoami', {})).account.account_name).toBe('anna.tls');
    await client.close();
    const again = new Client({ address: server.address, session_token });
    await again.ready();
    expect((await again.call('whoami', {})).account.account_name).toBe('anna.tls');
    await again.close();
  });

  test('many calls at once arrive in order and whole', async () => {
    const client = new Client({ address: server.address });
    const all = await Promise.all(Array.from({ length: 300 }, () => client.attempt('server_info', {})));
    expect(all.every(({ ok }) => ok)).toBe(true);
    await client.close();
  });

  test('the channel is TLS 1.3, and nothing is ever resumed', async () => {
    const first = await tlsSocket(server);
    const sessions: Buffer[] = [];
    first.on('session', (session) => sessions.push(session));
    first.on('data', () => null);
    expect(first.getProtocol()).toBe('TLSv1.3');
    await sleep(50);
    first.destroy();
    for (const session of sessions) {
      const second = await tlsSocket(server, { session });
      expect(second.isSessionReused()).toBe(false);
      second.destroy();
    }
  });

  test('the challenge asks for the exporter, and both ends have the same one', async () => {
    const { peer, binding } = await tlsPeer(server);
    expect(await peer.handshake(server.address.key, binding)).toMatchObject({ response: 200 });
    expect(await peer.ask('server_info')).toMatchObject({ response: 200 });
    await peer[Symbol.asyncDispose]();
  });

  test('a wrong pin: the client says that the pin changed, and sends nothing', async () => {
    const pin = (await makeCertificate()).pin;
    const failure = await failureOf({ ...server.address, pin });
    expect(failure.code).toBe('server_not_genuine');
    expect(failure.message).toMatch(isSentence);
    expect(failure.message).toContain('The pin of 127.0.0.1');
    expect(failure.message).toContain('has changed');
  });

  test('a client gives up after a wrong pin, also when it would try again after a loss', async () => {
    const client = new Client({ address: { ...server.address, pin: (await makeCertificate()).pin } });
    await expect(client.ready()).rejects.toMatchObject({ code: 'server_not_genuine' });
    expect(client.state.name).toBe('closed');
  });

  test('without a pin the certificate would need an authority', async () => {
    const failure = await failureOf({ ...server.address, host: 'localhost', pin: null });
    expect(failure.code).toBe('server_not_genuine');
    expect(failure.message).toContain('not signed by an authority');
    expect(failure.message).toMatch(isSentence);
  });

  test('a TLS 1.2 client is refused with an alert, and the server lives', async () => {
    await expect(tlsSocket(server, { maxVersion: 'TLSv1.2' })).rejects.toMatchObject({
      code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    });
    expect(await logged(server, 'ERR_SSL_UNSUPPORTED_PROTOCOL')).toContain('no TLS 1.3 with this peer');
    await (await tlsPeer(server)).peer[Symbol.asyncDispose]();
  });

  test.each<[string, string | Buffer]>([
    ['HTTP', 'GET / HTTP/1.1\r\n\r\n'],
    ['a frame in the clear', Buffer.from('\0\0\0\x02{}')],
    ['zeros', Buffer.alloc(10_000)],
    ['half a ClientHello of a length that is none', Buffer.from([0x16, 3, 1, 0xff, 0xff, 1])],
  ])('%s to the TLS port: closed without a frame', async (_what, bytes) => {
    const peer = await RawPeer.open(server);
    peer.sendBytes(Buffer.from(bytes));
    await peer.gone();
    expect(Buffer.concat(peer.takeArrived().map(() => Buffer.of(0)))).toHaveLength(0);
    await (await tlsPeer(server)).peer[Symbol.asyncDispose]();
  });

  test('the connection string in the data folder leads here, and the log never holds the key', async () => {
    const path = join(server.data_folder, 'connection_string');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(server.data_folder, 'tls_key.pem')).mode & 0o777).toBe(0o600);
    expect(readLocalConnectionString(server.data_folder)).toEqual(server.address);
    const client = new Client({ address: parseConnectionString(readFileSync(path, 'utf8')) });
    await client.ready();
    await client.close();
    expect(server.log_lines.join('')).not.toContain(server.address.key.key.toString('base64url'));
    expect(server.log_lines.join('')).not.toContain('PRIVATE KEY');
  });
});

describe('one end speaks TLS and the other does not', () => {
  test('a plain client at a TLS port is told that it is one', async () => {
    await using server = await startServer({ flags: TLS });
    const failure = await failureOf({ ...server.address, pin: null, tls: false });
    expect(failure).toEqual({
      code: 'not_portcullis',
      message: 'This server speaks TLS. Use the connection string that it printed.',
    });
  });

  test('a TLS client at a plain port', async () => {
    await using server = await startServer();
    const failure = await failureOf({ ...server.address, pin: `sha256-${'A'.repeat(43)}`, tls: true });
    expect(failure.code).toBe('not_portcullis');
    expect(failure.message).toMatch(isSentence);
    expect(failure.message).toContain('does not speak TLS');
    const client = new Client({ address: server.address });
    await client.ready();
    await client.close();
  });

  test('a server that hangs up at once: the client will try again', async () => {
    const failure = await impostor((socket) => socket.end(), failureOf);
    expect(failure.code).toBe('unreachable');
    expect(failure.message).toMatch(isSentence);
  });

  test('something else that speaks first', async () => {
    const failure = await impostor((socket) => socket.write('220 mail ESMTP\r\n'), failureOf);
    expect(failure.code).toBe('not_portcullis');
  });
});

describe('what a client does not accept of a server', () => {
  test('TLS 1.2', async () => {
    const certificate = await makeCertificate();
    const failure = await impostor({ certificate, maxVersion: 'TLSv1.2' }, failureOf);
    expect(failure.code).toBe('not_portcullis');
    expect(failure.message).toContain('older than 1.3');
    expect(failure.message).toMatch(isSentence);
  });

  test('an expired certificate, though the pin is right', async () => {
    const certificate = await makeCertificate({ to: Date.UTC(2026, 0, 2), from: Date.UTC(2025, 0, 2) });
    const failure = await impostor({ certificate }, failureOf);
    expect(failure.code).toBe('server_not_genuine');
    expect(failure.message).toContain('has expired on 2026-01-02');
    expect(failure.message).toMatch(isSentence);
  });

  test('a certificate of a time to come', async () => {
    const from = Date.now() + YEAR_MS;
    const failure = await impostor(
      { certificate: await makeCertificate({ from, to: from + YEAR_MS }) },
      failureOf,
    );
    expect(failure.code).toBe('server_not_genuine');
    expect(failure.message).toContain('not valid before');
    expect(failure.message).toContain('clock');
    expect(failure.message).toMatch(isSentence);
  });
});

describe('a certificate of one’s own', () => {
  async function withOwn<T>(
    made: TestCertificate,
    run: (server: TestServer) => Promise<T>,
    chain = '',
  ): Promise<T> {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'own.crt'), made.certificate + chain);
    writeFileSync(join(folder, 'own.key'), made.key);
    const flags = { 'tls-cert': join(folder, 'own.crt'), 'tls-key': join(folder, 'own.key') };
    try {
      await using server = await startServer({ flags });
      return await run(server);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test('is shown, its key is the pin, and none is made in the data folder', async () => {
    const made = await makeCertificate();
    await withOwn(made, async (server) => {
      expect(server.address.pin).toBe(made.pin);
      const client = new Client({ address: server.address });
      await client.ready();
      await client.close();
      expect(() => statSync(join(server.data_folder, 'tls_key.pem'))).toThrow('ENOENT');
    });
  });

  test('signed by an authority that this machine does not know, and no pin: refused', async () => {
    const authority = await makeCertificate();
    const made = await makeCertificate({ issuer: authority });
    const failure = await withOwn(
      made,
      (server) => failureOf({ ...server.address, pin: null }),
      authority.certificate,
    );
    expect(failure).toMatchObject({ code: 'server_not_genuine' });
    expect(failure.message).toContain('not signed by an authority');
  });

  test('that does not fit stops the start', async () => {
    const made = await makeCertificate();
    const other = await makeCertificate();
    await expect(withOwn({ ...made, key: other.key }, () => Promise.resolve())).rejects.toThrow(
      'does not belong to',
    );
    const expired = await makeCertificate({ to: Date.now() - 1_000, from: Date.now() - YEAR_MS });
    await expect(withOwn(expired, () => Promise.resolve())).rejects.toThrow('has expired');
  });
});

describe('other machines', () => {
  const outside = Object.values(networkInterfaces())
    .flatMap((of) => of ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

  test('a server for all addresses speaks TLS without being asked, and no plain TCP', async () => {
    await using server = await startServer({ flags: { host: '0.0.0.0' } });
    expect(server.address).toMatchObject({ tls: true });
    const client = new Client({ address: server.address });
    await client.ready();
    await client.close();
    const address = readLocalConnectionString(server.data_folder);
    expect(address?.host).not.toBe('0.0.0.0');
    if (outside !== undefined) expect(address?.host).toBe(outside);
    const plain = await failureOf({ ...server.address, pin: null, tls: false });
    expect(plain.message).toContain('This server speaks TLS');
  });

  test('plain TCP only for who asks in words, with a warning at each start and no connection string', async () => {
    const folder = temporaryFolder();
    const first = await startServer({ data_folder: folder, flags: { host: '0.0.0.0' } });
    await first.stop();
    expect(readLocalConnectionString(folder)).not.toBeNull();
    for (let start = 0; start < 2; start += 1) {
      const flags = { host: '0.0.0.0', 'insecure-plain': 'everyone-may-read-the-passwords' };
      const server = await startServer({ data_folder: folder, flags });
      expect(server.address).toMatchObject({ tls: false, pin: null });
      expect(await logged(server, 'plain TCP on an address')).toContain('WARN');
      expect(readLocalConnectionString(folder)).toBeNull();
      const client = new Client({ address: server.address });
      await client.ready();
      await client.close();
      await server.stop();
    }
    rmSync(folder, { recursive: true });
  });
});

describe('renewing', () => {
  test('eleven years later: a new certificate, the same pin, and clients notice nothing', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'tls_cert.pem');
    const first = await startServer({ data_folder: folder, flags: TLS });
    const { address } = first;
    await first.stop();
    const before = readFileSync(path, 'utf8');

    const clock = new FakeClock(Date.now() + 11 * YEAR_MS);
    const second = await startServer({ data_folder: folder, flags: TLS, clock });
    expect(await logged(second, 'renewed the certificate')).toContain(String(address.pin));
    expect(readFileSync(path, 'utf8')).not.toBe(before);
    expect(second.address.pin).toBe(address.pin);
    const client = new Client(
      { address: { ...second.address, pin: address.pin } },
      { ...systemRuntime, now_ms: () => clock.now() },
    );
    await client.ready();
    await client.close();
    // A certificate that hasn't been renewed would be refused by such a client: see above.
    const third = await failureOf(
      { ...second.address, pin: address.pin },
      { ...systemRuntime, now_ms: () => clock.now() + 11 * YEAR_MS },
    );
    expect(third.message).toContain('has expired');
    await second.stop();
    rmSync(folder, { recursive: true });
  });
});

describe('limits before TLS', () => {
  const flags = { ...TLS, 'connections-per-address': '3' };
  /** True when the server takes one more connection. */
  async function takesOneMore(server: TestServer): Promise<boolean> {
    try {
      await (await tlsPeer(server)).peer[Symbol.asyncDispose]();
      return true;
    } catch {
      return false;
    }
  }
  async function eventually(condition: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 200; tries += 1) {
      if (await condition()) return;
      await sleep(25);
    }
    throw new Error('never happened');
  }

  test('sockets that have not begun, or not finished, TLS count; the fourth is dropped; a free place is taken', async () => {
    await using server = await startServer({ flags });
    const silent = await RawPeer.open(server);
    const half = await RawPeer.open(server);
    half.sendBytes(Buffer.from([0x16, 3, 1, 2, 0, 1]));
    const whole = await tlsPeer(server);
    expect(await takesOneMore(server)).toBe(false);
    await silent[Symbol.asyncDispose]();
    await eventually(() => takesOneMore(server));
    await half[Symbol.asyncDispose]();
    await whole.peer[Symbol.asyncDispose]();
  });

  test('a dropped client sees a server that closed, and tries again', async () => {
    await using server = await startServer({ flags: { ...TLS, 'connections-per-address': '1' } });
    const silent = await RawPeer.open(server);
    expect(await failureOf(server.address)).toMatchObject({ code: 'unreachable' });
    await silent[Symbol.asyncDispose]();
    const client = new Client({ address: server.address });
    await client.ready();
    await client.close();
  });

  test('peers that never begin TLS, or never finish it, are dropped after five seconds', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ flags, clock });
    const silent = await RawPeer.open(server);
    const half = await RawPeer.open(server);
    half.sendBytes(Buffer.from([0x16, 3, 1, 2, 0, 1]));
    await sleep(50);
    clock.advance(4_900);
    await sleep(600);
    expect([silent.closed, half.closed]).toEqual([false, false]);
    clock.advance(200);
    await Promise.all([silent.gone(), half.gone()]);
    expect(server.log_lines.filter((line) => line.includes('too slow'))).toHaveLength(2);
    expect(await takesOneMore(server)).toBe(true);
  });

  test('after TLS the handshake has five seconds of its own', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ flags, clock });
    const { peer } = await tlsPeer(server);
    expect(await peer.take()).toMatchObject({ action: 'challenge', channel_binding: 'tls-exporter' });
    clock.advance(5_100);
    expect(await peer.takeAll()).toMatchObject([{ code: 'deadline_exceeded' }]);
    expect(peer.broken).toBeNull();
  });

  test('two hundred handshakes cut off in the middle leave nothing behind', async () => {
    await using server = await startServer({ flags: { ...TLS, 'connections-per-address': '20' } });
    const cut = async (): Promise<void> => {
      const peer = await RawPeer.open(server);
      peer.sendBytes(Buffer.from([0x16, 3, 1, 2, 0, 1]));
      peer.socket.resetAndDestroy();
      await peer.gone();
    };
    for (let batch = 0; batch < 20; batch += 1) await Promise.all(Array.from({ length: 10 }, cut));
    await eventually(() => takesOneMore(server));
    await sleep(50);
    const sockets: TLSSocket[] = [];
    for (let opened = 0; opened < 20; opened += 1) sockets.push(await tlsSocket(server));
    expect(await takesOneMore(server)).toBe(false);
    for (const socket of sockets) socket.destroy();
  });

  test('a peer that does not read is dropped, as on plain TCP', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ flags, clock });
    const { peer, binding } = await tlsPeer(server);
    await peer.handshake(server.address.key, binding);
    peer.socket.pause();
    const request = encodeFrame(JSON.stringify({ action: 'server_info', id: '1', time: 0 }));
    const many = Buffer.concat(Array.from({ length: 1_000 }, () => request));
    // More than the buffers on the way take: the server stops reading, and what we send stays with us.
    for (let sent = 0; sent < 200; sent += 1) peer.sendBytes(many);
    // Each answer leaves a line in the log; when no more come, the server waits for us.
    let before = -1;
    while (server.log_lines.length !== before) {
      before = server.log_lines.length;
      await sleep(500);
    }
    expect(peer.socket.writableLength).toBeGreaterThan(0);
    clock.advance(LIMITS.drain_ms + 1);
    await logged(server, 'the peer does not read');
    await peer[Symbol.asyncDispose]();
  });

  test('a stopping server does not wait for those in their TLS handshake', async () => {
    const server = await startServer({ flags });
    const silent = await RawPeer.open(server);
    const { peer, binding } = await tlsPeer(server);
    await peer.handshake(server.address.key, binding);
    const elapsed = stopwatch();
    await server[Symbol.asyncDispose]();
    expect(elapsed()).toBeLessThan(2_000);
    await silent.gone();
    expect(await peer.takeAll()).toMatchObject([{ event: 'server_stopping' }]);
  });
});
