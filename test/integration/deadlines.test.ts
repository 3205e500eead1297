import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeFrame, LIMITS } from '../../src/protocol/index.js';
import { FakeClock } from '../support/fake_clock.js';
import { RawPeer, registered } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, type TestServer } from '../support/server.js';

/** Longer than the server takes to look at its deadlines again. */
const SWEEP_MS = 350;
const sweep = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, SWEEP_MS));

const clock = new FakeClock();
let server: TestServer;
beforeAll(async () => (server = await startServer({ clock })));
afterAll(async () => server[Symbol.asyncDispose]());

let names = 0;
/** A name that no earlier test of this file used. */
const fresh = (): string => `guest.n${(names += 1)}`;

async function expectDeadline(peer: RawPeer): Promise<void> {
  const all = await peer.takeAll();
  expectRefusal(all.at(-1), 'deadline_exceeded');
  expect(peer.broken, 'no reset').toBeNull();
}

describe('who says nothing in time is let go, and told so', () => {
  test('silence instead of hello', async () => {
    await using silent = await RawPeer.open(server);
    await silent.take();
    clock.advance(LIMITS.first_frame_ms - 100);
    await sweep();
    expect(silent.closed).toBe(false);
    clock.advance(200);
    await expectDeadline(silent);
    await using next = await RawPeer.handshaken(server);
    await next.call('probe');
  });

  test('silence instead of the proof', async () => {
    await using silent = await RawPeer.open(server);
    await silent.take();
    silent.send({
      action: 'hello',
      key_id: 'local',
      nonce: 'A'.repeat(43),
      suite: 'hmac-sha256',
      channel_binding: 'none',
    });
    await sweep();
    clock.advance(LIMITS.handshake_ms + 100);
    await expectDeadline(silent);
  });

  test.each([
    ['half a header', (frame: Buffer) => frame.subarray(0, 2)],
    ['a header without a body', (frame: Buffer) => frame.subarray(0, 4)],
    ['all but the last byte', (frame: Buffer) => frame.subarray(0, -1)],
  ])('half a frame and silence: %s', async (_what, part) => {
    await using anna = await registered(server, fresh());
    anna.peer.sendBytes(part(encodeFrame(JSON.stringify({ action: 'probe' }))));
    await sweep();
    clock.advance(LIMITS.frame_complete_ms - 1_000);
    await sweep();
    expect(anna.peer.closed).toBe(false);
    clock.advance(1_100);
    await expectDeadline(anna.peer);
  });

  test('a frame that drips a byte now and then gets no more time than one that stands still', async () => {
    await using anna = await registered(server, fresh());
    const frame = encodeFrame(JSON.stringify({ action: 'probe' }));
    for (let byte = 0; byte < 6; byte += 1) {
      anna.peer.sendBytes(frame.subarray(byte, byte + 1));
      await new Promise((resolve) => setTimeout(resolve, 30));
      clock.advance(2_000);
    }
    await expectDeadline(anna.peer);
  });

  test('a peer that is let go and does not hang up is dropped', async () => {
    await using stubborn = await RawPeer.open(server, { allowHalfOpen: true });
    await stubborn.take();
    stubborn.sendBytes(Buffer.of(0, 0));
    await sweep();
    clock.advance(LIMITS.frame_complete_ms + 100);
    expectRefusal(await stubborn.take(), 'deadline_exceeded');
    await sweep();
    const closedLines = () => server.log_lines.filter((line) => line.includes('connection closed'));
    const closed = closedLines().length;
    clock.advance(2_000);
    await sweep();
    expect(closedLines()).toHaveLength(closed + 1);
  });

  test('nobody signs in for 15 seconds', async () => {
    await using idle = await RawPeer.handshaken(server);
    clock.advance(LIMITS.before_sign_in_ms - 500);
    await sweep();
    expect(idle.closed).toBe(false);
    clock.advance(600);
    await expectDeadline(idle);
  });

  test('probe keeps a connection open for someone who is still typing, other calls do not', async () => {
    await using typing = await RawPeer.handshaken(server);
    await using reading = await RawPeer.handshaken(server);
    clock.advance(10_000);
    await typing.call('probe');
    await reading.call('server_info');
    clock.advance(10_000);
    await expectDeadline(reading);
    await typing.call('probe');
    clock.advance(14_000);
    await sweep();
    expect(typing.closed).toBe(false);
    await typing.call('probe');
    clock.advance(15_100);
    await expectDeadline(typing);
  });

  test('a refused sign-in starts the 15 seconds anew', async () => {
    await using peer = await RawPeer.handshaken(server);
    clock.advance(14_000);
    await peer.ask('authenticate', { user: { account_name: 'nobody', password: 'wrong horse' } });
    clock.advance(14_000);
    await sweep();
    expect(peer.closed).toBe(false);
  });
});

describe('keep-alive', () => {
  test('a silent connection is probed twice, then closed', async () => {
    await using anna = await registered(server, fresh());
    clock.advance(LIMITS.keep_alive_ms + 100);
    expect(await anna.peer.take()).toMatchObject({ event: 'probe', data: {} });
    clock.advance(LIMITS.keep_alive_ms);
    expect(await anna.peer.take()).toMatchObject({ event: 'probe' });
    await sweep();
    expect(anna.peer.closed).toBe(false);
    clock.advance(LIMITS.keep_alive_ms);
    expect(await anna.peer.take()).toBeNull();
  });

  test('any sign of life starts the count anew', async () => {
    await using anna = await registered(server, fresh());
    for (let round = 0; round < 4; round += 1) {
      clock.advance(LIMITS.keep_alive_ms + 100);
      await anna.peer.event('probe');
      await anna.peer.call('probe');
    }
    expect(anna.peer.closed).toBe(false);
  });

  test('the session outlives the connection that was closed for silence', async () => {
    await using anna = await registered(server, fresh());
    for (let round = 1; round <= 3; round += 1) {
      clock.advance(LIMITS.keep_alive_ms + 100);
      await sweep();
    }
    await anna.peer.gone();
    await using again = await RawPeer.handshaken(server);
    await again.call('resume', { session_token: anna.session_token });
  });
});

describe('a peer that never reads', () => {
  test('is closed when it takes nothing for ten seconds, and others are served meanwhile', async () => {
    await using deaf = await registered(server, fresh());
    await using other = await registered(server, fresh());
    deaf.peer.socket.pause();
    // Large replies, until the kernel's buffers are full: 30,000 profiles are about 13 MB.
    const request = encodeFrame(JSON.stringify({ action: 'get_profile', id: 'x'.repeat(64) }));
    let served = 0;
    const flood = Buffer.concat(Array.from({ length: 500 }, () => request));
    for (let round = 0; round < 60 && !deaf.peer.closed; round += 1) {
      deaf.peer.sendBytes(flood);
      await other.peer.call('whoami');
      served += 1;
    }
    // It gets its turn like everybody, so the buffers fill when they fill; ten seconds count from then on.
    const isLetGo = (): boolean => server.log_lines.some((line) => line.includes('the peer does not read'));
    while (!isLetGo()) {
      clock.advance(LIMITS.drain_ms / 10);
      await sweep();
      await other.peer.call('whoami');
      served += 1;
    }
    deaf.peer.socket.resume();
    await deaf.peer.gone();
    expect(served).toBeGreaterThan(10);
    await other.peer.call('whoami');
  });
});
