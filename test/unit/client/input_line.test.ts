/** A line of input and not a byte behind it, from files and pipes as programs are given them. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readInputLine } from '../../../src/client/index.js';

const folder = mkdtempSync(join(tmpdir(), 'portcullis-lines-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Gives an open file that holds these bytes. */
function opened<T>(bytes: string | Buffer, use: (fd: number) => T): T {
  const path = join(folder, 'input');
  writeFileSync(path, bytes);
  const fd = openSync(path, 'r');
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}
const rest = (fd: number): string => {
  const into = Buffer.alloc(100);
  return into.subarray(0, readSync(fd, into)).toString();
};

describe('a line of a file', () => {
  test.each([
    ['one\ntwo\n', { line: 'one' }, 'two\n'],
    ['one\r\ntwo', { line: 'one' }, 'two'],
    ['one', { line: 'one' }, ''],
    ['one\r', { line: 'one' }, ''],
    ['one\r\r\n', { line: 'one\r' }, ''],
    [' one \nx', { line: ' one ' }, 'x'],
    ['\ntwo', { line: '' }, 'two'],
    ['\r\ntwo', { line: '' }, 'two'],
    ['', { fault: 'end' }, ''],
    ['пароль 东\nx', { line: 'пароль 东' }, 'x'],
    ['\ufeffone\nx', { line: 'one' }, 'x'],
    ['\ufeff\nx', { line: '' }, 'x'],
    ['a\0b\nx', { fault: 'not_text' }, 'x'],
    [Buffer.from('a\nb\n', 'utf16le'), { fault: 'not_text' }, '\0b\0\n\0'],
    [Buffer.from([0xc3, 0x28, 0x0a, 0x78]), { fault: 'not_text' }, 'x'],
  ])('%j', (bytes, read, left) => {
    opened(bytes, (fd) => {
      expect(readInputLine(fd)).toEqual(read);
      expect(rest(fd)).toBe(left);
    });
  });
  test('of the longest length', () => {
    opened('x'.repeat(65_536), (fd) => {
      expect(readInputLine(fd)).toEqual({ line: 'x'.repeat(65_536) });
      expect(rest(fd)).toBe('');
    });
  });
  test.each([65_537, 1024 * 1024])('of %i bytes is too long, and left behind', (length) => {
    opened(`${'x'.repeat(length)}\nnext`, (fd) => {
      expect(readInputLine(fd)).toEqual({ fault: 'too_long' });
      expect(rest(fd)).toBe('next');
    });
  });
  test('one after the other, then the end, again and again', () => {
    opened('a\nb', (fd) => {
      const read = Array.from({ length: 4 }, () => readInputLine(fd));
      expect(read).toEqual([{ line: 'a' }, { line: 'b' }, { fault: 'end' }, { fault: 'end' }]);
    });
  });
  test('an input that never ends is given up', () => {
    const fd = openSync('/dev/zero', 'r');
    expect(readInputLine(fd)).toEqual({ fault: 'too_long' });
    closeSync(fd);
  });
  test('a folder can not be read', () => {
    const fd = openSync(folder, 'r');
    expect(readInputLine(fd)).toEqual({ fault: 'unreadable', cause: 'EISDIR' });
    closeSync(fd);
  });
});

test('a pipe that another program has left non-blocking is waited for', () => {
  const reader = join(import.meta.dirname, '../../../src/client/input_line.ts');
  // Python makes the shared pipe non-blocking, then the reader finds nothing there at first.
  const script = `{ sleep 0.7; echo late; echo more; } | {
    python3 -c 'import fcntl,os; fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_NONBLOCK)'
    "$NODE" --import tsx -e 'const { readInputLine } = await import(process.env.READER); console.log(JSON.stringify(readInputLine()))'
    python3 -c 'import fcntl,os; fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) & ~os.O_NONBLOCK)'
    cat
  }`;
  const { stdout } = spawnSync('bash', ['-c', script], {
    env: { ...process.env, NODE: process.execPath, READER: reader },
    encoding: 'utf8',
  });
  expect(stdout).toBe('{"line":"late"}\nmore\n');
});
