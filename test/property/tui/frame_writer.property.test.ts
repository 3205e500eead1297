import xterm from '@xterm/headless';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { diffFrame, FrameWriter, type Frame, type ScreenSize } from '../../../src/tui/terminal/index.js';
import { runs } from '../../support/runs.js';

const piece = fc.oneof(
  fc.constantFrom(
    '日本',
    '語',
    'ж',
    'иван',
    '│',
    '─',
    '…',
    'e\u0301',
    '👍',
    '❤\ufe0f',
    '👩‍💻',
    ' ',
    '   ',
    'abc',
    '\x07',
    '\t',
  ),
  fc.constantFrom(
    '\x1b[31m',
    '\x1b[7m',
    '\x1b[48;5;4m',
    '\x1b[1m',
    '\x1b[0m',
    '\x1b[39m',
    '\x1b[2J',
    '\x1b]0;t\x07',
    '\x1b[',
    '\x1b',
  ),
  fc.string({ maxLength: 5 }),
);
const row = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('').replaceAll('\n', ''));
const size = fc.record({ columns: fc.integer({ min: 1, max: 24 }), rows: fc.integer({ min: 1, max: 7 }) });
const cursor = fc.option(
  fc.record({ row: fc.integer({ min: -1, max: 8 }), column: fc.integer({ min: -1, max: 26 }) }),
  {
    nil: undefined,
  },
);
const frame: fc.Arbitrary<Frame> = fc.record({ rows: fc.array(row, { maxLength: 9 }), cursor });
// Frames that share most of their rows are the usual case, and the one where a diff can go wrong.
const frames = fc
  .tuple(frame, fc.array(fc.tuple(fc.nat(8), row, cursor), { maxLength: 6 }))
  .map(([first, edits]) => {
    const all = [first];
    for (const [at, text, place] of edits) {
      const rows = [...(all.at(-1)?.rows ?? [])];
      if (at < rows.length) rows[at] = text;
      all.push({ rows, cursor: place });
    }
    return all;
  });

function screen({ columns, rows }: ScreenSize): xterm.Terminal {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  terminal.write('\x1b[?1049h\x1b[?7l\x1b[?25l');
  return terminal;
}

/** Every cell with its looks, and the cursor if it shows. */
async function look(terminal: xterm.Terminal): Promise<unknown> {
  await new Promise<void>((done) => terminal.write('', done));
  const buffer = terminal.buffer.active;
  const cells: string[] = [];
  for (let y = 0; y < terminal.rows; y++) {
    const line = buffer.getLine(buffer.baseY + y);
    let text = '';
    for (let x = 0; x < terminal.cols; x++) {
      const cell = line?.getCell(x);
      if (!cell) continue;
      text += `${cell.getChars() || (cell.getWidth() === 0 ? '' : ' ')}/${cell.getFgColor()},${cell.getBgColor()},${cell.isBold()},${cell.isInverse()},${cell.isDim()},${cell.isUnderline()} `;
    }
    cells.push(text);
  }
  return cells;
}

function cursorOf(terminal: xterm.Terminal): unknown {
  return [terminal.buffer.active.cursorY, terminal.buffer.active.cursorX];
}

function inside({ cursor: at }: Frame, { columns, rows }: ScreenSize): boolean {
  return at !== undefined && at.row >= 0 && at.column >= 0 && at.row < rows && at.column < columns;
}

it('row diffs leave the same screen as a fresh draw', async () => {
  await fc.assert(
    fc.asyncProperty(frames, size, async (chain, screenSize) => {
      const live = screen(screenSize);
      let shown: Frame | undefined;
      for (const next of chain) {
        const bytes = diffFrame(shown, next, screenSize);
        live.write(bytes);
        const fresh = screen(screenSize);
        fresh.write(diffFrame(undefined, next, screenSize));
        expect(await look(live)).toEqual(await look(fresh));
        if (inside(next, screenSize)) {
          expect(cursorOf(live)).toEqual([next.cursor?.row, next.cursor?.column]);
          if (bytes !== '')
            expect(bytes.lastIndexOf('\x1b[?25h')).toBeGreaterThan(bytes.lastIndexOf('\x1b[?25l'));
        } else expect(bytes).not.toContain('\x1b[?25h');
        expect(diffFrame(next, next, screenSize)).toBe('');
        expect(live.buffer.active.baseY).toBe(0);
        shown = next;
      }
    }),
    { numRuns: runs(250) },
  );
});

// Rows as the themes make them, of which a part changes: where only the part is drawn again.
const open = fc.constantFrom(
  '',
  '\x1b[1m',
  '\x1b[2m',
  '\x1b[4m',
  '\x1b[7m',
  '\x1b[36m',
  '\x1b[38;2;1;2;3m',
  '\x1b[48;2;9;8;7m',
);
const close = fc.constantFrom('', '\x1b[22m', '\x1b[24m', '\x1b[27m', '\x1b[39m', '\x1b[49m', '\x1b[0m');
const words = fc.string({ unit: fc.constantFrom('a', 'b', 'ж', ' ', '│', '1'), minLength: 1, maxLength: 6 });
const segment = fc.tuple(open, words, close).map((parts) => parts.join(''));
const edited = fc
  .tuple(
    fc.array(segment, { minLength: 3, maxLength: 8 }),
    fc.array(fc.tuple(fc.nat(7), segment), { minLength: 1, maxLength: 5 }),
  )
  .map(([first, edits]) => {
    const all = [first];
    for (const [at, text] of edits) {
      const last = all.at(-1) ?? [];
      all.push(at < last.length ? last.with(at, text) : last.slice(0, -1));
    }
    return all.map((parts) => parts.join(''));
  });

it('a row of which a part is drawn again looks like one drawn whole', async () => {
  await fc.assert(
    fc.asyncProperty(edited, fc.integer({ min: 10, max: 60 }), async (chain, columns) => {
      const screenSize = { columns, rows: 2 };
      const live = screen(screenSize);
      let shown: Frame | undefined;
      for (const text of chain) {
        const next = { rows: ['same row', text] };
        live.write(diffFrame(shown, next, screenSize));
        const fresh = screen(screenSize);
        fresh.write(diffFrame(undefined, next, screenSize));
        expect(await look(live)).toEqual(await look(fresh));
        shown = next;
      }
    }),
    { numRuns: runs(600) },
  );
});

it('a chain of resizes leaves the same screen as a fresh start', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(size, frame), { minLength: 1, maxLength: 6 }),
      size,
      async (chain, first) => {
        const live = screen(first);
        const writes: string[] = [];
        const sink = {
          write: (data: string) => (writes.push(data), live.write(data), true),
          once: () => undefined,
        };
        const writer = new FrameWriter(sink, first);
        writer.draw(['before', '日本']);
        for (const [next, wanted] of chain) {
          await look(live);
          live.resize(next.columns, next.rows);
          writer.resize(next);
          writes.length = 0;
          writer.draw(wanted.rows, wanted.cursor);
          expect(writes).toHaveLength(1);
          expect(writes[0]?.match(/\x1b\[2J/g)).toHaveLength(1);
          expect(writes[0]).not.toContain('\x1b[3J');
          const fresh = screen(next);
          fresh.write(diffFrame(undefined, wanted, next));
          expect(await look(live)).toEqual(await look(fresh));
        }
      },
    ),
    { numRuns: runs(150) },
  );
});
