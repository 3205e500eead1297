/** What a start would do to a database is told before it is done: on both engines, for databases of every age, and nothing changes. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readCommandLine, runCommand } from '../../src/server/commands/index.js';
import { MIGRATION_NAMES } from '../../src/server/store/migration_names.js';
import { openFile } from '../support/database.js';
import { onSqlite } from '../support/engine.js';
import { freshDatabase, postgresAvailable } from '../support/fresh_database.js';
import { startServer, temporaryFolder } from '../support/server.js';

const FIXTURE = join(import.meta.dirname, '../fixtures/release_0_1/portcullis.db');
const DATABASE = 'portcullis.db';
const KNOWN = MIGRATION_NAMES.length;
const ALL = MIGRATION_NAMES.map((name, at) => ({ version: at + 1, name }));

type Document = {
  readonly engine: string;
  readonly database: string;
  readonly schema_version: number;
  readonly schema_version_known: number;
  readonly pending: readonly { readonly version: number; readonly name: string }[];
};

let folder: string;
beforeEach(() => void (folder = temporaryFolder()));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function said(words: readonly string[], environment: Record<string, string>): Promise<string> {
  const lines: string[] = [];
  const asked = readCommandLine(['migrate', 'plan', '--data', folder, ...words]);
  if (!('json' in asked)) throw new Error('no command');
  const out = (text: string): void => void lines.push(text);
  expect(await runCommand(asked, environment, { out, complain: out })).toBe(0);
  return lines.join('\n');
}

/** Asks for people and for programs; both say the same. */
async function plan(environment: Record<string, string> = {}): Promise<Document> {
  const text = await said([], environment);
  const document = JSON.parse(await said(['--json'], environment)) as Document;
  const { schema_version, pending } = document;
  expect(document.schema_version_known).toBe(KNOWN);
  expect(document.pending).toEqual(ALL.slice(schema_version));
  const listed = [...text.matchAll(/^ +(\d+) {2}(\w+)$/gm)].map(([, version, name]) => ({
    version: Number(version),
    name,
  }));
  expect(listed).toEqual(pending);
  expect(text).toContain(document.database);
  if (pending.length === 0) expect(text).toContain('nothing is pending');
  return document;
}

/** What lies in the folder, and what is in it. */
const content = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder).map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  );

describe.runIf(onSqlite('which database is meant is said by each test'))('of a data folder', () => {
  test.each<[string, () => void]>([
    ['that is not there', () => rmSync(folder, { recursive: true })],
    ['without a database', () => undefined],
    ['with an empty file', () => writeFileSync(join(folder, DATABASE), '', { mode: 0o600 })],
  ])('%s: everything, and nothing is made', async (_what, make) => {
    make();
    const before = existsSync(folder) ? content() : null;
    expect(await plan()).toMatchObject({ engine: 'sqlite', schema_version: 0, pending: ALL });
    expect(existsSync(folder) ? content() : null).toEqual(before);
  });

  test('of an older release: what a start then applies, and nothing before it', async () => {
    cpSync(FIXTURE, join(folder, DATABASE));
    const before = content();
    const { schema_version, pending } = await plan();
    expect([schema_version, pending.length]).toEqual([1, KNOWN - 1]);
    expect(content()).toEqual(before);
    const server = await startServer({ data_folder: folder });
    expect(await plan()).toMatchObject({ schema_version: KNOWN, pending: [] });
    await server.stop();
    const { pending: left } = await plan();
    expect(left).toEqual([]);
    using db = openFile(folder);
    const applied = db
      .prepare('SELECT version, name FROM migrations WHERE version > 1 ORDER BY version')
      .all();
    expect(applied).toEqual(pending);
  });

  test.each<[string, string, RegExp]>([
    [
      'a newer release',
      `INSERT INTO migrations VALUES (${KNOWN + 1}, 'later', 'x', 1)`,
      /made by a newer release/,
    ],
    [
      'another history',
      "UPDATE migrations SET hash = 'x' WHERE version = 2",
      /history that this release does not know/,
    ],
  ])('of %s is refused as a start refuses it', async (_what, sql, sentence) => {
    await (await startServer({ data_folder: folder })).stop();
    {
      using db = openFile(folder);
      db.exec(sql);
    }
    await expect(plan()).rejects.toThrow(sentence);
    await expect(startServer({ data_folder: folder })).rejects.toThrow(sentence);
  });

  test('what is no database, or has lost its own, is refused as a start refuses it', async () => {
    writeFileSync(join(folder, DATABASE), 'not a database '.repeat(999), { mode: 0o600 });
    await expect(plan()).rejects.toThrow(/damaged or is no database/);
    rmSync(join(folder, DATABASE));
    mkdirSync(join(folder, DATABASE));
    await expect(plan()).rejects.toThrow(/is no file/);
    rmSync(join(folder, DATABASE), { recursive: true });
    await (await startServer({ data_folder: folder })).stop();
    for (const left of readdirSync(folder)) if (left.startsWith(DATABASE)) rmSync(join(folder, left));
    await expect(plan()).rejects.toThrow(/missing or empty/);
    expect(existsSync(join(folder, DATABASE))).toBe(false);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    await expect(plan()).rejects.toThrow(/is no folder/);
  });
});

describe.runIf(onSqlite('which database is meant is said by each test') && postgresAvailable())(
  'of a PostgreSQL',
  () => {
    async function asking<T extends object>(url: string, sql: string): Promise<T[]> {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        return (await client.query<T>(sql)).rows;
      } finally {
        await client.end();
      }
    }
    const start = (url: string) => startServer({ data_folder: folder, database: url });

    test('that is empty: everything, and nothing is made', async () => {
      await using database = await freshDatabase({ empty: true });
      const AUTH_DATABASE = database.url;
      expect(await plan({ AUTH_DATABASE })).toMatchObject({
        engine: 'postgres',
        schema_version: 0,
        pending: ALL,
      });
      expect(await asking(database.url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
      expect(await said([], { AUTH_DATABASE })).not.toContain(new URL(database.url).password);
    });

    test('of an older release: what is missing, while a server runs as well', async () => {
      await using database = await freshDatabase();
      const AUTH_DATABASE = database.url;
      expect(await plan({ AUTH_DATABASE })).toMatchObject({ schema_version: KNOWN, pending: [] });
      await using _server = await start(database.url);
      expect(await plan({ AUTH_DATABASE })).toMatchObject({ schema_version: KNOWN, pending: [] });
      await asking(database.url, `DELETE FROM migrations WHERE version > ${KNOWN - 2}`);
      expect(await plan({ AUTH_DATABASE })).toMatchObject({ schema_version: KNOWN - 2 });
      expect(await asking(database.url, 'SELECT 1 FROM migrations')).toHaveLength(KNOWN - 2);
    });

    test.each<[string, string, RegExp]>([
      [
        'a newer release',
        `INSERT INTO migrations VALUES (${KNOWN + 1}, 'later', 'x', 1)`,
        /made by a newer release/,
      ],
      [
        'another history',
        "UPDATE migrations SET hash = 'x' WHERE version = 2",
        /history that this release does not know/,
      ],
    ])('of %s is refused as a start refuses it', async (_what, sql, sentence) => {
      await using database = await freshDatabase();
      await asking(database.url, sql);
      await expect(plan({ AUTH_DATABASE: database.url })).rejects.toThrow(sentence);
      await expect(start(database.url)).rejects.toThrow(sentence);
    });
  },
);
