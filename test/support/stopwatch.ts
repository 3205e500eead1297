/**
 * Measures how long something takes on this machine as if nobody else were using it: a deadline of the product is about the
 * product, and a busy machine is no fault of it.
 */

/** So long the processor is kept at work to see how much of it this process gets. Longer than a turn of the scheduler. */
const PROBE_CPU_MS = 20;

/** Returns how many times longer than on a machine of its own this process waits for the processor just now; at least 1. */
function crowding(): number {
  const cpu = process.cpuUsage();
  const began = performance.now();
  let used = 0;
  while (used < PROBE_CPU_MS) {
    const { user, system } = process.cpuUsage(cpu);
    used = (user + system) / 1_000;
  }
  return Math.max(1, (performance.now() - began) / used);
}

/** Returns a function that gives the milliseconds since now, divided by how crowded the machine was at both ends. */
export function stopwatch(): () => number {
  const before = crowding();
  const began = performance.now();
  return () => {
    const took = performance.now() - began;
    return took / Math.max(before, crowding());
  };
}
