/** The server's own keys: sealed in the database, opened by the master key of the data folder, and by nothing else. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, hkdfSync, randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  AccessTokens,
  masterKeyOf,
  openKey,
  sealKey,
  type MasterKey,
} from '../../src/server/crypto/index.js';
import { readCommandLine, runCommand } from '../../src/server/commands/index.js';
import { ConfigError } from '../../src/server/config.js';
import { makeNextMasterKey } from '../../src/server/data_folder/index.js';
import { mastersIn, openKeyRing, rotateMasterKey } from '../../src/server/key_ring/index.js';
import { createLog, systemClock, systemRandom } from '../../src/server/runtime/index.js';
import type { RingKey, Store, Who } from '../../src/server/store/index.js';
import { auditRows, openBeside } from '../support/database.js';
import { ENGINE, leaveFolder, urlOf } from '../support/engine.js';
import { RawPeer, registered } from '../support/raw_peer.js';
import { openBesideServer, startServer, temporaryFolder } from '../support/server.js';

const HOST: Who = { at: Date.now(), actor: { kind: 'host' }, address: 'console' };
const LOG = createLog('error', 'json', { write: () => undefined });
const NO_FORMER = { signing_key: null, server_secret: null };

let folder: string;
const path = (name: string): string => join(folder, name);

beforeEach(async () => {
  folder = temporaryFolder();
  await (await startServer({ data_folder: folder })).stop();
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await leaveFolder(folder);
});

/** Runs a command of the host in this process. */
async function command(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const asked = readCommandLine([...words, '--data', folder]);
  if (!('json' in asked)) throw new Error('no command');
  const env = ENGINE === 'postgres' ? { AUTH_DATABASE: urlOf(folder) } : {};
  const terminal = {
    out: (text: string) => void (out += `${text}\n`),
    complain: (text: string) => void (err += `${text}\n`),
  };
  return { code: await runCommand(asked, env, terminal), out, err };
}

async function beside<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openBesideServer(folder);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** The keys that a start opens. */
const opens = () =>
  beside((store) =>
    openKeyRing({
      ...{ store, folder, former: NO_FORMER, clock: systemClock, random: systemRandom, log: LOG },
    }),
  );

function allRings(): RingKey[] {
  using db = openBeside(folder);
  return db.prepare<[], RingKey>('SELECT * FROM ring_keys ORDER BY key_id').all();
}

function sql(text: string, ...values: unknown[]): void {
  using db = openBeside(folder);
  db.prepare(text).run(...values);
}

const masterIn = (name = 'master_key'): MasterKey =>
  masterKeyOf(Buffer.from(readFileSync(path(name), 'utf8').trim(), 'base64url'));

test('a new server has a key for each purpose, and none of them can be read in the database', async () => {
  const keys = await opens();
  expect(Object.keys(keys).sort()).toEqual(['access_tokens', 'page_cursors', 'refresh_successors']);
  const rings = allRings();
  expect(rings.map(({ purpose }) => purpose).sort()).toEqual(Object.keys(keys).sort());
  for (const { sealed, master_id, state } of rings) {
    expect([master_id, state]).toEqual([masterIn().master_id, 'current']);
    for (const key of Object.values(keys)) expect(Buffer.from(sealed).includes(key)).toBe(false);
  }
  expect(['signing_key.pem', 'server_secret'].filter((name) => existsSync(path(name)))).toEqual([]);
});

test('keys that an earlier release kept in files are taken over: what they signed goes on', async () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const secret = randomBytes(32);
  sql('DELETE FROM ring_keys');
  rmSync(path('master_key'));
  writeFileSync(path('signing_key.pem'), pem, { mode: 0o600 });
  writeFileSync(path('server_secret'), `${secret.toString('base64url')}\n`, { mode: 0o600 });
  const server = await startServer({ data_folder: folder });
  await using peer = await RawPeer.handshaken(server);
  const { keys } = await peer.call('get_signing_keys');
  expect(keys[0]?.x).toBe(createPublicKey(createPrivateKey(pem)).export({ format: 'jwk' }).x);
  expect(server.log_lines.some((line) => line.includes('keys are in the database now'))).toBe(true);
  await server.stop();
  expect(['signing_key.pem', 'server_secret'].filter((name) => existsSync(path(name)))).toEqual([]);
  const opened = await opens();
  const derived = (info: string) => Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), info, 32));
  expect(opened.page_cursors).toEqual(derived('portcullis page cursor 1'));
  expect(opened.refresh_successors).toEqual(derived('portcullis refresh successor'));
  expect(opened.access_tokens).toEqual(privateKey.export({ type: 'pkcs8', format: 'der' }));
});

