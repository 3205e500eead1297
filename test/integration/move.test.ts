/** Accounts that move from SQLite to PostgreSQL and back: everything arrives, or nothing does. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MOVED, STAYING } from '../../src/server/store/moving/side.js';
import { lineOf, rowsOf, type Column, type Row } from '../../src/server/store/moving/lines.js';
import { openFile } from '../support/database.js';
import { onSqlite } from '../support/engine.js';
import { freshDatabase, postgresAvailable, type FreshDatabase } from '../support/fresh_database.js';
import {
  asking,
  parts,
  rowsIn,
  run,
  toFolder,
  toPostgres,
  whileItSleeps,
  type Said,
} from '../support/moving.js';
import { administrator, authenticated, PASSWORD, RawPeer, registered, resumed } from '../support/raw_peer.js';
import { startServer, temporaryFolder } from '../support/server.js';

const PROGRAM = join(import.meta.dirname, '../../bin/auth-server.js');
const DATABASE = 'portcullis.db';
const WRONG = 'a wrong horse battery';

const HOSTILE =
  '\\N \\. \\x41 \u0001\b\v\f\r\u001f\u007f \'"; DROP TABLE accounts; -- \\ {a,"b",NULL} $1 $$ %s\n\t\u202eabc\u{1F600} e\u0301 \u00e9 \ufeff \uffff';

type Document = { readonly tables: readonly { table: string; rows: number; digest: string }[] };

type Tokens = {
  readonly session_token: string;
  readonly refresh_token: string;
  readonly device_token: string;
  readonly key: { readonly key_id: string; readonly key: Buffer };
};

/** Every token that somebody has got, as a server takes them. Signs in once more. */
async function expectAlive(
  server: Awaited<ReturnType<typeof startServer>>,
  { session_token, refresh_token, device_token, key }: Tokens,
): Promise<string> {
  {
    await using peer = await resumed(server, session_token);
    expect(await peer.call('get_profile', {})).toMatchObject({ account: { account_name: 'anna' } });
    await using keyed = await RawPeer.handshaken(server, key);
    expect(await keyed.call('server_info', {})).toBeDefined();
  }
  await using peer = await RawPeer.handshaken(server);
  let throttled = false;
  for (let n = 0; n < 30 && !throttled; n += 1) {
    const reply = await peer.ask('authenticate', { user: { account_name: 'anna', password: WRONG } });
    throttled = reply['code'] === 'throttled';
  }
  expect(throttled).toBe(true);
  const known = { user: { account_name: 'anna', password: PASSWORD }, device_token };
  expect(await peer.ask('authenticate', known)).toMatchObject({ response: 200 });
  await using other = await RawPeer.handshaken(server);
  return (await other.call('refresh', { refresh_token })).refresh_token;
}

const ON = { throttle: 'on' };

