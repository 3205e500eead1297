/** A run of vitest beside this one, with a configuration of its own: see test/fixtures/held_run. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const POLL_MS = 10;

export class HeldRun implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'portcullis-held-'));
  readonly #child: ChildProcess;
  /** Its exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  said = '';

  constructor(environment: Readonly<Record<string, string>> = {}) {
    // It is another run, and not a worker of this one.
    const env = Object.entries(process.env).filter(
      ([name]) => !/^(VITEST|(CI|NODE_ENV|FORCE_COLOR)$)/.test(name),
    );
    const args = ['node_modules/vitest/vitest.mjs', 'run', '--root', 'test/fixtures/held_run'];
    this.#child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { ...Object.fromEntries(env), ...environment, HELD_RUN_SAYS: this.#says, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.said += chunk.toString()));
    // What comes with the event.
    this.ended = once(this.#child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  }

  /** Waits until its test has a database, and returns its address. Throws when the run ends instead. */
  async database(): Promise<string> {
    while (!existsSync(this.#says)) {
      if (this.#child.exitCode !== null) throw new Error(`the run ended: ${this.said}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return readFileSync(this.#says, 'utf8');
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true });
  }

  get #says(): string {
    return join(this.#folder, 'address');
  }
}
