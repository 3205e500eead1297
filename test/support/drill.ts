/**
 * What the drills share: the short form (`npm test`) or the long one (`npm run drills`), the line each of them prints,
 * and a look at a process from outside.
 */
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';

/** Whether this is `npm run drills`; vitest.config.ts sets it for the project `long`. */
export const LONG = process.env['PORTCULLIS_LONG'] === '1';

/** A figure for each form. */
export const longOrShort = <T>(long: T, short: T): T => (LONG ? long : short);

/** What a drill adds to the summary at the end of `npm run drills`. */
export type Counts = {
  readonly kills?: number;
  readonly acknowledged?: number;
  readonly lost?: number;
  /** Faults that were made, and those after which everything was as it should be. */
  readonly tried?: number;
  readonly recovered?: number;
  /** Inputs of the fuzzing. */
  readonly inputs?: number;
};

/** A line of the file that drill_summary.ts reads. */
export type DrillRecord =
  { readonly drill: string; readonly counts: Counts } | { readonly drill: string; readonly skipped: string };

function record(one: DrillRecord): void {
  const file = process.env['PORTCULLIS_DRILL_RECORD'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(one)}\n`);
}

/** One line of figures, found in the output by its first word. docs/drills.md is made of these. */
export function printFigures(
  drill: string,
  figures: Readonly<Record<string, number | string>>,
  counts: Counts = {},
): void {
  const said = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  console.log(`drill: ${drill} (${LONG ? 'long' : 'short'}): ${said.join(', ')}`);
  record({ drill, counts });
}

/** Says that a drill could not be done here, and why. */
export function printSkipped(drill: string, reason: string): void {
  console.log(`drill: ${drill}: SKIPPED, ${reason}`);
  record({ drill, skipped: reason });
}

const MIB = 1024 * 1024;

/** Memory of a process that is really there, MiB. */
export function rssMiB(pid: number): number {
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kib) * 1024) / MIB;
}

/** Files and sockets that a process has open. */
export const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** Waits until something is so; throws after the time with what it was waiting for. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  within_ms = 10_000,
): Promise<void> {
  const end = performance.now() + within_ms;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${within_ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The slope of a line through points, by least squares: units of y for each unit of x. */
export function slope(points: readonly (readonly [number, number])[]): number {
  const n = points.length;
  const mean = (at: 0 | 1): number => points.reduce((sum, point) => sum + point[at], 0) / n;
  const [x, y] = [mean(0), mean(1)];
  const above = points.reduce((sum, [px, py]) => sum + (px - x) * (py - y), 0);
  const below = points.reduce((sum, [px]) => sum + (px - x) ** 2, 0);
  return below === 0 ? 0 : above / below;
}

/** Random numbers that are the same for the same seed: a failure that can't be repeated is worth little. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
