// `npm run matrix`: builds and tests on other versions of Node than the one that runs here. Fetches them from npm, as
// scripts/matrix/package-lock.json names them, into .matrix/, where each also gets a copy of the tree with packages of
// its own: better-sqlite3 is compiled for one Node. `--full` runs all tests instead of the quick ones; numbers choose
// among the versions: npm run matrix -- --full 24. Ends with a table, and with exit code 1 when one of them fails.
import './node_version.mjs';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readArguments } from './arguments.mjs';

const root = join(import.meta.dirname, '..');
const place = join(root, '.matrix');
const { dependencies } = JSON.parse(readFileSync(join(root, 'scripts/matrix/package.json'), 'utf8'));
const majors = Object.keys(dependencies).map((name) => name.replace('node-', ''));
const asked = readArguments(process.argv.slice(2), {
  usage: `Usage: npm run matrix [-- --full] [-- VERSION ...]\nThere are: ${majors.join(', ')}.`,
  known: ['--full', ...majors],
});
const full = asked.has('--full');
const versions = Object.entries(dependencies)
  .map(([name, wanted]) => ({ name, major: name.replace('node-', ''), version: wanted.split('@').at(-1) }))
  .filter(({ major }) => !majors.some((one) => asked.has(one)) || asked.has(major));

function stop(sentence) {
  console.error(sentence);
  process.exit(2);
}

if (process.platform !== 'linux' || process.arch !== 'x64')
  stop('The versions of Node that the matrix fetches are made for Linux on x64 alone.');

/** Runs a program in a folder; what it says is shown, and given back. */
function run(command, args, { cwd, env = process.env, limit_minutes }) {
  const began = performance.now();
  const { status, stdout } = spawnSync(command, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    timeout: limit_minutes * 60_000,
    maxBuffer: 1 << 28,
  });
  return { ok: status === 0, said: stdout ?? '', seconds: (performance.now() - began) / 1000 };
}

/** The last line of a test run. */
const summaryOf = (said) => said.trimEnd().split('\n').at(-1) ?? '';

const NPM_CI = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];

/** The text of a lockfile, kept beside what was installed from it, so that it is installed once. */
function installed(folder, lockfile, env) {
  const stamp = join(folder, 'node_modules', '.installed-from');
  const text = readFileSync(lockfile, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === text) return true;
  const { ok } = run('npm', NPM_CI, { cwd: folder, env, limit_minutes: 15 });
  if (ok) writeFileSync(stamp, text);
  return ok;
}

/** Where the versions themselves are. */
function fetchVersions() {
  const folder = join(place, 'versions');
  mkdirSync(folder, { recursive: true });
  for (const name of ['package.json', 'package-lock.json'])
    cpSync(join(root, 'scripts/matrix', name), join(folder, name));
  if (!installed(folder, join(folder, 'package-lock.json'), process.env))
    stop('npm could not fetch the versions of Node; its own words are above.');
  return folder;
}

/** A copy of what git would commit, with what an earlier run has installed there. */
function copyOfTree(major) {
  const folder = join(place, major);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (name !== 'node_modules') rmSync(join(folder, name), { recursive: true });
  }
  const { ok, said } = run('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: root,
    limit_minutes: 1,
  });
  if (!ok) stop('The matrix copies what git knows, and this is no clone.');
  for (const name of said.split('\0').filter((one) => one !== '' && existsSync(join(root, one)))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    cpSync(join(root, name), join(folder, name));
  }
  return folder;
}

function tryOn({ name, major, version }, versionsFolder) {
  const node = join(versionsFolder, 'node_modules', name);
  const program = join(node, 'bin/node');
  const env = {
    ...process.env,
    PATH: `${join(node, 'bin')}:${process.env.PATH}`,
    // Its own headers: with those of another Node the database module would be compiled for that one.
    npm_config_nodedir: node,
  };
  console.log(`Node ${version}`);
  const folder = copyOfTree(major);
  const row = { version, install: 'failed', build: '', tests: '', seconds: 0 };
  if (!installed(folder, join(folder, 'package-lock.json'), env)) return row;
  row.install = 'ok';
  const build = run(program, ['scripts/build.mjs', '--types'], { cwd: folder, env, limit_minutes: 5 });
  row.build = build.ok ? 'ok' : 'failed';
  if (!build.ok) return row;
  const args = ['scripts/test.mjs', '--only-tests', ...(full ? [] : ['--quick'])];
  const tests = run(program, args, { cwd: folder, env, limit_minutes: 60 });
  row.tests = summaryOf(tests.said);
  row.seconds = tests.seconds;
  if (!tests.ok) process.stdout.write(tests.said);
  return row;
}

const versionsFolder = fetchVersions();
const rows = versions.map((version) => tryOn(version, versionsFolder));
console.log(`| Node | install | build | ${full ? 'all tests' : 'quick tests'} | seconds |`);
console.log('| --- | --- | --- | --- | --- |');
for (const { version, install, build, tests, seconds } of rows)
  console.log(`| ${version} | ${install} | ${build} | ${tests} | ${seconds.toFixed(0)} |`);
process.exit(rows.every(({ tests }) => / 0 failed$/.test(tests)) ? 0 : 1);
