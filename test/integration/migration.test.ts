/** A data folder of release 0.1 opens, is backed up, migrated, and everyone still signs in. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test as anyTest } from 'vitest';
import { shownRole } from '../../src/protocol/index.js';
import { searchTerms } from '../../src/server/domain/index.js';
import { MIGRATIONS } from '../../src/server/store/sqlite/migrations/index.js';
import { openFile } from '../support/database.js';
import { onSqlite } from '../support/engine.js';
import { authenticated, PASSWORD, RawPeer } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, temporaryFolder } from '../support/server.js';

const test = anyTest.runIf(onSqlite('no earlier release was on another engine'));

const FIXTURE = join(import.meta.dirname, '../fixtures/release_0_1');
let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  for (const file of ['client_key.json', 'portcullis.db']) cpSync(join(FIXTURE, file), join(folder, file));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const backups = (): string[] =>
  existsSync(join(folder, 'backups')) ? readdirSync(join(folder, 'backups')) : [];

/** Reads a database file without changing it. */
function look<T>(path: string, sql: string): T[] {
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare<[], T>(sql).all();
  } finally {
    db.close();
  }
}

const versionsIn = (path: string): number[] =>
  look<{ version: number }>(path, 'SELECT version FROM migrations ORDER BY version').map(
    ({ version }) => version,
  );

/** Digests of the schema and the rows of every table, so that a difference is told in a line. */
const dump = (path: string): Record<string, string> =>
  Object.fromEntries(
    look<{ name: string; sql: string }>(
      path,
      "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'",
    )
      .sort((a, b) => a.name.localeCompare(b.name))
      .map(({ name, sql }) => {
        const rows = sql.startsWith('CREATE TABLE') ? look(path, `SELECT * FROM ${name}`) : null;
        return [
          name,
          createHash('sha256')
            .update(JSON.stringify([sql, rows]))
            .digest('hex'),
        ];
      }),
  );

test('a backup of the old database appears, and the new one has the newest schema', async () => {
  const before = dump(join(folder, 'portcullis.db'));
  await using server = await startServer({ data_folder: folder });
  const [backup, ...more] = backups();
  expect(more).toEqual([]);
  const path = join(folder, 'backups', backup ?? '');
  expect(backup).toMatch(/^schema-1-\d{4}-\d\d-\d\dT[\d-]+Z\.db$/);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'backups')).mode & 0o777).toBe(0o700);
  expect(dump(path)).toEqual(before);
  await server.stop();
  expect(versionsIn(join(folder, 'portcullis.db'))).toEqual(MIGRATIONS.map(({ version }) => version));
  expect(server.log_lines.some((line) => line.includes('after a backup'))).toBe(true);
});

test('everyone signs in with their old password, roles and states are kept', async () => {
  await using server = await startServer({ data_folder: folder });
  await using anna = await authenticated(server, 'anna');
  await using boris = await authenticated(server, 'Boris@Example.test');
  const me = await anna.peer.call('whoami');
  expect(me.account.roles).toContain('admin');
  expect((await boris.peer.call('whoami')).account.roles).toContain('moderator');
  await using stranger = await RawPeer.handshaken(server);
  const signIn = (account_name: string): object => ({ user: { account_name, password: PASSWORD } });
  expectRefusal(await stranger.ask('authenticate', signIn('chloe')), 'account_suspended');
  expectRefusal(await stranger.ask('authenticate', signIn('dora')), 'invalid_credentials');
  const { users, total } = await anna.peer.call('list_users', {});
  const states = users.map(({ account_name, status }) => [account_name, status]);
  expect(states).toEqual(
    expect.arrayContaining([
      ['anna', 'active'],
      ['boris', 'active'],
      ['chloe', 'suspended'],
      ['dora', 'pending'],
    ]),
  );
  expect(total).toBe(users.length);
  // Everyone else there is can sign in as well.
  for (const { account_name, status } of users) {
    if (status !== 'active' || ['anna', 'boris'].includes(account_name)) continue;
    await using one = await authenticated(server, account_name);
    await one.peer.call('whoami');
  }
  expect((await stranger.call('server_info')).setup_required).toBe(false);
});

test('sessions and history of the old release can be listed and ended, and new ones work beside them', async () => {
  const old = look<{ session_id: string; account_id: string }>(
    join(folder, 'portcullis.db'),
    'SELECT session_id, account_id FROM sessions',
  );
  expect(old.length).toBeGreaterThan(0);
  await using server = await startServer({ data_folder: folder });
  await using anna = await authenticated(server, 'anna');
  const { sessions } = await anna.peer.call('list_sessions');
  expect(sessions.find(({ current }) => current)?.session_id).toBe(anna.session_id);
  expect((await anna.peer.call('login_history', {})).entries.length).toBeGreaterThan(1);
  const { users } = await anna.peer.call('list_users', {});
  for (const { account_id } of users) await anna.peer.call('get_user', { account_id });
  for (const { session_id, current } of sessions) {
    if (!current) await anna.peer.call('revoke_session', { session_id });
  }
  expect((await anna.peer.call('list_sessions')).sessions).toHaveLength(1);
  // What came after 0.1 works on accounts of 0.1.
  const { refresh_token } = await (async () => {
    await using again = await RawPeer.handshaken(server);
    return await again.call('authenticate', { user: { account_name: 'anna', password: PASSWORD } });
  })();
  await anna.peer.call('refresh', { refresh_token });
  await anna.peer.call('create_client_key', { name: 'after the migration' });
});

