/** `auth-server doctor`: says yes to a healthy installation, finds each planted fault, changes nothing, tells no secret. */
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createPrivateKey } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BuiltServer } from '../support/built_server.js';
import { makeCertificate } from '../support/certificates.js';
import { ignoreReferences, openBeside, openFile } from '../support/database.js';
import { onSqlite } from '../support/engine.js';
import { FakeClock } from '../support/fake_clock.js';
import { authServer } from '../support/program.js';
import { administrator } from '../support/raw_peer.js';
import { startServer, temporaryFolder, type TestServer } from '../support/server.js';

/** Beyond the days before its end in which a certificate is warned about. */
const YEAR_AHEAD = Date.now() + 365 * 86_400_000;

// As the program does before it makes a file.
process.umask(0o077);

type Finding = { check: string; level: 'ok' | 'warning' | 'failed'; says: string; remedy: string | null };
type Report = { code: number | null; ok: boolean; checks: Finding[]; text: string };

/** The PostgreSQL of the tests keeps nothing on a disk, and the doctor says so; all else has to be as on SQLite. */
const DURABLE = onSqlite('what is acknowledged is on a disk');

async function doctor(folder: string, ...words: string[]): Promise<Report> {
  const port = words.includes('--port') ? [] : ['--port', '0'];
  const { code, out, err } = await authServer(['doctor', '--json', '--data', folder, ...port, ...words]);
  expect(err).toBe('');
  const { ok, checks: all } = JSON.parse(out) as Pick<Report, 'ok' | 'checks'>;
  for (const { level, remedy } of all) expect(remedy === null).toBe(level === 'ok');
  expect(code).toBe(ok ? 0 : 1);
  if (DURABLE) return { code, ok, checks: all, text: out };
  const checks = all.filter(({ check }) => check !== 'durability');
  for (const { level, says } of all.filter((one) => !checks.includes(one)))
    expect([level, says]).toEqual([
      'failed',
      expect.stringContaining('(fsync = off, full_page_writes = off)'),
    ]);
  return { code, ok: checks.every(({ level }) => level !== 'failed'), checks, text: out };
}

const levelOf = ({ checks }: Report, name: string) => checks.find(({ check }) => check === name)?.level;

/** Everything about the files of a folder that a change would show in. */
const snapshot = (folder: string) =>
  readdirSync(folder)
    .sort()
    .map((name) => {
      const { mode, size, mtimeMs } = statSync(join(folder, name));
      return [name, mode, size, mtimeMs, readFileSync(join(folder, name)).toString('base64')];
    });

