/** CPU time of a process and its memory, as the operating system counts them. Linux only. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

let ticks: number | null = null;

function ticksPerSecond(): number {
  ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return ticks;
}

/** Fields of a process, from field 3 on. */
function statOf(pid: number | 'self'): readonly string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The program's name, in parentheses, can hold anything; the fields begin behind its last one with field 3.
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** User and system time of all threads of a process so far, seconds. [proc(5), /proc/PID/stat, fields 14 and 15] */
export function cpuSeconds(pid: number): number {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond();
}

/** User and system time of all children of this process that have ended, seconds. [fields 16 and 17] */
export function childrenCpuSeconds(): number {
  const fields = statOf('self');
  return (Number(fields[13]) + Number(fields[14])) / ticksPerSecond();
}

/**
 * The same as `cpuSeconds`, to the microsecond instead of to a hundredth of a second, for the threads that are alive.
 * [Linux, Documentation/scheduler/sched-stats.rst]
 */
export function threadsCpuSeconds(pid: number): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e9;
}

/** Resident memory of a process, bytes. */
export function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kib === undefined) throw new Error(`process ${pid} has no VmRSS`);
  return Number(kib) * 1024;
}

/** The most memory that a process has had so far, bytes; null when it has ended. */
export function peakResidentBytes(pid: number): number | null {
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? null : Number(kib) * 1024;
  } catch {
    return null;
  }
}
