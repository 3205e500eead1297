/**
 * Somebody in the middle. Two walls keep them out, and each is tried with the other one taken down: the pin of the
 * server's key, and the handshake that is bound to the channel.
 */
import { randomBytes } from 'node:crypto';
import { createServer as createTlsServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Client } from '../../src/client/client.js';
import {
  clientMac,
  encodeFrame,
  EXPORTER_BYTES,
  EXPORTER_LABEL,
  FrameDecoder,
  LIMITS,
  NO_BINDING,
  PROTOCOL,
  serverMac,
  type ChannelBinding,
  type JsonObject,
} from '../../src/protocol/index.js';
import { makeCertificate, type TestCertificate } from '../support/certificates.js';
import { MitmProxy } from '../support/mitm_proxy.js';
import { PASSWORD, RawPeer } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, type TestServer } from '../support/server.js';
import { failureOf, tlsPeer } from '../support/tls_peer.js';

let server: TestServer;
let plain: TestServer;
let attacker: TestCertificate;
beforeAll(async () => {
  server = await startServer({ flags: { tls: 'on' } });
  plain = await startServer();
  attacker = await makeCertificate();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await plain[Symbol.asyncDispose]();
});

/** Lines about it so far. More of the same within a minute are counted, and told in one line later. */
const hmacErrors = (of: TestServer): number =>
  of.log_lines.filter((line) => line.includes('refused: hmac error')).length;

/** A TLS server of the attacker's that plays our protocol as `play` says. Gives its port. */
async function impostor(
  play: (
    say: (message: object) => void,
    bodies: JsonObject[],
    binding: ChannelBinding,
    raw: Buffer[],
  ) => void,
): Promise<AsyncDisposable & { readonly port: number }> {
  const listener = createTlsServer({ cert: attacker.certificate, key: attacker.key }, (socket) => {
    const decoder = new FrameDecoder(LIMITS.frame_bytes_max);
    const raw: Buffer[] = [];
    const say = (message: object): void => {
      const text = JSON.stringify(message);
      if (raw.length === 0) raw.push(Buffer.from(text));
      socket.write(encodeFrame(text));
    };
    const data = socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0));
    const bodies: JsonObject[] = [];
    socket.on('error', () => null);
    socket.on('data', (chunk: Buffer) => {
      for (const body of decoder.push(chunk)) {
        raw.push(Buffer.from(body));
        bodies.push(JSON.parse(body.toString()) as JsonObject);
        play(say, bodies, { type: 'tls-exporter', data }, raw);
      }
    });
    say(CHALLENGE);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => listener.close(() => resolve())),
  };
}

const CHALLENGE = {
  action: 'challenge',
  time: 1,
  protocol: PROTOCOL,
  server_name: 'Portcullis',
  challenge_id: 'c_1',
  nonce: randomBytes(32).toString('base64url'),
  suites: ['hmac-sha256'],
  channel_binding: 'tls-exporter',
  deadline_ms: 5_000,
};

describe('a proxy that ends TLS and begins it anew', () => {
  test('first wall: the pin. The client sees another key and sends not one byte', async () => {
    await using proxy = await MitmProxy.listen({ target: server, certificate: attacker });
    const before = hmacErrors(server);
    const failure = await failureOf({ ...server.address, port: proxy.port });
    expect(failure).toMatchObject({ code: 'server_not_genuine' });
    expect(failure.message).toContain('has changed');
    expect(proxy.textOf('client')).toBe('');
    expect(hmacErrors(server)).toBe(before);
  });

  test('second wall: the channel binding. Even with the attacker’s pin both ends refuse', async () => {
    await using proxy = await MitmProxy.listen({ target: server, certificate: attacker });
    const client = new Client({
      address: { ...server.address, port: proxy.port, pin: attacker.pin },
      reconnect: false,
    });
    // Both wait for the handshake, so nothing of them may ever reach the wire.
    const user = { account_name: 'victim', password: PASSWORD };
    const call = client.attempt('register', { user });
    await expect(client.ready()).rejects.toMatchObject({ code: 'hmac_error' });
    expect(await call).toMatchObject({ ok: false, code: 'not_connected' });
    await client.close();
    expect(hmacErrors(server)).toBeGreaterThan(0);
    expect(proxy.count).toBe(1);
    // The attacker has read hello and proof, which are worth nothing on any other channel, and no more.
    expect(proxy.textOf('client')).toContain('"proof"');
    expect(proxy.textOf('client')).not.toContain('victim');
    expect(proxy.textOf('client')).not.toContain(PASSWORD);
    expect(proxy.textOf('server')).not.toContain('welcome');
  });

  test('and without the second wall it would have got through: the proxy itself works', async () => {
    // The same proxy between ends that bind nothing to the channel: a plain client of a plain server.
    await using proxy = await MitmProxy.listen({ target: plain });
    const client = new Client({ address: { ...plain.address, port: proxy.port } });
    await client.ready();
    await client.close();
    expect(proxy.textOf('client')).toContain('"proof"');
  });

  test('control: one that hands the bytes on changes nothing and reads nothing', async () => {
    await using proxy = await MitmProxy.listen({ target: server });
    const client = new Client({ address: { ...server.address, port: proxy.port } });
    await client.call('register', { user: { account_name: 'through.proxy', password: PASSWORD } });
    await client.close();
    for (const side of ['client', 'server'] as const) {
      expect(proxy.seen[side].length).toBeGreaterThan(0);
      for (const word of ['through.proxy', PASSWORD, 'challenge', 'portcullis/1', 'action']) {
        expect(proxy.textOf(side)).not.toContain(word);
      }
    }
  });

  test('one that tells the client `none` is noticed by the client, one that tells the server `none` by the server', async () => {
    const toNone = (_from: string, body: string): string => body.replace('"tls-exporter"', '"none"');
    await using downgrade = await MitmProxy.listen({
      target: server,
      certificate: attacker,
      edit: (from, body) => (from === 'server' ? toNone(from, body) : body),
    });
    const address = { ...server.address, port: downgrade.port, pin: attacker.pin };
    const failure = await failureOf(address);
    expect(failure.code).toBe('not_portcullis');
    expect(failure.message).toContain('something is in between');
    expect(downgrade.textOf('client')).toBe('');

    await using upgrade = await MitmProxy.listen({
      target: server,
      certificate: attacker,
      edit: (from, body) => (from === 'client' ? toNone(from, body) : body),
    });
    expect((await failureOf({ ...address, port: upgrade.port })).code).toBe('hmac_error');
  });
});

