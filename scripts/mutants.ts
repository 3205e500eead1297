/**
 * Breaks a copy of the tree in one place after the other, and says which of these mutants the test that docs/security/asvs.md
 * names did not notice: `npx tsx scripts/mutants.ts`, or with the rows that are meant: `npx tsx scripts/mutants.ts 6.2.1 9.1.1`.
 * Exits 1 when one survived, or when its test didn't run.
 */
import { ASVS_MUTANTS } from '../test/mutants/asvs.js';
import buildOnce from '../test/support/build_once.js';
import { MutantCopy } from '../test/support/mutant_run.js';
import { readArguments } from './arguments.mjs';

const rows = [
  ...readArguments(process.argv.slice(2), {
    usage: 'Usage: npx tsx scripts/mutants.ts [ROW ...]   rows of docs/security/asvs.md that have a mutant',
    known: ASVS_MUTANTS.flatMap(({ row }) => row.split(', ')),
  }),
];
const chosen = ASVS_MUTANTS.filter(
  ({ row }) => rows.length === 0 || rows.some((one) => row.split(', ').includes(one)),
);
// The copy has what is built here.
buildOnce();
using copy = new MutantCopy();
let alive = 0;
for (const mutant of chosen) {
  const began = performance.now();
  const { killed, said, word } = await copy.try(mutant).then(
    (tried) => ({ ...tried, word: tried.killed ? 'killed  ' : 'SURVIVED' }),
    (error: unknown) => ({ killed: false, said: String(error), word: 'NOT RUN ' }),
  );
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const where = `${mutant.row}  ${mutant.claim}  ${mutant.file}`;
  console.log(`${word}  ${where}  (${seconds} s)`);
  if (killed) continue;
  alive += 1;
  console.log(`  ${mutant.from}\n  -> ${mutant.to}\n${said.split('\n').slice(-8).join('\n')}`);
}
console.log(`${chosen.length} tried, ${chosen.length - alive} killed, ${alive} not`);
process.exitCode = alive === 0 ? 0 : 1;
