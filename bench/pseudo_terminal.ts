/** A program in a pseudo-terminal: what it writes, and when. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { spawn, type IPty } from 'node-pty';

/** Nothing written for so long counts as done. */
const CALM_MS = 300;
const SEEN_MS_MAX = 30_000;
/** The latest text that is looked through, UTF-16 units; a screen takes a tenth of it. */
const TEXT_MAX = 100_000;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class PseudoTerminal implements Disposable {
  readonly #pty: IPty;
  readonly #home: string;
  readonly #began = performance.now();
  #text = '';
  #last = this.#began;
  #waiting: (() => void)[] = [];
  /** Written so far. */
  bytes = 0;

  /** `folder`: for a home of its own, so that nothing that an earlier program kept is found. */
  constructor(
    argv: readonly string[],
    folder: string,
    size: { readonly cols: number; readonly rows: number },
  ) {
    this.#home = mkdtempSync(join(folder, 'home-'));
    this.#pty = spawn(process.execPath, [...argv], {
      ...size,
      cwd: this.#home,
      name: 'xterm-256color',
      env: {
        TERM: 'xterm-256color',
        LANG: 'en_US.UTF-8',
        PATH: process.env['PATH'] ?? '',
        HOME: this.#home,
        XDG_CONFIG_HOME: this.#home,
      },
    });
    this.#pty.onData((data) => {
      this.#last = performance.now();
      this.bytes += Buffer.byteLength(data);
      this.#text = (this.#text + data).slice(-TEXT_MAX);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** Milliseconds from the start until `wanted` was written. */
  async sees(wanted: string): Promise<number> {
    const until = performance.now() + SEEN_MS_MAX;
    while (!this.#text.includes(wanted)) {
      if (performance.now() > until) throw new Error(`never seen: ${wanted}\n${this.#text.slice(-3000)}`);
      await Promise.race([this.#next(), pause(200)]);
    }
    return this.#last - this.#began;
  }

  /** Resolves when nothing has been written for a moment. */
  async calm(): Promise<void> {
    while (performance.now() - this.#last < CALM_MS) await pause(25);
  }

  write(keys: string): void {
    this.#pty.write(keys);
  }

  /** Sends one key; gives the milliseconds until the next bytes. */
  async key(key: string): Promise<number> {
    const answered = this.#next();
    const began = performance.now();
    this.#pty.write(key);
    await Promise.race([answered, pause(1_000)]);
    return performance.now() - began;
  }

  [Symbol.dispose](): void {
    this.#pty.kill('SIGKILL');
    rmSync(this.#home, { recursive: true, force: true });
  }

  async #next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
