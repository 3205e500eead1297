/** Breaks a copy of the tree in one place and asks a test whether it notices. The tree itself is never touched. */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mutant } from '../mutants/asvs.js';

const ROOT = join(import.meta.dirname, '../..');
/** What tests need, and what they look at. */
const PARTS = ['src', 'test', 'scripts', 'docs', 'bin', 'dist'];
/** A test that waits for ever on what is broken has noticed it. */
const WAIT_MS_MAX = 150_000;

/** What the writer thread is made of, which integration tests run as it was built. */
const BUILT = /^src\/(server\/(store|domain)|protocol)\//;

function needsBuild({ file, test }: Mutant): boolean {
  if (/^test\/(unit|property)\//.test(test)) return false;
  return test.startsWith('test/e2e/') || BUILT.test(file);
}

/** Returns the text of a mutant's file with the mutant in it. Throws unless its place is there exactly once. */
export function mutated({ file, from, to }: Mutant): string {
  const [before, after, ...more] = readFileSync(join(ROOT, file), 'utf8').split(from);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`${file} has ${more.length + (after === undefined ? 0 : 1)} places that read ${from}`);
  return before + to + after;
}

/** A copy of the tree in which one mutant after the other can be tried. */
export class MutantCopy implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'portcullis-mutants-'));

  constructor() {
    const files = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);
    for (const part of [...PARTS, ...files])
      cpSync(join(ROOT, part), join(this.#folder, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(this.#folder, 'node_modules'));
  }

  /**
   * Returns whether the mutant's test noticed it, and what it said. Throws when the test didn't run: then nobody knows. Whatever
   * becomes of it, the copy is as it was before.
   */
  async try(mutant: Mutant): Promise<{ readonly killed: boolean; readonly said: string }> {
    const path = join(this.#folder, mutant.file);
    const builds = needsBuild(mutant);
    writeFileSync(path, mutated(mutant));
    try {
      const live = mutant.test.startsWith('test/e2e/');
      const name = /^T-[0-9]+$/.test(mutant.claim) ? ['-t', mutant.claim] : [];
      return await this.#vitest(builds, ['--project', live ? 'live' : 'quick', mutant.test, ...name]);
    } finally {
      cpSync(join(ROOT, mutant.file), path);
      if (builds) this.#buildIsWhole();
    }
  }

  /** The next mutant's test runs programs that hold that mutant and no other: the one before goes out of dist/ as well. */
  #buildIsWhole(): void {
    const built = join(this.#folder, 'dist');
    rmSync(built, { recursive: true, force: true });
    cpSync(join(ROOT, 'dist'), built, { recursive: true });
  }

  #vitest(
    build: boolean,
    args: readonly string[],
  ): Promise<{ readonly killed: boolean; readonly said: string }> {
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const child = spawn(process.execPath, [vitest, 'run', '--bail=1', ...args], {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: what hangs is one of its workers.
      detached: true,
      // Not a worker of the run that asks.
      env: {
        ...process.env,
        NODE_ENV: 'test',
        NO_COLOR: '1',
        VITEST: '',
        VITEST_POOL_ID: '',
        VITEST_WORKER_ID: '',
        PORTCULLIS_BUILT: build ? '' : '1',
      },
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const late = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, WAIT_MS_MAX);
    return new Promise((resolve, reject) => {
      child.once('close', (code) => {
        clearTimeout(late);
        // Without a test that failed it is the machine, or the build, and no mutant that was noticed.
        const failed = /Failed Tests|Failed Suites|Unhandled Errors/.test(said);
        if (code === 0 || failed || child.signalCode !== null) resolve({ killed: code !== 0, said });
        else reject(new Error(`the test did not run:\n${said}`));
      });
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
