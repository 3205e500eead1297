/**
 * `auth-server keys rotate-master` is killed while it seals thousands of keys anew. Every key opens afterwards, under the one master
 * key or the other; the next try, or the next start, ends with one master key under which all of them are.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { masterKeyOf, openKey, sealKey, type MasterKey } from '../../src/server/crypto/index.js';
import { systemRandom } from '../../src/server/runtime/index.js';
import type { RingKey } from '../../src/server/store/index.js';
import { ROOT } from '../support/built_server.js';
import { openBeside } from '../support/database.js';
import { longOrShort, printFigures, seededRandom } from '../support/drill.js';
import { environmentFor } from '../support/engine.js';
import { authServer } from '../support/program.js';
import { authenticated, registered } from '../support/raw_peer.js';
import { startServer, temporaryFolder } from '../support/server.js';

const KILLS = longOrShort(30, 4);
const KEYS = longOrShort(20_000, 4_000);
const random = seededRandom(Date.now() >>> 0);
const WORDS = ['keys', 'rotate-master', '--json'];

let data: string;
const path = (name: string): string => join(data, name);
const masterIn = (name: string): MasterKey =>
  masterKeyOf(Buffer.from(readFileSync(path(name), 'utf8').trim(), 'base64url'));

beforeAll(async () => {
  data = temporaryFolder();
  const server = await startServer({ data_folder: data });
  const { account_id, peer } = await registered(server, 'anna');
  await peer[Symbol.asyncDispose]();
  await server.stop();
  const master = masterIn('master_key');
  using db = openBeside(data);
  const insert = db.prepare(
    `INSERT INTO ring_keys (key_id, purpose, account_id, state, created_at, master_id, sealed)
     VALUES (?, 'factor', ?, 'retired', 1, ?, ?)`,
  );
  db.transaction(() => {
    for (let number = 0; number < KEYS; number += 1) {
      const about = { key_id: `r_${number}`, purpose: 'factor', account_id };
      insert.run(
        about.key_id,
        account_id,
        master.master_id,
        sealKey(master, about, Buffer.from(about.key_id), systemRandom),
      );
    }
  })();
});
afterAll(() => rmSync(data, { recursive: true, force: true }));

/** Asserts that every key opens under a master key of the folder; returns under how many different ones. */
function expectAllOpen(): number {
  const masters = ['master_key', 'master_key.next'].filter((name) => existsSync(path(name))).map(masterIn);
  using db = openBeside(data);
  const rings = db.prepare<[], RingKey>('SELECT * FROM ring_keys').all();
  expect(rings).toHaveLength(KEYS + 3);
  const used = new Set<string>();
  for (const ring of rings) {
    const master = masters.find(({ master_id }) => master_id === ring.master_id);
    const key = master === undefined ? null : openKey(master, ring, ring.sealed);
    if (key === null) throw new Error(`${ring.key_id} does not open`);
    if (ring.purpose === 'factor') expect(key.toString()).toBe(ring.key_id);
    used.add(ring.master_id);
  }
  return used.size;
}

test('killed while keys are sealed anew', async () => {
  const began = performance.now();
  expect((await authServer([...WORDS, '--data', data])).code).toBe(0);
  const whole_ms = performance.now() - began;
  let between = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const child = spawn(process.execPath, [join(ROOT, 'bin/auth-server.js'), ...WORDS, '--data', data], {
      stdio: 'ignore',
      env: { PATH: process.env['PATH'] ?? '', ...environmentFor(data) },
    });
    const ended = once(child, 'close');
    // Its start takes a part of that time, in which nothing happens yet.
    await sleep(whole_ms * (0.2 + random()));
    child.kill('SIGKILL');
    await ended;
    if (expectAllOpen() > 1) between += 1;
    if (kill % 2 === 0) continue;
    // What was broken off is finished by a start, where it isn't by the next try.
    await using server = await startServer({ data_folder: data });
    await using anna = await authenticated(server, 'anna');
    await anna.peer.call('whoami');
    expect(existsSync(path('master_key.next'))).toBe(false);
    expect(expectAllOpen()).toBe(1);
  }
  expect((await authServer([...WORDS, '--data', data])).code).toBe(0);
  expect(expectAllOpen()).toBe(1);
  expect(existsSync(path('master_key.next'))).toBe(false);
  printFigures(
    'kill -9 while keys are sealed anew',
    { keys: KEYS, between },
    { tried: KILLS, recovered: KILLS },
  );
});