describe('without the master key there is no start, and nothing is made in its place', () => {
  const other = `${randomBytes(32).toString('base64url')}\n`;
  test.each([
    [
      'it is gone',
      () => rmSync(path('master_key')),
      /master_key is missing: .* Put a copy of it in its place\./,
    ],
    [
      'it is another one',
      () => writeFileSync(path('master_key'), other, { mode: 0o600 }),
      /sealed under the master key \S{8}, and \S*master_key holds another one \(\S{8}\)/,
    ],
    [
      'a line of it is cut',
      () => writeFileSync(path('master_key'), other.slice(0, 40), { mode: 0o600 }),
      /master_key does not hold a master key/,
    ],
    [
      'a key was changed in the database',
      () =>
        sql(
          "UPDATE ring_keys SET sealed = (SELECT sealed FROM ring_keys WHERE purpose = 'page_cursors') WHERE purpose = 'access_tokens'",
        ),
      /The key 'r_\w{20}' \(access_tokens\) in the database was changed since it was sealed/,
    ],
  ])('%s', async (_, spoil, sentence) => {
    const good = readFileSync(path('master_key'));
    spoil();
    const before = allRings();
    await expect(startServer({ data_folder: folder })).rejects.toThrow(sentence);
    expect(allRings()).toEqual(before);
    expect(existsSync(path('master_key.next'))).toBe(false);
    // Nor is it changed: what could not be opened can't be sealed anew.
    await expect(
      beside((store) => rotateMasterKey({ store, folder, random: systemRandom, who: HOST })),
    ).rejects.toThrow();
    expect(allRings()).toEqual(before);
    writeFileSync(path('master_key'), good, { mode: 0o600 });
  });

  test('a key that belongs to another purpose in the database of another server', async () => {
    const rings = allRings();
    const [ring] = rings;
    sql('UPDATE ring_keys SET purpose = ? WHERE key_id = ?', 'unheard_of', ring?.key_id);
    await expect(startServer({ data_folder: folder })).rejects.toThrow(/was changed since it was sealed/);
  });
});

