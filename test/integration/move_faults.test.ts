/** What a move does about values that the other engine doesn't take, and about everything that breaks in the middle. */
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openFile } from '../support/database.js';
import { CutProxy } from '../support/cut_proxy.js';
import { onSqlite } from '../support/engine.js';
import { freshDatabase, postgresAvailable, type FreshDatabase } from '../support/fresh_database.js';
import { asking, rowsIn, run, toFolder, toPostgres, whileItSleeps } from '../support/moving.js';
import { administrator, registered } from '../support/raw_peer.js';
import { startServer, temporaryFolder } from '../support/server.js';

const PROGRAM = join(import.meta.dirname, '../../bin/auth-server.js');
const DATABASE = 'portcullis.db';

type Document = { readonly code?: string; readonly tables: readonly { table: string; digest: string }[] };

describe.runIf(onSqlite('it is from one engine to the other, whatever the run is on') && postgresAvailable())(
  'a move that meets a fault',
  () => {
    let template: string;
    let folder: string;
    let database: FreshDatabase;
    let account_id: string;
    const folders: string[] = [];
    const newFolder = (): string => {
      const made = temporaryFolder();
      folders.push(made);
      return made;
    };
    const databasesIn = (where: string): readonly string[] =>
      readdirSync(where).filter((name) => name.startsWith(DATABASE) && !/-(wal|shm)$/.test(name));
    const spoil = (sql: string): void => {
      using db = openFile(folder);
      db.pragma('foreign_keys = OFF');
      db.exec(sql);
    };
    /** Makes the owner's database do something at the rows of the audit log, which come last. */
    const atTheLast = (url: string, does: string): Promise<unknown> =>
      asking(url, (client) =>
        client.query(`CREATE FUNCTION at_the_last() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN ${does}; RETURN NEW; END $$;
          CREATE TRIGGER at_the_last BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION at_the_last()`),
      );

    beforeAll(async () => {
      template = newFolder();
      const server = await startServer({ data_folder: template });
      await using _boss = await administrator(server);
      await using anna = await registered(server, 'anna');
      ({ account_id } = anna);
      await server.stop();
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

    test.each([
      ['a U+0000', "'ab' || char(0) || 'c'", 'holds the character U+0000'],
      ['a U+0000 behind other letters', "'\u00e9' || char(0)", 'holds the character U+0000'],
      ['half a character', "CAST(x'61c3' AS TEXT)", 'holds bytes that are no UTF-8'],
      ['half a pair of surrogates', "CAST(x'eda080' AS TEXT)", 'holds bytes that are no UTF-8'],
      ['a byte alone', "CAST(x'ff' AS TEXT)", 'holds bytes that are no UTF-8'],
      ['a character in more bytes than it needs', "CAST(x'c0af' AS TEXT)", 'holds bytes that are no UTF-8'],
    ])(
      '%s in a text is refused before anything is copied, and where it is is said',
      async (_what, value, why) => {
        spoil(`UPDATE accounts SET bio = ${value} WHERE account_name = 'anna'`);
        const said = await toPostgres(folder, database.url, '--json');
        expect(said).toMatchObject({ code: 1, err: expect.stringContaining(why) });
        expect(said.err).toContain(
          `bio in the table accounts, of the row with account_id = '${account_id}'.`,
        );
        expect(said.err).toContain('Nothing was copied.');
        expect(JSON.parse(said.out)).toMatchObject({ code: 'unfit' });
        expect(said.shown.join()).not.toContain('copying');
        expect(await rowsIn(database.url)).toBe(0);
        // What the sentence tells to do is enough.
        const told = /\((UPDATE .*);\)/.exec(said.err)?.[1] ?? '';
        spoil(told);
        expect((await toPostgres(folder, database.url)).code).toBe(0);
      },
    );

    test('texts that are unfit in the key of a row, or in several, are named as well', async () => {
      spoil(
        `INSERT INTO guess_counters VALUES ('it''s', CAST(x'80' AS TEXT), '', 1, 1), (char(0), 'b', '', 1, 1)`,
      );
      const said = await toPostgres(folder, database.url);
      expect(said.code).toBe(1);
      expect(said.err).toContain(
        `with address = 'b' AND subject = CAST(x'00' AS TEXT). It is the first of 2 such`,
      );
    });

    test('whole numbers that a double can not hold arrive as they are, and come back', async () => {
      spoil(`INSERT INTO guess_counters VALUES ('high', '', '', 9007199254740993, 9223372036854775807),
               ('low', '', '', -9007199254740993, -9223372036854775808);
             UPDATE sqlite_sequence SET seq = 9007199254740993 WHERE name = 'audit_events'`);
      const there = await toPostgres(folder, database.url, '--json');
      expect([there.code, there.err]).toEqual([0, '']);
      const listed = 'SELECT failures::text, last_failure_at::text FROM guess_counters ORDER BY subject';
      expect((await asking(database.url, (client) => client.query(listed))).rows).toEqual([
        { failures: '9007199254740993', last_failure_at: '9223372036854775807' },
        { failures: '-9007199254740993', last_failure_at: '-9223372036854775808' },
      ]);
      const other = newFolder();
      const back = await toFolder(database.url, other, '--json');
      expect((JSON.parse(back.out) as Document).tables).toEqual((JSON.parse(there.out) as Document).tables);
      using db = openFile(other);
      const given = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'audit_events'").pluck();
      expect(given.safeIntegers(true).get()).toBe(9007199254740993n);
      const read = db.prepare('SELECT failures, last_failure_at FROM guess_counters ORDER BY subject');
      expect(read.safeIntegers(true).raw(true).all()).toEqual([
        [9007199254740993n, 9223372036854775807n],
        [-9007199254740993n, -9223372036854775808n],
      ]);
    });

    test('bytes where a text belongs, and a damaged page, are a damaged file', async () => {
      using db = openFile(folder);
      db.unsafeMode(true);
      db.pragma('writable_schema = ON');
      const strict = db
        .prepare<[], string>("SELECT sql FROM sqlite_schema WHERE name = 'guess_counters'")
        .pluck();
      const sql = strict.get() ?? '';
      const set = db.prepare("UPDATE sqlite_schema SET sql = ? WHERE name = 'guess_counters'");
      set.run(sql.replace('STRICT, ', ''));
      db.close();
      spoil("INSERT INTO guess_counters VALUES (x'6162', '', '', 1, 1)");
      using again = openFile(folder);
      again.unsafeMode(true);
      again.pragma('writable_schema = ON');
      again.prepare("UPDATE sqlite_schema SET sql = ? WHERE name = 'guess_counters'").run(sql);
      again.close();
      expect(await toPostgres(folder, database.url)).toMatchObject({
        code: null,
        err: expect.stringContaining('is damaged or is no database'),
      });
      cpSync(join(template, DATABASE), join(folder, DATABASE));
      const file = openSync(join(folder, DATABASE), 'r+');
      writeSync(file, Buffer.alloc(4096, 0x5a), 0, 4096, 8 * 4096);
      closeSync(file);
      expect((await toPostgres(folder, database.url)).err).toContain('is damaged or is no database');
    });

    test('a name that is too long for an index of PostgreSQL is said to be one', async () => {
      spoil("INSERT INTO guess_counters VALUES (hex(randomblob(5000)), '', '', 1, 1)");
      const said = await toPostgres(folder, database.url);
      expect(said).toMatchObject({
        code: 1,
        err: expect.stringMatching(/: index row [^.]+\. Something else/),
      });
      expect(said.err).toContain('A row of the table guess_counters');
      expect(await rowsIn(database.url)).toBe(0);
    });

    test('a row without the one that it refers to is refused, in both directions', async () => {
      spoil("INSERT INTO account_roles VALUES ('a_nobody', 'user')");
      const there = await toPostgres(folder, database.url, '--json');
      expect(there).toMatchObject({
        code: 1,
        err: expect.stringContaining('(a_nobody) is not present in table'),
      });
      expect(JSON.parse(there.out)).toMatchObject({ code: 'unfit' });
      expect(await rowsIn(database.url)).toBe(0);
      await using filled = await freshDatabase();
      await asking(filled.superuser_url, (client) =>
        client.query(`ALTER TABLE account_roles DISABLE TRIGGER ALL;
          INSERT INTO account_roles VALUES ('a_nobody', 'user');
          ALTER TABLE account_roles ENABLE TRIGGER ALL`),
      );
      const other = newFolder();
      expect(await toFolder(filled.url, other)).toMatchObject({
        code: 1,
        err: expect.stringContaining(
          'A row of the table account_roles refers to a row of accounts that is not there',
        ),
      });
      expect(databasesIn(other)).toEqual([]);
    });

    test("all indexes and rules are there afterwards, as the server's own schema has them", async () => {
      await using filled = await freshDatabase();
      expect((await toPostgres(folder, database.url)).code).toBe(0);
      const schema = async (url: string): Promise<unknown> =>
        await asking(url, async (client) => [
          (await client.query("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")).rows,
          (
            await client.query(
              `SELECT conrelid::regclass AS on, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint
               WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2`,
            )
          ).rows,
        ]);
      expect(await schema(database.url)).toEqual(await schema(filled.url));
      const other = newFolder();
      expect((await toFolder(database.url, other)).code).toBe(0);
      const listed = 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name';
      using before = openFile(template);
      using after = openFile(other);
      expect(after.prepare(listed).all()).toEqual(before.prepare(listed).all());
      expect(after.pragma('journal_mode', { simple: true })).toBe('wal');
    });

    test('limits that an operator has set for the sessions of other programs do not end it', async () => {
      await using filled = await freshDatabase();
      const { pathname } = new URL(filled.url);
      await atTheLast(filled.superuser_url, 'PERFORM pg_sleep(0.3)');
      for (const setting of [
        'statement_timeout = 1000',
        'idle_in_transaction_session_timeout = 1',
        'bytea_output = escape',
      ])
        await asking(filled.superuser_url, (client) =>
          client.query(`ALTER DATABASE ${pathname.slice(1)} SET ${setting}`),
        );
      const there = await toPostgres(folder, filled.url, '--json');
      expect([there.code, there.err]).toEqual([0, '']);
      const back = await toFolder(filled.url, newFolder(), '--json');
      expect((JSON.parse(back.out) as Document).tables).toEqual((JSON.parse(there.out) as Document).tables);
    });

    test('a table of which a policy hides rows is not moved without them', async () => {
      expect((await toPostgres(folder, database.url)).code).toBe(0);
      await asking(database.url, (client) =>
        client.query(`ALTER TABLE accounts ENABLE ROW LEVEL SECURITY; ALTER TABLE accounts FORCE ROW LEVEL SECURITY;
          CREATE POLICY part ON accounts USING (account_name <> 'anna')`),
      );
      const other = newFolder();
      const said = await toFolder(database.url, other);
      expect(said).toMatchObject({ code: null, err: expect.stringContaining('row-level security') });
      expect(databasesIn(other)).toEqual([]);
    });

    test.each([
      [
        'a full disk',
        "RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'",
        'Make room there. Nothing was moved',
      ],
      [
        'an operator who ends it',
        'PERFORM pg_terminate_backend(pg_backend_pid())',
        'has ended the connection',
      ],
    ])('%s in the middle leaves the target empty, and says what to do', async (_what, does, sentence) => {
      await using filled = await freshDatabase();
      await atTheLast(filled.superuser_url, does);
      const before = readFileSync(join(folder, DATABASE));
      const said = await toPostgres(folder, filled.url);
      expect(said).toMatchObject({ code: null, err: expect.stringContaining(sentence) });
      expect(said.err).toContain('Nothing was moved');
      expect(await rowsIn(filled.url)).toBe(0);
      expect(readFileSync(join(folder, DATABASE)).equals(before)).toBe(true);
      await asking(filled.superuser_url, (client) =>
        client.query('DROP TRIGGER at_the_last ON audit_events'),
      );
      expect((await toPostgres(folder, filled.url)).code).toBe(0);
    });

    test('a line that is cut in the middle, or before the commit, leaves the target empty', async () => {
      await using filled = await freshDatabase();
      const real = new URL(filled.url);
      await using proxy = await CutProxy.to(real.hostname, Number(real.port));
      const url = new URL(filled.url);
      url.hostname = '127.0.0.1';
      url.port = String(proxy.port);
      proxy.cutAt('before_commit');
      const cut = await toPostgres(folder, url.href);
      expect([cut.code, cut.err]).toEqual([null, expect.stringContaining('was lost in the middle')]);
      expect(await rowsIn(filled.url)).toBe(0);

      await atTheLast(filled.superuser_url, 'PERFORM pg_sleep(600)');
      const moving = toPostgres(folder, url.href);
      await whileItSleeps(filled.superuser_url, 'DROP TRIGGER at_the_last ON audit_events', async () => {
        proxy.cutAll();
        const said = await moving;
        expect([said.code, said.err]).toEqual([null, expect.stringContaining('was lost in the middle')]);
      });
      expect(await rowsIn(filled.url)).toBe(0);
      proxy.mend();
      expect((await toPostgres(folder, url.href)).code).toBe(0);
    });

    test('a commit of which the answer is lost is asked about', async () => {
      await using filled = await freshDatabase();
      const real = new URL(filled.url);
      await using proxy = await CutProxy.to(real.hostname, Number(real.port));
      const url = new URL(filled.url);
      url.hostname = '127.0.0.1';
      url.port = String(proxy.port);
      proxy.cutAt('after_commit');
      const said = await toPostgres(folder, url.href);
      expect([said.code, said.err]).toEqual([0, '']);
      expect(proxy.cuts).toBe(1);
      expect(await rowsIn(filled.url)).toBeGreaterThan(0);
    });

    test('a target that can only be read is said to be one', async () => {
      const { pathname } = new URL(database.url);
      await asking(database.superuser_url, (client) =>
        client.query(`ALTER DATABASE ${pathname.slice(1)} SET default_transaction_read_only = on`),
      );
      expect(await toPostgres(folder, database.url)).toMatchObject({
        code: null,
        err: expect.stringContaining('can only be read'),
      });
    });

    test('killed in the middle on the way into a folder, no server takes what is there for a database', async () => {
      expect((await toPostgres(folder, database.url)).code).toBe(0);
      // The audit log comes last; it is asked for its size first, and then never gives its rows.
      await asking(database.superuser_url, (client) =>
        client.query(`CREATE FUNCTION slow() RETURNS boolean LANGUAGE plpgsql AS
          $$ BEGIN IF current_query() LIKE 'COPY%' THEN PERFORM pg_sleep(600); END IF; RETURN true; END $$;
          ALTER TABLE devices RENAME TO devices_of_old;
          CREATE VIEW devices AS SELECT device_id, account_id, token_hash, key_id, created_at, last_used_at
            FROM devices_of_old WHERE slow();
          GRANT ALL ON devices TO PUBLIC; ALTER VIEW devices OWNER TO CURRENT_USER`),
      );
      const other = newFolder();
      cpSync(folder, other, { recursive: true });
      for (const name of readdirSync(other)) if (name.startsWith(DATABASE)) rmSync(join(other, name));
      const child = spawn(process.execPath, [PROGRAM, 'move', '--to', 'sqlite', '--data', other], {
        env: { PATH: process.env['PATH'] ?? '', AUTH_DATABASE: database.url },
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await whileItSleeps(
        database.superuser_url,
        'DROP VIEW devices; ALTER TABLE devices_of_old RENAME TO devices',
        async () => {
          child.kill('SIGKILL');
          await ended;
        },
      );
      expect(existsSync(join(other, `${DATABASE}.moving`))).toBe(true);
      expect(databasesIn(other)).not.toContain(DATABASE);
      await expect(startServer({ data_folder: other })).rejects.toThrow('is missing or empty');
      expect((await run(['client', 'list', '--data', other])).err).toContain('There is no database');
      const said = await toFolder(database.url, other);
      expect([said.code, said.err]).toEqual([0, '']);
      expect(databasesIn(other)).toEqual([DATABASE]);
      await using server = await startServer({ data_folder: other });
      expect(server.port).toBeGreaterThan(0);
    });
  },
);
