/** The stopwatch of the tests: it counts what takes long, and not what others on the machine take. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { stopwatch } from '../support/stopwatch.js';

/** Work of the processor, however long that takes. */
function workFor(cpu_ms: number): void {
  const start = process.cpuUsage();
  for (let used = 0; used < cpu_ms;) {
    const { user, system } = process.cpuUsage(start);
    used = (user + system) / 1_000;
  }
}

test('waiting counts, or nothing late would ever be noticed', async () => {
  const elapsed = stopwatch();
  await sleep(200);
  // Crowded or not: never more than what the clock says.
  expect(elapsed()).toBeGreaterThan(0);
  const again = stopwatch();
  workFor(50);
  expect(again()).toBeGreaterThan(5);
});

test('with many at work beside it, work is counted as if it were alone', async () => {
  const crowd = Array.from({ length: 2 * availableParallelism() }, () =>
    spawn(process.execPath, ['-e', 'const end = Date.now() + 20_000; while (Date.now() < end);'], {
      stdio: 'ignore',
    }),
  );
  try {
    await sleep(200);
    const began = performance.now();
    const elapsed = stopwatch();
    workFor(150);
    const counted = elapsed();
    const by_the_clock = performance.now() - began;
    expect(counted).toBeLessThan(by_the_clock);
  } finally {
    for (const child of crowd) child.kill('SIGKILL');
  }
});
