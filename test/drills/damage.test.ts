/**
 * Files that were damaged while the server was away: a torn or garbled write-ahead log, flipped bytes in the database,
 * keys that are gone or garbled. It opens what is intact or refuses with a sentence; and a backup brings it back.
 */
import { copyFileSync, cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Store, StoreOpenError } from '../../src/server/store/index.js';
import { startBuilt } from '../support/built_server.js';
import { openFile } from '../support/database.js';
import { onSqlite, sameDatabase } from '../support/engine.js';
import { longOrShort, printFigures, seededRandom, until } from '../support/drill.js';
import { authenticated, PASSWORD, RawPeer, registered } from '../support/raw_peer.js';
import { temporaryFolder, WRITER_THREADS } from '../support/server.js';

const SEED = Date.now() >>> 0;
const random = seededRandom(SEED);
const ACCOUNTS = 12;
const name = (n: number): string => `guest.n${String(n).padStart(2, '0')}`;

/** A folder that a killed server left, everything in the log; and one that a server left in peace. */
let torn: string;
let clean: string;
beforeAll(async () => {
  torn = temporaryFolder();
  {
    await using program = startBuilt(torn);
    const server = await program.ready();
    for (let n = 0; n < ACCOUNTS; n += 1) {
      await using one = await registered(server, name(n));
      await one.peer.call('update_profile', { changes: { bio: `I am ${n}` } });
    }
    program.child.kill('SIGKILL');
    await program.exited;
  }
  clean = temporaryFolder();
  cpSync(torn, clean, { recursive: true });
  sameDatabase(torn, clean);
  if (onSqlite('its log goes into its file'))
    await (await Store.open(clean, WRITER_THREADS, Date.now())).close();
});
afterAll(() => {
  for (const folder of [torn, clean]) rmSync(folder, { recursive: true, force: true });
});

