/**
 * [T-54] The data folder is not believed as it is found: whose it is, who else gets at it, and what lies under the names of the
 * server's files. As the owner of the machine the tests make files of other users; without that right, they take what is there.
 */
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readLocalKey } from '../../src/client/index.js';
import { prepareDataFolder, replaceableIn } from '../../src/server/data_folder/index.js';
import { Store } from '../../src/server/store/index.js';
import { Keep } from '../../src/tui/keep/index.js';
import { BuiltServer } from '../support/built_server.js';
import { onSqlite } from '../support/engine.js';
import { authServer } from '../support/program.js';
import { tried } from '../support/runs.js';
import { startServer, temporaryFolder, WRITER_THREADS } from '../support/server.js';

/** Another user than ours; nobody on most systems. */
const OTHER = 65_534;
const MAY_CHOWN = process.geteuid?.() === 0;
const AS_OTHER = ['setpriv', `--reuid=${OTHER}`, `--regid=${OTHER}`, '--clear-groups'];

let above: string;
let folder: string;
const path = (name: string): string => join(folder, name);
const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);
beforeEach(() => {
  above = temporaryFolder();
  folder = join(above, 'data');
});
afterEach(() => rmSync(above, { recursive: true, force: true }));

/** A folder that a server has used. */
async function used(): Promise<void> {
  const server = await startServer({ data_folder: folder });
  await server.stop();
}

/** Every file that a key, a code or a row is read from or written to. */
const FILES = [
  'client_key.json',
  'master_key',
  'signing_key.pem',
  'server_secret',
  'setup_code',
  'connection_string',
  'server.json',
  'tls_key.pem',
  'tls_cert.pem',
  'portcullis.db',
  'portcullis.db-wal',
  'portcullis.db-shm',
  'portcullis.db-journal',
  'lock.db',
  'lock.db-wal',
];

describe('[T-54] who else gets at it', () => {
  test('whatever the umask, all that a server makes is its owner’s alone, also while it runs', async () => {
    const before = process.umask(0);
    try {
      await using server = await startServer({ data_folder: folder, flags: { tls: 'on' } });
      expect(server.address.tls).toBe(true);
      expect(modeOf(folder)).toBe('700');
      const names = readdirSync(folder);
      if (onSqlite('its files'))
        expect(names).toEqual(
          expect.arrayContaining(['portcullis.db', 'portcullis.db-wal', 'portcullis.db-shm']),
        );
      for (const name of names) expect([name, modeOf(path(name))]).toEqual([name, '600']);
    } finally {
      process.umask(before);
    }
  });

  test('rights that crept in are taken away, new logs of the database have none, and the log says so', async () => {
    await used();
    mkdirSync(path('backups'));
    writeFileSync(path('backups/schema-4.db'), 'a copy');
    const open = [...readdirSync(folder).filter((name) => name !== 'backups'), 'backups/schema-4.db'];
    for (const name of open) chmodSync(path(name), 0o644);
    chmodSync(path('backups'), 0o755);
    chmodSync(folder, 0o755);
    const server = await startServer({ data_folder: folder });
    try {
      for (const name of [...readdirSync(folder).filter((name) => name !== 'backups'), 'backups/schema-4.db'])
        expect([name, modeOf(path(name))]).toEqual([name, '600']);
      expect([modeOf(folder), modeOf(path('backups'))]).toEqual(['700', '700']);
      const told = server.log_lines.filter((line) => line.includes('could get at this'));
      expect(told).toHaveLength(open.length + 2);
      expect(told.join('')).toContain('"mode":"755"');
    } finally {
      await server.stop();
    }
  });

  test('the copy before a migration is never for others, also while it is made', async () => {
    await used();
    const store = await Store.open(folder, WRITER_THREADS, 1_000);
    await store.close();
    const before = process.umask(0);
    try {
      const { makeFile } = await import('../../src/server/store/sqlite/database.js');
      makeFile(path('copy.db'));
      expect(modeOf(path('copy.db'))).toBe('600');
    } finally {
      process.umask(before);
    }
  });

  test('a log of the database that goes while the folder is looked at is no fault', async () => {
    const folder = temporaryFolder();
    prepareDataFolder(folder);
    // It comes and goes as it does where other programs open and close the same database.
    const comes = new Worker(
      `const { writeFileSync, rmSync } = require('node:fs');
       const { workerData } = require('node:worker_threads');
       for (;;) { writeFileSync(workerData, '', { mode: 0o600 }); rmSync(workerData); }`,
      { eval: true, workerData: join(folder, 'lock.db-shm') },
    );
    await once(comes, 'online');
    const until = performance.now() + 1_000;
    while (performance.now() < until) prepareDataFolder(folder);
    await comes.terminate();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a file that its owner made read-only stays so: rights are taken, never given', () => {
    mkdirSync(folder);
    writeFileSync(path('client_key.json'), '{}');
    chmodSync(path('client_key.json'), 0o444);
    expect(prepareDataFolder(folder)).toContainEqual({ path: path('client_key.json'), mode: '444' });
    expect(modeOf(path('client_key.json'))).toBe('400');
  });

  test('a folder above in which others may rename things is told, by the start and by doctor', async () => {
    await used();
    expect(replaceableIn(folder)).toBe(null);
    chmodSync(above, 0o777);
    expect(replaceableIn(folder)).toBe(above);
    const server = await startServer({ data_folder: folder });
    await server.stop();
    expect(server.log_lines.some((line) => line.includes('replace the data folder'))).toBe(true);
    chmodSync(above, 0o1777);
    expect(replaceableIn(folder)).toBe(null);
  });
});

