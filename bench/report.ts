/** How a run shows itself: a progress bar while it goes on, a table at the end. */
import { arch, cpus, release, totalmem } from 'node:os';
import { verdictOf, type Figure, type Limit, type Skipped, type Unit } from './figures.js';
import { median } from './statistics.js';

const BAR_WIDTH = 30;

/** One line that is drawn over on a terminal; a line for each new text elsewhere. */
export class Progress {
  #done = 0;
  #last = '';
  readonly #total: number;

  /** `total`: the expected seconds of all subjects. */
  constructor(total: number) {
    this.#total = total;
  }

  /** `within`: how much of the present subject's seconds is done. */
  show(text: string, within: number): void {
    if (process.stderr.isTTY) {
      const share = Math.min(1, (this.#done + within) / this.#total);
      const filled = Math.round(share * BAR_WIDTH);
      const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
      process.stderr.write(`\r\u001b[2K${bar} ${Math.round(share * 100)} %  ${text}`);
    } else if (text !== this.#last) process.stderr.write(`${text}\n`);
    this.#last = text;
  }

  /** A line that stays, above the bar. */
  say(text: string): void {
    this.clear();
    process.stderr.write(`${text}\n`);
  }

  finish(seconds: number): void {
    this.#done += seconds;
  }

  clear(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
  }
}

export function valueText(value: number, unit: Unit): string {
  const size = Math.abs(value);
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : 2;
  const number = value.toFixed(digits).replace(/\B(?=(\d{3})+$)/g, '\u202f');
  return unit === 'x' || unit === '/s' ? `${number}${unit}` : `${number} ${unit}`;
}

export function limitText(limit: Limit | null, unit: Unit): string {
  if (limit === null) return '';
  return 'at_least' in limit ? `≥ ${String(limit.at_least)} ${unit}` : `≤ ${String(limit.at_most)} ${unit}`;
}

function cellsOf(figure: Figure): readonly string[] {
  const { goal, what, unit, rounds, limit } = figure;
  const low = valueText(Math.min(...rounds), unit);
  const high = valueText(Math.max(...rounds), unit);
  const spread = rounds.length < 2 ? '' : `${low} .. ${high}`;
  return [goal, what, valueText(median(rounds), unit), spread, limitText(limit, unit), verdictOf(figure)];
}

const HEAD = ['goal', 'what', 'median', 'min .. max', 'goal value', ''];

/** The table for the terminal. */
export function tableText(figures: readonly Figure[], skipped: readonly Skipped[]): string {
  const rows = [HEAD, ...figures.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 2 || column === 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const lines: string[] = [];
  let subject = '';
  for (const [index, row] of rows.entries()) {
    const figure = figures[index - 1];
    if (figure !== undefined && figure.subject !== subject) {
      subject = figure.subject;
      lines.push(`── ${subject} ${'─'.repeat(Math.max(0, 60 - subject.length))}`);
    }
    lines.push(line(row));
  }
  for (const one of skipped) lines.push(`skipped: ${one.subject} ${one.goal}: ${one.reason}`);
  return lines.join('\n');
}

/** The machine that the figures are of. */
export function machine(): Readonly<Record<string, string | number>> {
  const processors = cpus();
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    os: `${process.platform} ${release()} ${arch()}`,
    node: process.version,
  };
}
