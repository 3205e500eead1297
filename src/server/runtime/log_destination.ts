/**
 * Where lines of the log go: a stream whose reader may be slow, or may have stopped to read. Node keeps what isn't taken, without
 * bound, and a process with something kept doesn't end. So at most a megabyte is kept here; what comes on top is counted,
 * and told in a line as soon as the reader takes something again.
 */
/** A few thousand lines: more than any burst that somebody will read. */
const KEPT_BYTES_MAX = 1024 * 1024;

/** What the stream of a log has to do; standard error does. One that keeps nothing needs only the first. */
export type LogStream = {
  write(line: string): unknown;
  /** Bytes that were written and not taken yet. */
  readonly writableLength?: number;
  on?(event: 'drain', listener: () => void): unknown;
};

export class LogDestination {
  readonly #stream: LogStream;
  /** Makes the line that says what was dropped. */
  readonly #tell: (lines: number, bytes: number) => string;
  #lines = 0;
  #bytes = 0;

  constructor(stream: LogStream, tell: (lines: number, bytes: number) => string) {
    this.#stream = stream;
    this.#tell = tell;
    stream.on?.('drain', () => this.#tellDropped());
  }

  /** Writes a line, or counts it when the reader is too far behind. */
  write(line: string): void {
    if (this.#waiting + line.length > KEPT_BYTES_MAX) {
      this.#lines += 1;
      this.#bytes += Buffer.byteLength(line);
      return;
    }
    this.#tellDropped();
    this.#stream.write(line);
  }

  #tellDropped(): void {
    if (this.#lines === 0) return;
    const told = this.#tell(this.#lines, this.#bytes);
    this.#lines = 0;
    this.#bytes = 0;
    this.#stream.write(told);
  }

  get #waiting(): number {
    return this.#stream.writableLength ?? 0;
  }

  /** Waits until all is taken, but not longer than this. Returns false when the reader doesn't take it: then nobody should wait. */
  async drained(wait_ms: number): Promise<boolean> {
    const until = performance.now() + wait_ms;
    while (this.#waiting > 0) {
      if (performance.now() > until) return false;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return true;
  }
}

const LOOK_MS = 5;
