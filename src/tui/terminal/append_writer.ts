/**
 * Output for screen readers: plain lines that are only ever appended, never an escape byte. Of each frame it prints what
 * is new: after a key at most two lines, the one with the cursor or the selection first; a new screen in full. Takes the
 * frames of the same tree as the frame writer.
 */
import { stripVTControlCharacters } from 'node:util';
import type { CursorPosition, FrameSink } from './frame_writer.js';

/** Lines after one key on the same screen. */
const KEY_LINES_MAX = 2;
/** Lines that come by themselves, such as the answer to a form. */
const NEWS_LINES_MAX = 24;
const SCENES_MAX = 16;

const FRAME_SIGNS = /[╭╮╰╯─│▐▌█░]+/gu;
const SELECTED = '> ';

/** Returns a row as it is read aloud: no frame, no colour, columns parted by commas. */
export function spokenLine(row: string): string {
  return stripVTControlCharacters(row)
    .replace(FRAME_SIGNS, '  ')
    .replaceAll('▸', '>')
    .replaceAll('•', '*')
    .trim()
    .replace(/^>\s+/, SELECTED)
    .replace(/\s{2,}/g, ', ');
}

const isSelected = (line: string): boolean => line.startsWith(SELECTED);
const unselected = (line: string): string => (isSelected(line) ? line.slice(SELECTED.length) : line);
const withoutNumbers = (line: string): string => unselected(line).replace(/\d+/g, '0');

export class AppendWriter {
  readonly #sink: FrameSink;
  #scene = '';
  #shown: readonly string[] = [];
  #cursor_row: number | null = null;
  /** The last rows of scenes that may come back: what was heard once is not read in full again. */
  readonly #heard = new Map<string, readonly string[]>();

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** `scene` names screen and overlays; `keyed` says that a key caused the frame. */
  draw(frame: string, cursor: CursorPosition | undefined, scene: string, keyed: boolean): void {
    const rows = frame.split('\n').map(spokenLine);
    const cursor_row = cursor?.row ?? null;
    const spoken =
      scene === this.#scene ? this.#news(rows, cursor_row, keyed) : this.#opened(rows, cursor_row, scene);
    this.#heard.delete(scene);
    this.#heard.set(scene, rows);
    for (const oldest of this.#heard.keys()) {
      if (this.#heard.size <= SCENES_MAX) break;
      this.#heard.delete(oldest);
    }
    this.#scene = scene;
    this.#shown = rows;
    this.#cursor_row = cursor_row;
    if (spoken.length > 0) this.#sink.write(`${spoken.join('\n')}\n`);
  }

  /** Says the whole screen again. */
  redraw(): void {
    const lines = this.#shown.filter((line) => line !== '');
    if (lines.length > 0) this.#sink.write(`${lines.join('\n')}\n`);
  }

  /** A screen that opens is read in full; one that comes back tells where one is and what is new on it. */
  #opened(rows: readonly string[], cursor_row: number | null, scene: string): readonly string[] {
    const before = this.#heard.get(scene);
    if (before === undefined) return rows.filter((line) => line !== '');
    const at = (cursor_row === null ? undefined : rows[cursor_row]) ?? rows.find(isSelected) ?? rows[1] ?? '';
    const known = new Set(before.map(unselected));
    const fresh = rows
      .slice(1, -1)
      .filter((line) => line !== '' && line !== at && !known.has(unselected(line)));
    return [at, ...fresh].filter((line) => line !== '').slice(0, NEWS_LINES_MAX);
  }

  #news(rows: readonly string[], cursor_row: number | null, keyed: boolean): readonly string[] {
    const before = new Set(this.#shown);
    const known = new Set(this.#shown.map(unselected));
    // Counting down and latencies are no news by themselves.
    const numberless = new Set(this.#shown.map(withoutNumbers));
    // The first row is the status and the last one the keys; both are said with a new screen.
    const fresh = rows
      .slice(1, -1)
      .filter(
        (line) =>
          line !== '' &&
          !before.has(line) &&
          (isSelected(line) || !known.has(line)) &&
          (keyed || !numberless.has(withoutNumbers(line))),
      );
    const moved = cursor_row !== null && cursor_row !== this.#cursor_row;
    const at_cursor = cursor_row === null ? undefined : rows[cursor_row];
    const first =
      at_cursor !== undefined && (moved || fresh.includes(at_cursor)) ? at_cursor : fresh.find(isSelected);
    const ordered = first === undefined ? fresh : [first, ...fresh.filter((line) => line !== first)];
    return ordered.slice(0, keyed ? KEY_LINES_MAX : NEWS_LINES_MAX);
  }
}
