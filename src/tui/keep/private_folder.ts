/**
 * A folder that only its owner can read, and JSON files in it that are replaced as a whole. Two programs that change a
 * file at once take turns. Refuses to use what others can read: whoever reads these files is signed in.
 */
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import { KeepError } from './keep_error.js';
import { LockFile } from './lock_file.js';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const OF_OTHERS = 0o077;
const LOCK_FILE = '.lock';
/** Reading and writing one small file takes milliseconds: a lock of this age was left by a program that died. */
const LOCK_STALE_MS = 5_000;
const LOCK_LOOK_MS = 10;
const LOCK_HELD_MS_MAX = 7_000;
/** A turn holds a conversation with a server, which may take as long as connecting and one answer may. */
const TURN_STALE_MS = 45_000;
const TURN_LOOK_MS = 25;
const TURN_HELD_MS_MAX = 50_000;
/** What is written later has to find room beside what is written now. */
const SPARE_BYTES = 4_096;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error);

/** Throws when others can get at `path`. Windows has no such modes: there a profile is its owner's already. */
function checkMode(path: string, { mode, uid }: Stats, wanted: number): void {
  if (process.platform === 'win32') return;
  if (uid !== process.geteuid?.()) {
    throw new KeepError('not_ours', { path });
  }
  if ((mode & OF_OTHERS) !== 0) {
    throw new KeepError('open_to_others', { path, mode: wanted.toString(8) });
  }
}

/** A pipe that nobody writes to would be waited for without the last. Windows has neither, which leaves nothing to add. */
const CAREFULLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Returns a file's text if it is a file, no link, and its owner's alone. What is checked is what is read. */
function readChecked(path: string): string {
  const file = openSync(path, CAREFULLY);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new KeepError('not_a_file', { path });
    checkMode(path, stats, FILE_MODE);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
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
      checkMode(this.path, statSync(this.path), FOLDER_MODE);
      return JSON.parse(readChecked(path)) as unknown;
    } catch (error) {
      if (error instanceof KeepError) throw error;
      if (codeOf(error) === 'ENOENT') return null;
      if (error instanceof SyntaxError) throw damaged(path);
      if (codeOf(error) === 'ELOOP') throw new KeepError('not_a_file', { path });
      throw new KeepError('unreadable', { path, cause: codeOf(error) });
    }
  }

  /** Runs `change` while no other program changes anything here. */
  exclusively<T>(change: () => T): T {
    const lock = this.#lockFile(LOCK_FILE, LOCK_STALE_MS);
    while (!this.#take(lock, LOCK_FILE, LOCK_HELD_MS_MAX))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_LOOK_MS);
    try {
      return change();
    } finally {
      lock.release();
    }
  }

  /**
   * Runs `work`, which may take long, while no other program of the same person is at the same work. What it changes, it
   * changes by `exclusively`. Whoever waits goes on waiting for as long as others take their turns.
   */
  async inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const lock = this.#lockFile(name, TURN_STALE_MS);
    while (!this.#take(lock, name, TURN_HELD_MS_MAX))
      await new Promise((resolve) => setTimeout(resolve, TURN_LOOK_MS));
    try {
      return await work();
    } finally {
      lock.release();
    }
  }

  #lockFile(name: string, silent_ms: number): LockFile {
    return new LockFile({ path: join(this.path, name), now: this.#now, silent_ms });
  }

  #take(lock: LockFile, name: string, held_ms_max: number): boolean {
    try {
      mkdirSync(this.path, { recursive: true, mode: FOLDER_MODE });
      checkMode(this.path, statSync(this.path), FOLDER_MODE);
      if (lock.take()) return true;
    } catch (error) {
      if (error instanceof KeepError) throw error;
      throw unwritable(this.path, error);
    }
    if (lock.watched_ms > held_ms_max) throw new KeepError('held', { path: join(this.path, name) });
    return false;
  }

  /** Makes sure that a file could be replaced by one that is a little longer. Throws KeepError. */
  check(name: string): void {
    this.exclusively(() => {
      const path = join(this.path, name);
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      this.#draft(path, ' '.repeat(size + SPARE_BYTES));
      rmSync(draftOf(path), { force: true });
    });
  }

  /** Replaces a file, as a whole or not at all. Call it inside `exclusively`. */
  write(name: string, value: object): void {
    const path = join(this.path, name);
    this.#draft(path, `${JSON.stringify(value, null, 2)}\n`);
    try {
      renameSync(draftOf(path), path);
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  #draft(path: string, text: string): void {
    const draft = draftOf(path);
    try {
      // Always a new file (O_EXCL, which follows no link): one that lies there may have other rights, or lead elsewhere.
      rmSync(draft, { force: true });
      writeFileSync(draft, text, { flag: 'wx', mode: FILE_MODE, flush: true });
    } catch (error) {
      removeQuietly(draft);
      throw unwritable(path, error);
    }
  }
}

/** Codes of the system for a disk, or a person's share of it, that is full. */
const FULL: readonly string[] = ['ENOSPC', 'EDQUOT', 'EFBIG'];

function unwritable(path: string, error: unknown): KeepError {
  const cause = codeOf(error);
  return new KeepError(FULL.includes(cause) ? 'unwritable' : 'folder_unwritable', { path, cause });
}

/** What is wrong has been said by then. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Then it stays; the next draft is told of it.
  }
}

const draftOf = (path: string): string => `${path}.new`;

export const damaged = (path: string): KeepError => new KeepError('damaged', { path });
