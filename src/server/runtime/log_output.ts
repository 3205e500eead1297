/**
 * Where the log goes: standard error, and after a reload the file of the same name, so that a log that was moved away by a program
 * that rotates logs goes on in a new file.
 */
import { closeSync, constants, fstatSync, openSync, readlinkSync, writeSync } from 'node:fs';
import type { LogStream } from './log_destination.js';

const STDERR = 2;
/** Links don't count, and what has no reader doesn't hold us up. */
const OPEN_FLAGS =
  constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const FILE_MODE = 0o600;

/** What a reload did: `not_a_file` where standard error is a pipe, a socket or a terminal, which stays as it is. */
export type Reopened = 'reopened' | 'not_a_file' | { readonly fault: string };

/** Returns the path of the file that standard error leads to; null when it is none, or the system doesn't tell. */
function stderrPath(): string | null {
  try {
    return fstatSync(STDERR).isFile() ? readlinkSync('/proc/self/fd/2') : null;
  } catch {
    return null;
  }
}

export class LogOutput implements LogStream {
  readonly #stderr: LogStream;
  /** As it was at the start: the system follows a file that is moved, and gives its new name. */
  readonly #path: string | null = stderrPath();
  #descriptor: number | null = null;

  constructor(stderr: LogStream) {
    this.#stderr = stderr;
  }

  /** A file takes what it is given at once. */
  get writableLength(): number {
    return this.#descriptor === null ? (this.#stderr.writableLength ?? 0) : 0;
  }

  on(event: 'drain', listener: () => void): void {
    this.#stderr.on?.(event, listener);
  }

  write(line: string): void {
    if (this.#descriptor === null) {
      this.#stderr.write(line);
      return;
    }
    try {
      writeSync(this.#descriptor, line);
    } catch {
      // A full disk is no reason to stop; the next line may find room.
    }
  }

  /** Opens the log's file anew. What can't be opened leaves the log where it is. */
  reopen(): Reopened {
    if (this.#path === null) return 'not_a_file';
    let opened: number;
    try {
      opened = openSync(this.#path, OPEN_FLAGS, FILE_MODE);
    } catch (error) {
      return { fault: error instanceof Error ? error.message : String(error) };
    }
    if (!fstatSync(opened).isFile()) {
      closeSync(opened);
      return { fault: `${this.#path} is not a file any more` };
    }
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = opened;
    return 'reopened';
  }
}
