// `npm run drills`: the drills, the byte fuzzing and the mutants in their long form, an hour and more; all, or those that are
// named: npm run drills -- kill9 disk. A file's whole path will do as well.
import './node_version.mjs';
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, join } from 'node:path';
import { readArguments } from './arguments.mjs';

const root = join(import.meta.dirname, '..');
process.chdir(root);
const tests = (folder, pattern) =>
  readdirSync(folder)
    .filter((name) => pattern.test(name))
    .map((name) => `${folder}/${name}`);
// As vitest.config.ts has them in its project `long`.
const files = [
  ...tests('test/drills', /^(?!program\.).*\.test\.ts$/),
  ...tests('test/integration', /^fuzz.*\.test\.ts$/),
  'test/planted/mutants.test.ts',
];
const nameOf = (path) => basename(path, '.test.ts');
const names = files.map(nameOf);
const asked = readArguments(process.argv.slice(2), {
  usage: `Usage: npm run drills [-- NAME ...]\nThere are: ${names.join(', ')}.`,
  known: [...names, ...files],
});
const chosen = files.filter((path) => asked.has(path) || asked.has(nameOf(path)));
const vitest = join(root, 'node_modules', '.bin', 'vitest');
const child = spawn(vitest, ['run', '--project', 'long', ...chosen], { stdio: 'inherit' });
// Ctrl+C reaches both; which of them ends first is nobody's business.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.once('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