describe.runIf(onSqlite('it is from one engine to the other, whatever the run is on') && postgresAvailable())(
  'move',
  () => {
    /** A folder that was served, with rows of every kind in it, and its tokens. Never written to. */
    let template: string;
    let tokens: Tokens;
    let folder: string;
    let database: FreshDatabase;
    const folders: string[] = [];
    const newFolder = (): string => {
      const made = temporaryFolder();
      folders.push(made);
      return made;
    };

    beforeAll(async () => {
      template = newFolder();
      const server = await startServer({ data_folder: template });
      await using boss = await administrator(server);
      await using _anna = await registered(
        server,
        'anna',
        {},
        { first_name: 'Анна', email: 'Anna@Example.ORG' },
      );
      await boss.peer.call('create_user', { user: { account_name: 'invited.one' } });
      await using peer = await RawPeer.handshaken(server);
      await peer.ask('authenticate', { user: { account_name: 'anna', password: WRONG } });
      const { session_token, refresh_token, device_token } = await peer.call('authenticate', {
        user: { account_name: 'anna', password: PASSWORD },
      });
      const made = await run(['client', 'create', 'ci', '--json', '--data', template]);
      const [key_id = '', secret = ''] = (
        JSON.parse(made.out) as { connection_key: string }
      ).connection_key.split('.');
      tokens = {
        session_token,
        refresh_token,
        device_token,
        key: { key_id, key: Buffer.from(secret, 'base64url') },
      };
      await server.stop();
      using db = openFile(template);
      db.prepare(
        "UPDATE accounts SET bio = ?, phone = NULL, last_name = '', locale = '\\N' WHERE account_name = 'anna'",
      ).run(HOSTILE);
      // Longer than what is read at a time.
      const long = '\u00e9\n'.repeat(200_000);
      db.prepare("UPDATE accounts SET bio = ? WHERE account_name = 'invited.one'").run(long);
      // More than a few, and numbers behind the last row that were given to rows since removed.
      db.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
        INSERT INTO guess_counters SELECT 'subject ' || i, '127.0.0.1', '', i, 9007199254740991 - i FROM n`);
      db.exec("UPDATE sqlite_sequence SET seq = seq + 1000 WHERE name = 'audit_events'");
    });
    beforeEach(async () => {
      folder = newFolder();
      cpSync(template, folder, { recursive: true });
      database = await freshDatabase({ empty: true });
    });
    afterEach(async () => {
      await database[Symbol.asyncDispose]();
    });
    afterAll(() => {
      for (const one of folders) rmSync(one, { recursive: true, force: true });
    });

    test('the table of tables holds every table of both engines, with its key', async () => {
      using db = openFile(folder);
      const here = db
        .prepare<[], string>(
          "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
        )
        .pluck()
        .all();
      await using filled = await freshDatabase();
      const there = await asking(filled.url, async (client) =>
        (
          await client.query<{ name: string }>(
            "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
          )
        ).rows.map(({ name }) => name),
      );
      const listed = [...MOVED.map(({ table }) => table), ...STAYING].sort();
      expect([...new Set([...here, ...there])].sort()).toEqual(listed);
      for (const { table, key } of MOVED) {
        const primary = db
          .prepare<[string], string>('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk')
          .pluck();
        expect([table, primary.all(table)]).toEqual([table, key]);
      }
    });

    test('there and back: all tokens stay good, and the digests are the same', async () => {
      const there = await toPostgres(folder, database.url, '--json');
      expect([there.code, there.err]).toEqual([0, '']);
      const { tables } = JSON.parse(there.out) as Document;
      expect(tables.map(({ table }) => table)).toEqual(MOVED.map(({ table }) => table));
      expect(tables.find(({ table }) => table === 'guess_counters')?.rows).toBeGreaterThan(2_499);
      expect(tables.find(({ table }) => table === 'client_key_secrets')?.rows).toBe(1);
      expect(there.shown.slice(-2)).toEqual([
        expect.stringMatching(/^#{10} 100 %: comparing audit log, (\d+) of \1$/),
        '',
      ]);
      // It is one line of a terminal, and the share never goes back.
      expect(Math.max(...there.shown.map((line) => line.length))).toBeLessThan(80);
      const shares = there.shown.flatMap((line) => / (\d+) %/.exec(line)?.slice(1) ?? []).map(Number);
      expect(shares).toEqual(shares.toSorted((a, b) => a - b));
      // Whoever reads them next has hardly a row to mark, and a vacuum hardly a page to go over. [PostgreSQL, 53.11: pg_class.relallvisible]
      const marked = await asking(database.url, async (client) =>
        client.query<{ share: number }>(
          'SELECT relallvisible::float / relpages AS share FROM pg_class WHERE relname = $1 AND relpages > 9',
          ['guess_counters'],
        ),
      );
      expect(marked.rows[0]?.share).toBeGreaterThan(0.75);

      const other = newFolder();
      cpSync(template, other, { recursive: true });
      for (const name of readdirSync(other)) if (name.startsWith(DATABASE)) rmSync(join(other, name));
      const back = await toFolder(database.url, other, '--json');
      expect([back.code, back.err]).toEqual([0, '']);
      expect((JSON.parse(back.out) as Document).tables).toEqual(tables);
      {
        using before = openFile(template);
        using after = openFile(other);
        for (const ask of [
          'SELECT * FROM accounts ORDER BY account_id',
          'SELECT * FROM refresh_tokens ORDER BY token_hash',
          "SELECT * FROM sqlite_sequence WHERE name <> 'announcements' ORDER BY name",
        ])
          expect(after.prepare(ask).all()).toEqual(before.prepare(ask).all());
        expect(after.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }]);
        expect(after.pragma('foreign_key_check')).toEqual([]);
      }
      expect(readdirSync(other).filter((name) => name.includes('moving'))).toEqual([]);
      let refresh_token: string;
      {
        await using server = await startServer({ data_folder: folder, database: database.url, flags: ON });
        refresh_token = await expectAlive(server, tokens);
      }
      // What PostgreSQL numbers goes on behind what SQLite had given.
      const given = await asking(database.url, async (client) =>
        (await client.query<{ seq: string }>('SELECT max(seq) AS seq FROM audit_events')).rows.map(
          ({ seq }) => +seq,
        ),
      );
      expect(given[0]).toBeGreaterThan(1_000);
      expect(refresh_token).not.toBe(tokens.refresh_token);
      await using again = await startServer({ data_folder: other, flags: ON });
      await expectAlive(again, tokens);
    });

    test('what was done on PostgreSQL comes along on the way back', async () => {
      expect((await toPostgres(folder, database.url)).code).toBe(0);
      {
        await using server = await startServer({ data_folder: folder, database: database.url });
        await using _new = await registered(server, 'new.one');
      }
      rmSync(join(folder, DATABASE));
      const said = await toFolder(database.url, folder);
      expect([said.code, said.err]).toEqual([0, '']);
      expect(said.out).toMatch(/ {2}accounts +4 {2}[0-9a-f]{16}\.{3}\n/);
      await using server = await startServer({ data_folder: folder });
      await using signed = await authenticated(server, 'new.one');
      expect(signed.account_id).toBeTruthy();
    });

    test('a server on either side is left alone', async () => {
      {
        await using _server = await startServer({ data_folder: folder });
        const said = await toPostgres(folder, database.url);
        expect([said.code, said.err]).toEqual([
          null,
          expect.stringContaining('Another auth-server uses this data folder'),
        ]);
        expect((await toFolder(database.url, folder)).err).toContain(
          'Another auth-server uses this data folder',
        );
      }
      const other = newFolder();
      await using _server = await startServer({ data_folder: other, database: database.url });
      const both = [toPostgres(folder, database.url), toFolder(database.url, newFolder())];
      for (const said of await Promise.all(both))
        expect([said.code, said.err]).toEqual([
          null,
          expect.stringContaining('Another auth-server uses this database'),
        ]);
    });

    test('a target with anything in it is refused, and stays as it is', async () => {
      {
        await using _server = await startServer({ data_folder: newFolder(), database: database.url });
      }
      const before = await rowsIn(database.url);
      expect(before).toBeGreaterThan(0);
      const said = await toPostgres(folder, database.url, '--json');
      expect(said).toMatchObject({ code: 1, err: expect.stringContaining('There are rows in the table') });
      expect(JSON.parse(said.out)).toMatchObject({ code: 'not_empty' });
      expect(await rowsIn(database.url)).toBe(before);

      await using foreign = await freshDatabase({ empty: true });
      await asking(foreign.url, (client) => client.query('CREATE TABLE "Some notes" AS SELECT 1 AS a'));
      expect((await toPostgres(folder, foreign.url)).err).toContain('rows in the table Some notes');
      const tables = await asking(foreign.url, (client) =>
        client.query("SELECT FROM pg_tables WHERE schemaname = 'public'"),
      );
      expect(tables.rowCount).toBe(1);

      expect(await toFolder(database.url, folder)).toMatchObject({
        code: 1,
        err: expect.stringContaining('There is already'),
      });
      // A log of another file would be read into the new one.
      const left = newFolder();
      writeFileSync(join(left, `${DATABASE}-wal`), 'x');
      expect(await toFolder(database.url, left)).toMatchObject({
        code: 1,
        err: expect.stringContaining('-wal'),
      });
    });

    test('a target that does not give back what it got is emptied again, and the table is named', async () => {
      await using filled = await freshDatabase();
      await asking(filled.superuser_url, (client) =>
        client.query(`CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN NEW.address = NEW.address || ' '; RETURN NEW; END $$;
          CREATE TRIGGER other BEFORE INSERT ON sign_ins FOR EACH ROW EXECUTE FUNCTION other()`),
      );
      const said = await toPostgres(folder, filled.url, '--json');
      expect(said).toMatchObject({
        code: 1,
        err: expect.stringContaining('The table sign_ins is not the same'),
      });
      expect(JSON.parse(said.out)).toMatchObject({ code: 'differs' });
      expect(await rowsIn(filled.url)).toBe(0);
    });

    test('killed in the middle, the target is empty, and the second try works', async () => {
      await using filled = await freshDatabase();
      await asking(filled.superuser_url, (client) =>
        client.query(`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$;
          CREATE TRIGGER slow BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION slow()`),
      );
      const { bare, password } = parts(filled.url);
      const child = spawn(process.execPath, [PROGRAM, 'move', '--to', bare, '--data', folder], {
        env: { PATH: process.env['PATH'] ?? '', PGPASSWORD: password },
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await whileItSleeps(filled.superuser_url, 'DROP TRIGGER slow ON audit_events', async () => {
        child.kill('SIGKILL');
        await ended;
      });
      expect(await rowsIn(filled.url)).toBe(0);
      const said = await toPostgres(folder, filled.url);
      expect([said.code, said.err]).toEqual([0, '']);

      // The other way a draft is left, which is no database to anybody.
      const other = newFolder();
      writeFileSync(join(other, `${DATABASE}.moving`), 'half a file');
      writeFileSync(join(other, `${DATABASE}.moving-wal`), 'half a log');
      expect((await toFolder(filled.url, other)).code).toBe(0);
      expect(readdirSync(other).filter((name) => name.startsWith(DATABASE))).toEqual([DATABASE]);
    });

    test('a move into a folder that fails leaves no database', async () => {
      const other = newFolder();
      expect((await toFolder(database.url, other)).err).toContain('nothing of a server in the database');
      expect(readdirSync(other).filter((name) => name.startsWith(DATABASE))).toEqual([]);
    });

    test('a source of another schema is left to its release', async () => {
      {
        using db = openFile(folder);
        db.exec('DELETE FROM migrations WHERE version = (SELECT max(version) FROM migrations)');
      }
      expect((await toPostgres(folder, database.url)).err).toContain('has the schema of another release');
      await using filled = await freshDatabase();
      await asking(filled.url, (client) =>
        client.query('DELETE FROM migrations WHERE version = (SELECT max(version) FROM migrations)'),
      );
      expect((await toFolder(filled.url, newFolder())).err).toContain('the schema of another release');
      const none = newFolder();
      expect((await toPostgres(none, database.url)).err).toContain('There is no database');
      expect(existsSync(join(none, 'lock.db'))).toBe(false);
    });

    test('the password is refused in the flag, and is never shown', async () => {
      const { bare, password } = parts(database.url);
      const said: Said[] = [
        await run(['move', '--to', database.url, '--data', folder]),
        await run(['move', '--to', bare, '--data', folder]),
        await run(['move', '--to', bare, '--data', folder], { PGPASSWORD: `${password}x` }),
        await run(['move', '--to', bare, '--data', folder, '--to-password-file', join(folder, 'none')]),
        await run(['move', '--to', 'sqlite', '--data', newFolder()]),
        await run(['move', '--to', bare, '--data', folder], { AUTH_DATABASE: database.url }),
        await run(['move', '--data', folder]),
      ];
      const sentences = [
        'in PGPASSWORD, or in a file with --to-password-file.',
        'Give it in PGPASSWORD, or in a file with --to-password-file.',
        'does not take the password',
        'There is no password file',
        'Name the PostgreSQL to move away from',
        'leave it out for this command',
        'Say where to with --to',
      ];
      for (const [at, sentence] of sentences.entries()) {
        expect(said[at]).toMatchObject({ code: null, err: expect.stringContaining(sentence) });
        expect(said[at]?.err).not.toContain(password);
      }
      const file = join(folder, 'secret');
      writeFileSync(file, `${password}\n`, { mode: 0o600 });
      const moved = await run(['move', '--to', bare, '--data', folder, '--to-password-file', file]);
      expect([moved.code, moved.err]).toEqual([0, '']);
      expect(moved.out + moved.shown.join()).not.toContain(password);
    });
  },
);

const COLUMNS: readonly Column[] = [
  { name: 'a', kind: 'text' },
  { name: 'b', kind: 'integer' },
  { name: 'c', kind: 'bytes' },
];

test('every row is one line, and that line is the row', () => {
  const text = fc.string({ unit: 'binary' }).filter((one) => !one.includes('\0'));
  const rows = fc.array(
    fc.tuple(
      fc.option(
        fc.oneof(text, fc.constantFrom('\\N', '', '\\', '\\\\N', '\\n', '\n', '\\x41', '\\.', '\ufeff')),
      ),
      fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      fc.option(fc.uint8Array().map((bytes) => Buffer.from(bytes))),
    ),
  );
  fc.assert(
    fc.property(rows, (given) => {
      const lines = given.map((row) => lineOf(COLUMNS, row));
      for (const line of lines) expect(line.indexOf('\n')).toBe(line.length - 1);
      const read = [...rowsOf(COLUMNS, { bytes: Buffer.from(lines.join('')), rows: lines.length })];
      expect(read.map(([a, b, c]) => [a, typeof b === 'number' ? BigInt(b) : b, c])).toEqual(given);
    }),
  );
});

test('a value that is not of its column is no line', () => {
  const wrong: readonly Row[] = [[Buffer.from('a')], [1], [null, Buffer.from('1')], [null, null, 'a']];
  for (const row of wrong) expect(() => lineOf(COLUMNS, row)).toThrow('a value that is not of its kind');
});
