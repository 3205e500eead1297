/**
 * A folder that only its owner can read, and JSON files in it that are replaced as a whole. Two programs that change a
 * file at once take turns. Refuses to use what others can read: whoever reads these files is signed in.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { KeepError } from './keep_error.js';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const OF_OTHERS = 0o077;
const LOCK_FILE = '.lock';
/** Reading and writing one small file takes milliseconds: a lock of this age was left by a program that died. */
const LOCK_STALE_MS = 5_000;
const LOCK_LOOK_MS = 10;
const LOCK_LOOKS_MAX = 700;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error);

/** Throws when others can get at `path`. Windows has no such modes: there a profile is its owner's already. */
function checkMode(path: string, wanted: number): void {
  if (process.platform === 'win32') return;
  const { mode, uid } = statSync(path);
  if (uid !== process.getuid?.()) {
    throw new KeepError('not_ours', { path });
  }
  if ((mode & OF_OTHERS) !== 0) {
    throw new KeepError('open_to_others', { path, mode: wanted.toString(8) });
  }
}

export class PrivateFolder {
  readonly path: string;
  readonly #now: () => number;

  constructor(path: string, now: () => number) {
    this.path = path;
    this.#now = now;
  }

  /** Returns what a file holds, or null when it isn't there. Throws KeepError when it can't be used. */
  read(name: string): unknown {
    const path = join(this.path, name);
    try {
      checkMode(this.path, FOLDER_MODE);
      checkMode(path, FILE_MODE);
      return JSON.parse(readFileSync(path, 'utf8')) as unknown;
    } catch (error) {
      if (error instanceof KeepError) throw error;
      if (codeOf(error) === 'ENOENT') return null;
      if (error instanceof SyntaxError) throw damaged(path);
      throw new KeepError('unreadable', { path, cause: codeOf(error) });
    }
  }

  /** Runs `change` while no other program changes anything here. */
  exclusively(change: () => void): void {
    const lock = join(this.path, LOCK_FILE);
    try {
      mkdirSync(this.path, { recursive: true, mode: FOLDER_MODE });
      checkMode(this.path, FOLDER_MODE);
      this.#lock(lock);
    } catch (error) {
      if (error instanceof KeepError) throw error;
      throw new KeepError('folder_unwritable', { path: this.path, cause: codeOf(error) });
    }
    try {
      change();
    } finally {
      rmSync(lock, { force: true });
    }
  }

  #lock(path: string): void {
    for (let look = 0; look < LOCK_LOOKS_MAX; look++) {
      try {
        closeSync(openSync(path, 'wx', FILE_MODE));
        return;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
      const made_at = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
      if (made_at !== undefined && this.#now() - made_at > LOCK_STALE_MS) rmSync(path, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_LOOK_MS);
    }
    throw new KeepError('held', { path });
  }

  /** Replaces a file, as a whole or not at all. Call it inside `exclusively`. */
  write(name: string, value: object): void {
    const path = join(this.path, name);
    const draft = `${path}.new`;
    try {
      // A draft that a crash left may have other rights than a new file gets.
      rmSync(draft, { force: true });
      writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: FILE_MODE, flush: true });
      renameSync(draft, path);
    } catch (error) {
      throw new KeepError('unwritable', { path, cause: codeOf(error) });
    }
  }
}

export const damaged = (path: string): KeepError => new KeepError('damaged', { path });
