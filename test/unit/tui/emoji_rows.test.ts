/** Emoji, joined, coloured and selected ones: terminals disagree about their width, and no row may be out of line for that. */
import { Terminal } from '@xterm/headless';
import { describe, expect, test } from 'vitest';
import { FrameWriter } from '../../../src/tui/terminal/index.js';
import { clean, fit, graphemes, width } from '../../../src/tui/text/index.js';
import { cleanResult } from '../../../src/tui/reach/index.js';

const FAMILY = '👨\u200d👩\u200d👧';
/** Each is one character to people. In the comment: cells in tmux 3.3a, in xterm 6 without addons. */
const EMOJI = {
  family: FAMILY, // 2, 3
  'family of four': '👨\u200d👩\u200d👧\u200d👦',
  profession: '👩\u200d💻', // 2, 2
  'colour of skin': '👍🏽', // 4, 2
  'colour, joined': '🤷🏽\u200d♀\ufe0f', // 4, 3
  selected: '❤\ufe0f', // 1, 1
  warning: '⚠\ufe0f', // 1, 1
  keycap: '1\ufe0f\u20e3', // 1, 1
  flag: '🇩🇪', // 2, 2
  rainbow: '🏳\ufe0f\u200d🌈', // 1, 2
  plain: '👍', // 2, 1
  'one that was always wide': '☕', // 2, 1
} as const;
const COLUMNS = 24;

/** A terminal that says one cell to what the layout takes for two. */
function screen(): {
  readonly terminal: Terminal;
  readonly writer: FrameWriter;
  readonly settled: () => Promise<void>;
} {
  const terminal = new Terminal({ cols: COLUMNS, rows: 4, allowProposedApi: true });
  terminal.write('\x1b[?7l');
  const writer = new FrameWriter(
    { write: (data) => (terminal.write(data), true), once: () => undefined },
    { columns: COLUMNS, rows: 4 },
  );
  return { terminal, writer, settled: () => new Promise((resolve) => terminal.write('', resolve)) };
}

const framed = (text: string): string => `│ ${fit(text, COLUMNS - 4)} │`;

describe.each(Object.entries(EMOJI))('%s', (_, emoji) => {
  const cleaned = clean(emoji, { joined: true });

  test('is one character of at most two cells, as it was written', () => {
    expect(cleaned).toBe(emoji);
    expect(graphemes(cleaned)).toHaveLength(1);
    expect(width(cleaned)).toBe(2);
    expect(clean(cleaned, { joined: true })).toBe(cleaned);
  });

  test.each(['', 'Anna ', '東京 '])('after %j it moves neither what follows nor the edge', async (before) => {
    const { terminal, writer, settled } = screen();
    writer.draw([framed(`${before}${cleaned}|${cleaned}|next`), framed('plain')]);
    await settled();
    const line = terminal.buffer.active.getLine(0)!;
    const at = 2 + width(before) + 2;
    for (const [place, char] of [
      [0, '│'],
      [at, '|'],
      [at + 3, '|'],
      [at + 4, 'n'],
      [at + 7, 't'],
      [COLUMNS - 1, '│'],
    ] as const)
      expect(line.getCell(place)?.getChars(), `cell ${place}`).toBe(char);
    terminal.dispose();
  });

  test('leaves nothing behind, at the end of the screen neither, and has the background of its row', async () => {
    const { terminal, writer, settled } = screen();
    writer.draw([
      `\x1b[7m${fit(`x${cleaned}`, COLUMNS)}\x1b[27m`,
      `${'y'.repeat(COLUMNS - 2)}${cleaned}`,
      cleaned,
    ]);
    await settled();
    const line = terminal.buffer.active.getLine(0)!;
    for (let at = 0; at < COLUMNS; at += 1) expect(line.getCell(at)?.isInverse(), `cell ${at}`).toBeTruthy();
    expect(terminal.buffer.active.getLine(2)!.translateToString(true, 2)).toBe('');
    expect(terminal.buffer.active.getLine(3)!.translateToString(true)).toBe('');
    writer.draw(['x', 'y', 'z']);
    await settled();
    expect([0, 1, 2].map((at) => terminal.buffer.active.getLine(at)!.translateToString(true))).toEqual([
      'x',
      'y',
      'z',
    ]);
    terminal.dispose();
  });
});

describe('joiners', () => {
  test('stay between emoji and nowhere else', () => {
    expect(clean('a\u200db', { joined: true })).toBe('a·b');
    expect(clean('👩\u200d', { joined: true })).toBe('👩·');
    expect(clean('\u200d👩', { joined: true })).toBe('·👩');
    expect(clean('👩\u200d\u200d👩', { joined: true })).toBe('👩··👩');
    expect(clean('x\u200d👩\u200dx', { joined: true })).toBe('x·👩·x');
  });
  test('make no longer chain than an emoji that is in use: nothing can hide behind the first', () => {
    const chain = Array.from({ length: 9 }, () => '👩').join('\u200d');
    const shown = clean(chain, { joined: true });
    expect(shown.split('·')).toHaveLength(3);
    expect(clean(shown, { joined: true })).toBe(shown);
  });
  test('fall apart where nobody places what follows: in the output of commands and in the log', () => {
    expect(clean(FAMILY)).toBe('👨·👩·👧');
    expect(cleanResult({ first_name: FAMILY })).toEqual({ first_name: '👨·👩·👧' });
    expect(cleanResult({ first_name: FAMILY }, { joined: true })).toEqual({ first_name: FAMILY });
  });
});
