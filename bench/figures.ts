/** What a run found: figures with their rounds, the goals they are held against, and what was left out and why. */
import { median } from './statistics.js';
import type { LoopSeen } from './children.js';

/** A goal of the README beside this, or `–` for a figure that explains one. */
export type GoalName =
  | 'P1'
  | 'P2'
  | 'P3'
  | 'P4'
  | 'P5'
  | 'P6'
  | 'P7'
  | 'P8'
  | 'P9'
  | 'P15'
  | 'T1'
  | 'T2'
  | 'T3'
  | 'T4'
  | 'T5'
  | '–';
export type Unit = 'x' | '/s' | 'µs' | 'ms' | 's' | 'B' | 'KB' | 'MB' | 'B/s' | 'MB/h' | '%';
export type Limit = { readonly at_least: number } | { readonly at_most: number };

export type Figure = {
  readonly subject: string;
  readonly goal: GoalName;
  readonly what: string;
  readonly unit: Unit;
  /** One value a round. */
  readonly rounds: readonly number[];
  /** Null for a figure that no goal speaks of. */
  readonly limit: Limit | null;
};

export type Skipped = { readonly subject: string; readonly goal: GoalName; readonly reason: string };

export type Verdict = 'pass' | 'miss' | '';

export function verdictOf({ rounds, limit }: Figure): Verdict {
  if (limit === null) return '';
  const value = median(rounds);
  const holds = 'at_least' in limit ? value >= limit.at_least : value <= limit.at_most;
  return holds ? 'pass' : 'miss';
}

/** Collects the rounds of the figures of one subject. */
export class Figures {
  readonly #subject: string;
  readonly #figures = new Map<string, Figure & { readonly rounds: number[] }>();
  readonly skipped: Skipped[] = [];
  readonly loops: LoopSeen[] = [];

  constructor(subject: string) {
    this.#subject = subject;
  }

  add(goal: GoalName, what: string, unit: Unit, value: number, limit: Limit | null = null): void {
    const known = this.#figures.get(what);
    if (known !== undefined) known.rounds.push(value);
    else this.#figures.set(what, { subject: this.#subject, goal, what, unit, rounds: [value], limit });
  }

  /** A figure that explains others. */
  note(what: string, unit: Unit, value: number): void {
    this.add('–', what, unit, value);
  }

  skip(goal: GoalName, reason: string): void {
    this.skipped.push({ subject: this.#subject, goal, reason });
  }

  get all(): readonly Figure[] {
    return [...this.#figures.values()];
  }
}
