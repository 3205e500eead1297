/**
 * Peers that are gone without a word: a half-open connection, and a network that is cut in two. In a network namespace
 * of its own; where that is not allowed, with the clock of the test and a peer that no longer reads.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LIMITS } from '../../src/protocol/index.js';
import { startWithin } from '../support/built_server.js';
import { LONG, longOrShort, printFigures, printSkipped, until } from '../support/drill.js';
import { FakeClock } from '../support/fake_clock.js';
import { authenticated, RawPeer, registered, resumed } from '../support/raw_peer.js';
import { startServer, temporaryFolder } from '../support/server.js';

/** How long a signed-in peer may be silent before it is closed. */
const SILENCE_MS = LIMITS.keep_alive_ms * (LIMITS.keep_alive_missed_max + 1);

test('a peer that is gone without a word is closed in time, one that answers stays', async () => {
  const clock = new FakeClock();
  await using server = await startServer({ clock });
  await using gone = await registered(server, 'gone');
  await using alive = await registered(server, 'alive');
  gone.peer.socket.pause();
  for (let passed = 0; passed < SILENCE_MS + 1_000; passed += 10_000) {
    clock.advance(10_000);
    await sleep(300);
    await alive.peer.call('probe');
  }
  await until('closed', () => server.log_lines.filter((line) => line.includes('is silent')).length === 1);
  await alive.peer.call('whoami');
  // The session outlives its connection.
  await using again = await resumed(server, gone.session_token);
  await again.call('whoami');
});

const ADDRESS = '10.231.77.2';

/** Another machine, as far as the network goes: a namespace behind a cable that can be pulled out. */
class Elsewhere implements Disposable {
  readonly name = `portcullis-${process.pid}`;
  readonly #cable = `pc${process.pid % 100_000}`;

  /** Null where it is not allowed, with the reason printed. */
  static make(): Elsewhere | null {
    const made = new Elsewhere();
    const { name } = made;
    const cable = made.#cable;
    const steps = [
      `netns add ${name}`,
      `link add ${cable} type veth peer name eth0 netns ${name}`,
      `addr add 10.231.77.1/24 dev ${cable}`,
      `link set ${cable} up`,
      `-n ${name} addr add ${ADDRESS}/24 dev eth0`,
      `-n ${name} link set eth0 up`,
      `-n ${name} link set lo up`,
    ];
    for (const step of steps) {
      const { status, stderr, error } = spawnSync('ip', step.split(' '));
      if (status === 0) continue;
      printSkipped('network partition', `ip ${step}: ${error?.message ?? stderr.toString().trim()}`);
      made[Symbol.dispose]();
      return null;
    }
    return made;
  }

  /** Nothing gets through any more, and nobody is told. */
  cut(): void {
    spawnSync('ip', ['link', 'set', this.#cable, 'down']);
  }

  heal(): void {
    spawnSync('ip', ['link', 'set', this.#cable, 'up']);
  }

  [Symbol.dispose](): void {
    spawnSync('ip', ['link', 'del', this.#cable]);
    spawnSync('ip', ['netns', 'del', this.name]);
  }
}

test('a network that is cut: a short cut costs nothing, a long one ends the connections, then all is well', async () => {
  using elsewhere = Elsewhere.make();
  if (elsewhere === null) return;
  const data = temporaryFolder();
  try {
    const within = ['ip', 'netns', 'exec', elsewhere.name];
    const plain = ['--insecure-plain', 'everyone-may-read-the-passwords'];
    await using program = startWithin(within, data, '--host', ADDRESS, ...plain);
    const server = await program.ready();
    expect(server.host).toBe(ADDRESS);
    const people = await Promise.all(
      Array.from({ length: longOrShort(10, 2) }, async (_, n) => registered(server, `person.n${n}`)),
    );
    elsewhere.cut();
    const asked = people.map(async ({ peer }) => peer.call('whoami'));
    await sleep(longOrShort(5_000, 1_000));
    elsewhere.heal();
    // What was sent into the cut arrives in the end: TCP's own business, and the server didn't give up too early.
    expect(await Promise.all(asked)).toHaveLength(people.length);
    const figures: Record<string, number> = { 'short cuts survived': people.length };
    if (LONG) {
      elsewhere.cut();
      const began = performance.now();
      const silent = (): number =>
        program.stderr.split('\n').filter((line) => line.includes('is silent')).length;
      await until('all are closed', () => silent() === people.length, SILENCE_MS + 30_000);
      const took = performance.now() - began;
      expect(took).toBeGreaterThan(SILENCE_MS - 10_000);
      expect(took).toBeLessThan(SILENCE_MS + 5_000);
      elsewhere.heal();
      figures['closed by keep-alive'] = silent();
      figures['after seconds'] = Math.round(took / 1000);
    }
    await until(
      'a new connection gets through',
      async () => {
        const peer = await RawPeer.open(server).catch(() => null);
        await peer?.[Symbol.asyncDispose]();
        return peer !== null;
      },
      15_000,
    );
    await using again = await authenticated(server, 'person.n0');
    await again.peer.call('whoami');
    const cuts = LONG ? 2 : 1;
    printFigures('network partition', figures, { tried: cuts, recovered: cuts });
    for (const { peer } of people) peer.socket.destroy();
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
});
