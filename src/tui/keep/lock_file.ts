/**
 * A file that says whose turn it is. Its holder stands in it, so that a lock which a dead program left is known as one, whatever
 * the clocks say: a process of this machine is asked for, and any other is watched.
 */
import { closeSync, openSync, readFileSync, readlinkSync, rmSync, statSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';

const FILE_MODE = 0o600;
/** A lock without a holder is that of an older release, which held it for milliseconds, or of one that was killed while taking it. */
const NAMELESS_MS = 5_000;

/** Locks of this process, each of which is another. */
let made = 0;

type Holder = { readonly pid: number; readonly started: string; readonly host: string };
/** A lock as it was found; `id` is another for each that was ever taken. */
type Found = { readonly id: string; readonly holder: Holder | null; readonly made_at: number };

export type LockOptions = {
  readonly path: string;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** A lock of another machine was left when nothing changed about it for so long. */
  readonly silent_ms: number;
};

const codeOf = (error: unknown): string | null =>
  error instanceof Error && 'code' in error ? String(error.code) : null;

/** Names whose processes ours can be asked for: a container may call itself as its machine does, and numbers them anew. */
export function processesHere(): string {
  try {
    return `${hostname()}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** What the system says of a process: its state, and when it started, in ticks since the machine did; null where it says nothing. */
function lookUp(pid: number): { readonly state: string; readonly started: string } | null {
  try {
    // The name, in parentheses, may hold anything. [proc(5)]
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', started: fields[19] ?? '' };
  } catch {
    return null;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Somebody else's, which is alive all the same.
    if (codeOf(error) !== 'EPERM') return false;
  }
  const found = lookUp(pid);
  // Ids of processes come again; what has ended and wasn't fetched yet still has one.
  return found === null || started === '' || (found.started === started && !'ZX'.includes(found.state));
}

function holderIn(text: string): Holder | null {
  const [pid, started, host] = text.trim().split(' ');
  return pid !== undefined && /^[1-9]\d{0,9}$/.test(pid) && started !== undefined && host !== undefined
    ? { pid: Number(pid), started: started === '-' ? '' : started, host }
    : null;
}

export class LockFile {
  readonly #options: LockOptions;
  readonly #own: string;
  #seen: { readonly id: string; readonly since_ms: number } | null = null;

  constructor(options: LockOptions) {
    this.#options = options;
    const started = lookUp(process.pid)?.started ?? '';
    this.#own = `${process.pid} ${started === '' ? '-' : started} ${processesHere()} ${(made += 1)}\n`;
  }

  /** Takes the lock if nobody holds it. Returns whether it did. Throws what the system says when it can't be made at all. */
  take(): boolean {
    const { path } = this.#options;
    const found = this.#find();
    if (found !== null && this.#isLeft(found)) this.#remove(found);
    try {
      const file = openSync(path, 'wx', FILE_MODE);
      try {
        writeSync(file, this.#own);
      } catch (error) {
        rmSync(path, { force: true });
        throw error;
      } finally {
        closeSync(file);
      }
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
  }

  /** Gives it back, unless somebody has taken it for dead meanwhile. */
  release(): void {
    const { path } = this.#options;
    try {
      if (readFileSync(path, 'utf8') === this.#own) rmSync(path, { force: true });
    } catch {
      // Gone, or not ours to remove any more; what was done under it is done, and others see that its holder has ended.
    }
  }

  /** How long this one has looked at the very lock that is there, in milliseconds; 0 when it is another than before. */
  get watched_ms(): number {
    return this.#seen === null ? 0 : performance.now() - this.#seen.since_ms;
  }

  #find(): Found | null {
    const { path } = this.#options;
    const stats = statSync(path, { throwIfNoEntry: false });
    let text = '';
    try {
      if (stats?.isFile() === true) text = readFileSync(path, 'utf8').slice(0, 1024);
    } catch {
      // Unreadable, or gone since: then it is watched.
    }
    if (stats === undefined) {
      this.#seen = null;
      return null;
    }
    const found = {
      id: `${stats.ino} ${stats.mtimeMs} ${text}`,
      holder: holderIn(text),
      made_at: stats.mtimeMs,
    };
    if (this.#seen?.id !== found.id) this.#seen = { id: found.id, since_ms: performance.now() };
    return found;
  }

  #isLeft({ holder, made_at }: Found): boolean {
    const { now, silent_ms } = this.#options;
    if (holder?.host === processesHere()) return !isAlive(holder);
    // By its clock or by ours: that one comes from the future makes it no younger than we have seen it.
    return holder === null
      ? now() - made_at > NAMELESS_MS || this.watched_ms > NAMELESS_MS
      : this.watched_ms > silent_ms;
  }

  /** One at a time: who looked longer ago would take away the lock of who was quicker. */
  #remove(left: Found): void {
    const guard = `${this.#options.path}.left`;
    try {
      closeSync(openSync(guard, 'wx', FILE_MODE));
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      const stats = statSync(guard, { throwIfNoEntry: false });
      // It is there for microseconds, unless somebody was killed in them.
      if (stats !== undefined && this.watched_ms > NAMELESS_MS) rmSync(guard, { force: true });
      return;
    }
    try {
      if (this.#find()?.id === left.id) rmSync(this.#options.path, { force: true });
    } finally {
      rmSync(guard, { force: true });
    }
  }
}
