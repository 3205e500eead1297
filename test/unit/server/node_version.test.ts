/** Too old a Node is told in one sentence, by files that it can read. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { afterAll, expect, test } from 'vitest';
import { commandLanguage } from '../../../src/tui/config.js';

const ROOT = join(import.meta.dirname, '../../..');
const { tooOld } = createRequire(import.meta.url)('../../../bin/node_version.js') as {
  tooOld: (version: string, russian?: boolean) => string | null;
};
const { readsRussian } = createRequire(import.meta.url)('../../../bin/words.js') as {
  readsRussian: (env: Readonly<Record<string, string>>) => boolean;
};

const folder = mkdtempSync(join(tmpdir(), 'portcullis-old-node-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(['v20.19.0', 'v20.19.1', 'v20.20.0', 'v22.0.0', 'v26.12.1', 'v100.0.0', 'v21.0.0-nightly2023'])(
  '%s is new enough',
  (version) => expect(tooOld(version)).toBeNull(),
);

test.each([
  ['v20.18.3', '20.18.3'],
  ['v18.20.8', '18.20.8'],
  ['v10.24.1', '10.24.1'],
  ['v0.12.18', '0.12.18'],
])('%s is told', (version, shown) => {
  expect(tooOld(version)).toBe(`Node ${shown} is too old: 20.19 or newer is needed.`);
  expect(tooOld(version, true)).toBe(`Node ${shown} слишком стар: нужен 20.19 или новее.`);
});

test.each([
  [{ LANG: 'ru_RU.UTF-8' }, true],
  [{ LANG: 'ru_RU.utf8' }, true],
  [{ LANG: 'ru' }, true],
  [{ LC_MESSAGES: 'ru_RU.UTF-8', LANG: 'en_US.UTF-8' }, true],
  [{ LC_ALL: 'ru_RU.UTF-8', LANG: 'C' }, true],
  // Its letters would come out as others.
  [{ LANG: 'ru_RU.KOI8-R' }, false],
  [{ LANG: 'ru_RU.UTF-8', LC_CTYPE: 'C' }, false],
  [{ LANG: 'en_US.UTF-8' }, false],
  [{ LC_ALL: 'C', LANG: 'ru_RU.UTF-8' }, false],
  [{ LANG: 'run' }, false],
  [{}, false],
])('%j: Russian is read, and its letters come out: %s', (env, reads) => {
  expect(readsRussian(env)).toBe(reads);
  // As the program itself judges when it is loaded.
  expect(commandLanguage({ ...env, XDG_CONFIG_HOME: folder }) === 'ru').toBe(reads);
});

test.each([
  'auth-server.js',
  'auth-tui.js',
  'first_moments.js',
  'refuse_debugger.js',
  'node_version.js',
  'words.js',
  'not_loaded.js',
])('an old Node can read bin/%s', (name) => {
  const text = readFileSync(join(ROOT, 'bin', name), 'utf8').replace(/^#!.*\n/, '');
  // Nothing has to be rewritten for it. It reads `import()`, which esbuild takes for newer, and knows no `node:` before a name.
  const old = transformSync(text, { target: 'node10', supported: { 'dynamic-import': true } }).code;
  expect(old).toBe(transformSync(text, { target: 'esnext' }).code);
  expect(old).not.toContain('node:');
});

const PRELOAD = join(folder, 'old.cjs');
writeFileSync(
  PRELOAD,
  "Object.defineProperty(process, 'version', { value: 'v18.20.8' });\n" +
    "Object.defineProperty(process.versions, 'node', { value: '18.20.8' });\n",
);

test.each([
  ['bin/auth-server.js', 'auth-server: '],
  ['bin/auth-tui.js', 'auth-tui: '],
  ['scripts/start.mjs', ''],
  ['scripts/test.mjs', ''],
  ['scripts/build.mjs', ''],
  ['scripts/matrix.mjs', ''],
])('%s says so and does nothing', (program, before) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', PRELOAD, program], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '' },
    timeout: 20_000,
  });
  expect([status === 0, stdout, stderr]).toEqual([
    false,
    '',
    `${before}Node 18.20.8 is too old: 20.19 or newer is needed.\n`,
  ]);
});

test('the scripts that say so can be read by what they speak of', () => {
  // Everything that is loaded before the sentence has to be parsed first: no syntax that came after Node 14.
  for (const name of [
    'start.mjs',
    'test.mjs',
    'build.mjs',
    'matrix.mjs',
    'setup.mjs',
    'install_progress.mjs',
    'node_version.mjs',
    'arguments.mjs',
    'drill_files.mjs',
    'drills.mjs',
  ]) {
    const text = readFileSync(join(ROOT, 'scripts', name), 'utf8');
    const written = (target: string): string =>
      transformSync(text, {
        target,
        format: 'esm',
        supported: { 'top-level-await': true, 'import-meta': true },
      }).code;
    expect([name, written('node14')]).toEqual([name, written('esnext')]);
  }
});
