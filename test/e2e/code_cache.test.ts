/** The code cache beside the terminal program: taken when it fits, and nobody notices when it doesn't. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTui } from '../support/pty.js';

const ROOT = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'portcullis-cache-'));
const hook = join(folder, 'hook.cjs');
const program = join(folder, 'bin/auth-tui.js');

beforeAll(() => {
  cpSync(join(ROOT, 'bin'), join(folder, 'bin'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  writeFileSync(
    hook,
    `const vm = require('node:vm'); const { Script } = vm;
    vm.Script = class extends Script {
      constructor(text, options) {
        super(text, options);
        process.stderr.write((options.cachedData === undefined ? 'none' : this.cachedDataRejected ? 'refused' : 'taken') + ' ');
      }
    };`,
  );
});
beforeEach(() => {
  rmSync(join(folder, 'dist'), { recursive: true, force: true });
  cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function cacheFolder(): string {
  const name = readdirSync(join(folder, 'dist/tui')).find((one) => one.startsWith('code-'));
  if (name === undefined) throw new Error('the build made no code cache');
  return join(folder, 'dist/tui', name);
}

const cached = (): string[] => readdirSync(cacheFolder()).map((name) => join(cacheFolder(), name));

/** What a run printed, and what became of the cache of each chunk. */
function run(...nodeFlags: string[]): { readonly out: string; readonly caches: ReadonlySet<string> } {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...nodeFlags, '--require', hook, program, '--version'],
    { encoding: 'utf8' },
  );
  expect(status).toBe(0);
  return { out: stdout, caches: new Set(stderr.trim().split(' ')) };
}

test('is taken by the Node that built it, from a folder that nobody can write', () => {
  for (const path of [...cached(), cacheFolder(), join(folder, 'dist/tui'), join(folder, 'dist')]) {
    chmodSync(path, 0o555);
  }
  expect(run().caches).toEqual(new Set(['taken']));
  for (const path of [join(folder, 'dist'), join(folder, 'dist/tui'), cacheFolder(), ...cached()]) {
    chmodSync(path, 0o755);
  }
});

test.each<[string, () => void, string]>([
  ['none', () => rmSync(cacheFolder(), { recursive: true }), 'none'],
  [
    'one that is cut short',
    () => {
      for (const path of cached()) truncateSync(path, readFileSync(path).length - 1);
    },
    'refused',
  ],
  [
    'something else',
    () => {
      for (const path of cached()) writeFileSync(path, 'no cache');
    },
    'refused',
  ],
])('with %s the program runs all the same', (_name, spoil, caches) => {
  const { out } = run();
  spoil();
  expect(run()).toEqual({ out, caches: new Set([caches]) });
});

test('V8 with other flags refuses it', () => {
  expect(run('--no-lazy').caches).toEqual(new Set(['refused']));
});

test('the interface starts without it', async () => {
  rmSync(cacheFolder(), { recursive: true });
  await using tui = startTui({
    command: [process.execPath, program],
    // A folder without keys: in the one where it runs, somebody may have started a server.
    args: ['--host', '127.0.0.1', '--port', '1', '--data', join(folder, 'no_keys')],
  });
  await tui.sees('Portcullis');
  await tui.sees('Address');
});
