// `npm run drills`: the drills, the byte fuzzing and the mutants in their long form, an hour and more; all, or those that are
// named: npm run drills -- kill9 disk. A file's whole path will do as well. `npm run drills -- postgres` is another thing and goes
// alone: everything that asks a server, on PostgreSQL.
import './node_version.mjs';
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { basename, join } from 'node:path';
import { readArguments } from './arguments.mjs';
import { drillFiles } from './drill_files.mjs';

const root = join(import.meta.dirname, '..');
process.chdir(root);
const files = drillFiles();
const nameOf = (path) => basename(path, '.test.ts');
const names = files.map(nameOf);
const asked = readArguments(process.argv.slice(2), {
  usage: `Usage: npm run drills [-- NAME ...]\nThere are: ${names.join(', ')}, and postgres.`,
  known: [...names, ...files, 'postgres'],
});
const chosen = files.filter((path) => asked.has(path) || asked.has(nameOf(path)));
const vitest = join(root, 'node_modules', '.bin', 'vitest');
const projects = asked.has('postgres') ? ['postgres_all', 'postgres_live'] : ['long'];
const named = projects.flatMap((project) => ['--project', project]);
const child = spawn(vitest, ['run', ...named, ...chosen], { stdio: 'inherit' });
// Ctrl+C reaches both; which of them ends first is nobody's business.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.once('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
