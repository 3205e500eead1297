/**
 * T-51: somebody gets a client to speak plain TCP to another machine, by a string without its pin, a name that leads elsewhere,
 * or a data folder beside a foreign host. Right: not one byte leaves, whatever was asked for, until the words are said.
 */
import { execFile, spawnSync } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect as connectTcp, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { connect, type Client, type ServerAddress } from '../../src/client/index.js';
import { isLoopbackAddress } from '../../src/client/transport.js';
import { startServer } from '../support/server.js';

const INSECURE_PLAIN = 'everyone-may-read-the-passwords';
const PASSWORD = 'correct horse battery';

/** Addresses of this machine that others reach: a connection to them is one to another machine as far as a client can tell. */
const OUTSIDE = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
const outside = OUTSIDE.find(({ family }) => family === 'IPv4')?.address ?? OUTSIDE[0]?.address;

const python = spawnSync('python3', ['--version']).status === 0;

type Listener = AsyncDisposable & { readonly port: number; readonly heard: () => number };

/** Something on all addresses that behaves like a server up to the challenge, and counts what clients send. */
async function listening(answer: (socket: Socket) => void = () => undefined): Promise<Listener> {
  let bytes = 0;
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    open.add(socket);
    socket.on('data', (chunk) => (bytes += chunk.length));
    socket.on('error', () => null);
    answer(socket);
  });
  server.listen(0, '::');
  await once(server, 'listening');
  return {
    // It listens on a port, not on a path.
    port: (server.address() as AddressInfo).port,
    heard: () => bytes,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const key = { key_id: 'local', key: Buffer.alloc(32, 7) };
const plain = (host: string, port: number): ServerAddress => ({ host, port, key, pin: null, tls: false });

/** Why it was closed; null when it got through, and `tried again` when it goes on trying. */
async function whyClosed(client: Client): Promise<unknown> {
  const again = new Promise((resolve) => {
    client.onState(({ name }) => {
      if (name === 'retrying') resolve('tried again');
    });
  });
  const ready = client.ready().then(
    () => null,
    (reason: unknown) => reason,
  );
  const error = await Promise.race([ready, again]);
  await client.close();
  return error;
}

describe('[T-51] what counts as this machine', () => {
  test.each([
    ['127.0.0.1', true],
    ['127.8.9.10', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['::ffff:7f00:1', true],
    ['128.0.0.1', false],
    ['126.255.255.255', false],
    ['0.0.0.0', false],
    ['::', false],
    ['::2', false],
    ['::ffff:10.0.0.1', false],
    ['64:ff9b::7f00:1', false],
    ['::127.0.0.1', false],
    ['fe80::1', false],
    ['10.0.0.1', false],
    ['localhost', false],
    ['127.0.0.1.example.org', false],
    ['', false],
  ])('%s: %s', (address, expected) => {
    expect(isLoopbackAddress(address)).toBe(expected);
  });
});

describe.skipIf(outside === undefined)('[T-51] plain TCP to another machine', () => {
  const spellings: readonly (readonly [string, string])[] = [
    ...OUTSIDE.map(({ address }) => [address, address] as const),
    ...(outside?.includes('.') === true ? [[`::ffff:${outside}`, 'its mapped form'] as const] : []),
  ];
  test.each(spellings)('%s (%s): not a byte is sent, and nothing is tried again', async (host) => {
    await using server = await listening();
    const session_token = `pcs_${'A'.repeat(43)}`;
    const client = connect({ address: plain(host, server.port), session_token, connect_ms: 3_000 });
    const call = client.attempt('authenticate', { user: { account_name: 'anna', password: PASSWORD } });
    expect(await whyClosed(client)).toMatchObject({ code: 'plain_refused' });
    expect(await call).toMatchObject({ ok: false, code: 'not_connected' });
    expect(client.state).toMatchObject({ name: 'closed' });
    expect(server.heard()).toBe(0);
  });

  test('a name is judged by where it leads', async () => {
    const leads_to = await lookup(hostname()).then(
      ({ address }) => address,
      () => null,
    );
    await using server = await listening();
    const client = connect({ address: plain(hostname(), server.port), reconnect: false, connect_ms: 3_000 });
    const expected = leads_to === null || !isLoopbackAddress(leads_to) ? 0 : null;
    const error = await whyClosed(client);
    if (expected === 0) {
      expect(error).toMatchObject({ code: leads_to === null ? 'unreachable' : 'plain_refused' });
      expect(server.heard()).toBe(0);
    } else expect(error).not.toMatchObject({ code: 'plain_refused' });
  });

  test('a pin is never dropped for plain, whatever else the address says', async () => {
    await using server = await listening();
    const pinned = { ...plain(outside!, server.port), pin: `sha256-${'A'.repeat(43)}` };
    const client = connect({ address: pinned, reconnect: false, connect_ms: 1_000 });
    expect(await whyClosed(client)).toMatchObject({ code: 'timed_out' });
    // What came is the beginning of TLS, which says nothing of ours.
    expect(server.heard()).toBeGreaterThan(0);
  });

  test('a challenge makes no difference: what the other end says first is not answered', async () => {
    await using server = await startServer({
      flags: { host: '0.0.0.0', 'insecure-plain': INSECURE_PLAIN },
    });
    const address = { ...server.address, host: outside! };
    expect(await whyClosed(connect({ address }))).toMatchObject({ code: 'plain_refused' });
    // `true` is not the words; a caller without a compiler may think so.
    const sloppy = { address, insecure_plain: true as unknown as typeof INSECURE_PLAIN };
    expect(await whyClosed(connect(sloppy))).toMatchObject({ code: 'plain_refused' });

    const insists = connect({ address, insecure_plain: INSECURE_PLAIN });
    await insists.ready();
    expect(await insists.attempt('server_info', {})).toMatchObject({ ok: true });
    await insists.close();
  });

  test.skipIf(!python)('the example in Python refuses as well', async () => {
    await using server = await startServer({
      flags: { host: '0.0.0.0', 'insecure-plain': INSECURE_PLAIN },
    });
    const example = fileURLToPath(new URL('../../docs/examples/client.py', import.meta.url));
    const key_file = join(server.data_folder, 'client_key.json');
    const words = [example, outside!, String(server.port), key_file, 'anna', PASSWORD];
    const { code, err } = await new Promise<{ code: unknown; err: string }>((resolve) => {
      const child = execFile('python3', words, { timeout: 30_000 }, (error, _out, stderr) =>
        resolve({ code: error?.code ?? 0, err: stderr }),
      );
      child.stdin?.end();
    });
    expect([code, err]).toEqual([1, expect.stringContaining('another machine')]);
  });
});

describe('[T-51] plain TCP on this machine goes on', () => {
  test.each(['127.0.0.1', 'localhost', '::ffff:127.0.0.1', '127.8.9.10'])('%s', async (host) => {
    await using server = await startServer();
    await using tunnel = await listening((socket) => {
      const onward = connectTcp(server.port, '127.0.0.1');
      onward.on('error', () => socket.destroy());
      socket.pipe(onward).pipe(socket);
    });
    // Through what an SSH tunnel is: a listener on loopback whose other end is elsewhere.
    const client = connect({ address: { ...server.address, host, port: tunnel.port } });
    await client.ready();
    expect(await client.attempt('server_info', {})).toMatchObject({ ok: true });
    await client.close();
  });
});
