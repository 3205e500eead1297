import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/protocol/index.js';
import { Deadlines } from '../../../src/server/net/deadlines.js';

describe('a frame that has begun', () => {
  test('has to be whole in time, whatever drips in', () => {
    const deadlines = new Deadlines(0);
    deadlines.heard(10, true, false);
    deadlines.heard(LIMITS.frame_complete_ms, true, false);
    expect(deadlines.due('ready', LIMITS.frame_complete_ms + 10, true, true)).toBe('nothing');
    expect(deadlines.due('ready', LIMITS.frame_complete_ms + 11, true, true)).toBe('refuse');
  });

  test('has its own time when another was completed before it', () => {
    const deadlines = new Deadlines(0);
    deadlines.heard(10, true, false);
    deadlines.heard(20, true, true);
    expect(deadlines.due('ready', LIMITS.frame_complete_ms + 20, true, true)).toBe('nothing');
    expect(deadlines.due('ready', LIMITS.frame_complete_ms + 21, true, true)).toBe('refuse');
  });

  test('has no deadline once it is whole, while nothing is read, and after the last frame', () => {
    const late = LIMITS.frame_complete_ms * 2;
    const whole = new Deadlines(0);
    whole.heard(10, true, false);
    whole.heard(20, false, true);
    expect(whole.due('ready', late, true, true)).toBe('nothing');
    const paused = new Deadlines(0);
    paused.heard(10, true, false);
    expect(paused.due('ready', late, false, true)).toBe('nothing');
    paused.readsAgain(late);
    expect(paused.due('ready', late + LIMITS.frame_complete_ms, true, true)).toBe('nothing');
    expect(paused.due('ready', late + LIMITS.frame_complete_ms + 1, true, true)).toBe('refuse');
    paused.closing(late);
    expect(paused.due('closing', late + 1, true, false)).toBe('nothing');
  });
});

test.each(['challenged', 'greeted', 'proving'] as const)(
  'a handshake has to be over in time: %s',
  (state) => {
    const deadlines = new Deadlines(100);
    deadlines.heard(LIMITS.handshake_ms, false, true);
    expect(deadlines.due(state, 100 + LIMITS.handshake_ms, true, false)).toBe('nothing');
    expect(deadlines.due(state, 101 + LIMITS.handshake_ms, true, false)).toBe('refuse');
  },
);

test('who does not sign in is refused, but not while a request is in work', () => {
  const deadlines = new Deadlines(0);
  deadlines.heard(50, false, true);
  deadlines.trustedAsHeard();
  const end = 50 + LIMITS.before_sign_in_ms;
  expect(deadlines.due('ready', end, true, false)).toBe('nothing');
  expect(deadlines.due('ready', end + 1, true, true)).toBe('nothing');
  expect(deadlines.due('ready', end + 1, true, false)).toBe('refuse');
  deadlines.trusted(end);
  expect(deadlines.due('ready', end + 1, true, false)).toBe('nothing');
});

test('a silent peer is asked for a sign of life, then let go; one sign is enough', () => {
  const deadlines = new Deadlines(0);
  for (let missed = 1; missed <= LIMITS.keep_alive_missed_max; missed += 1) {
    expect(deadlines.due('signed_in', LIMITS.keep_alive_ms * missed, true, false)).toBe('nothing');
    expect(deadlines.due('signed_in', LIMITS.keep_alive_ms * missed + 1, true, false)).toBe('probe');
  }
  const end = LIMITS.keep_alive_ms * (LIMITS.keep_alive_missed_max + 1) + 1;
  expect(deadlines.due('signed_in', end, true, false)).toBe('drop_silent');
  deadlines.heard(end, false, true);
  expect(deadlines.due('signed_in', end + LIMITS.keep_alive_ms, true, false)).toBe('nothing');
  expect(deadlines.due('signed_in', end + LIMITS.keep_alive_ms + 1, true, false)).toBe('probe');
});

test('a connection that was told its last frame is let go a moment later', () => {
  const deadlines = new Deadlines(0);
  deadlines.closing(5_000);
  expect(deadlines.due('closing', 6_000, true, false)).toBe('nothing');
  expect(deadlines.due('closing', 6_001, true, false)).toBe('drop_closed');
  expect(deadlines.due('closed', 60_000, true, false)).toBe('nothing');
});