describe('[T-54] what lies under our names', () => {
  test.each(tried(FILES))(
    '%s as a link, a pipe, a folder: refused, and nothing is read or written by it',
    async (name) => {
      mkdirSync(folder);
      const elsewhere = join(above, 'elsewhere');
      writeFileSync(elsewhere, 'theirs');
      const refused = async (): Promise<void> => {
        await expect(startServer({ data_folder: folder })).rejects.toThrow(
          new RegExp(`${name.replaceAll('.', '\\.')} is a (symbolic link|pipe|folder)`),
        );
        rmSync(path(name), { recursive: true });
        expect(readdirSync(folder)).toEqual([]);
      };
      symlinkSync(elsewhere, path(name));
      await refused();
      // One that leads nowhere yet: what is written there would be somewhere else.
      symlinkSync(join(above, 'nowhere'), path(name));
      await refused();
      execFileSync('mkfifo', [path(name)]);
      await refused();
      mkdirSync(path(name));
      await refused();
      expect(readFileSync(elsewhere, 'utf8')).toBe('theirs');
      expect(existsSync(join(above, 'nowhere'))).toBe(false);
    },
  );

  test('a link in the place of the backups is refused', async () => {
    mkdirSync(folder);
    mkdirSync(join(above, 'elsewhere'));
    symlinkSync(join(above, 'elsewhere'), path('backups'));
    await expect(startServer({ data_folder: folder })).rejects.toThrow(/backups is no folder of yours/);
  });

  test('a link to the folder may be followed when it is ours; one that leads nowhere is told', async () => {
    mkdirSync(folder);
    const link = join(above, 'link');
    symlinkSync(folder, link);
    const server = await startServer({ data_folder: link });
    await server.stop();
    renameSync(folder, join(above, 'moved'));
    await expect(startServer({ data_folder: link })).rejects.toThrow(/a symbolic link that leads nowhere/);
  });

  test('a second name of a file is no link: copies made of hard links work', async () => {
    await used();
    linkSync(path('client_key.json'), join(above, 'yesterday'));
    await used();
  });

  test.runIf(onSqlite('its file is a link'))('commands look before they open anything', async () => {
    await used();
    renameSync(path('portcullis.db'), join(above, 'elsewhere.db'));
    symlinkSync(join(above, 'elsewhere.db'), path('portcullis.db'));
    const { code, err } = await authServer(['client', 'list', '--data', folder]);
    expect(code).toBe(69);
    expect(err).toMatch(/portcullis\.db is a symbolic link/);
    const doctor = await authServer(['doctor', '--json', '--data', folder, '--port', '0']);
    expect(doctor.code).toBe(1);
    expect(doctor.out).toMatch(
      /"check":"permissions","level":"failed","says":"The file [^"]*is a symbolic link/,
    );
  });

  test('the terminal reads no key by a link or from a pipe, and keeps nothing by one', () => {
    mkdirSync(folder, { mode: 0o700 });
    const theirs = join(above, 'theirs.json');
    writeFileSync(theirs, '{"version":1,"sessions":{}}', { mode: 0o600 });
    const address = {
      host: 'lab.example',
      port: 1,
      tls: false,
      pin: null,
      key: { key_id: 'local', key: Buffer.alloc(32) },
    };
    const keep = new Keep(folder, () => 1);
    for (const plant of [
      (name: string) => symlinkSync(theirs, name),
      (name: string) => void execFileSync('mkfifo', [name]),
    ]) {
      plant(path('sessions.json'));
      plant(path('client_key.json'));
      expect(() => keep.session(address)).toThrow(/is a link, or no file/);
      expect(() => readLocalKey(folder)).toThrow(/is a link, no file/);
      for (const name of ['sessions.json', 'client_key.json']) rmSync(path(name));
    }
    symlinkSync(theirs, path('sessions.json.new'));
    keep.rememberSession(address, {
      session_token: 'pcs_x',
      refresh_token: null,
      account_id: 'a_1',
      account_name: 'anna',
    });
    expect(readFileSync(theirs, 'utf8')).not.toContain('pcs_x');
    expect(modeOf(path('sessions.json'))).toBe('600');
  });
});