describe('another master key', () => {
  /** Keys of accounts, enough for several slices. */
  async function manyKeys(): Promise<void> {
    const account_id = await (async () => {
      await using server = await startServer({ data_folder: folder });
      await using anna = await registered(server, 'anna');
      return anna.account_id;
    })();
    const master = masterIn();
    using db = openBeside(folder);
    const insert = db.prepare(
      `INSERT INTO ring_keys (key_id, purpose, account_id, state, created_at, master_id, sealed)
       VALUES (?, ?, ?, 'retired', 1, ?, ?)`,
    );
    for (let number = 0; number < MANY; number += 1) {
      const about = { key_id: `r_${String(number).padStart(20, '0')}`, purpose: 'factor', account_id };
      insert.run(
        about.key_id,
        about.purpose,
        account_id,
        master.master_id,
        sealKey(master, about, Buffer.from(about.key_id), systemRandom),
      );
    }
  }
  const MANY = 600;

  function expectAllOpen(master: MasterKey): void {
    const rings = allRings();
    expect(rings).toHaveLength(MANY + 3);
    for (const ring of rings) {
      const key = openKey(master, ring, ring.sealed);
      expect(key).not.toBeNull();
      if (ring.purpose === 'factor') expect(key?.toString()).toBe(ring.key_id);
    }
  }

  test('beside a running server: everything opens under the new one alone, and what was signed stays good', async () => {
    await manyKeys();
    const before = masterIn();
    const keys_before = await opens();
    await using server = await startServer({ data_folder: folder });
    await using peer = await RawPeer.handshaken(server);
    const { keys } = await peer.call('get_signing_keys');
    const rotated = await command('keys', 'rotate-master', '--json');
    expect([rotated.code, rotated.err]).toEqual([0, '']);
    const said = JSON.parse(rotated.out) as { master_id: string; keys: number };
    expect(said).toEqual({ master_id: masterIn().master_id, keys: MANY + 3 });
    expect(said.master_id).not.toBe(before.master_id);
    expectAllOpen(masterIn());
    for (const ring of allRings()) expect(openKey(before, ring, ring.sealed)).toBeNull();
    expect(existsSync(path('master_key.next'))).toBe(false);
    expect(auditRows(folder).filter(({ event }) => event === 'master_key_rotated')).toMatchObject([
      { actor_id: null, address: 'console' },
    ]);
    expect(await opens()).toEqual(keys_before);
    await server.stop();
    await using again = await startServer({ data_folder: folder });
    await using later = await RawPeer.handshaken(again);
    expect(await later.call('get_signing_keys')).toEqual({ keys });
  });

  test.each([0, 1, 2, 3])('broken off after %i slices: the next start finishes it', async (slices) => {
    await manyKeys();
    const keys_before = await opens();
    const before = masterIn();
    await beside(async (store) => {
      let left = slices;
      const breaking = new Proxy(store, {
        get: (target, name) => {
          if (name !== 'run') return Reflect.get(target, name, target) as unknown;
          return async (...asked: Parameters<Store['run']>) => {
            if (left === 0) throw new Error('broken off');
            left -= 1;
            return target.run(...asked);
          };
        },
      });
      const done = rotateMasterKey({ store: breaking, folder, random: systemRandom, who: HOST });
      // Three slices are all.
      if (slices < 3) await expect(done).rejects.toThrow('broken off');
      else await done;
    });
    const next = slices < 3 ? masterIn('master_key.next') : masterIn();
    if (slices < 3) {
      expect(masterIn()).toEqual(before);
      // In between everything opens: some under the one, some under the other.
      const { current, next: second } = mastersIn(folder);
      expect(
        allRings().every((ring) =>
          [current, second].some((one) => one !== null && openKey(one, ring, ring.sealed) !== null),
        ),
      ).toBe(true);
    }
    const server = await startServer({ data_folder: folder });
    if (slices < 3) expect(server.log_lines.some((line) => line.includes('was finished'))).toBe(true);
    await server.stop();
    expect(masterIn()).toEqual(next);
    expect(existsSync(path('master_key.next'))).toBe(false);
    expectAllOpen(next);
    expect(await opens()).toEqual(keys_before);
    expect(auditRows(folder).filter(({ event }) => event === 'master_key_rotated')).toHaveLength(1);
  });

  test('all are sealed anew, and the file is not in its place yet', async () => {
    const before = masterIn();
    makeNextMasterKey(folder, systemRandom);
    const next = masterIn('master_key.next');
    await beside((store) => rotateMasterKey({ store, folder, random: systemRandom, who: HOST }));
    // As if the last step were missing.
    copyFileSync(path('master_key'), path('master_key.next'));
    writeFileSync(path('master_key'), `${Buffer.from(before.key).toString('base64url')}\n`, { mode: 0o600 });
    await (await startServer({ data_folder: folder })).stop();
    expect(masterIn()).toEqual(next);
  });

  test('one at a time', async () => {
    const first = await openBesideServer(folder);
    const second = await openBesideServer(folder);
    try {
      const both = await Promise.allSettled(
        [first, second].map((store) => rotateMasterKey({ store, folder, random: systemRandom, who: HOST })),
      );
      const told = both.map((one) => (one.status === 'rejected' ? String(one.reason) : 'done'));
      expect(told.filter((one) => one === 'done').length).toBeGreaterThan(0);
      for (const one of told)
        expect(one).toMatch(/^done$|Another process is putting a new master key in place/);
    } finally {
      await first.close();
      await second.close();
    }
    await opens();
  });

  test('a key that was sealed under the one before is not kept when the new one is in place', async () => {
    const rings = allRings();
    const old = masterIn();
    await beside((store) => rotateMasterKey({ store, folder, random: systemRandom, who: HOST }));
    const about = { key_id: systemRandom.id('r'), purpose: 'new', account_id: null };
    const late: RingKey = {
      ...about,
      state: 'current',
      created_at: 1,
      master_id: old.master_id,
      sealed: sealKey(old, about, randomBytes(32), systemRandom),
    };
    expect(await beside((store) => store.run('keep_ring_keys', { keys: [late] }))).toBeNull();
    expect(allRings()).toHaveLength(rings.length);
  });
});

describe('commands', () => {
  test('list tells what there is, and nothing that is secret', async () => {
    const keys = await opens();
    const secrets = [...Object.values(keys), masterIn().key].flatMap((key) =>
      (['hex', 'base64', 'base64url'] as const).map((form) => Buffer.from(key).toString(form)),
    );
    for (const words of [[], ['--json']]) {
      const { code, out, err } = await command('keys', 'list', ...words);
      expect(code).toBe(0);
      for (const { key_id, purpose } of allRings()) {
        expect(out).toContain(key_id);
        expect(out).toContain(purpose);
      }
      expect(out + err).toContain(masterIn().master_id);
      for (const one of secrets) expect(out + err).not.toContain(one);
    }
  });

  test('discard asks for words; with them the next start makes new keys, and what was signed is no longer good', async () => {
    rmSync(path('master_key'));
    await expect(command('keys', 'discard')).rejects.toThrow(ConfigError);
    await expect(command('keys', 'discard')).rejects.toThrow(
      /access tokens that are in use stop working.*--confirm all-that-they-sealed-is-lost/s,
    );
    expect(allRings()).toHaveLength(3);
    const words = ['--confirm', 'all-that-they-sealed-is-lost'];
    const done = await command('keys', 'discard', ...words, '--json');
    expect([done.code, JSON.parse(done.out)]).toEqual([0, { keys: 3 }]);
    expect(auditRows(folder).filter(({ event }) => event === 'server_keys_discarded')).toHaveLength(1);
    await (await startServer({ data_folder: folder })).stop();
    const { access_tokens } = await opens();
    expect(
      new AccessTokens({ pkcs8: access_tokens, issuer: 'x', audience: 'y', minutes: 1 }).jwk.x,
    ).toHaveLength(43);
  });
});
