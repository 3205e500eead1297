/** The standard input of this process, for commands. */
import { isatty } from 'node:tty';
import { readInputLine } from '../reach/index.js';
import type { CommandInput } from './secret_source.js';

const STDIN = 0;

/** Returns standard input as nobody has touched it yet: `process.stdin` is made where keys of a terminal are read. */
export const processInput = (): CommandInput => ({
  isTTY: isatty(STDIN),
  line: () => readInputLine(STDIN),
  keys: () => process.stdin,
});
