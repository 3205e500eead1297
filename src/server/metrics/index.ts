/**
 * What the server counts about itself: requests, latency, event-loop delay, and gauges that other rooms offer. Names and
 * units are those of a metrics endpoint to come; nothing here knows who asked for what.
 */
import { monitorEventLoopDelay, performance, type IntervalHistogram } from 'node:perf_hooks';
import type { ResultOf } from '../../protocol/index.js';

export type Stats = ResultOf<'server_stats'>;

/** Upper bounds of the latency buckets, milliseconds; the last bucket has none. */
export const LATENCY_BOUNDS_MS = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500,
] as const;
/** How finely the event loop's delay is sampled; each sample costs a timer. */
const LOOP_RESOLUTION_MS = 10;
const NS_PER_MS = 1_000_000;

/** Values that are read when somebody asks. */
export type Gauges = {
  hashing(): Stats['hashing'];
  connections(): Stats['connections'];
  group_commit(): Stats['group_commit'];
  database(): Stats['database'];
  cached_sessions(): number;
};

/** How the requests of one action ended. */
class Outcomes {
  /** Beside the map, because nearly all end so. */
  ok = 0;
  readonly #others = new Map<string, number>();

  count(outcome: string): void {
    if (outcome === 'ok') this.ok += 1;
    else this.#others.set(outcome, (this.#others.get(outcome) ?? 0) + 1);
  }

  *[Symbol.iterator](): Iterator<readonly [outcome: string, count: number]> {
    if (this.ok > 0) yield ['ok', this.ok];
    yield* this.#others;
  }
}

export class Metrics {
  readonly #requests = new Map<string, Outcomes>();
  readonly #latency: number[] = Array.from({ length: LATENCY_BOUNDS_MS.length + 1 }, () => 0);
  readonly #loop: IntervalHistogram = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  readonly #started = performance.now();

  constructor() {
    this.#loop.enable();
  }

  /** Counts one answered request. `outcome`: an error code, or `ok`. */
  count(action: string, outcome: string, took_ms: number): void {
    let outcomes = this.#requests.get(action);
    if (outcomes === undefined) {
      outcomes = new Outcomes();
      this.#requests.set(action, outcomes);
    }
    outcomes.count(outcome);
    let bucket = 0;
    while (bucket < LATENCY_BOUNDS_MS.length && took_ms > (LATENCY_BOUNDS_MS[bucket] ?? Infinity))
      bucket += 1;
    this.#latency[bucket] = (this.#latency[bucket] ?? 0) + 1;
  }

  /** Returns everything as it is now. */
  read(gauges: Gauges): Stats {
    const memory = process.memoryUsage();
    // The timer itself waits for its resolution; only what comes on top is delay.
    const delay = (ns: number): number =>
      Number.isFinite(ns) ? Math.max(0, Math.round((ns / NS_PER_MS - LOOP_RESOLUTION_MS) * 100) / 100) : 0;
    return {
      uptime_ms: Math.round(performance.now() - this.#started),
      requests: [...this.#requests].flatMap(([action, outcomes]) =>
        [...outcomes].map(([outcome, count]) => ({ action, outcome, count })),
      ),
      latency: { bounds_ms: [...LATENCY_BOUNDS_MS], counts: [...this.#latency] },
      event_loop_delay: {
        p50_ms: delay(this.#loop.percentile(50)),
        p99_ms: delay(this.#loop.percentile(99)),
        max_ms: delay(this.#loop.max),
      },
      hashing: gauges.hashing(),
      connections: gauges.connections(),
      group_commit: gauges.group_commit(),
      database: gauges.database(),
      cached_sessions: gauges.cached_sessions(),
      memory: { rss_bytes: memory.rss, heap_used_bytes: memory.heapUsed },
    };
  }

  stop(): void {
    this.#loop.disable();
  }
}
