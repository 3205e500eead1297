// `npm test`: sets up, then runs every check and every test, and ends with the line `N passed, N failed`. Each check
// counts as one. With --quick the live tests (servers, terminals, drills) are left out, for the middle of a day's work.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setUp } from './setup.mjs';

const root = join(import.meta.dirname, '..');
process.chdir(root);
setUp();
const quick = process.argv.includes('--quick');
const bin = (name) => join(root, 'node_modules', '.bin', name);
const env = { ...process.env, NO_UPDATE_NOTIFIER: '1', npm_config_update_notifier: 'false' };

const CHECKS = [
  ['build', process.execPath, ['scripts/build.mjs', '--if-needed']],
  ['lint', bin('eslint'), ['.', '--max-warnings=0']],
  ['types', bin('tsc'), ['-p', '.']],
  ['format', bin('prettier'), ['--check', '--log-level=warn', '.']],
  ['architecture', bin('depcruise'), ['src', '--config', '.dependency-cruiser.cjs', '--output-type', 'err']],
  ['dead code', bin('knip'), ['--no-progress']],
  ['documents', bin('tsx'), ['scripts/docs.ts', '--check']],
  ['key table', bin('tsx'), ['scripts/keys_doc.ts', '--check']],
  ['tidy', process.execPath, ['scripts/tidy.mjs']],
];

let passed = 0;
let failed = 0;

/** Runs one check; what it says is shown when it is over, so that two at a time don't talk into each other. */
async function check([name, command, args]) {
  const began = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const said = [];
  child.stdout.on('data', (chunk) => said.push(chunk));
  child.stderr.on('data', (chunk) => said.push(chunk));
  const status = await new Promise((resolve) => {
    child.once('close', resolve);
    child.once('error', () => resolve(1));
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (status !== 0) process.stdout.write(Buffer.concat(said));
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} check: ${name} (${seconds} s)`);
  if (status === 0) passed += 1;
  else failed += 1;
}

const [build, ...others] = CHECKS;
await check(build);
const waiting = [...others];
const work = async () => {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await check(next);
};
await Promise.all([work(), work()]);

const folder = mkdtempSync(join(tmpdir(), 'portcullis-results-'));
const report = join(folder, 'tests.json');
const tests = spawnSync(
  bin('vitest'),
  [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...(quick ? ['--project', 'fast'] : []),
  ],
  { stdio: ['ignore', 'inherit', 'inherit'], env },
);
if (existsSync(report)) {
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const unloaded = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((one) => one.status !== 'failed'),
  ).length;
  passed += numPassedTests;
  // A file that can't even be loaded holds no failed test; it must not look like none.
  failed += Math.max(numFailedTests + unloaded, tests.status === 0 ? 0 : 1);
} else {
  failed += 1;
}
rmSync(folder, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