describe('[T-54] whose it is', () => {
  test('a folder of another user is refused with what to do, and nothing in it changes', async () => {
    let foreign = '/usr';
    if (MAY_CHOWN) {
      await used();
      chownSync(folder, OTHER, OTHER);
      foreign = folder;
    }
    const before = readdirSync(foreign);
    await expect(startServer({ data_folder: foreign })).rejects.toThrow(
      /belongs to user \d+, and this runs as user \d+.*chown.*--data/,
    );
    expect(readdirSync(foreign)).toEqual(before);
    if (MAY_CHOWN) {
      const { code, err } = await authServer(['client', 'list', '--data', folder]);
      expect(code).toBe(69);
      expect(err).toMatch(/belongs to user 65534/);
      // Looking is for whoever may look; what is there is judged by its owner.
      const doctor = await authServer(['doctor', '--json', '--data', folder, '--port', '0']);
      expect(doctor.out).toMatch(
        /"check":"data_folder","level":"ok","says":"[^"]*belongs to user 65534, who has to run/,
      );
    }
  });

  test.skipIf(!MAY_CHOWN)('a key, a database, a setting that another user put there is refused', async () => {
    await used();
    const files = ['client_key.json', 'master_key', 'setup_code'];
    for (const name of [...files, ...(onSqlite('its file') ? ['portcullis.db'] : [])]) {
      chownSync(path(name), OTHER, OTHER);
      await expect(startServer({ data_folder: folder })).rejects.toThrow(
        new RegExp(`${name.replace('.', '\\.')} belongs to user 65534 and is not used`),
      );
      chownSync(path(name), 0, 0);
    }
    writeFileSync(path('config.json'), '{"registration":"open"}');
    chownSync(path('config.json'), OTHER, OTHER);
    await expect(startServer({ data_folder: folder })).rejects.toThrow(/settings .* belong to user 65534/);
  });

  test.skipIf(!MAY_CHOWN)('a key that another user left for the terminal is not used', () => {
    mkdirSync(folder);
    writeFileSync(path('client_key.json'), JSON.stringify({ key_id: 'local', key: 'A'.repeat(43) }));
    expect(readLocalKey(folder)?.key_id).toBe('local');
    chownSync(path('client_key.json'), OTHER, OTHER);
    expect(() => readLocalKey(folder)).toThrow(/belongs to someone else/);
  });
});

