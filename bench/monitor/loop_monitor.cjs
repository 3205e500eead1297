'use strict';
// Loaded into the server under test with --require: notes for how long its event loop was blocked. A timer every 5 ms
// notes how late it is, and takes off what the thread spent waiting for a core, which is the machine's doing
// [/proc/PID/task/TID/schedstat, second field]. Costs about 0.3 % of a core. Also runs the garbage collector on demand,
// so that memory can be compared. Knows nothing of the server.
const { openSync, readSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');
const { PerformanceObserver } = require('node:perf_hooks');

const EVERY_MS = 5;
const LONG_MS = 10;

if (isMainThread && process.send !== undefined) {
  const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  const buffer = Buffer.alloc(128);
  const sample = () => {
    const length = readSync(file, buffer, 0, buffer.length, 0);
    const [ran, waited] = buffer.toString('latin1', 0, length).split(' ');
    return { at: performance.now(), ran_ms: Number(ran) / 1e6, waited_ms: Number(waited) / 1e6 };
  };
  let seen;
  let cleared_at = 0;
  const clear = () => {
    cleared_at = performance.now();
    seen = { late_ms_max: 0, blocked_ms_max: 0, ran_ms_max: 0, long: 0, gc_ms_max: 0, seconds: 0 };
  };
  clear();
  let last = sample();
  const tick = () => {
    const now = sample();
    const late = now.at - last.at - EVERY_MS;
    const blocked = late - (now.waited_ms - last.waited_ms);
    seen.late_ms_max = Math.max(seen.late_ms_max, late);
    seen.blocked_ms_max = Math.max(seen.blocked_ms_max, blocked);
    seen.ran_ms_max = Math.max(seen.ran_ms_max, now.ran_ms - last.ran_ms);
    if (blocked > LONG_MS) seen.long += 1;
    seen.seconds += (now.at - last.at) / 1000;
    last = now;
    setTimeout(tick, EVERY_MS).unref();
  };
  setTimeout(tick, EVERY_MS).unref();
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      // Entries come late: those of a collection by hand come when it is forgotten already.
      if (startTime >= cleared_at) seen.gc_ms_max = Math.max(seen.gc_ms_max, duration);
    }
  }).observe({ entryTypes: ['gc'] });
  process.on('message', (message) => {
    if (message === 'collect') {
      for (let times = 0; times < 3; times += 1) globalThis.gc?.();
      last = sample();
      process.send('collected');
    }
    if (message === 'read') process.send(seen);
    if (message === 'clear') {
      last = sample();
      clear();
      process.send('cleared');
    }
  });
  // A benchmark that was killed leaves no server behind.
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // Listening to the parent must not keep a server alive that wants to end.
  process.channel?.unref();
}
