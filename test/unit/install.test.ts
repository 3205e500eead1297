/** A fresh clone says how its install is going, what is missing before it fails, and what it failed of. */
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { doingAfter, missingText, progressText, whyFailed } from '../../scripts/install_progress.mjs';

test.each([
  ['> better-sqlite3@12.11.1 install', 'setting up better-sqlite3'],
  ['> esbuild@0.28.2 postinstall', 'setting up esbuild'],
  ['> @scope/name@1.0.0 preinstall', 'setting up @scope/name'],
  ['  CC(target) Release/obj.target/sqlite3/gen/sqlite3/sqlite3.o', 'compiling sqlite3'],
  ['  CXX(target) Release/obj.target/better_sqlite3/src/better_sqlite3.o', 'compiling better_sqlite3'],
  ['  SOLINK_MODULE(target) Release/better_sqlite3.node', 'linking'],
  ['> prebuild-install || node-gyp rebuild --release', 'compiling'],
  ['prebuild-install warn install No prebuilt binaries found', 'compiling'],
  ['added 300 packages in 1m', null],
])('%s: %s', (line, doing) => {
  expect(doingAfter(line)).toBe(doing);
});

test('what is missing is named, and nothing else', () => {
  expect(missingText({ compiler: 'c++', make: 'make', python: 'python3' })).toBeNull();
  expect(missingText({ compiler: null, make: 'make', python: 'python3' })).toContain(
    'and a C++ compiler (c++, g++ or clang++) can not be found',
  );
  expect(missingText({ compiler: null, make: null, python: null })).toContain(
    'a C++ compiler (c++, g++ or clang++), make and Python 3 (python3) can not be found',
  );
  expect(progressText(40, 'better-sqlite3, compiling sqlite3')).toBe(
    '  40 s: better-sqlite3, compiling sqlite3',
  );
});

test.each([
  [
    'gyp ERR! stack Error: 403 status code downloading 403 https://nodejs.org/download/v20.20.2/node-v20.20.2-headers.tar.gz',
    /headers.*not to blame/,
  ],
  [
    'gyp http GET https://nodejs.org/download/release/v20.20.2/node-v20.20.2-headers.tar.gz\ngyp ERR! stack FetchError: request to https://nodejs.org/x failed, reason: getaddrinfo EAI_AGAIN nodejs.org',
    /headers/,
  ],
  ['npm error code ENOTFOUND\nnpm error network', /packages could not be fetched/],
  ['npm ERR! code E404', /packages could not be fetched/],
  ['gyp ERR! find Python Python is not set', /Python 3 is needed/],
  ['make: c++: command not found\nc++: not found', /C\+\+ compiler and make are needed/],
  ['gyp ERR! stack Error: not found: make', /C\+\+ compiler and make are needed/],
  ['npm error ENOSPC: no space left on device', /disk is full/],
  ['npm error code EACCES', /may not write here/],
  ['something else', /What npm said is above/],
])('%s', (said, why) => {
  expect(whyFailed(said, null)).toMatch(why);
});
test('what was missing from the start is the reason where nothing else is known', () => {
  expect(whyFailed('something else', 'no compiler')).toBe('no compiler');
});

describe('an install', () => {
  const scripts = join(import.meta.dirname, '../../scripts');
  /** Runs the set-up of a clone in which `npm` is a script of ours. */
  async function install(npm: string, programs: readonly string[]): Promise<{ code: number; err: string }> {
    const clone = mkdtempSync(join(tmpdir(), 'portcullis-clone-'));
    try {
      mkdirSync(join(clone, 'scripts'));
      mkdirSync(join(clone, 'bin'));
      for (const name of ['setup.mjs', 'install_progress.mjs'])
        cpSync(join(scripts, name), join(clone, 'scripts', name));
      writeFileSync(join(clone, 'package-lock.json'), '{}');
      for (const [name, text] of [['npm', npm], ...programs.map((name) => [name, ''])]) {
        const path = join(clone, 'bin', name ?? '');
        writeFileSync(path, `#!/bin/sh\n${text ?? ''}\n`);
        chmodSync(path, 0o755);
      }
      for (const name of ['sleep', 'mkdir', 'touch']) symlinkSync(`/bin/${name}`, join(clone, 'bin', name));
      const script = `const { setUp } = await import('./scripts/setup.mjs'); await setUp({ every_ms: 100 }); console.error('installed');`;
      return await new Promise((resolve) => {
        execFile(
          process.execPath,
          ['--input-type=module', '-e', script],
          { cwd: clone, env: { PATH: join(clone, 'bin') } },
          (error, _out, err) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, err }),
        );
      });
    } finally {
      rmSync(clone, { recursive: true });
    }
  }
  const DONE = 'mkdir node_modules; touch node_modules/.package-lock.json';

  test('says how long it has taken and what is compiled', async () => {
    const { code, err } = await install(
      `sleep 0.4; echo '> better-sqlite3@12.11.1 install'; echo '  CC(target) Release/obj.target/sqlite3.o'; sleep 0.5; ${DONE}`,
      ['c++', 'make', 'python3'],
    );
    expect(code).toBe(0);
    expect(err).toMatch(/^Installing the packages; .{1,60}\n/);
    expect(err).toMatch(/\n {2}\d+ s: fetching the packages\n/);
    expect(err).toMatch(/\n {2}\d+ s: better-sqlite3, compiling sqlite3\n/);
    expect(err).toMatch(/\ninstalled\n$/);
    expect(err).not.toContain('can not be found');
  });
  test('says what is missing before it begins', async () => {
    const { err } = await install(`sleep 0.4; ${DONE}`, ['make']);
    const at = err.indexOf('a C++ compiler (c++, g++ or clang++) and Python 3 (python3) can not be found');
    expect(at).toBeGreaterThan(0);
    expect(at).toBeLessThan(err.indexOf('fetching the packages'));
  });
  test('that failed shows what was said, and why', async () => {
    const { code, err } = await install(
      "echo 'gyp ERR! stack Error: 403 status code downloading https://nodejs.org/x' >&2; exit 1",
      ['c++', 'make', 'python3'],
    );
    expect(code).toBe(1);
    expect(err).toContain('403 status code downloading');
    expect(err).toMatch(/npm ci has failed\. Node's headers/);
  });
});