describe('the server against a client that lies about its channel', () => {
  test('`none` on TLS is refused, however good the key', async () => {
    const { peer } = await tlsPeer(server);
    expectRefusal(await peer.handshake(server.address.key, NO_BINDING), 'hmac_error');
    await peer.gone();
    expect(hmacErrors(server)).toBeGreaterThan(0);
  });

  test('a hello that says `none` is refused even when the MAC is over the true channel', async () => {
    const { peer, binding } = await tlsPeer(server);
    const challenge = (await peer.takeBody())!;
    const hello = JSON.stringify({
      action: 'hello',
      key_id: server.address.key.key_id,
      nonce: randomBytes(32).toString('base64url'),
      suite: 'hmac-sha256',
      channel_binding: 'none',
    });
    const frames = { challenge, hello: Buffer.from(hello) };
    peer.send(hello);
    peer.send({
      action: 'proof',
      mac: clientMac(server.address.key.key, binding, frames).toString('base64url'),
    });
    expectRefusal(await peer.take(), 'hmac_error');
    await peer.gone();
  });

  test('the exporter of another connection, of a wrong length, or none at all is refused', async () => {
    const other = await tlsPeer(server);
    for (const data of [
      other.binding.data,
      other.binding.data.subarray(0, 31),
      Buffer.alloc(0),
      Buffer.alloc(32),
    ]) {
      const { peer } = await tlsPeer(server);
      expectRefusal(await peer.handshake(server.address.key, { type: 'tls-exporter', data }), 'hmac_error');
      await peer.gone();
    }
    expect(await other.peer.handshake(server.address.key, other.binding)).toMatchObject({ response: 200 });
    await other.peer[Symbol.asyncDispose]();
  });

  test('`tls-exporter` on plain TCP is refused', async () => {
    const peer = await RawPeer.open(plain);
    const binding: ChannelBinding = { type: 'tls-exporter', data: Buffer.alloc(0) };
    expectRefusal(await peer.handshake(plain.address.key, binding), 'hmac_error');
    await peer.gone();
  });

  test('a recorded handshake can not be replayed, on this channel kind or the other', async () => {
    for (const [target, open] of [
      [server, tlsPeer],
      [plain, async () => ({ peer: await RawPeer.open(plain), binding: NO_BINDING })],
    ] as const) {
      const honest = await open(target);
      const challenge = (await honest.peer.takeBody())!;
      const hello = JSON.stringify({
        action: 'hello',
        key_id: target.address.key.key_id,
        nonce: randomBytes(32).toString('base64url'),
        suite: 'hmac-sha256',
        channel_binding: honest.binding.type,
      });
      const frames = { challenge, hello: Buffer.from(hello) };
      const mac = clientMac(target.address.key.key, honest.binding, frames).toString('base64url');
      const proof = JSON.stringify({ action: 'proof', mac });
      honest.peer.send(hello);
      honest.peer.send(proof);
      expect(await honest.peer.take()).toMatchObject({ response: 200 });

      const replay = await open(target);
      await replay.peer.take();
      replay.peer.send(hello);
      replay.peer.send(proof);
      expectRefusal(await replay.peer.take(), 'hmac_error');
      await replay.peer.gone();
      await honest.peer[Symbol.asyncDispose]();
    }
  });

  test('the server’s own MAC, sent back as a proof, is refused', async () => {
    const key = server.address.key;
    const { peer, binding } = await tlsPeer(server);
    const challenge = (await peer.takeBody())!;
    const hello = JSON.stringify({
      action: 'hello',
      key_id: key.key_id,
      nonce: randomBytes(32).toString('base64url'),
      suite: 'hmac-sha256',
      channel_binding: 'tls-exporter',
    });
    // The best that reflection could give: the server role's MAC over the right transcript.
    const frames = { challenge, hello: Buffer.from(hello) };
    const reflected = serverMac(key.key, binding, frames, Buffer.alloc(0)).toString('base64url');
    peer.send(hello);
    peer.send({ action: 'proof', mac: reflected });
    expectRefusal(await peer.take(), 'hmac_error');
    await peer.gone();
  });
});

