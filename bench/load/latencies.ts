/** Collects latencies without growing: a benchmark that collects garbage measures itself. */
import { quantile } from '../statistics.js';
import type { Latency } from './commands.js';

/** Eight bytes each; what comes after is counted and not kept. */
const KEPT_MAX = 1 << 20;

export class Latencies {
  readonly #values = new Float64Array(KEPT_MAX);
  #count = 0;

  add(milliseconds: number): void {
    if (this.#count < KEPT_MAX) this.#values[this.#count] = milliseconds;
    this.#count += 1;
  }

  summary(): Latency {
    const values = this.#values.subarray(0, Math.min(this.#count, KEPT_MAX)).sort();
    return {
      p50_ms: quantile(values, 0.5),
      p99_ms: quantile(values, 0.99),
      p999_ms: quantile(values, 0.999),
      max_ms: values.at(-1) ?? Number.NaN,
    };
  }
}
