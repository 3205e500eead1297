/** Clock, randomness and timers of the client room; their only home here, so that a test can bring its own. */
import { randomBytes } from 'node:crypto';

/** What the client needs of the machine besides a socket. */
export type Runtime = {
  /** Returns the wall clock, Unix milliseconds. */
  now_ms(): number;
  /** Returns the time of a clock that never jumps, in milliseconds; only differences mean something. */
  monotonic_ms(): number;
  /** Returns a number, uniform in [0, 1). For jitter, never for secrets. */
  random(): number;
  /** Returns cryptographically random bytes. */
  bytes(length: number): Buffer;
  /** Runs `action` once after `ms` milliseconds and returns what cancels it. Keeps the process alive until then. */
  after(ms: number, action: () => void): () => void;
  /** Runs `action` once, after all that is already due in this turn of the event loop. */
  endOfTurn(action: () => void): void;
};

/** Beyond this `setTimeout` fires at once: its delay is a signed 32-bit number. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The real clock, randomness and timers. */
export const systemRuntime: Runtime = {
  now_ms: () => Date.now(),
  monotonic_ms: () => performance.now(),
  random: () => Math.random(),
  bytes: (length) => randomBytes(length),
  after: (ms, action) => {
    const timer = setTimeout(action, Math.min(ms, TIMER_MS_MAX));
    return () => clearTimeout(timer);
  },
  endOfTurn: (action) => {
    setImmediate(action);
  },
};
