/**
 * Many connections at once and one after the other; and peers that ask and never read, or drip. What
 * needs real deadlines is in the long form only; deadlines.test.ts and many_requests.test.ts have it with their own clock.
 */
import { readFileSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeFrame, FrameDecoder, LIMITS } from '../../src/protocol/index.js';
import { startLimited } from '../support/built_server.js';
import { descriptorsOf, LONG, longOrShort, printFigures, rssMiB, slope, until } from '../support/drill.js';
import { administrator, PASSWORD, RawPeer, registered, type Reachable } from '../support/raw_peer.js';
import { temporaryFolder } from '../support/server.js';

let data: string;
beforeEach(() => void (data = temporaryFolder()));
afterEach(() => rmSync(data, { recursive: true, force: true }));

/** Limits that a crowd of one machine with one session doesn't run into. */
const ROOMY = [
  '--connections-per-address',
  '--signed-in-per-session',
  '--signed-in-per-account',
  '--signed-in-per-address',
].flatMap((flag) => [flag, '100000']);

const start = (): ReturnType<typeof startLimited> =>
  startLimited('ulimit -n $(ulimit -Hn)', data, ...ROOMY, '--hash-queue', '200');

/** The slowest of some quick requests: what a normal client notices of everything that goes on. */
async function slowest(peer: RawPeer): Promise<number> {
  let most = 0;
  for (let n = 0; n < 20; n += 1) {
    const began = performance.now();
    await peer.call('probe');
    most = Math.max(most, performance.now() - began);
  }
  return most;
}

test.runIf(LONG)('peers that ask and never read are closed, and cost little until then', async () => {
  await using program = start();
  const server = await program.ready();
  const setup_code = readFileSync(join(data, 'setup_code'), 'utf8').trim();
  await using boss = await administrator({ ...server, setup_code });
  await using normal = await registered(server, 'normal');
  const before = rssMiB(program.pid);
  const request = encodeFrame(JSON.stringify({ action: 'login_history', limit: 200 }));
  const peers: RawPeer[] = [];
  for (let n = 0; n < 20; n += 1) {
    const peer = await RawPeer.handshaken(server);
    await peer.call('resume', { session_token: boss.session_token });
    peer.socket.pause();
    peers.push(peer);
  }
  const closed = (): number =>
    program.stderr.split('\n').filter((line) => line.includes('does not read')).length;
  // They ask for more than all buffers on the way can hold.
  const many = Buffer.concat(Array.from({ length: 20_000 }, () => request));
  for (const peer of peers) peer.sendBytes(many);
  let worst = 0;
  let most = before;
  await until(
    'all are closed',
    async () => {
      worst = Math.max(worst, await slowest(normal.peer));
      most = Math.max(most, rssMiB(program.pid));
      return closed() === peers.length;
    },
    120_000,
  );
  await Promise.all(peers.map(async (peer) => peer[Symbol.asyncDispose]()));
  printFigures(
    'peers that never read',
    {
      peers: peers.length,
      closed: closed(),
      'memory at most, MiB each': ((most - before) / peers.length).toFixed(2),
      'slowest request of a normal client, ms': Math.round(worst),
    },
    { tried: peers.length, recovered: closed() },
  );
  expect(most - before).toBeLessThan(peers.length * 2 + 100);
  // It was 4,700 ms when a connection could have a whole chunk of requests answered in one go.
  expect(worst).toBeLessThan(1_500);
});

/** A connection as small as it can be in this process: it answers probes and nothing else. */
class Idle {
  readonly socket: Socket;
  closed = false;
  private constructor(socket: Socket) {
    this.socket = socket;
    const decoder = new FrameDecoder(LIMITS.reply_bytes_max);
    const probe = encodeFrame('{"action":"probe"}');
    socket.on('data', (chunk: Buffer) => {
      for (const body of decoder.push(chunk)) if (body.includes('"event":"probe"')) socket.write(probe);
    });
    socket.on('error', () => null);
    socket.on('close', () => (this.closed = true));
  }

  /** Handshaken and signed in with a session token. */
  static async open(server: Reachable, session_token: string): Promise<Idle> {
    const peer = await RawPeer.handshaken(server);
    await peer.call('resume', { session_token });
    peer.socket.removeAllListeners('data');
    return new Idle(peer.socket);
  }
}

