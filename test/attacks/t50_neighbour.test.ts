/**
 * T-50: attackers send what costs most at full speed. A neighbour's request waits for a turn of the event loop, not for
 * all that the attackers have sent: they slow down each other. Compared is how long one of them waits in the same moments.
 */
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeFrame, LIMITS } from '../../src/protocol/index.js';
import { startLimited } from '../support/built_server.js';
import { longOrShort, printFigures } from '../support/drill.js';
import { registered, resumed, type RawPeer } from '../support/raw_peer.js';
import { temporaryFolder } from '../support/server.js';

const ATTACKERS = 16;
const PROBES = longOrShort(300, 80);

let data: string;
beforeEach(() => void (data = temporaryFolder()));
afterEach(() => rmSync(data, { recursive: true, force: true }));

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

/** Sends the same bytes again and again, as fast as they are taken, and throws away what comes back. */
class Attacker {
  readonly #peer: RawPeer;
  #sent = 0;
  #over = false;

  constructor(peer: RawPeer, bytes: Buffer) {
    this.#peer = peer;
    peer.socket.removeAllListeners('data');
    peer.socket.resume();
    const send = (): void => {
      if (this.#over) return;
      this.#sent += bytes.length;
      if (peer.socket.write(bytes)) setImmediate(send);
    };
    peer.socket.on('drain', send);
    send();
  }

  /** Stops, and says how many bytes were sent. */
  stop(): number {
    this.#over = true;
    this.#peer.socket.destroy();
    return this.#sent;
  }
}

const escaped = `"\\u006b`;
const keys = (count: number, opening: string): string =>
  `{${Array.from({ length: count }, (_, n) => `${opening}${n}":0`).join(',')}}`;
const filled = (unit: string): string =>
  Array.from({ length: Math.floor((LIMITS.frame_bytes_max - 200) / (unit.length + 1)) }, () => unit).join(
    ',',
  );

test.each([
  ['keys with escapes', `{"action":"probe","a":[${filled(keys(8, escaped))}]}`],
  ['objects with many keys', `{"action":"probe","a":[${filled(keys(200, '"k'))}]}`],
])('[T-50] %s: a neighbour waits a fraction of what sixteen attackers wait', async (name, body) => {
  await using program = startLimited('ulimit -n 1024', data);
  const server = await program.ready();
  await using anna = await registered(server, 'anna');
  await using neighbour = await registered(server, 'neighbour');
  const peers: RawPeer[] = [];
  for (let n = 0; n < ATTACKERS; n += 1) peers.push(await resumed(server, anna.session_token));
  const frame = encodeFrame(body);
  const attackers = peers.map((peer) => new Attacker(peer, frame));
  const began = performance.now();
  await sleep(300);
  let over = false;
  /** Asks again and again, one at a time; gives how long each answer took. */
  const waitsOf = async (peer: RawPeer, request: Buffer, count: number): Promise<number[]> => {
    const waits: number[] = [];
    while (!over && waits.length < count) {
      const asked = performance.now();
      peer.sendBytes(request);
      await peer.take();
      waits.push(performance.now() - asked);
    }
    return waits;
  };
  // The seventeenth sends as the others do, and waits for its replies.
  const theirs = waitsOf(anna.peer, frame, Infinity);
  const mine = await waitsOf(neighbour.peer, encodeFrame('{"action":"probe"}'), PROBES);
  over = true;
  const [waits, theirWaits] = [median(mine), median(await theirs)];
  const took = performance.now() - began;
  const sent = attackers.reduce((sum, attacker) => sum + attacker.stop(), 0);
  printFigures(`a neighbour beside ${name}`, {
    'MB/s': (sent / took / 1_000).toFixed(1),
    'waits, ms': waits.toFixed(2),
    'an attacker waits, ms': theirWaits.toFixed(2),
  });
  expect(waits).toBeLessThan(theirWaits / 2);
});
