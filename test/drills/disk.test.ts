/** The disk is full, in three ways: a small file system, a limit on file sizes, and before the start. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startBuilt, type BuiltServer } from '../support/built_server.js';
import { unsound } from '../support/database.js';
import { onSqlite } from '../support/engine.js';
import { longOrShort, printFigures, printSkipped, until } from '../support/drill.js';
import { PASSWORD, RawPeer, registered, type Reachable, type SignedIn } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { temporaryFolder } from '../support/server.js';

const ROUNDS = longOrShort(20, 2);

/** A file system of its own, so small that it is soon full. */
class SmallDisk implements Disposable {
  readonly path: string;
  private constructor(path: string) {
    this.path = path;
  }

  /** Null where mounting is not allowed. */
  static mount(size: string): SmallDisk | null {
    const path = mkdtempSync(join(tmpdir(), 'portcullis-disk-'));
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', path]);
    if (status === 0) return new SmallDisk(path);
    rmSync(path, { recursive: true });
    return null;
  }

  /** Takes all space that is left. */
  fill(): void {
    const file = openSync(join(this.path, 'ballast'), 'a');
    for (const size of [65_536, 4_096, 512, 1]) {
      const block = Buffer.alloc(size);
      try {
        for (;;) writeSync(file, block);
      } catch {
        // This size doesn't fit any more.
      }
    }
    fsyncSync(file);
    closeSync(file);
  }

  free(): void {
    rmSync(join(this.path, 'ballast'), { force: true });
  }

  [Symbol.dispose](): void {
    spawnSync('umount', ['-l', this.path]);
    rmSync(this.path, { recursive: true, force: true });
  }
}

const bio = 'x'.repeat(900);

/** Writes until the server says that it can't. What was acknowledged before counts. */
async function writeUntilRefused(anna: SignedIn): Promise<number> {
  for (let n = 0; n < 20_000; n += 1) {
    const reply = await anna.peer.ask('update_profile', { changes: { bio: `${n} ${bio}` } });
    if (reply['response'] === 200) continue;
    expectRefusal(reply, 'storage_unavailable');
    return n;
  }
  throw new Error('the disk does not get full');
}

/** What goes on with a full disk: everything that needs no write. And what doesn't says why. */
async function expectReadOnly(server: Reachable, anna: SignedIn): Promise<void> {
  const { account } = await anna.peer.call('whoami');
  expect(account.account_id).toBe(anna.account_id);
  await using service = await RawPeer.handshaken(server);
  expect(await service.call('verify_token', { token: anna.session_token })).toMatchObject({ active: true });
  await using other = await RawPeer.handshaken(server);
  await other.call('resume', { session_token: anna.session_token });
  await other.call('login_history');
  expectRefusal(
    await service.ask('authenticate', { user: { account_name: account.account_name, password: PASSWORD } }),
    'storage_unavailable',
  );
  expectRefusal(
    await service.ask('register', { user: { account_name: 'late.guest', password: PASSWORD } }),
    'storage_unavailable',
  );
}

/** Writing goes on by itself, and nothing of what was acknowledged has gone. */
async function expectRecovered(server: Reachable, anna: SignedIn): Promise<void> {
  await until('writing goes on', async () => {
    const reply = await anna.peer.ask('update_profile', { changes: { first_name: 'Anna' } });
    return reply['response'] === 200;
  });
  await using fresh = await RawPeer.handshaken(server);
  await fresh.call('authenticate', { user: { account_name: 'anna', password: PASSWORD } });
}

async function expectSound(program: BuiltServer, data: string): Promise<void> {
  expect(program.child.exitCode, 'the server stayed up').toBeNull();
  program.child.kill('SIGTERM');
  expect(await program.exited).toBe(0);
  expect(unsound(data)).toEqual([]);
}

describe('full disk', () => {
  test.runIf(onSqlite('it is the disk of its file'))(
    'a small file system: writes are refused, reads go on, writing goes on when there is space',
    async () => {
      using disk = SmallDisk.mount('16m');
      if (disk === null) {
        printSkipped('full disk', 'mounting a tmpfs is not allowed here');
        return;
      }
      await using program = startBuilt(disk.path, '--sessions-max', '500');
      const server = await program.ready();
      await using anna = await registered(server, 'anna');
      let written = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        expect(program.child.exitCode, program.stderr.slice(-2_000)).toBeNull();
        disk.fill();
        written += await writeUntilRefused(anna);
        await expectReadOnly(server, anna);
        disk.free();
        await expectRecovered(server, anna);
      }
      await expectSound(program, disk.path);
      const counts = { tried: ROUNDS, recovered: ROUNDS };
      printFigures('full disk, tmpfs', { ...counts, 'writes in between': written }, counts);
    },
  );

  test.runIf(onSqlite('it is its file'))('a limit on the size of files: the same', async () => {
    const data = temporaryFolder();
    try {
      await using program = startBuilt(data, '--sessions-max', '500');
      const server = await program.ready();
      await using anna = await registered(server, 'anna');
      const limit = (bytes: number | 'unlimited'): void => {
        execFileSync('prlimit', ['--pid', String(program.pid), `--fsize=${bytes}:`]);
      };
      // Nothing may grow beyond what it is now.
      for (let round = 0; round < ROUNDS; round += 1) {
        limit(statSync(join(data, 'portcullis.db-wal')).size);
        await writeUntilRefused(anna);
        await expectReadOnly(server, anna);
        limit('unlimited');
        await expectRecovered(server, anna);
      }
      await expectSound(program, data);
      const counts = { tried: ROUNDS, recovered: ROUNDS };
      printFigures('file size limit', counts, counts);
    } finally {
      rmSync(data, { recursive: true, force: true });
    }
  });

  test('at the start: a sentence and an exit code, with a new folder and with one in use', async () => {
    using disk = SmallDisk.mount('1m');
    if (disk === null) {
      printSkipped('full disk at the start', 'mounting a tmpfs is not allowed here');
      return;
    }
    disk.fill();
    const refused = async (data: string): Promise<string> => {
      await using program = startBuilt(data, '--log-level', 'silent');
      expect([69, 73]).toContain(await program.exited);
      expect(program.stdout).toBe('');
      expect(program.stderr.trim().split('\n')).toHaveLength(1);
      expect(program.stderr).not.toMatch(/at .*\.js:\d+/);
      return program.stderr;
    };
    expect(await refused(join(disk.path, 'new'))).toMatch(/free space/);
    disk.free();
    {
      await using program = startBuilt(disk.path);
      const server = await program.ready();
      await using anna = await registered(server, 'anna');
      expect(anna.account_id).toMatch(/^a_/);
      program.child.kill('SIGKILL');
      await program.exited;
    }
    disk.fill();
    expect(await refused(disk.path)).toMatch(/free space/);
    disk.free();
    await using program = startBuilt(disk.path);
    await using anna = await RawPeer.handshaken(await program.ready());
    await anna.call('authenticate', { user: { account_name: 'anna', password: PASSWORD } });
    printFigures('full disk at the start', { refused: 2, 'started later': 2 }, { tried: 2, recovered: 2 });
  });
});
