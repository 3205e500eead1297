/** Builds dist/ once before any test: the writer thread and the end-to-end tests run what users run. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export default function buildOnce(): void {
  // Whoever breaks a copy of the tree in a place that the built programs don't hold has built it already.
  if (process.env['PORTCULLIS_BUILT'] === '1') return;
  const root = join(import.meta.dirname, '../..');
  execFileSync(process.execPath, ['scripts/build.mjs', '--if-needed'], { cwd: root, stdio: 'inherit' });
}
