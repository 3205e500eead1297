/**
 * Turns whole frames into the fewest bytes that make the screen show them: only changed rows, addressed absolutely, in
 * one write inside a synchronized update, the cursor placed last. `diffFrame` is pure; `FrameWriter` adds the sink and
 * its backpressure. Must never write 3J (the user's scrollback) and never rely on what the terminal wrapped or scrolled:
 * the owner of the screen turns autowrap off.
 */
import { graphemes, graphemeWidth, isOneCellText, showControls } from '../text/index.js';
import { styleAt } from './row_style.js';

/** A place on the screen, counted from 0. */
export type CursorPosition = { readonly row: number; readonly column: number };

/** The screen in cells. */
export type ScreenSize = { readonly columns: number; readonly rows: number };

/** What the screen shall show: styled rows, of any number and width, and where the cursor is (hidden if absent). */
export type Frame = { readonly rows: readonly string[]; readonly cursor?: CursorPosition | undefined };

/** Where frames go: stdout, or the terminal that guards it. */
export type FrameSink = {
  /** False if the bytes are queued and nothing more should come before `drain`. */
  write(data: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
};

const SYNC_START = '\x1b[?2026h';
const SYNC_END = '\x1b[?2026l';
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const RESET = '\x1b[0m';
const CLEAR_ALL = '\x1b[H\x1b[2J';
const CLEAR_ROW = '\x1b[K';
/** SGR, other CSI, OSC/DCS/APC/PM/SOS up to their end, any other escape. Only the first kind is let through. */
const ESCAPES =
  /(\x1b\[[0-9;:]*m)|\x1b\[[0-?]*[ -/]*[@-~]?|\x1b[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -~]?/;

/**
 * The bytes that turn a screen showing `previous` into one showing `next`; `''` if they look the same. Without
 * `previous` the screen's content is taken as unknown: it is cleared (2J) and drawn whole. Both frames belong to `size`.
 */
export function diffFrame(previous: Frame | undefined, next: Frame, size: ScreenSize): string {
  let drawn = previous === undefined ? RESET + CLEAR_ALL : '';
  for (let row = 0; row < size.rows; row++) {
    const wanted = next.rows[row] ?? '';
    const shown = previous === undefined ? '' : (previous.rows[row] ?? '');
    if (wanted === shown) continue;
    drawn +=
      (previous === undefined ? null : drawChange(shown, wanted, row, size.columns)) ??
      drawRow(wanted, row, size.columns, previous === undefined);
  }
  const before = visibleCursor(previous?.cursor, size);
  const after = visibleCursor(next.cursor, size);
  const moved = before?.row !== after?.row || before?.column !== after?.column;
  if (drawn === '' && !moved) return '';

  const hide = previous === undefined || before !== undefined ? HIDE_CURSOR : '';
  const place = after === undefined ? '' : goTo(after.row, after.column) + SHOW_CURSOR;
  return SYNC_START + hide + drawn + place + SYNC_END;
}

function visibleCursor(cursor: CursorPosition | undefined, size: ScreenSize): CursorPosition | undefined {
  if (cursor === undefined || cursor.row < 0 || cursor.column < 0) return undefined;
  return cursor.row < size.rows && cursor.column < size.columns ? cursor : undefined;
}

function goTo(row: number, column: number): string {
  return column === 0 ? `\x1b[${row + 1}H` : `\x1b[${row + 1};${column + 1}H`;
}

function drawRow(row: string, at: number, columns: number, cleared: boolean): string {
  const { text, cells, plain, certain } = clipRow(row, columns);
  // Terminals disagree about the width of emoji. Such rows are erased first, so that nothing old can stay behind; all
  // others are erased after their end, which doesn't flicker where synchronized updates are unknown.
  const before = cleared || plain ? '' : CLEAR_ROW;
  // What a terminal draws wider than it was placed must not stay behind the end.
  const after = (!certain || (!cleared && plain)) && cells < columns ? CLEAR_ROW : '';
  return goTo(at, 0) + before + text + after;
}

const SGR = /\x1b\[([0-9;]*)m/g;
/** Where a row of our own, unclipped, stops being certain: any other escape, control or wide character. */
const bareText = (row: string): string | null => {
  const text = row.replace(SGR, '');
  return isOneCellText(text) ? text : null;
};
/** Fewer unchanged cells than this at a row's beginning are drawn again: addressing them costs as much. */
const KEPT_CELLS_MIN = 8;

/**
 * Only what changed of a row: the part between what both rows begin and end with alike. Null where that isn't certain, or
 * isn't worth it; then the row is drawn whole. Only for rows whose every character takes one cell.
 */
function drawChange(shown: string, wanted: string, at: number, columns: number): string | null {
  const [before, after] = [bareText(shown), bareText(wanted)];
  if (before === null || after === null || before.length > columns || after.length > columns) return null;
  let same = 0;
  while (same < shown.length && same < wanted.length && shown[same] === wanted[same]) same += 1;
  // Never inside a sequence: back to before the escape that isn't complete.
  const escape = wanted.lastIndexOf('\x1b', same);
  if (escape >= 0 && !/^\x1b\[[0-9;]*m/.test(wanted.slice(escape, same))) same = Math.min(same, escape);
  const head = wanted.slice(0, same);
  const cells = head.replace(SGR, '').length;
  if (cells < KEPT_CELLS_MIN) return null;
  const style = styleAt(head);
  if (style === null) return null;

  let tail = 0;
  if (before.length === after.length) {
    const room = Math.min(shown.length, wanted.length) - same;
    while (tail < room && shown.at(-1 - tail) === wanted.at(-1 - tail)) tail += 1;
    // The tail looks alike only if it is drawn alike: the same style where it begins.
    const styles = [shown, wanted].map((row) => styleAt(row.slice(0, row.length - tail)));
    // A sequence that is cut in two belongs to what is drawn.
    const cut = wanted.slice(0, wanted.length - tail).lastIndexOf('\x1b');
    const whole = cut < 0 || /^\x1b\[[0-9;]*m/.test(wanted.slice(cut, wanted.length - tail));
    const cutShown = shown.slice(0, shown.length - tail).lastIndexOf('\x1b');
    const wholeShown = cutShown < 0 || /^\x1b\[[0-9;]*m/.test(shown.slice(cutShown, shown.length - tail));
    if (!whole || !wholeShown || styles[0] === null || styles[0] !== styles[1]) tail = 0;
  }
  const middle = wanted.slice(same, wanted.length - tail);
  const styled = style !== '' || middle.includes('\x1b');
  const clear = after.length < before.length && after.length < columns ? CLEAR_ROW : '';
  return goTo(at, cells) + style + middle + (styled ? RESET : '') + clear;
}

const PICTOGRAPH = /\p{Extended_Pictographic}/u;
/**
 * Terminals agree about one code point that is no emoji. About emoji, and about what several code points make together, they
 * don't: joined, coloured and selected ones are drawn in one to seven cells (adr 27).
 */
const isCertain = (grapheme: string): boolean =>
  !PICTOGRAPH.test(grapheme) && (grapheme.length === 1 || Array.from(grapheme).length === 1);

/** The grapheme in its cells, whatever the terminal takes it for: they are blank before, and what follows has its place. */
function placed(grapheme: string, from: number, to: number, columns: number): string {
  const next = to < columns ? column(to) : '';
  return ' '.repeat(to - from) + column(from) + grapheme + next;
}

const column = (at: number): string => `\x1b[${at + 1}G`;

/** A row cut to the screen. `plain`: every character takes one cell. `certain`: every terminal sees its width alike. */
type ClippedRow = {
  readonly text: string;
  readonly cells: number;
  readonly plain: boolean;
  readonly certain: boolean;
};

/**
 * `row` in at most `columns` cells, with its SGR kept and closed by a reset, and every other escape sequence removed.
 * A wide character that would straddle the edge becomes a space.
 */
export function clipRow(row: string, columns: number): ClippedRow {
  if (row.length <= columns && isOneCellText(row))
    return { text: row, cells: row.length, plain: true, certain: true };
  const parts = row.split(ESCAPES);
  let text = '';
  let cells = 0;
  let plain = true;
  let certain = true;
  let styled = false;
  // Split by a pattern with one group: text at even places; at odd ones the SGR, or undefined for what was removed.
  for (let i = 0; i < parts.length && cells < columns; i++) {
    const part = parts[i] ?? '';
    if (part === '') continue;
    if (i % 2 === 1) {
      text += part;
      styled = true;
      continue;
    }
    const shown = showControls(part);
    if (isOneCellText(shown)) {
      const kept = shown.length <= columns - cells ? shown : shown.slice(0, columns - cells);
      text += kept;
      cells += kept.length;
      continue;
    }
    plain = false;
    for (const grapheme of graphemes(shown)) {
      const next = cells + graphemeWidth(grapheme);
      if (next > columns) {
        text += ' '.repeat(columns - cells);
        cells = columns;
        break;
      }
      const sure = next === cells || isCertain(grapheme);
      certain &&= sure;
      text += sure ? grapheme : placed(grapheme, cells, next, columns);
      cells = next;
    }
  }
  return { text: styled ? text + RESET : text, cells, plain, certain };
}

/** Draws frames on a sink: one write per frame, none for a frame that is already shown. */
export class FrameWriter {
  readonly #sink: FrameSink;
  #size: ScreenSize;
  /** What the screen shows; undefined if unknown. */
  #shown: Frame | undefined;
  /** The newest frame handed in, drawn or waiting. */
  #newest: Frame | undefined;
  #waitingForDrain = false;
  #closed = false;

  constructor(sink: FrameSink, size: ScreenSize) {
    this.#sink = sink;
    this.#size = size;
  }

  /** Shows a frame: Ink's string or rows. While the sink is full only the newest frame is kept. */
  draw(frame: string | readonly string[], cursor?: CursorPosition): void {
    this.#newest = { rows: typeof frame === 'string' ? frame.split('\n') : frame, cursor };
    this.#writeNewest();
  }

  /** The screen changed size: the next frame is drawn whole, after one clear in the same write. Writes nothing itself. */
  resize(size: ScreenSize): void {
    this.#size = size;
    this.#shown = undefined;
  }

  /** Draws the newest frame whole, whatever the screen shows now (Ctrl+L, back from a suspend). */
  redraw(): void {
    this.#shown = undefined;
    this.#writeNewest();
  }

  /** Nothing is written from now on, not even a frame that waits. */
  close(): void {
    this.#closed = true;
  }

  #writeNewest(): void {
    if (this.#closed || this.#waitingForDrain || this.#newest === undefined) return;
    const bytes = diffFrame(this.#shown, this.#newest, this.#size);
    this.#shown = this.#newest;
    if (bytes === '' || this.#sink.write(bytes)) return;
    this.#waitingForDrain = true;
    this.#sink.once('drain', () => {
      this.#waitingForDrain = false;
      this.#writeNewest();
    });
  }
}
