/**
 * One line of standard input, and not a byte behind it: what follows belongs to whoever shares the input with this program,
 * the loop of a shell for example. That is why no stream is made of it: a stream reads ahead, and makes the input
 * non-blocking for the others as well.
 */
import { isUtf8 } from 'node:buffer';
import { readSync } from 'node:fs';

const STDIN = 0;
const LF = 0x0a;
const CR = 0x0d;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
/** Far beyond the longest password, code, token or connection string. */
const LINE_BYTES_MAX = 64 * 1024;
/** The rest of a line that is too long is passed over up to here, so that the next line is one; some input never ends. */
const PASSED_OVER_BYTES_MAX = 4 * 1024 * 1024;
const LOOK_AGAIN_MS = 10;

/** `end`: there is no line left. `not_text`: it is not UTF-8, or holds a NUL, as UTF-16 does. */
export type InputLine =
  | { readonly line: string }
  | { readonly fault: 'end' | 'too_long' | 'not_text' }
  | { readonly fault: 'unreadable'; readonly cause: string };

/** Returns the next byte, or null at the end. Waits for it. Throws what reading throws. */
function nextByte(fd: number, into: Buffer): number | null {
  for (;;) {
    try {
      return readSync(fd, into, 0, 1, null) === 0 ? null : (into[0] ?? null);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      // Windows says the end of a pipe like this.
      if (code === 'EOF') return null;
      if (code !== 'EAGAIN') throw error;
      // Whoever had the input before has left it non-blocking.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MS);
    }
  }
}

/**
 * Returns the next line without its end, which may be missing at the end of the input. Waits for it. A mark that editors and
 * shells put in front of UTF-8 is left out.
 */
export function readInputLine(fd = STDIN): InputLine {
  const bytes: number[] = [];
  const into = Buffer.alloc(1);
  let passed_over = 0;
  try {
    for (;;) {
      const byte = nextByte(fd, into);
      if (byte === null && bytes.length === 0) return { fault: 'end' };
      if (byte === null || byte === LF) break;
      if (bytes.length < LINE_BYTES_MAX) bytes.push(byte);
      else if (++passed_over === PASSED_OVER_BYTES_MAX) break;
    }
  } catch (error) {
    const cause = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return { fault: 'unreadable', cause };
  }
  if (passed_over > 0) return { fault: 'too_long' };
  if (bytes.at(-1) === CR) bytes.pop();
  const whole = Buffer.from(bytes);
  const text = whole.subarray(0, BOM.length).equals(BOM) ? whole.subarray(BOM.length) : whole;
  return isUtf8(text) && !text.includes(0) ? { line: text.toString('utf8') } : { fault: 'not_text' };
}
