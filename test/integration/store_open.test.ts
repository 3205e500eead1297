import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { prepareDataFolder } from '../../src/server/data_folder/index.js';
import { Store, StoreOpenError, type OpenFault } from '../../src/server/store/index.js';
import { MIGRATIONS } from '../../src/server/store/sqlite/migrations/index.js';
import { openDatabase } from '../../src/server/store/sqlite/database.js';
import { openFile } from '../support/database.js';
import { temporaryFolder, WRITER_THREADS } from '../support/server.js';

let folder: string;
const file = (): string => join(folder, 'portcullis.db');
beforeEach(() => void (folder = temporaryFolder()));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (): Promise<Store> => Store.open(folder, WRITER_THREADS, 1_000);

async function madeAndClosed(): Promise<void> {
  await (await open()).close();
}

async function expectFault(fault: OpenFault, sentence: RegExp): Promise<void> {
  const error: unknown = await open().then(
    async (store) => {
      await store.close();
      return null;
    },
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreOpenError);
  expect(error).toMatchObject({ fault });
  expect((error as StoreOpenError).message).toMatch(sentence);
  expect((error as StoreOpenError).message).toMatch(/\.$/);
}

describe('opening the database', () => {
  test('a first start applies every migration and records its hash', async () => {
    await madeAndClosed();
    using db = openFile(folder);
    const rows = db.prepare('SELECT version, name, applied_at, length(hash) AS n FROM migrations').all();
    expect(rows).toEqual(
      MIGRATIONS.map(({ version, name }) => ({ version, name, applied_at: 1_000, n: 64 })),
    );
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  });

  test('a second start applies nothing and keeps what is there', async () => {
    await madeAndClosed();
    const before = readFileSync(file());
    await madeAndClosed();
    expect(readFileSync(file()).equals(before)).toBe(true);
  });

  test('a database of an earlier release is brought up to date, with its rows', async () => {
    {
      const db = new Database(file());
      const { first } = await import('../../src/server/store/sqlite/migrations/first.js');
      const { createHash } = await import('node:crypto');
      db.exec(`CREATE TABLE migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL,
        applied_at INTEGER NOT NULL) STRICT`);
      db.exec(first);
      const hash = createHash('sha256').update(first).digest('hex');
      db.prepare("INSERT INTO migrations VALUES (1, 'first', ?, 5)").run(hash);
      db.exec("INSERT INTO audit_events (at, event, details) VALUES (7, 'signed_in', '{}')");
      db.close();
    }
    await madeAndClosed();
    using db = openFile(folder);
    const versions = db.prepare<[], { version: number }>('SELECT version FROM migrations').all();
    expect(versions.map(({ version }) => version)).toEqual(MIGRATIONS.map(({ version }) => version));
    expect(db.prepare('SELECT at, event FROM audit_events').all()).toEqual([{ at: 7, event: 'signed_in' }]);
  });

  test('who is refused holds nothing: neither the lock nor the database', async () => {
    await madeAndClosed();
    {
      using db = openFile(folder);
      db.exec("INSERT INTO migrations VALUES (1000, 'future', 'x', 0)");
    }
    await expectFault('newer', /newer/);
    // At once: what a thread that is still ending holds would be in the way of the next start.
    expect(readdirSync(folder).filter((name) => /-(wal|shm)$/.test(name))).toEqual([]);
    using db = openFile(folder);
    db.exec('DELETE FROM migrations WHERE version = 1000');
    await madeAndClosed();
  });

  test('a newer database is refused and left as it is', async () => {
    await madeAndClosed();
    {
      using db = openFile(folder);
      db.exec("INSERT INTO migrations VALUES (1000, 'future', 'x', 0)");
    }
    await expectFault('newer', /made by a newer release \(schema 1000, this one knows \d+\).*--data/);
    using db = openFile(folder);
    expect(db.prepare('SELECT max(version) AS newest FROM migrations').get()).toEqual({ newest: 1000 });
  });

  test('a database whose history differs is refused', async () => {
    await madeAndClosed();
    {
      using db = openFile(folder);
      db.exec("UPDATE migrations SET hash = 'other' WHERE version = 1");
    }
    await expectFault('changed_migration', /schema step 1\).*backup/);
  });

  test('a file that is no database is refused and not touched', async () => {
    const text = 'this is a letter to my grandmother\n'.repeat(200);
    writeFileSync(file(), text);
    await expectFault('not_a_database', /damaged or is no database/);
    expect(readFileSync(file(), 'utf8')).toBe(text);
  });

  test('a database with overwritten pages is refused', async () => {
    await madeAndClosed();
    const bytes = readFileSync(file());
    // The schema itself: the first page behind its header, and the pages after it.
    bytes.fill(0xa5, 100, Math.min(bytes.length, 16_384));
    writeFileSync(file(), bytes);
    await expectFault('not_a_database', /damaged/);
  });

  test('a folder in the place of the database is told as a file that can not be written', async () => {
    mkdirSync(file());
    await expectFault('unwritable', /can not be opened for writing \(SQLITE_CANTOPEN/);
  });

  test('a file in the place of the data folder is told with what to do', () => {
    const path = join(folder, 'taken');
    writeFileSync(path, '');
    expect(() => prepareDataFolder(path)).toThrow(/data folder .*taken can not be written .*--data/);
    expect(() => prepareDataFolder(join(path, 'below'))).toThrow(/can not be written/);
  });

  test('a second store on the same folder is refused, and the first one works on', async () => {
    const first = await open();
    await expectFault('in_use', /^Another auth-server uses this data folder\. Stop it/);
    await first.run('prune', {
      at: 0,
      ended_before: 0,
      sign_ins_before: 0,
      counters_before: 0,
      rotated_before: 0,
      announced_before: 0,
    });
    await first.close();
    await madeAndClosed();
  });
});

describe('what durability rests on', () => {
  test('after a stop the one file holds everything: a copy of it is a copy of the database', async () => {
    const store = await open();
    const at = 5;
    await store.run('replace_setup_code', { at, code_hash: Buffer.from('code'), expires_at: 9 });
    await store.close();
    const copy = join(folder, 'copy.db');
    copyFileSync(file(), copy);
    const db = new Database(copy);
    expect(db.prepare('SELECT purpose, created_at FROM one_time_codes').all()).toEqual([
      { purpose: 'setup', created_at: at },
    ]);
    db.close();
  });

  test.each([1, 2, 3])('open number %i: write-ahead log, synchronous FULL, foreign keys', (times) => {
    for (let n = 1; n < times; n += 1) openDatabase(file(), { readonly: false }).close();
    const db = openDatabase(file(), { readonly: false });
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('synchronous', { simple: true })).toBe(2);
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
    expect(db.pragma('trusted_schema', { simple: true })).toBe(0);
    expect(db.pragma('busy_timeout', { simple: true })).toBe(5_000);
    db.close();
  });

  test('the reason for it: an ordinary reopen of the same file gives less than FULL', () => {
    openDatabase(file(), { readonly: false }).close();
    const plain = new Database(file());
    expect(plain.pragma('synchronous', { simple: true })).toBe(1);
    plain.close();
  });

  test('every table is strict: a text can not slip into a number', async () => {
    await madeAndClosed();
    using db = openFile(folder);
    const loose = db
      .prepare<[], { name: string }>(
        "SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'",
      )
      .all();
    expect(loose).toEqual([]);
  });
});
