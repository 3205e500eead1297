/** `--theme auto`: the look follows what the terminal says of its background, and without an answer nothing happens. */
import { describe, expect, test } from 'vitest';
import { BACKGROUND_ANSWER_MS } from '../../src/tui/background.js';
import { COLOURED } from '../../src/tui/theme/colours.js';
import { startTui, type TerminalProgram } from '../support/pty.js';
import { startServer, type TestServer } from '../support/server.js';

const QUESTION = '\x1b]11;?';
const WHITE = '11;rgb:ffff/ffff/ffff';
const BLACK = '11;rgb:0000/0000/0000';

const argsOf = (server: TestServer, ...more: string[]): string[] => [
  ...['--host', server.host, '--port', String(server.port), '--data', server.data_folder],
  ...more,
];

/** The registration form is there, nothing is in it, and what is typed is all that is in it then. */
async function fieldIsClean(program: TerminalProgram): Promise<void> {
  await program.sees(/Login +│/);
  expect(program.text()).not.toMatch(/rgb|ffff|0000\//);
  program.write('anna');
  await program.sees(/Login +anna +│/);
}

/** The same colour from corner to corner. */
const backgrounds = (program: TerminalProgram): readonly (string | null)[] =>
  [
    [0, 0],
    [0, 79],
    [10, 2],
    [23, 0],
    [23, 79],
  ].map(([row, column]) => program.background(row!, column!));

describe('the terminal’s background', () => {
  test.each([
    ['light', `\x1b]${WHITE}\x1b\\`],
    ['dark', `\x1b]${BLACK}\x1b\\`],
    ['light', `\x1b]${WHITE}\x07`],
    ['dark', '\x1b]11;rgba:1111/1111/1111/ffff\x1b\\'],
  ] as const)('%s after %j', async (theme, answer_background) => {
    await using server = await startServer();
    await using program = startTui({ args: argsOf(server, '--theme', 'auto'), answer_background });
    const { bg } = COLOURED[theme];
    await program.sees(() => backgrounds(program).every((colour) => colour === bg));
    await fieldIsClean(program);
    expect(backgrounds(program).every((colour) => colour === bg)).toBe(true);
  });

  test.each([
    ['no answer', undefined],
    ['an answer about another colour', '\x1b]10;rgb:ffff/ffff/ffff\x1b\\'],
    ['an answer that is none', '\x1b]11;blue-ish\x1b\\'],
  ])('%s changes nothing and leaks nothing', async (_what, answer_background) => {
    await using server = await startServer();
    await using program = startTui({
      args: argsOf(server, '--theme', 'auto'),
      ...(answer_background === undefined ? {} : { answer_background }),
    });
    await program.sees(() => program.raw().includes(QUESTION));
    await fieldIsClean(program);
    expect(backgrounds(program).every((colour) => colour === null)).toBe(true);
  });

  test('an answer that is too late, and one that nobody asked for, change nothing and leak nothing', async () => {
    await using server = await startServer();
    await using late = startTui({ args: argsOf(server, '--theme', 'auto') });
    await late.sees(() => late.raw().includes(QUESTION));
    await new Promise((resolve) => setTimeout(resolve, BACKGROUND_ANSWER_MS + 100));
    late.write(`\x1b]${WHITE}\x1b\\`);
    await fieldIsClean(late);
    expect(backgrounds(late).every((colour) => colour === null)).toBe(true);

    await using unasked = startTui({ args: argsOf(server, '--theme', 'dark') });
    const { bg } = COLOURED.dark;
    await unasked.sees(() => backgrounds(unasked).every((colour) => colour === bg));
    unasked.write(`\x1b]${WHITE}\x1b\\`);
    await fieldIsClean(unasked);
    expect(unasked.raw()).not.toContain(QUESTION);
    expect(backgrounds(unasked).every((colour) => colour === bg)).toBe(true);
  });

  test('the answer that comes in pieces between keys is the answer, and the keys are the keys', async () => {
    await using server = await startServer();
    await using program = startTui({ args: argsOf(server, '--theme', 'auto') });
    await program.sees(() => program.raw().includes(QUESTION));
    program.write(`an\x1b]${WHITE.slice(0, 9)}`);
    program.write(`${WHITE.slice(9)}\x1b\\na`);
    await program.sees(/Login +anna +│/);
    await program.sees(() => backgrounds(program).every((colour) => colour === COLOURED.light.bg));
  });
});
