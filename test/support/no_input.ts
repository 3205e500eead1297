/** Standard input without a terminal and without a line, for commands that are run inside a test. */
import { PassThrough } from 'node:stream';
import type { CommandInput } from '../../src/tui/commands/secret_source.js';

export const NO_INPUT: CommandInput = {
  isTTY: false,
  line: () => ({ fault: 'end' }),
  keys: () => {
    throw new Error('There is no terminal.');
  },
};

/** Standard input that holds lines of text and then ends. */
export function lines(text: string): CommandInput {
  const left = text.split('\n');
  if (left.at(-1) === '') left.pop();
  return {
    ...NO_INPUT,
    line: () => {
      const line = left.shift();
      return line === undefined ? { fault: 'end' } : { line: line.replace(/\r$/, '') };
    },
  };
}

/** A terminal at which somebody types these keys, whenever something is asked. */
export const keys = (typed: string): CommandInput => ({
  isTTY: true,
  line: () => ({ fault: 'end' }),
  keys: () => {
    const stream = new PassThrough();
    stream.write(typed);
    return stream;
  },
});