/** A copy of a folder with something done to it. */
class Patient implements Disposable {
  readonly folder = temporaryFolder();
  constructor(from: string) {
    cpSync(from, this.folder, { recursive: true });
    sameDatabase(from, this.folder);
  }
  path(file: string): string {
    return join(this.folder, file);
  }
  edit(file: string, change: (bytes: Buffer) => void): void {
    const bytes = readFileSync(this.path(file));
    change(bytes);
    writeFileSync(this.path(file), bytes);
  }
  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Opens the store as the server does. The sentence of a refusal, or null when it opened. */
async function openStore(folder: string): Promise<string | null> {
  try {
    const store = await Store.open(folder, WRITER_THREADS, Date.now());
    await store.close();
    return null;
  } catch (error) {
    if (!(error instanceof StoreOpenError)) throw error;
    return error.message;
  }
}

/** What the file holds, as far as SQLite itself can tell. */
function lookAt(folder: string): { sound: boolean; names: string[] } {
  try {
    using db = openFile(folder);
    const names = db
      .prepare<[], string>('SELECT account_name FROM accounts ORDER BY created_at, account_name')
      .pluck()
      .all();
    return { sound: db.pragma('quick_check', { simple: true }) === 'ok', names };
  } catch {
    return { sound: false, names: [] };
  }
}

describe.runIf(onSqlite('its log is a file'))('the write-ahead log of a killed server', () => {
  test('torn or garbled anywhere: opens with what was written before that point, never with anything else', async () => {
    const length = readFileSync(join(torn, 'portcullis.db-wal')).length;
    const figures = { torn: 0, garbled: 0, opened: 0, refused: 0, 'accounts kept': 0 };
    const rounds = longOrShort(150, 8);
    for (let round = 0; round < rounds; round += 1) {
      using patient = new Patient(torn);
      const at = Math.floor(random() * length);
      if (round % 2 === 0) {
        truncateSync(patient.path('portcullis.db-wal'), at);
        figures.torn += 1;
      } else {
        patient.edit('portcullis.db-wal', (bytes) => {
          for (let n = at; n < Math.min(length, at + 1 + Math.floor(random() * 64)); n += 1)
            bytes[n] = Math.floor(random() * 256);
        });
        figures.garbled += 1;
      }
      // The shared-memory index doesn't survive a power cut either.
      rmSync(patient.path('portcullis.db-shm'), { force: true });
      const refusal = await openStore(patient.folder);
      if (refusal !== null) {
        expect(refusal, `at ${at}, seed ${SEED}`).toMatch(/damaged|can not be opened/);
        figures.refused += 1;
        continue;
      }
      const { sound, names } = lookAt(patient.folder);
      expect(sound, `at ${at}, seed ${SEED}`).toBe(true);
      // A beginning of the history: whoever is there is preceded by everybody who came before.
      expect(names).toEqual(Array.from({ length: names.length }, (_, n) => name(n)));
      figures.opened += 1;
      figures['accounts kept'] += names.length;
    }
    const counts = { tried: rounds, recovered: figures.opened + figures.refused };
    printFigures('torn WAL', { ...figures, of: rounds * ACCOUNTS, seed: SEED }, counts);
  });
});

describe.runIf(onSqlite('it is a file'))('a flipped byte in the database', () => {
  test('at many places: opens sound, or refuses with a sentence; what a check can see is never served', async () => {
    const length = readFileSync(join(clean, 'portcullis.db')).length;
    const figures = { flipped: 0, refused: 0, opened: 0 };
    const rounds = longOrShort(400, 24);
    for (let round = 0; round < rounds; round += 1) {
      using patient = new Patient(clean);
      // Half of them at the head of a page, where its structure is.
      const page = 4096 * Math.floor(random() * (length / 4096));
      const at = round % 2 === 0 ? page + Math.floor(random() * 24) : Math.floor(random() * length);
      patient.edit('portcullis.db', (bytes) => {
        bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      });
      const { sound } = lookAt(patient.folder);
      const refusal = await openStore(patient.folder);
      figures.flipped += 1;
      if (refusal === null) {
        expect(sound, `damaged and served: byte ${at}, seed ${SEED}`).toBe(true);
        figures.opened += 1;
      } else {
        expect(refusal, `byte ${at}`).toMatch(
          /The database .* (damaged|can not be opened|was made by|does not)/,
        );
        figures.refused += 1;
      }
    }
    expect(figures.refused).toBeGreaterThan(0);
    const counts = { tried: rounds, recovered: figures.opened + figures.refused };
    printFigures('flipped byte', { ...figures, seed: SEED }, counts);
  });

  test('damage under a running server is told in its log with what to do', async () => {
    using patient = new Patient(clean);
    await using program = startBuilt(patient.folder);
    const server = await program.ready();
    patient.edit('portcullis.db', (bytes) => bytes.fill(0xff, 4096));
    await authenticated(server, name(3)).then(
      ({ peer }) => peer[Symbol.asyncDispose](),
      () => null,
    );
    await until('the log says so', () => Promise.resolve(program.stderr.includes('"hint"')));
    const line = program.stderr.split('\n').find((text) => text.includes('"hint"')) ?? '';
    expect(JSON.parse(line)).toMatchObject({
      level: 'ERROR',
      reason: expect.stringContaining('malformed') as string,
      hint: expect.stringMatching(/damaged: .*auth-server doctor.*backup/) as string,
    });
    expect(program.child.exitCode).toBeNull();
  });

  test('the program says so in one sentence, and a backup in its place brings everything back', async () => {
    using patient = new Patient(clean);
    const backup = patient.path('backups-copy.db');
    {
      await using program = startBuilt(patient.folder);
      const server = await program.ready();
      // While it runs, as operations.md says.
      const db = new Database(patient.path('portcullis.db'), { readonly: true });
      db.prepare('VACUUM INTO ?').run(backup);
      db.close();
      await using late = await registered(server, 'after.backup');
      expect(late.account_id).toMatch(/^a_/);
      program.child.kill('SIGKILL');
      await program.exited;
    }
    // The roots of the tables: nothing can be read without them.
    patient.edit('portcullis.db', (bytes) => bytes.fill(0xff, 4096, 4 * 4096));
    rmSync(patient.path('portcullis.db-wal'), { force: true });
    rmSync(patient.path('portcullis.db-shm'), { force: true });
    {
      await using program = startBuilt(patient.folder, '--log-level', 'silent');
      expect(await program.exited).toBe(69);
      expect(program.stdout).toBe('');
      expect(program.stderr.trim().split('\n')).toHaveLength(1);
      expect(program.stderr).toMatch(/is damaged.* Put a backup in its place/);
    }
    copyFileSync(backup, patient.path('portcullis.db'));
    await using program = startBuilt(patient.folder);
    const server = await program.ready();
    await using one = await authenticated(server, name(3));
    expect((await one.peer.call('get_profile')).account.bio).toBe('I am 3');
    await using peer = await RawPeer.handshaken(server);
    const gone = await peer.ask('authenticate', {
      user: { account_name: 'after.backup', password: PASSWORD },
    });
    expect(gone['code'], 'made after the backup').toBe('invalid_credentials');
    printFigures('restore', { restored: 1 }, { tried: 1, recovered: 1 });
  });
});

describe('the key files', () => {
  test.each(['client_key.json', 'master_key'])('%s', async (file) => {
    using patient = new Patient(clean);
    const good = readFileSync(patient.path(file));
    const wrecks = [Buffer.alloc(0), good.subarray(0, good.length / 2), Buffer.alloc(good.length, 0xfe)];
    for (const wreck of wrecks.slice(longOrShort(0, 2))) {
      writeFileSync(patient.path(file), wreck);
      await using program = startBuilt(patient.folder, '--log-level', 'silent');
      expect(await program.exited).toBe(73);
      expect(program.stdout).toBe('');
      expect(program.stderr.trim().split('\n')).toHaveLength(1);
      expect(program.stderr).toContain(file);
      expect(program.stderr).toMatch(/Put a copy of it in its place/);
    }
    rmSync(patient.path(file));
    if (file === 'master_key') {
      // Nothing is made in the place of what alone opens the keys in the database.
      await using refused = startBuilt(patient.folder, '--log-level', 'silent');
      expect(await refused.exited).toBe(73);
      expect(refused.stderr).toMatch(/master_key is missing: .* Put a copy of it in its place/);
      return;
    }
    // Gone: a new one is made, and people still get in.
    await using program = startBuilt(patient.folder);
    await using one = await authenticated(await program.ready(), name(0));
    await one.peer.call('whoami');
    expect(readFileSync(patient.path(file)).equals(good)).toBe(false);
  });
});
