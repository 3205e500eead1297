import { describe, expect, it } from 'vitest';
import { diffFrame, FrameWriter } from '../../../src/tui/terminal/index.js';

const size = { columns: 10, rows: 3 };

function recorder(): {
  writes: string[];
  full: boolean;
  drain: () => void;
  write: (s: string) => boolean;
  once: (e: 'drain', f: () => void) => void;
} {
  const waiting: (() => void)[] = [];
  const sink = {
    writes: [] as string[],
    full: false,
    write: (data: string) => (sink.writes.push(data), !sink.full),
    once: (_event: 'drain', listener: () => void) => void waiting.push(listener),
    drain: () => waiting.splice(0).forEach((listener) => listener()),
  };
  return sink;
}

describe('diffFrame', () => {
  it('writes only the changed row, inside a synchronized update', () => {
    expect(diffFrame({ rows: ['a', 'b', 'c'] }, { rows: ['a', 'B', 'c'] }, size)).toBe(
      '\x1b[?2026h\x1b[2HB\x1b[K\x1b[?2026l',
    );
  });

  it('writes nothing for the same frame', () => {
    const frame = { rows: ['a', '\x1b[7mb\x1b[0m'], cursor: { row: 1, column: 1 } };
    expect(diffFrame(frame, { ...frame, rows: [...frame.rows, ''] }, size)).toBe('');
  });

  it('hides the cursor while it draws and places it last', () => {
    const bytes = diffFrame(
      { rows: ['a'], cursor: { row: 0, column: 1 } },
      { rows: ['ab'], cursor: { row: 0, column: 2 } },
      size,
    );
    expect(bytes).toBe('\x1b[?2026h\x1b[?25l\x1b[1Hab\x1b[K\x1b[1;3H\x1b[?25h\x1b[?2026l');
  });

  it('hides a cursor that nobody claims any more', () => {
    expect(diffFrame({ rows: ['a'], cursor: { row: 0, column: 0 } }, { rows: ['a'] }, size)).toBe(
      '\x1b[?2026h\x1b[?25l\x1b[?2026l',
    );
  });

  it('clips to the screen, keeps SGR and closes it, lets no other escape through', () => {
    const draw = (row: string): string =>
      diffFrame({ rows: [''] }, { rows: [row] }, size)
        .replace('\x1b[?2026h\x1b[1H', '')
        .replace('\x1b[?2026l', '');
    expect(draw('0123456789abc')).toBe('0123456789');
    expect(draw('\x1b[7m0123456789abc\x1b[0m')).toBe('\x1b[7m0123456789\x1b[0m');
    expect(draw('\x1b[31mab')).toBe('\x1b[31mab\x1b[0m\x1b[K');
    expect(draw('a\x1b[2Jb\x1b]52;c;eA==\x07c\x07')).toBe('abc␇\x1b[K');
    expect(draw('日本語日本語')).toBe('\x1b[K日本語日本');
    expect(draw('a日本語日本語')).toBe('\x1b[Ka日本語日 ');
  });

  it('draws whole after one clear, never 3J, when the screen is unknown', () => {
    expect(diffFrame(undefined, { rows: ['a', '', 'c', 'beyond'] }, size)).toBe(
      '\x1b[?2026h\x1b[?25l\x1b[0m\x1b[H\x1b[2J\x1b[1Ha\x1b[3Hc\x1b[?2026l',
    );
  });
});

describe('FrameWriter', () => {
  it('keeps only the newest frame while the sink is full', () => {
    const sink = recorder();
    const writer = new FrameWriter(sink, size);
    sink.full = true;
    writer.draw('one');
    writer.draw('two');
    writer.draw('three');
    expect(sink.writes).toHaveLength(1);
    sink.full = false;
    sink.drain();
    expect(sink.writes).toHaveLength(2);
    expect(sink.writes[1]).toContain('three');
    expect(sink.writes.join()).not.toContain('two');
    writer.draw('three');
    expect(sink.writes).toHaveLength(2);
  });

  it('draws whole once after a resize that came while the sink was full', () => {
    const sink = recorder();
    const writer = new FrameWriter(sink, size);
    sink.full = true;
    writer.draw('one');
    writer.resize({ columns: 20, rows: 2 });
    writer.draw('two');
    sink.full = false;
    sink.drain();
    expect(sink.writes).toHaveLength(2);
    expect(sink.writes[1]).toContain('\x1b[2J');
  });

  it('redraws on request, and is silent once closed', () => {
    const sink = recorder();
    const writer = new FrameWriter(sink, size);
    writer.redraw();
    expect(sink.writes).toHaveLength(0);
    writer.draw('one');
    writer.redraw();
    expect(sink.writes[1]).toBe(sink.writes[0]);
    writer.close();
    writer.draw('two');
    expect(sink.writes).toHaveLength(2);
  });
});
