// What `npm start` and `npm test` do first: install what is missing, from the lockfile. Uses nothing but Node itself,
// because on a fresh clone there is nothing else.
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const marker = join(root, 'node_modules', '.package-lock.json');

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

export function setUp() {
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs)
    return;
  console.error('Installing what the lockfile names (about a minute, better-sqlite3 is compiled) …');
  try {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
    });
  } catch {
    fail(
      'npm ci has failed; its own words are above. A C++ compiler, make and python3 are needed for better-sqlite3.',
    );
  }
  // npm leaves the marker's time alone when nothing changed; this file's time is what is compared next time.
  if (!existsSync(marker)) fail('npm ci left no node_modules behind.');
}