describe('a healthy installation', () => {
  test('stopped: all is well, nothing changes, nothing secret is told', async () => {
    const server = await startServer();
    await (await administrator(server)).peer[Symbol.asyncDispose]();
    await server.stop();
    const folder = server.data_folder;
    const before = snapshot(folder);
    const report = await doctor(folder);
    expect(report.checks.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(report.ok).toBe(true);
    const thorough = await authServer(['doctor', '--data', folder, '--port', '0', '--thorough']);
    expect(thorough.code).toBe(DURABLE ? 0 : 1);
    const told = thorough.out.split('\n').filter((line) => line !== '' && !/^ok {6}\S/.test(line));
    expect(told).toEqual(DURABLE ? [] : [expect.stringContaining('(fsync = off, full_page_writes = off)')]);
    expect(snapshot(folder)).toEqual(before);
    const { key } = JSON.parse(readFileSync(join(folder, 'client_key.json'), 'utf8')) as { key: string };
    for (const secret of [key, readFileSync(join(folder, 'master_key'), 'utf8').trim()])
      expect(report.text + thorough.out).not.toContain(secret);
    await server[Symbol.asyncDispose]();
  });

  test('running: the server answers, by plain TCP and by TLS', async () => {
    for (const tls of ['auto', 'on']) {
      await using server = await startServer({ flags: { tls } });
      const report = await doctor(server.data_folder, '--tls', tls);
      // Nobody has registered yet.
      const other = report.checks.filter(({ level }) => level !== 'ok').map(({ check }) => check);
      expect(other).toEqual(['administrator']);
      const port = report.checks.find(({ check }) => check === 'port')!;
      expect(port.says).toContain(tls === 'on' ? 'TLS 1.3' : 'plain TCP');
      expect(port.says).toContain(String(server.port));
    }
  });

  test('running: the certificate that is served is judged, and compared with the file that the next start reads', async () => {
    await using server = await startServer({ flags: { tls: 'on' } });
    const folder = server.data_folder;
    const look = async () => {
      const { checks } = await doctor(folder, '--tls', 'on');
      return checks.find(({ check }) => check === 'certificate')!;
    };
    expect(await look()).toMatchObject({ level: 'ok', says: expect.stringContaining('The server shows') });

    const files = ['tls_cert.pem', 'tls_key.pem'].map((name) => join(folder, name));
    const before = files.map((path) => readFileSync(path));
    const put = (cert: string | Buffer, key: string | Buffer): void => {
      writeFileSync(files[0]!, cert);
      writeFileSync(files[1]!, key);
    };
    // Another key: all is well with the file, and clients would refuse what it brings.
    const other = await makeCertificate({ to: YEAR_AHEAD });
    put(other.certificate, other.key);
    expect(await look()).toMatchObject({ level: 'warning', says: expect.stringContaining('another key') });
    // Renewed with the same key: the running server goes on with the old one until it is started again.
    const renewed = await makeCertificate({ private_key: createPrivateKey(before[1]!), to: YEAR_AHEAD });
    put(renewed.certificate, before[1]!);
    expect(await look()).toMatchObject({
      level: 'warning',
      remedy: 'Start the server again to show the one in the file.',
    });
    // What the next start can't use is a fault while the server still shows something good.
    put('no certificate', before[1]!);
    expect(await look()).toMatchObject({ level: 'failed', says: expect.stringContaining('PEM') });
    rmSync(files[0]!);
    rmSync(files[1]!);
    expect((await look()).says).toContain('The server shows');
    put(before[0]!, before[1]!);
  });

  test('running: a client key that was changed after the start is told, by plain TCP and by TLS', async () => {
    for (const tls of ['auto', 'on']) {
      await using server = await startServer({ flags: { tls } });
      const file = join(server.data_folder, 'client_key.json');
      const before = readFileSync(file);
      expect(levelOf(await doctor(server.data_folder, '--tls', tls), 'client_key')).toBe('ok');
      writeFileSync(file, JSON.stringify({ key_id: 'local', key: 'A'.repeat(43) }));
      const { checks } = await doctor(server.data_folder, '--tls', tls);
      expect(checks.find(({ check }) => check === 'client_key')).toMatchObject({
        level: 'failed',
        says: expect.stringContaining('running server does not take the client key'),
      });
      writeFileSync(file, before);
    }
  });

  test('running with a certificate that has ended: the file is new, what is shown is not', async () => {
    const past = Date.now() - 86_400_000;
    const old = await makeCertificate({ from: past - 86_400_000, to: past });
    const folder = temporaryFolder();
    chmodSync(folder, 0o700);
    const [cert, key] = ['own_cert.pem', 'own_key.pem'].map((name) => join(folder, name));
    writeFileSync(cert!, old.certificate, { mode: 0o600 });
    writeFileSync(key!, old.key, { mode: 0o600 });
    // Its clock stood still when it was started: as if it ran since then.
    const clock = new FakeClock(past - 3_600_000);
    await using server = await startServer({
      data_folder: folder,
      clock,
      flags: { 'tls-cert': cert!, 'tls-key': key! },
    });
    const fresh = await makeCertificate({ private_key: old.private_key, to: YEAR_AHEAD });
    writeFileSync(cert!, fresh.certificate, { mode: 0o600 });
    const { checks, ok } = await doctor(folder, '--tls-cert', cert!, '--tls-key', key!);
    expect(ok).toBe(false);
    expect(checks.find(({ check }) => check === 'certificate')).toMatchObject({
      level: 'failed',
      says: expect.stringContaining(`127.0.0.1:${server.port} shows has expired`),
      remedy: expect.stringContaining('Start the server again'),
    });
    // Whoever asks without the flags that the server was started with hears the same.
    const without = await doctor(folder);
    expect(levelOf(without, 'certificate')).toBe('failed');
    rmSync(folder, { recursive: true, force: true });
  });

  test('without an administrator: a warning while the setup code lives', async () => {
    await using server = await startServer();
    const report = await doctor(server.data_folder);
    expect(levelOf(report, 'administrator')).toBe('warning');
    expect(report.ok).toBe(true);
    expect(report.text).not.toContain(server.setup_code!);
  });

  test.runIf(onSqlite('its log lies beside it'))(
    'after kill -9 the write-ahead log is looked at and left alone',
    async () => {
      await using server = await startServer();
      await (await administrator(server)).peer[Symbol.asyncDispose]();
      const folder = temporaryFolder();
      chmodSync(folder, 0o700);
      // What the disk holds at this moment is what a kill would leave.
      for (const name of readdirSync(server.data_folder))
        writeFileSync(join(folder, name), readFileSync(join(server.data_folder, name)), { mode: 0o600 });
      writeFileSync(
        join(folder, 'server.json'),
        JSON.stringify({
          host: '127.0.0.1',
          reachable_host: '127.0.0.1',
          port: 9,
          pid: 2 ** 22 + 1,
          pin: null,
        }),
      );
      const wal = readFileSync(join(folder, 'portcullis.db-wal'));
      expect(wal.length).toBeGreaterThan(0);
      const report = await doctor(folder);
      expect(levelOf(report, 'port')).toBe('warning');
      expect(report.ok).toBe(true);
      expect(readFileSync(join(folder, 'portcullis.db-wal')).equals(wal)).toBe(true);
      rmSync(folder, { recursive: true });
    },
  );
});

describe('planted faults', () => {
  let server: TestServer;
  let folder: string;
  const path = (name: string) => join(folder, name);
  beforeAll(async () => {
    server = await startServer();
    await (await administrator(server)).peer[Symbol.asyncDispose]();
    await server.stop();
    folder = server.data_folder;
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** Does something to a file, looks, and puts it back. */
  async function with_(name: string, change: () => void, look: (report: Report) => void, ...words: string[]) {
    let was: Buffer | null;
    try {
      was = readFileSync(path(name));
    } catch {
      was = null;
    }
    change();
    try {
      look(await doctor(folder, ...words));
    } finally {
      if (was === null) rmSync(path(name), { force: true });
      else writeFileSync(path(name), was, { mode: 0o600 });
      if (was !== null) chmodSync(path(name), 0o600);
    }
  }

  test('no folder, or something that is none', async () => {
    expect(levelOf(await doctor(join(folder, 'nowhere')), 'data_folder')).toBe('failed');
    expect(levelOf(await doctor(path('client_key.json')), 'data_folder')).toBe('failed');
  });

  test('files and folder that others may read', async () => {
    await with_(
      'client_key.json',
      () => chmodSync(path('client_key.json'), 0o644),
      (report) => {
        const finding = report.checks.find(({ check }) => check === 'permissions')!;
        expect(finding).toMatchObject({ level: 'failed', says: expect.stringContaining('client_key.json') });
        expect(finding.remedy).toContain('chmod 600');
        // Looked at, not repaired.
        expect(statSync(path('client_key.json')).mode & 0o777).toBe(0o644);
      },
    );
    // The group is other people as well.
    chmodSync(path('client_key.json'), 0o640);
    expect(levelOf(await doctor(folder), 'permissions')).toBe('failed');
    chmodSync(path('client_key.json'), 0o600);
    chmodSync(folder, 0o755);
    expect(levelOf(await doctor(folder), 'permissions')).toBe('warning');
    chmodSync(folder, 0o777);
    expect(levelOf(await doctor(folder), 'permissions')).toBe('failed');
    chmodSync(folder, 0o700);
  });

  test.each([
    ['client_key.json', '{"key_id":"local","key":"c2VjcmV0LXNlY3JldA"}', 'client_key'],
    [
      'client_key.json',
      '{"key_id":"other","key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}',
      'client_key',
    ],
    ['signing_key.pem', '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n', 'signing_key'],
    ['server_secret', 'c2VjcmV0', 'server_secret'],
    ['master_key', 'c2VjcmV0', 'master_key'],
    ['tls_cert.pem', 'c2VjcmV0', 'certificate'],
  ])('a damaged %s', async (name, text, check) => {
    await with_(
      name,
      () => writeFileSync(path(name), text, { mode: 0o600 }),
      (report) => {
        expect(levelOf(report, check)).toBe('failed');
        expect(report.text).not.toMatch(/c2VjcmV0/);
      },
    );
  });

  test('missing key files are made by the next start', async () => {
    for (const [name, check] of [['client_key.json', 'client_key']] as const) {
      await with_(
        name,
        () => rmSync(path(name)),
        (report) => {
          expect(levelOf(report, check)).toBe('warning');
          expect(report.ok).toBe(true);
        },
      );
    }
  });

  test('a master key that is missing, or another one', async () => {
    await with_(
      'master_key',
      () => rmSync(path('master_key')),
      (report) => {
        expect(levelOf(report, 'master_key')).toBe('failed');
        expect(report.text).toMatch(/master_key is missing: .* Put a copy of it in its place/);
      },
    );
    await with_(
      'master_key',
      () => writeFileSync(path('master_key'), `${'A'.repeat(43)}\n`, { mode: 0o600 }),
      (report) => {
        expect(levelOf(report, 'master_key')).toBe('failed');
        expect(report.text).toMatch(/holds another one/);
      },
    );
  });

  test.runIf(onSqlite('its file'))('no database, no database at all, a damaged page', async () => {
    await with_(
      'portcullis.db',
      () => rmSync(path('portcullis.db')),
      (report) => expect(levelOf(report, 'database')).toBe('failed'),
    );
    await with_(
      'portcullis.db',
      () =>
        writeFileSync(
          path('portcullis.db'),
          'not a database, not at all, but long enough to be looked at'.repeat(99),
        ),
      (report) => expect(levelOf(report, 'database')).toBe('failed'),
    );
    await with_(
      'portcullis.db',
      () => {
        const bytes = readFileSync(path('portcullis.db'));
        bytes.fill(0xa5, 4096 * 3, 4096 * 6);
        writeFileSync(path('portcullis.db'), bytes);
      },
      (report) => expect(levelOf(report, 'database')).toBe('failed'),
      '--thorough',
    );
  });

  test.runIf(onSqlite('its file is put back'))(
    'a newer schema, an older one, rows that belong to nothing, a clock that is behind',
    async () => {
      const changed = (sql: string) => () => {
        using db = openFile(folder);
        db.pragma('foreign_keys = OFF');
        db.exec(sql);
      };
      const newer = changed("INSERT INTO migrations VALUES (999, 'future', 'x', 0)");
      await with_('portcullis.db', newer, (report) => expect(levelOf(report, 'schema')).toBe('failed'));
      const older = changed('DELETE FROM migrations WHERE version = (SELECT max(version) FROM migrations)');
      await with_('portcullis.db', older, (report) => {
        expect(levelOf(report, 'schema')).toBe('warning');
        expect(report.ok).toBe(true);
      });
      const restored = changed('PRAGMA journal_mode = DELETE');
      await with_('portcullis.db', restored, (report) => {
        expect(levelOf(report, 'durability')).toBe('warning');
        expect(report.ok).toBe(true);
        // Byte 18 is the file's write version: 1 for a rollback journal, 2 for WAL.
        expect(readFileSync(path('portcullis.db'))[18]).toBe(1);
      });
      const orphan = changed("INSERT INTO account_roles VALUES ('a_nobody', 'user')");
      await with_('portcullis.db', orphan, (report) => expect(levelOf(report, 'references')).toBe('failed'));
      const later = Date.now() + 3_600_000;
      const future = changed(
        `INSERT INTO audit_events (at, event, details) VALUES (${later}, 'signed_in', '{}')`,
      );
      await with_('portcullis.db', future, (report) => expect(levelOf(report, 'clock')).toBe('failed'));
      const nobody = changed("DELETE FROM account_roles WHERE role = 'admin'");
      await with_('portcullis.db', nobody, (report) =>
        expect(levelOf(report, 'administrator')).toBe('failed'),
      );
    },
  );

  test.skipIf(onSqlite('its file is put back'))('the same where the database is no file', async () => {
    const write = (sql: string): void => {
      using db = openBeside(folder);
      ignoreReferences(db);
      db.exec(sql);
    };
    /** Writes into the database, looks, and takes it back. */
    const changed = async (sql: string, back: string, look: (report: Report) => void): Promise<void> => {
      write(sql);
      try {
        look(await doctor(folder));
      } finally {
        write(back);
      }
    };
    await changed(
      "INSERT INTO migrations VALUES (999, 'future', 'x', 0)",
      'DELETE FROM migrations WHERE version = 999',
      (report) => expect(levelOf(report, 'schema')).toBe('failed'),
    );
    await changed(
      `CREATE TABLE taken AS SELECT * FROM migrations ORDER BY version DESC LIMIT 1;
       DELETE FROM migrations WHERE version = (SELECT version FROM taken)`,
      'INSERT INTO migrations SELECT * FROM taken; DROP TABLE taken',
      (report) => {
        expect(levelOf(report, 'schema')).toBe('warning');
        expect(report.ok).toBe(true);
      },
    );
    await changed(
      "INSERT INTO account_roles VALUES ('a_nobody', 'user')",
      "DELETE FROM account_roles WHERE account_id = 'a_nobody'",
      (report) =>
        expect(levelOf(report, 'references')).toBe(
          onSqlite('the other looks by itself') ? 'failed' : undefined,
        ),
    );
    const later = Date.now() + 3_600_000;
    await changed(
      `INSERT INTO audit_events (at, event, details) VALUES (${later}, 'signed_in', '{}')`,
      `DELETE FROM audit_events WHERE at = ${later}`,
      (report) => expect(levelOf(report, 'clock')).toBe('failed'),
    );
    await changed(
      "UPDATE account_roles SET role = 'nobody' WHERE role = 'admin'",
      "UPDATE account_roles SET role = 'admin' WHERE role = 'nobody'",
      (report) => expect(levelOf(report, 'administrator')).toBe('failed'),
    );
    // After all of it it is what it was.
    expect((await doctor(folder)).checks.filter(({ level }) => level !== 'ok')).toEqual([]);
  });

  test('access tokens that are good for long', async () => {
    const report = await doctor(folder, '--access-token-minutes', '60');
    expect(report.checks.find(({ check }) => check === 'access_tokens')).toMatchObject({
      level: 'warning',
      says: expect.stringMatching(/60 minutes: .*only the signature/),
    });
    expect(levelOf(await doctor(folder, '--access-token-minutes', '15'), 'access_tokens')).toBe(undefined);
  });

  test('settings that can not be used, and the rest is still checked', async () => {
    await with_(
      'config.json',
      () => writeFileSync(path('config.json'), '{"prot": 1}'),
      (report) => {
        expect(levelOf(report, 'config')).toBe('failed');
        expect(levelOf(report, 'database')).toBe('ok');
      },
    );
  });

  test('a port that another program holds', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const report = await doctor(folder, '--port', String(port));
    expect(report.checks.find(({ check }) => check === 'port')).toMatchObject({
      level: 'failed',
      says: expect.stringContaining('another program'),
    });
    await new Promise((resolve) => other.close(resolve));
    await using neighbour = await startServer();
    const held = await doctor(folder, '--port', String(neighbour.port));
    expect(held.checks.find(({ check }) => check === 'port')!.says).toContain('another data folder');
  });

  test('a note of a server that does not answer', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    await new Promise((resolve) => other.close(resolve));
    const note = { host: '127.0.0.1', reachable_host: '127.0.0.1', port, pid: process.pid, pin: null };
    await with_(
      'server.json',
      () => writeFileSync(path('server.json'), JSON.stringify(note), { mode: 0o600 }),
      (report) => expect(levelOf(report, 'port')).toBe('failed'),
    );
  });

  test('half-written files: young ones may be at work, old ones are left over', async () => {
    await with_(
      'client_key.json.new',
      () => writeFileSync(path('client_key.json.new'), '', { mode: 0o600 }),
      (report) => expect(levelOf(report, 'leftovers')).toBe('ok'),
    );
    await with_(
      'client_key.json.new',
      () => {
        writeFileSync(path('client_key.json.new'), '', { mode: 0o600 });
        utimesSync(path('client_key.json.new'), 1, 1);
      },
      (report) => expect(levelOf(report, 'leftovers')).toBe('warning'),
    );
  });

  test('few descriptors', async () => {
    mkdirSync(folder, { recursive: true });
    const { checkDescriptors, checkNode } = await import('../../src/server/commands/check_machine.js');
    expect(checkDescriptors(256).level).toBe('warning');
    expect(checkDescriptors(4096).level).toBe('ok');
    expect(checkNode('20.18.3').level).toBe('failed');
    expect(checkNode('18.20.0').level).toBe('failed');
    for (const version of ['20.19.0', '22.1.0']) expect(checkNode(version).level).toBe('ok');
  });
});

test('a reader that has seen enough is no fault', async () => {
  await using server = await startServer();
  await using program = new BuiltServer(['doctor', '--data', server.data_folder, '--port', '0']);
  program.child.stdout?.destroy();
  expect([await program.exited, program.stderr]).toEqual([DURABLE ? 0 : 1, '']);
});
