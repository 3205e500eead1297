/** The process may open no more files: new connections are refused, the others don't notice. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { startLimited } from '../support/built_server.js';
import { descriptorsOf, longOrShort, printFigures, until } from '../support/drill.js';
import { PASSWORD, RawPeer, registered } from '../support/raw_peer.js';
import { temporaryFolder } from '../support/server.js';

let data: string;
const figures: Record<string, number | string> = {};
const counts = { tried: 0, recovered: 0 };
beforeEach(() => void (data = temporaryFolder()));
afterEach(() => rmSync(data, { recursive: true, force: true }));
afterAll(() => printFigures('descriptors exhausted', { ...figures, ...counts }, counts));

/**
 * `known`: the limit is there from the start, so the server counts and refuses in time. `sudden`: it is lowered while the
 * server runs, so the system itself has no descriptor left.
 */
test.each([
  ['known', 256],
  ['sudden', 64],
])('limit %s, %i: refused, existing connections go on, recovers', async (kind, limit) => {
  await using program = startLimited(`ulimit -n ${kind === 'known' ? limit : 1024}`, data);
  const server = await program.ready();
  if (kind === 'sudden') execFileSync('prlimit', ['--pid', String(program.pid), `--nofile=${limit}:`]);
  await using anna = await registered(server, 'anna');
  for (let round = 0; round < longOrShort(10, 2); round += 1) {
    counts.tried += 1;
    const crowd: RawPeer[] = [];
    for (let n = 0; n < 3 * limit; n += 1) {
      const peer = await RawPeer.open(server).catch(() => null);
      if (peer !== null) crowd.push(peer);
    }
    // Those over the limit are told so, or dropped; nobody is left hanging.
    const first = await Promise.all(crowd.map(async (peer) => peer.take()));
    const served = first.filter((message) => message?.['action'] === 'challenge').length;
    const told = first.filter((message) => message?.['code'] === 'too_many_connections').length;
    const dropped = first.filter((message) => message === null).length;
    expect(served + told + dropped).toBe(crowd.length);
    expect(served).toBeGreaterThan(5);
    expect(served).toBeLessThan(limit);
    // A few had numbers above the sudden limit before it was there.
    expect(descriptorsOf(program.pid)).toBeLessThanOrEqual(limit + 8);
    // Reading, writing and even the database's files go on meanwhile.
    await anna.peer.call('whoami');
    await anna.peer.call('update_profile', { changes: { bio: `round ${round}` } });
    Object.assign(figures, {
      [`${kind} limit ${limit}`]: `served ${served} told ${told} dropped ${dropped}`,
    });
    await Promise.all(crowd.map(async (peer) => peer[Symbol.asyncDispose]()));
    await until('a new connection is served', async () => {
      const peer = await RawPeer.open(server).catch(() => null);
      const hello = await peer?.take();
      await peer?.[Symbol.asyncDispose]();
      return hello?.['action'] === 'challenge';
    });
    await using again = await RawPeer.handshaken(server);
    await again.call('authenticate', { user: { account_name: 'anna', password: PASSWORD } });
    counts.recovered += 1;
  }
  expect(program.child.exitCode).toBeNull();
});

test('few files are enough to start; too few are told as what they are', async () => {
  await using few = startLimited('ulimit -n 64', data);
  const server = await few.ready();
  await using anna = await registered(server, 'anna');
  await anna.peer.call('whoami');

  const other = temporaryFolder();
  try {
    await using none = startLimited('ulimit -n 40', other);
    expect(await none.exited).toBe(69);
    expect(none.stderr).toMatch(/^auth-server: This process may open only 40 files, .*ulimit -n 1024$/m);
  } finally {
    rmSync(other, { recursive: true, force: true });
  }
});