describe('[T-54] places where there can be no data folder', () => {
  test('each is told in a sentence and not waited for', async () => {
    writeFileSync(join(above, 'file'), '');
    execFileSync('mkfifo', [join(above, 'pipe')]);
    symlinkSync(join(above, 'circle'), join(above, 'circle'));
    const places: readonly (readonly [place: string, says: RegExp])[] = [
      ['/proc/x', /\/proc\/x can not be written \(E/],
      ['/proc/self/x/y', /can not be written \(E/],
      ['/dev/null', /it is a device/],
      ['/dev/null/x', /no folder/],
      [join(above, 'file'), /it is a file/],
      [join(above, 'file', 'x'), /no folder/],
      [join(above, 'pipe'), /it is a pipe/],
      [join(above, 'circle'), /links lead in a circle/],
      [join(above, 'n'.repeat(300)), /path is too long/],
      [`/${'long/'.repeat(1_000)}`, /path is too long/],
    ];
    const look = async ([place, says]: (typeof places)[number]): Promise<void> => {
      await using program = new BuiltServer(['--port', '0', '--data', place]);
      expect([place, await program.exited]).toEqual([place, 73]);
      expect(program.stdout).toBe('');
      expect(program.stderr.trim().split('\n')).toHaveLength(1);
      expect(program.stderr).toMatch(says);
    };
    await Promise.all(places.map(look));
  });

  test.skipIf(!MAY_CHOWN)('permission is called permission, by the start and by doctor', async () => {
    await used();
    const asOther = (...words: string[]): BuiltServer => new BuiltServer(words, {}, AS_OTHER);
    const told = async (says: RegExp): Promise<void> => {
      await using program = asOther('--port', '0', '--data', folder);
      expect([69, 73]).toContain(await program.exited);
      expect(program.stderr).toMatch(says);
      expect(program.stderr).toMatch(/permission/);
      expect(program.stderr).not.toMatch(/free space/);
      const before = readdirSync(folder);
      await using doctor = asOther('doctor', '--json', '--port', '0', '--data', folder);
      expect(await doctor.exited).toBe(1);
      expect(doctor.stdout).toMatch(
        /"check":"(writing|data_folder)","level":"failed","says":"[^"]*can not be/,
      );
      expect(readdirSync(folder)).toEqual(before);
    };
    chmodSync(above, 0o755);
    // The database itself, the folder without the right to write, and without the right to enter it.
    for (const name of readdirSync(folder)) chownSync(path(name), OTHER, OTHER);
    chownSync(folder, OTHER, OTHER);
    if (onSqlite('its file')) {
      chmodSync(path('portcullis.db'), 0o400);
      await told(/portcullis\.db can not be opened for writing/);
      chmodSync(path('portcullis.db'), 0o600);
    }
    chmodSync(folder, 0o500);
    await told(/data folder .* can not be written \(EACCES\)/);
    chmodSync(folder, 0o600);
    await told(/data folder .* can not be written \(EACCES\)/);
  });

  test.runIf(onSqlite('its database is in the folder'))(
    'a folder that is copied with its keys and without its database is no new server',
    async () => {
      await used();
      const copy = join(above, 'copy');
      cpSync(folder, copy, { recursive: true, filter: (from) => !from.includes('.db') });
      await using program = new BuiltServer(['--port', '0', '--data', copy]);
      expect(await program.exited).toBe(69);
      expect(program.stderr).toMatch(/missing or empty.*Put a backup in its place/);
      const doctor = await authServer(['doctor', '--json', '--data', copy, '--port', '0']);
      expect(doctor.out).toMatch(/"check":"database","level":"failed","says":"[^"]*a server was here/);
    },
  );
});
