// Compares Portcullis with what a user would pick instead, on this machine and in one run:
//
//   node bench/peers/run.mjs [--json FILE] [--rounds N] [--quick]
//
// Installs better-auth beside this file (npm registry only; better-sqlite3 is the project's own), then runs the subject
// `peers`. redis-server and slapd take part when they are on the machine. No part of the product, and no test.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const root = join(here, '..', '..');
const env = { ...process.env, NO_UPDATE_NOTIFIER: '1', npm_config_update_notifier: 'false' };

if (!existsSync(join(here, 'node_modules/better-auth/package.json'))) {
  const args = ['install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts'];
  const { status } = spawnSync('npm', args, { cwd: here, stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
}
const tsx = join(root, 'node_modules/.bin/tsx');
const { status } = spawnSync(tsx, ['bench/run.ts', 'peers', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env,
});
process.exit(status ?? 1);
