/** Recorded valid sessions with their bytes changed: flipped, cut, doubled, spliced, their lengths edited. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIMITS } from '../../src/protocol/index.js';
import { longOrShort, printFigures, seededRandom } from '../support/drill.js';
import { frame, FuzzTarget, type Stage } from '../support/fuzz_target.js';
import { temporaryFolder } from '../support/server.js';
import { runs } from '../support/runs.js';

/** A failing run is repeated with its seed; a failing input is kept in test/corpus besides. */
const SEED = Number(process.env['PORTCULLIS_FUZZ_SEED'] ?? Date.now() >>> 0);
const MINUTES = Number(process.env['PORTCULLIS_FUZZ_MINUTES'] ?? longOrShort(5, 0));
const ITERATIONS_MIN = runs(1_000);
const BATCH = 100;

let data: string;
let target: FuzzTarget;
beforeAll(async () => {
  data = temporaryFolder();
  target = await FuzzTarget.start(data);
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
  rmSync(data, { recursive: true, force: true });
});

/** What a client says after the handshake, by stage. The handshake itself is new each time; its shape is in `challenged`. */
function recordings(): Readonly<Record<Stage, readonly Buffer[]>> {
  const id = target.user.account_id;
  const nonce = 'A'.repeat(43);
  const say = (action: string, params: object = {}): Buffer =>
    frame({ action, id: `r-${action}`, time: 1_795_000_000.5, ...params });
  return {
    challenged: [
      frame({ action: 'hello', key_id: 'local', nonce, suite: 'hmac-sha256', channel_binding: 'none' }),
      frame({ action: 'proof', mac: nonce }),
      say('probe'),
    ],
    ready: [
      say('server_info'),
      say('resume', { session_token: target.user.session_token }),
      say('whoami'),
      say('verify_token', { token: target.user.session_token }),
      say('refresh', { refresh_token: `pcr_${nonce}` }),
      say('authenticate', { user: { account_name: 'bystander', password: 'no such password' } }),
    ],
    user: [
      say('get_profile'),
      say('update_profile', { changes: { bio: 'Ünïcödé \u{1F600}', first_name: 'Anna', phone: null } }),
      say('list_sessions'),
      say('login_history', { limit: 20 }),
      say('probe'),
      say('logout_all', { keep_current: true }),
      say('quit'),
    ],
    admin: [
      say('list_users', { search: 'us', sort: 'created_at', descending: true, limit: 10 }),
      say('get_user', { account_id: id }),
      say('update_user', { account_id: id, changes: { last_name: 'Other', locale: 'ru-RU' }, version: 1 }),
      say('create_user', {
        user: { account_name: 'made.up', email: 'made.up@example.test' },
        roles: ['moderator'],
      }),
      say('list_client_keys'),
      say('server_stats'),
      say('clear_throttle', { account_id: id }),
    ],
  };
}

type Dice = (below: number) => number;

/** One change of a byte stream. */
function mutate(bytes: Buffer, other: Buffer, dice: Dice): Buffer {
  const at = dice(bytes.length + 1);
  const length = 1 + dice(32);
  switch (dice(9)) {
    case 0: {
      const flipped = Buffer.from(bytes);
      for (let n = dice(4); n >= 0; n -= 1) {
        const where = dice(Math.max(1, flipped.length));
        flipped[where] = (flipped[where] ?? 0) ^ (1 << dice(8));
      }
      return flipped;
    }
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(dice(other.length))]);
    case 5: {
      // The length of the first frame, or of any place that may be one.
      const edited = Buffer.from(bytes);
      const where = dice(2) === 0 ? 0 : dice(Math.max(1, edited.length - 4));
      const lengths = [0, 1, 2, dice(600), 4_096, 4_097, 65_536, 65_537, 0x7fffffff, 0xffffffff];
      if (edited.length >= 4)
        edited.writeUInt32BE(lengths[dice(lengths.length)] ?? 0, Math.min(where, edited.length - 4));
      return edited;
    }
    case 6: {
      const noise = Buffer.from(Array.from({ length }, () => dice(256)));
      return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
    }
    case 7: {
      // Something that means something, in a place where it doesn't.
      const words = [
        '"',
        '\\',
        '{',
        '}',
        '[',
        ']',
        ':',
        ',',
        'null',
        '-1',
        '1e400',
        '\\u0000',
        '\\ud800',
        '__proto__',
      ];
      const word = Buffer.from(words[dice(words.length)] ?? '');
      return Buffer.concat([bytes.subarray(0, at), word, bytes.subarray(at + word.length)]);
    }
    default:
      return Buffer.concat([bytes, bytes.subarray(at)]);
  }
}

/** Whole frames left out, doubled or in another order: every one is valid, the session is not. */
function shuffle(frames: readonly Buffer[], dice: Dice): Buffer[] {
  return Array.from(
    { length: 1 + dice(frames.length) },
    () => frames[dice(frames.length)] ?? Buffer.alloc(0),
  );
}

test(`mutated sessions, seed ${SEED}: alive, bounded, and nothing but messages of the protocol`, async () => {
  const random = seededRandom(SEED);
  const dice: Dice = (below) => Math.floor(random() * below);
  const stages: readonly Stage[] = ['challenged', 'ready', 'user', 'admin'];
  const end = performance.now() + MINUTES * 60_000;
  let iterations = 0;
  while (iterations < ITERATIONS_MIN || performance.now() < end) {
    const recorded = recordings();
    for (let n = 0; n < BATCH; n += 1) {
      const stage = stages[dice(stages.length)] ?? 'ready';
      const frames = dice(3) === 0 ? shuffle(recorded[stage], dice) : recorded[stage];
      let bytes: Buffer = Buffer.concat(frames);
      const other = Buffer.concat(recorded[stages[dice(stages.length)] ?? 'ready']);
      for (let times = dice(4); times >= 0; times -= 1) bytes = mutate(bytes, other, dice);
      bytes = bytes.subarray(0, LIMITS.frame_bytes_max);
      const cut = 1 + dice(bytes.length + 1);
      const chunks = dice(2) === 0 ? [bytes] : [bytes.subarray(0, cut), bytes.subarray(cut)];
      await target.throw(
        stage,
        chunks.filter(({ length }) => length > 0),
      );
      iterations += 1;
    }
    await target.check();
  }
  expect(target.replies).toBeGreaterThan(iterations);
  const figures = { iterations, replies: target.replies, failures: 0, seed: SEED };
  printFigures('fuzzing of bytes', figures, { inputs: iterations });
});