test('a name that looks like one of the old names is taken', async () => {
  await using server = await startServer({ data_folder: folder });
  await using stranger = await RawPeer.handshaken(server);
  const params = { user: { account_name: 'b0ris', password: PASSWORD } };
  expectRefusal(await stranger.ask('register', params), 'account_name_taken');
});

test('the words by which old accounts are found, and the role that lists show of them, are those of this release', async () => {
  await (await startServer({ data_folder: folder })).stop();
  const path = join(folder, 'portcullis.db');
  type Row = Parameters<typeof searchTerms>[0] & { account_id: string; shown_role: string };
  const rows = look<Row>(path, 'SELECT * FROM accounts');
  expect(rows.length).toBeGreaterThan(3);
  const stored = look<{ account_id: string; term: string }>(
    path,
    'SELECT account_id, term FROM account_terms',
  );
  const held = look<{ account_id: string; role: string }>(path, 'SELECT account_id, role FROM account_roles');
  for (const row of rows) {
    const { account_id, shown_role } = row;
    const terms = stored.filter((term) => term.account_id === account_id).map(({ term }) => term);
    expect(terms.sort()).toEqual([...searchTerms(row)].sort());
    expect(shown_role).toBe(
      shownRole(held.filter((one) => one.account_id === account_id).map(({ role }) => role)),
    );
  }
});

test('the second start makes no further backup and changes nothing', async () => {
  await (await startServer({ data_folder: folder })).stop();
  const first = backups();
  const before = dump(join(folder, 'portcullis.db'));
  const second = await startServer({ data_folder: folder });
  await second.stop();
  expect(backups()).toEqual(first);
  expect(dump(join(folder, 'portcullis.db'))).toEqual(before);
  expect(second.log_lines.some((line) => line.includes('after a backup'))).toBe(false);
});

/** What stands in the way of a later migration: something of its name is there already. */
const MAKES_SOMETHING = /CREATE |ADD COLUMN /;
// One that only changes rows finds nothing in its way.
const obstacles = MIGRATIONS.slice(1)
  .filter(({ sql }) => MAKES_SOMETHING.test(sql))
  // Nothing can stand in a table that isn't there yet.
  .filter(({ name }) => name !== 'client_permissions')
  .map(({ version, name, sql }) => {
    const made = /CREATE (?:UNIQUE )?(?:TABLE|INDEX|TRIGGER) (\w+)/.exec(sql)?.[1];
    // One that makes nothing of its own name adds a column to a table.
    const [, table = '', column = ''] = /ALTER TABLE (\w+) ADD COLUMN (\w+)/.exec(sql) ?? [];
    return made === undefined
      ? {
          version,
          name,
          put: `ALTER TABLE ${table} ADD COLUMN ${column}`,
          take: `ALTER TABLE ${table} DROP COLUMN ${column}`,
        }
      : { version, name, put: `CREATE TABLE ${made} (in_the_way INTEGER)`, take: `DROP TABLE ${made}` };
  });

test('the skeleton of the younger of two look-alikes holds no U+0000 any more', async () => {
  await (await startServer({ data_folder: folder })).stop();
  const path = join(folder, 'portcullis.db');
  const skeletons = (): unknown[] => {
    using db = openFile(folder);
    return db.prepare('SELECT name_skeleton FROM accounts ORDER BY account_id LIMIT 2').pluck().all();
  };
  const [first, second] = skeletons();
  const db = new Database(path);
  const { account_id } = db.prepare('SELECT account_id FROM accounts ORDER BY account_id').get() as Row;
  db.prepare('UPDATE accounts SET name_skeleton = ? WHERE account_id = ?').run(
    `b\u0000${account_id}`,
    account_id,
  );
  db.prepare(
    "DELETE FROM migrations WHERE version >= (SELECT version FROM migrations WHERE name = 'plain_skeletons')",
  ).run();
  // What the steps behind it have made.
  db.exec(
    'DROP TABLE ring_keys; DROP TABLE role_permissions; DROP TABLE roles; ALTER TABLE client_keys DROP COLUMN permissions',
  );
  db.close();
  await (await startServer({ data_folder: folder })).stop();
  expect(skeletons()).toEqual([`b\u001f${account_id}`, second]);
  expect(first).not.toContain('\u0000');
});
type Row = { readonly account_id: string };

test.each(obstacles)(
  'migration $version ($name) fails: no start, and the database as it was',
  async ({ put, take }) => {
    const path = join(folder, 'portcullis.db');
    const db = new Database(path);
    db.exec(put);
    db.close();
    const before = dump(path);
    await expect(startServer({ data_folder: folder })).rejects.toThrow('can not be opened');
    expect(dump(path)).toEqual(before);
    expect(versionsIn(path)).toEqual([1]);
    // With the obstacle out of the way the same folder opens, and nothing was lost.
    const again = new Database(path);
    again.exec(take);
    again.close();
    await using server = await startServer({ data_folder: folder });
    await using anna = await authenticated(server, 'anna');
    await anna.peer.call('whoami');
  },
);

test('a database of a later release is refused in words and left alone', async () => {
  await (await startServer({ data_folder: folder })).stop();
  const path = join(folder, 'portcullis.db');
  const db = new Database(path);
  db.prepare('INSERT INTO migrations (version, name, hash, applied_at) VALUES (?, ?, ?, ?)').run(
    MIGRATIONS.length + 1,
    'of tomorrow',
    'x',
    0,
  );
  db.close();
  const before = readFileSync(path);
  await expect(startServer({ data_folder: folder })).rejects.toThrow('newer release');
  expect(readFileSync(path).equals(before)).toBe(true);
});
