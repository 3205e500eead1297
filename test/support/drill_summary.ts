/**
 * The last lines of `npm run drills`: what was tried, what came of it, what was left out and why. The drills write their
 * counts down (drill.ts); this adds them up when all are over. Loaded by vitest.config.ts, not by a test.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import type { Counts, DrillRecord } from './drill.js';

const number = (value: number): string => value.toLocaleString('en');

/** The counts of a drill as words, in this order. */
const WORDS: Readonly<Record<keyof Counts, string>> = {
  kills: 'kills',
  acknowledged: 'acknowledged',
  lost: 'lost',
  tried: 'faults tried',
  recovered: 'recovered',
  inputs: 'inputs thrown at it',
};
const KINDS = Object.keys(WORDS) as (keyof Counts)[];

function inWords(counts: Counts): string {
  return KINDS.flatMap((kind) => {
    const count = counts[kind];
    return count === undefined ? [] : [`${number(count)} ${WORDS[kind]}`];
  }).join(', ');
}

/** The lines of the summary, without colours. */
export function summaryOf(records: readonly DrillRecord[], failed: readonly string[]): string[] {
  const skipped = records.flatMap((one) => ('skipped' in one ? [one] : []));
  const done = records.flatMap((one) => ('counts' in one ? [one] : []));
  const inAll: Partial<Record<keyof Counts, number>> = {};
  for (const { counts } of done) {
    for (const kind of KINDS) {
      const count = counts[kind];
      if (count !== undefined) inAll[kind] = (inAll[kind] ?? 0) + count;
    }
  }
  const width = Math.max(8, ...[...done, ...skipped].map(({ drill }) => drill.length));
  const line = (name: string, text: string): string => `  ${name.padEnd(width)}  ${text}`;
  return [
    ...done.map(({ drill, counts }) => line(drill, inWords(counts) || 'measured, see its line above')),
    ...skipped.map((one) => line(one.drill, `SKIPPED: ${one.skipped}`)),
    ...failed.map((name) => line('FAILED', name)),
    line(
      'in all',
      `${inWords(inAll) || 'nothing counted'}; ${skipped.length} skipped, ${failed.length} failed`,
    ),
  ];
}

export class DrillSummary implements Reporter {
  readonly #record: string;

  /** `record`: the file that the drills write to. */
  constructor(record: string) {
    this.#record = record;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = existsSync(this.#record) ? readFileSync(this.#record, 'utf8').trim().split('\n') : [];
    rmSync(this.#record, { force: true });
    const failed = modules.flatMap((one) => [
      // One that can't even be loaded has no tests.
      ...(one.errors().length > 0 ? [one.relativeModuleId] : []),
      ...[...one.children.allTests('failed')].map(({ fullName }) => `${one.relativeModuleId} > ${fullName}`),
    ]);
    // drill.ts writes nothing else.
    const records = lines.map((line) => JSON.parse(line) as DrillRecord);
    console.log(['', 'Drills:', ...summaryOf(records, failed), ''].join('\n'));
  }
}
