/** A run where PostgreSQL can't be run: it says what it left out and why, and where everything has to be there, it fails. */
import { chmodSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { HeldRun } from '../support/held_run.js';
import { findPostgres } from '../support/postgres_binaries.js';

test.each([
  ['a machine of somebody’s own', {}, 0],
  ['continuous integration', { CI: 'true' }, 1],
])('on %s', async (_, environment, code) => {
  await using run = new HeldRun({
    PORTCULLIS_POSTGRES_BIN: join(tmpdir(), 'no-such-folder'),
    ...environment,
  });
  expect([await run.ended, run.said]).toEqual([
    code,
    expect.stringMatching(/1 passed \| 1 skipped[^]*can't be run here, so its tests were LEFT OUT: .*ENOENT/),
  ]);
});

test('one that should run and does not fails the tests that want it, with what went wrong', async () => {
  const looked = findPostgres();
  if ('problem' in looked) return;
  const halfOfIt = mkdtempSync(join(tmpdir(), 'portcullis-half-'));
  onTestFinished(() => rmSync(halfOfIt, { recursive: true }));
  symlinkSync(join(looked.found.bin, 'postgres'), join(halfOfIt, 'postgres'));
  chmodSync(halfOfIt, 0o755);
  await using run = new HeldRun({ PORTCULLIS_POSTGRES_BIN: halfOfIt });
  expect([await run.ended, run.said]).toEqual([
    1,
    expect.stringMatching(/1 failed[^]*initdb: spawn .*ENOENT/),
  ]);
});
