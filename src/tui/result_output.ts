/** Standard output as the place of a result: whether all of it got there is known at the end. Loads nothing. */

type Stream = {
  write(text: string, done?: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
};

export type ResultOutput = {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  /**
   * Returns why something of it could not be written, as a system's word (`ENOSPC`), when all has been tried; null when
   * nothing went wrong, or whoever reads has seen enough.
   */
  settled?(): Promise<string | null>;
};

/** Returns a stream as the place of a result. */
export function resultOutput(stream: Stream): ResultOutput {
  let fault: string | null = null;
  stream.on('error', (error) => {
    const code = 'code' in error ? String(error.code) : error.message;
    // `auth-tui users list --all | head -1` is no failure; what comes after the first fault follows from it.
    if (code !== 'EPIPE') fault ??= code;
  });
  return {
    write: (text) => stream.write(text),
    ...(stream.isTTY === undefined ? {} : { isTTY: stream.isTTY }),
    ...(stream.columns === undefined ? {} : { columns: stream.columns }),
    settled: async () => {
      await new Promise<void>((resolve) => stream.write('', () => resolve()));
      // The error of a file is told a turn later.
      await new Promise<void>((resolve) => setImmediate(resolve));
      return fault;
    },
  };
}