test('idle connections: all stay, a normal client notices nothing, memory comes back', async () => {
  const hard = /Max open files\s+\d+\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  const count = Math.min(longOrShort(10_000, 500), Number(hard) - 500);
  await using program = start();
  const server = await program.ready();
  await using anna = await registered(server, 'anna');
  const before = rssMiB(program.pid);
  const idle: Idle[] = [];
  while (idle.length < count) {
    const some = Array.from({ length: 50 }, async () => Idle.open(server, anna.session_token));
    idle.push(...(await Promise.all(some)));
  }
  const held = rssMiB(program.pid);
  const end = performance.now() + longOrShort(100_000, 1_000);
  let worst = 0;
  while (performance.now() < end) {
    worst = Math.max(worst, await slowest(anna.peer));
    await sleep(500);
  }
  expect(idle.filter(({ closed }) => closed)).toEqual([]);
  const descriptors = descriptorsOf(program.pid);
  expect(descriptors).toBeGreaterThanOrEqual(count);
  for (const { socket } of idle) socket.destroy();
  await until('all are gone', () => descriptorsOf(program.pid) < 100, 30_000);
  await using again = await RawPeer.handshaken(server);
  await again.call('authenticate', { user: { account_name: 'anna', password: PASSWORD } });
  printFigures('idle connections, signed in', {
    count,
    'still open': count,
    'KiB each': (((held - before) * 1024) / count).toFixed(1),
    'slowest request of a normal client, ms': Math.round(worst),
  });
  expect(held - before).toBeLessThan(30 + count * 0.05);
});

/** Opens from one of many loopback addresses: one alone has ports for half a minute only. */
async function churn(server: Reachable, n: number): Promise<boolean> {
  const socket = new Socket();
  socket.on('error', () => null);
  const greeted = new Promise<boolean>((resolve) => {
    socket.once('data', () => resolve(true));
    socket.once('close', () => resolve(false));
  });
  socket.connect({ host: server.host, port: server.port, localAddress: `127.0.1.${1 + (n % 200)}` });
  const ok = await greeted;
  // In peace, by force, or in the middle of a frame.
  if (n % 3 === 0) socket.end();
  else if (n % 3 === 1) socket.resetAndDestroy();
  else socket.end(Buffer.from([0, 0, 1, 0, 0x7b]));
  socket.resume();
  return ok;
}

test('connection churn: a thousand a second, flat memory', async () => {
  await using program = start();
  const server = await program.ready();
  await using anna = await registered(server, 'anna');
  const seconds = longOrShort(30, 3);
  const points: [number, number][] = [];
  let greeted = 0;
  let opened = 0;
  const running = new Set<Promise<void>>();
  const began = performance.now();
  while (performance.now() - began < seconds * 1_000) {
    const due = ((performance.now() - began) / 1_000) * 1_000;
    while (opened < due && running.size < 400) {
      const one = churn(server, opened).then((ok) => void (greeted += ok ? 1 : 0));
      opened += 1;
      running.add(one);
      void one.finally(() => running.delete(one));
    }
    points.push([(performance.now() - began) / 1_000, rssMiB(program.pid)]);
    await sleep(10);
  }
  await Promise.all(running);
  const took = (performance.now() - began) / 1_000;
  await anna.peer.call('whoami');
  await until('all are gone', () => descriptorsOf(program.pid) < 100, 15_000);
  // What is there after the first third stays, give or take what a garbage collector leaves lying about.
  const settled = points.slice(Math.floor(points.length / 3));
  const growth = (settled.at(-1)?.[1] ?? 0) - (settled[0]?.[1] ?? 0);
  printFigures('connection churn', {
    opened,
    greeted,
    'each second': Math.round(opened / took),
    'RSS growth over the last two thirds, MiB': growth.toFixed(1),
    'MiB a minute': (slope(settled) * 60).toFixed(1),
  });
  expect(greeted).toBe(opened);
  expect(growth).toBeLessThan(40);
});

test.runIf(LONG)('slow peers: bytes that drip are cut off in time, others go on', async () => {
  await using program = start();
  const server = await program.ready();
  await using anna = await registered(server, 'anna');
  const slow = await Promise.all(Array.from({ length: 500 }, async () => RawPeer.open(server)));
  const frame = encodeFrame(JSON.stringify({ action: 'hello', key_id: 'local' }));
  const began = performance.now();
  for (let byte = 0; byte < frame.length && slow.some(({ closed }) => !closed); byte += 1) {
    for (const peer of slow) if (!peer.closed) peer.sendBytes(frame.subarray(byte, byte + 1));
    await anna.peer.call('probe');
    await sleep(400);
  }
  const took = performance.now() - began;
  await Promise.all(slow.map(async (peer) => peer.gone()));
  expect(took).toBeLessThan(LIMITS.handshake_ms + 4_000);
  await anna.peer.call('whoami');
  printFigures(
    'slow peers',
    { peers: slow.length, 'cut off': slow.length, 'after ms': Math.round(took) },
    { tried: slow.length, recovered: slow.length },
  );
});