describe('the client against a server that does not know the key', () => {
  const victim = (port: number): Parameters<typeof failureOf>[0] => ({
    ...server.address,
    port,
    pin: attacker.pin,
  });

  test('the client’s own MAC, sent back as a welcome, is refused', async () => {
    await using fake = await impostor((say, bodies) => {
      const mac = bodies[1]?.['mac'];
      if (mac !== undefined) say({ response: 200, time: 1, alert: 'welcome', mac });
    });
    expect(await failureOf(victim(fake.port))).toMatchObject({ code: 'server_not_genuine' });
  });

  test('a challenge reflected from the client’s own frames, and a welcome without a MAC, are refused', async () => {
    await using fake = await impostor((say, bodies) => {
      if (bodies.length === 2) say({ response: 200, time: 1, alert: 'welcome' });
    });
    expect(await failureOf(victim(fake.port))).toMatchObject({ code: 'not_portcullis' });
  });

  test('control: the same server with the key is believed', async () => {
    await using fake = await impostor((say, bodies, binding, raw) => {
      const [challenge, hello, proof] = raw;
      if (bodies.length !== 2) return;
      const mac = serverMac(
        server.address.key.key,
        binding,
        { challenge: challenge!, hello: hello! },
        proof!,
      ).toString('base64url');
      say({ response: 200, time: 1, alert: 'welcome', mac });
    });
    const client = new Client({ address: victim(fake.port), reconnect: false });
    await client.ready();
    await client.close();
  });
});

describe('a proxy that changes what is on offer', () => {
  const editing = (change: (challenge: JsonObject) => object): Promise<MitmProxy> => {
    let first = true;
    return MitmProxy.listen({
      target: plain,
      edit: (from, body) => {
        if (from === 'client' || !first) return body;
        first = false;
        return JSON.stringify(change(JSON.parse(body) as JsonObject));
      },
    });
  };

  test.each<[string, (challenge: JsonObject) => object]>([
    ['adds a weak suite', (one) => ({ ...one, suites: ['hmac-sha256', 'hmac-md5'] })],
    ['puts a weak suite first', (one) => ({ ...one, suites: ['hmac-md5', 'hmac-sha256'] })],
    ['offers the same suite twice', (one) => ({ ...one, suites: ['hmac-sha256', 'hmac-sha256'] })],
    ['changes the name that people see', (one) => ({ ...one, server_name: 'Another' })],
    ['changes the nonce', (one) => ({ ...one, nonce: randomBytes(32).toString('base64url') })],
    ['gives more time', (one) => ({ ...one, deadline_ms: 60_000 })],
    ['orders the fields anew', ({ action, ...rest }) => ({ ...rest, action })],
  ])('%s: refused by the server, noticed by the client', async (_what, change) => {
    await using proxy = await editing(change);
    expect((await failureOf({ ...plain.address, port: proxy.port })).code).toBe('hmac_error');
    expect(hmacErrors(plain)).toBeGreaterThan(0);
  });

  test('strips the suites: the client has none to take', async () => {
    await using proxy = await editing((one) => ({ ...one, suites: [] }));
    const failure = await failureOf({ ...plain.address, port: proxy.port });
    expect(failure.code).toBe('not_portcullis');
    expect(proxy.textOf('client')).toBe('');
  });

  test('changes the welcome: the client does not believe it', async () => {
    await using proxy = await MitmProxy.listen({
      target: plain,
      edit: (from, body) =>
        from === 'server'
          ? body.replace(/"mac":"./, (mac) => (mac.endsWith('A') ? '"mac":"B' : '"mac":"A'))
          : body,
    });
    expect((await failureOf({ ...plain.address, port: proxy.port })).code).toBe('server_not_genuine');
  });

  test('changes nothing: all is well', async () => {
    await using proxy = await MitmProxy.listen({ target: plain, edit: (_from, body) => body });
    const client = new Client({ address: { ...plain.address, port: proxy.port } });
    await client.ready();
    await client.close();
  });
});
