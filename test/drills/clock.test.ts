/** The time of day jumps: an hour and a year, forward and back, in this process and under libfaketime. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BuiltServer } from '../support/built_server.js';
import { LIMITS } from '../../src/protocol/index.js';
import { longOrShort, printFigures, printSkipped, until } from '../support/drill.js';
import { FakeClock } from '../support/fake_clock.js';
import { administrator, authenticated, PASSWORD, RawPeer, registered, resumed } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, temporaryFolder, type TestServer } from '../support/server.js';

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
/** Longer than the server takes to look at its deadlines a few times. */
const SWEEPS_MS = 1_200;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function stayingOpen(server: TestServer, peers: readonly RawPeer[]): Promise<void> {
  const cpu = process.cpuUsage();
  const lines = server.log_lines.length;
  await pause(SWEEPS_MS);
  for (const peer of peers) expect(peer.closed).toBe(false);
  // No hot loop: a second of nothing to do costs nearly nothing, and nothing is logged over and over.
  const { user, system } = process.cpuUsage(cpu);
  expect((user + system) / 1_000, 'CPU, milliseconds').toBeLessThan(SWEEPS_MS * 0.6);
  expect(server.log_lines.length - lines).toBeLessThan(30);
}

const JUMPS = [
  ['an hour back', -HOUR_MS],
  ['a year forward', YEAR_MS],
  ['an hour forward', HOUR_MS],
  ['a year back', -YEAR_MS],
] as const;

describe.each(JUMPS.slice(0, longOrShort(4, 2)))('the clock jumps %s', (_what, jump_ms) => {
  test('connections stay, deadlines hold, sessions end or go on as their dates say', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock, flags: { throttle: 'on' } });
    await using boss = await administrator(server);
    await using anna = await registered(server, 'anna');
    await using other = await registered(server, 'other');
    const tokens = await (await authenticated(server, 'anna')).peer.call('whoami');
    expect(tokens.account.account_name).toBe('anna');
    await using stranger = await RawPeer.open(server);
    await stranger.take();
    await using idle = await RawPeer.handshaken(server);
    const signIn = await idle.call('authenticate', { user: { account_name: 'other', password: PASSWORD } });
    // Three wrong guesses, then one that has to wait.
    for (let n = 0; n < 3; n += 1) {
      await using guess = await RawPeer.handshaken(server);
      await guess.ask('authenticate', { user: { account_name: 'other', password: 'no such password' } });
    }

    clock.jump(jump_ms);
    // Nobody has been silent for a year, whatever the clock says.
    await stayingOpen(server, [boss.peer, anna.peer, other.peer, stranger, idle]);

    // Deadlines count from what really passed.
    clock.advance(LIMITS.handshake_ms + 100);
    expectRefusal((await stranger.takeAll()).at(-1), 'deadline_exceeded');

    const expired = jump_ms === YEAR_MS;
    await using fresh = await RawPeer.handshaken(server);
    const verdict = await fresh.call('verify_token', { token: signIn.access_token });
    // Access tokens live for minutes; one that was made "in the future" is as good as its session.
    if (jump_ms > 0) expect(verdict.active).toBe(false);
    expect(await fresh.call('verify_token', { token: signIn.session_token })).toMatchObject({
      active: !expired,
    });
    const refreshed = await fresh.ask('refresh', { refresh_token: signIn.refresh_token });
    const who = await idle.ask('whoami');
    if (expired) {
      expectRefusal(refreshed, 'session_invalid');
      expectRefusal(who, 'session_invalid');
    } else {
      expect(refreshed['response']).toBe(200);
      expect(who['response']).toBe(200);
      await anna.peer.call('update_profile', { changes: { bio: 'still here' } });
    }
    // Nobody is kept out longer than the ladder's own step.
    const wrong = { user: { account_name: 'other', password: PASSWORD } };
    const waits = await fresh.ask('authenticate', wrong);
    if (waits['response'] !== 200) {
      expectRefusal(waits, 'throttled');
      expect(waits['retry_after_ms']).toBeLessThanOrEqual(1_000);
      clock.advance(1_100);
      if (jump_ms > 0) expect((await fresh.ask('authenticate', wrong))['response']).toBe(200);
    }
    // A sign-in now makes a session that lasts, and a registration works.
    await using late = await registered(server, 'late.guest');
    await late.peer.call('whoami');
    await using again = await resumed(server, late.session_token);
    expect((await again.call('verify_token', { token: late.session_token })).active).toBe(true);
    expect(server.log_lines.filter((line) => line.includes('"level":"ERROR"'))).toEqual([]);
  });

  test('the setup code ends or lasts, and is never an error', async () => {
    const clock = new FakeClock();
    await using server = await startServer({ clock });
    clock.jump(jump_ms);
    await using peer = await RawPeer.handshaken(server);
    const user = { account_name: 'boss.one', password: PASSWORD };
    const reply = await peer.ask('register', { user, setup_code: server.setup_code });
    if (jump_ms > 0) expectRefusal(reply, 'setup_code_invalid');
    else expect(reply['response']).toBe(201);
  });
});

const FAKETIME = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib']
  .map((folder) => join(folder, 'faketime/libfaketimeMT.so.1'))
  .find((path) => existsSync(path));

test('the whole process under libfaketime: the system clock itself jumps', async () => {
  if (FAKETIME === undefined) {
    printSkipped(
      'clock jumps of the system',
      'libfaketime is not installed (Debian: apt install libfaketime)',
    );
    return;
  }
  const data = temporaryFolder();
  const now = join(data, 'faketime');
  const set = (offset: string): void => writeFileSync(now, `${offset}\n`);
  try {
    set('+0');
    const env = {
      ...process.env,
      LD_PRELOAD: FAKETIME,
      FAKETIME_TIMESTAMP_FILE: now,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    const args = `--port 0 --password-cost 15 --throttle off --data ${data}`.split(' ');
    await using program = new BuiltServer(args, { env });
    const server = await program.ready();
    await using anna = await registered(server, 'anna');
    const jumps = longOrShort(['+1h', '-1h', '+0', '+3d', '-3d', '+1y', '+0', '-1y', '+0'], ['+1h', '-1h']);
    for (const offset of jumps) {
      set(offset);
      await using peer = await RawPeer.handshaken(server);
      const { server_time_at } = await peer.call('probe');
      const hours = (server_time_at - Date.now()) / HOUR_MS;
      expect(Math.sign(Math.round(hours))).toBe(Math.sign(Number.parseInt(offset, 10)));
      await using one = await authenticated(server, 'anna');
      await one.peer.call('update_profile', { changes: { bio: offset } });
      await pause(SWEEPS_MS);
      if (offset !== '+1y') expect((await anna.peer.ask('whoami'))['response'], offset).toBe(200);
      else break;
    }
    const before = Number(readFileSync(`/proc/${program.pid}/stat`, 'utf8').split(' ')[13]);
    await pause(1_000);
    const ticks = Number(readFileSync(`/proc/${program.pid}/stat`, 'utf8').split(' ')[13]) - before;
    expect(ticks, 'a hundredth of a second each').toBeLessThan(60);
    await until('still up', () => program.child.exitCode === null);
    const counts = { tried: jumps.length, recovered: jumps.length };
    printFigures('clock jumps of the system', { jumps: jumps.length, survived: jumps.length }, counts);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
});
