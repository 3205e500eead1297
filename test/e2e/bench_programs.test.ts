/** The benchmark measures a copy of the built programs: whatever they need to start has to be in it. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { preparePrograms } from '../../bench/programs.js';

test('the copied programs start', async () => {
  using programs = await preparePrograms();
  const { version } = (await import('../../package.json', { with: { type: 'json' } })).default;
  for (const program of [programs.server, programs.tui]) {
    const said = execFileSync(process.execPath, [program, '--version'], { encoding: 'utf8' });
    expect(said).toContain(version);
  }
});
