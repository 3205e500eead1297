/**
 * The figures of a run as Markdown, for README.md:
 *
 *   npx tsx bench/markdown.ts FILE.json            goals only
 *   npx tsx bench/markdown.ts FILE.json --all      with the figures that explain them
 */
import { readFileSync } from 'node:fs';
import { verdictOf, type Figure } from './figures.js';
import { limitText, valueText } from './report.js';
import { median } from './statistics.js';

const [path, how] = process.argv.slice(2);
if (path === undefined || (how !== undefined && how !== '--all'))
  throw new Error('usage: tsx bench/markdown.ts FILE.json [--all]');
// Written by bench/run.ts --json.
const { figures } = JSON.parse(readFileSync(path, 'utf8')) as { readonly figures: readonly Figure[] };

console.log('| goal | subject | what | median | min .. max | goal value | |');
console.log('|---|---|---|---:|---:|---|---|');
for (const figure of figures) {
  const { goal, subject, what, unit, rounds, limit } = figure;
  if (limit === null && how !== '--all') continue;
  const spread = `${valueText(Math.min(...rounds), unit)} .. ${valueText(Math.max(...rounds), unit)}`;
  const cells = [goal, subject, what, valueText(median(rounds), unit), spread, limitText(limit, unit)];
  console.log(`| ${[...cells, verdictOf(figure)].join(' | ')} |`);
}
