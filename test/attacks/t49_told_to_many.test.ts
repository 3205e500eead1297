/**
 * T-49: what thousands of connections are told at once must not keep anybody waiting. Compared is how long a neighbour
 * waits for an answer with how long it takes until the last of them has been told: on any machine the one is a fraction
 * of the other, or the telling is one piece.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeFrame, EVENTS } from '../../src/protocol/index.js';
import { startLimited } from '../support/built_server.js';
import { longOrShort, printFigures } from '../support/drill.js';
import {
  administrator,
  PASSWORD,
  RawPeer,
  registered,
  resumed,
  type Reachable,
} from '../support/raw_peer.js';
import { startServer, temporaryFolder } from '../support/server.js';

const COUNT = longOrShort(3_000, 1_200);

let data: string;
beforeEach(() => void (data = temporaryFolder()));
afterEach(() => rmSync(data, { recursive: true, force: true }));

/** Asks for a sign of life a thousand times a second, and gives the longest wait since it was asked last. */
class Neighbour implements Disposable {
  readonly #peer: RawPeer;
  readonly #askedAt: number[] = [];
  #longest = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(peer: RawPeer) {
    this.#peer = peer;
    peer.socket.on('data', () => {
      // Replies come in the order of the requests.
      for (const _ of peer.takeArrived()) {
        const asked = this.#askedAt.shift() ?? performance.now();
        this.#longest = Math.max(this.#longest, performance.now() - asked);
      }
    });
    this.#timer = setInterval(() => {
      this.#askedAt.push(performance.now());
      this.#peer.send({ action: 'probe' });
    }, 1);
  }

  longest(): number {
    const [asked = performance.now()] = this.#askedAt;
    const longest = Math.max(this.#longest, performance.now() - asked);
    this.#longest = 0;
    return longest;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** Connections that are signed in and read nothing more, so that what they are told costs this process nothing. */
async function crowdOf(
  server: Reachable,
  key: Reachable['address']['key'],
  session_token: string,
): Promise<RawPeer[]> {
  const crowd: RawPeer[] = [];
  while (crowd.length < COUNT) {
    const some = Array.from({ length: 50 }, async () => {
      const peer = await RawPeer.handshaken(server, key);
      await peer.call('resume', { session_token });
      peer.socket.pause();
      return peer;
    });
    crowd.push(...(await Promise.all(some)));
  }
  return crowd;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

test(`[T-49] ${COUNT} connections hear of a change, and of the end of their key, while a neighbour is answered`, async () => {
  const caps = ['session', 'account', 'address'].flatMap((of) => [`--signed-in-per-${of}`, '10000']);
  await using program = startLimited(
    'ulimit -n $(ulimit -Hn)',
    data,
    '--connections-per-address',
    '10000',
    ...caps,
  );
  const server = await program.ready();
  const setup_code = readFileSync(join(data, 'setup_code'), 'utf8').trim();
  await using boss = await administrator({ ...server, setup_code });
  await using neighbour = await registered(server, 'neighbour');
  await using anna = await registered(server, 'anna');
  const made = await boss.peer.call('create_client_key', { name: 'of the crowd' });
  const key = { key_id: made.client_key.key_id, key: Buffer.from(made.key, 'base64url') };
  const crowd = await crowdOf(server, key, anna.session_token);
  // The last to come is the last to be told.
  await using last = await RawPeer.handshaken(server, key);
  await last.call('authenticate', { user: { account_name: 'anna', password: PASSWORD } });

  const shares: number[] = [];
  const figures: Record<string, string> = {};
  using watch = new Neighbour(neighbour.peer);
  await sleep(200);
  const measure = async (event: string, what: () => Promise<unknown>): Promise<number> => {
    watch.longest();
    const began = performance.now();
    const told = last.event(event);
    await what();
    await told;
    const took = performance.now() - began;
    const waited = watch.longest();
    figures[event] = `told in ${took.toFixed(0)} ms, neighbour ${waited.toFixed(1)} ms`;
    return waited / took;
  };
  for (let round = 0; round < 7; round += 1) {
    shares.push(
      await measure('account_changed', () =>
        anna.peer.call('update_profile', { changes: { bio: `${round} ${'x'.repeat(900)}` } }),
      ),
    );
    await sleep(20);
  }
  const share = median(shares);
  const ended = await measure('client_key_ended', () =>
    boss.peer.call('revoke_client_key', { key_id: key.key_id }),
  );
  printFigures('told to many', { connections: COUNT, ...figures });
  // A half would be two pieces; in one piece the share is nearly all of it.
  expect(share).toBeLessThan(0.5);
  expect(ended).toBeLessThan(0.6);
  for (const peer of crowd) peer.socket.destroy();
});

test('[T-49] changes that come faster than they can be told: each connection hears them in order, and the last of them', async () => {
  const caps = ['session', 'account', 'address'].map((of) => [`signed-in-per-${of}`, '10000']);
  await using server = await startServer({ flags: Object.fromEntries(caps) as Record<string, string> });
  await using anna = await registered(server, 'anna');
  const others = await Promise.all(Array.from({ length: 150 }, () => resumed(server, anna.session_token)));
  const changes = Array.from({ length: 200 }, (_, n) =>
    encodeFrame(JSON.stringify({ action: 'update_profile', changes: { bio: `change ${n}` } })),
  );
  anna.peer.sendBytes(Buffer.concat(changes));
  const told = await Promise.all(
    others.map(async (peer) => {
      const versions: number[] = [];
      while (versions.at(-1) !== changes.length + 1) {
        const { account } = EVENTS.account_changed.data.parse((await peer.event('account_changed'))['data']);
        versions.push(account.version);
      }
      return versions;
    }),
  );
  for (const versions of told) expect(versions).toEqual([...versions].sort((a, b) => a - b));
  // The session's end comes behind all of it, and nothing behind the end.
  await anna.peer.call('logout_all');
  const ends = await Promise.all(others.map((peer) => peer.takeAll()));
  for (const events of ends) {
    const names = events.map(({ event }) => event);
    expect(names.indexOf('session_ended')).toBe(names.length - 1);
  }
});
