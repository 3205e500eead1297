/** The text of several lines: its rows hold all of it, the cursor is always in them, and it agrees with a model of lines. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { viewArea } from '../../../src/tui/components/area_view.js';
import { areaPlace, areaRows, moveRows } from '../../../src/tui/state/text_area.js';
import {
  editedText,
  editText,
  EMPTY_TEXT,
  textOf,
  type EditedText,
} from '../../../src/tui/state/text_edit.js';
import { graphemes, graphemeWidth, width } from '../../../src/tui/text/index.js';

/** Graphemes that don't join with each other, of one and two cells. */
const letters = fc.constantFrom('a', 'ж', '東', '👩🏽', ' ', '\n');
const words = fc.string({ unit: letters, maxLength: 120 });

describe('rows of an area', () => {
  test('hold every grapheme once and in order, end where lines end, and fit the field', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 3, max: 40 }), (value, cells) => {
        const { parts } = editedText(value);
        const rows = areaRows(parts, cells);
        let at = 0;
        for (const { from, to } of rows) {
          // Only a newline is between two rows.
          if (from !== at) {
            expect(parts[at]).toBe('\n');
            expect(from).toBe(at + 1);
          }
          const row = parts.slice(from, to);
          expect(row).not.toContain('\n');
          expect(width(row.join(''))).toBeLessThanOrEqual(cells);
          at = to;
        }
        expect(at).toBe(parts.length);
      }),
    );
  });
  test('words stay whole where they fit', () => {
    const { parts } = editedText('one two three\nfour');
    const rows = areaRows(parts, 9).map(({ from, to }) => parts.slice(from, to).join(''));
    expect(rows).toEqual(['one two ', 'three', 'four']);
    const long = editedText('abcdefghij').parts;
    expect(areaRows(long, 5).map(({ from, to }) => long.slice(from, to).join(''))).toEqual([
      'abcd',
      'efgh',
      'ij',
    ]);
  });
  test('the cursor is in the field wherever it is in the text, and what is shown is as large as the field', () => {
    fc.assert(
      fc.property(words, fc.nat(120), fc.integer({ min: 3, max: 40 }), (value, nat, cells) => {
        const { parts } = editedText(value);
        const text = { parts, cursor: Math.min(nat, parts.length) };
        const { row, column } = areaPlace(text, areaRows(parts, cells));
        expect(column).toBeLessThan(cells);
        const view = viewArea(text, cells, 3);
        expect(view.rows.map(width)).toEqual([cells, cells, cells]);
        expect(view.cursor.row).toBeLessThan(3);
        expect(view.cursor.column).toBe(column);
        expect(row).toBeGreaterThanOrEqual(view.cursor.row);
      }),
    );
  });
  test('down and then up comes back to where it was', () => {
    fc.assert(
      fc.property(words, fc.nat(120), fc.integer({ min: 3, max: 40 }), (value, nat, cells) => {
        const { parts } = editedText(value);
        const text = { parts, cursor: Math.min(nat, parts.length) };
        const down = moveRows(text, cells, 1);
        const row = areaPlace(text, areaRows(parts, cells)).row;
        expect(down === null).toBe(row === areaRows(parts, cells).length - 1);
        if (down === null) return;
        expect(areaPlace(down, areaRows(parts, cells)).row).toBe(row + 1);
        expect(moveRows(down, cells, -1)?.cursor).toBe(text.cursor);
      }),
    );
  });
});

type Model = { lines: string[][]; line: number; at: number; goal: number | null };

const cellsBefore = (line: readonly string[], at: number): number =>
  line.slice(0, at).reduce((sum, part) => sum + graphemeWidth(part), 0);

const STEPS = ['left', 'right', 'home', 'end', 'backspace', 'delete', 'kill_left', 'kill_right'] as const;
type Step =
  { kind: (typeof STEPS)[number] } | { kind: 'up' } | { kind: 'down' } | { kind: 'insert'; text: string };

/** The same step on lines of graphemes. */
function stepModel(model: Model, step: Step): void {
  const { lines } = model;
  const line = lines[model.line]!;
  const join = (first: number): void => {
    const [upper, lower] = lines.splice(first, 2);
    lines.splice(first, 0, [...upper!, ...lower!]);
  };
  if (step.kind === 'up' || step.kind === 'down') {
    const target = model.line + (step.kind === 'up' ? -1 : 1);
    const wanted = lines[target];
    if (wanted === undefined) return;
    model.goal ??= cellsBefore(line, model.at);
    model.line = target;
    model.at = wanted.length;
    while (cellsBefore(wanted, model.at) > model.goal) model.at -= 1;
    return;
  }
  model.goal = null;
  switch (step.kind) {
    case 'insert':
      for (const part of graphemes(step.text)) {
        const here = lines[model.line]!;
        if (part === '\n') {
          lines.splice(model.line + 1, 0, here.splice(model.at));
          model.line += 1;
          model.at = 0;
        } else {
          here.splice(model.at, 0, part);
          model.at += 1;
        }
      }
      return;
    case 'left':
      if (model.at > 0) model.at -= 1;
      else if (model.line > 0) {
        model.line -= 1;
        model.at = lines[model.line]!.length;
      }
      return;
    case 'right':
      if (model.at < line.length) model.at += 1;
      else if (model.line < lines.length - 1) [model.line, model.at] = [model.line + 1, 0];
      return;
    case 'home':
      model.at = 0;
      return;
    case 'end':
      model.at = line.length;
      return;
    case 'backspace':
      if (model.at > 0) line.splice((model.at -= 1), 1);
      else if (model.line > 0) {
        model.line -= 1;
        model.at = lines[model.line]!.length;
        join(model.line);
      }
      return;
    case 'delete':
      if (model.at < line.length) line.splice(model.at, 1);
      else if (model.line < lines.length - 1) join(model.line);
      return;
    case 'kill_left':
      line.splice(0, model.at);
      model.at = 0;
      return;
    case 'kill_right':
      line.splice(model.at);
  }
}

describe('editing an area', () => {
  const typed = fc.record({
    kind: fc.constant('insert' as const),
    text: fc.string({ unit: letters, maxLength: 6 }),
  });
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: typed },
    { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom(...STEPS) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('up' as const, 'down' as const) }) },
  );
  test('agrees with a model of lines', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const model: Model = { lines: [[]], line: 0, at: 0, goal: null };
        let text: EditedText = EMPTY_TEXT;
        for (const change of steps) {
          stepModel(model, change);
          if (change.kind === 'up' || change.kind === 'down') {
            text = moveRows(text, 10_000, change.kind === 'up' ? -1 : 1) ?? text;
          } else text = editText(text, change, 100_000);
          expect(textOf(text)).toBe(model.lines.map((line) => line.join('')).join('\n'));
          const before = model.lines.slice(0, model.line).reduce((sum, line) => sum + line.length + 1, 0);
          expect(text.cursor).toBe(before + model.at);
        }
      }),
    );
  });
});
