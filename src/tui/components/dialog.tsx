/** A panel over the middle of the screen. */
import type { RefObject } from 'react';
import { Box, type DOMElement } from 'ink';
import { fit, width as cellsOf, wrap } from '../text/index.js';
import { inner, panel } from './panel.js';
import { Rows } from './rows.js';
import { useServices, type Handlers } from '../services/index.js';
import { useScroll } from './use_scroll.js';

const DIALOG_CELLS_MAX = 60;
/** Beside a dialog there is something of the screen below it, but not where that would take the room of its words. */
const DIALOG_CELLS_FULL = 44;
const SMALL_ROWS_MAX = 19;
const EDGES = 2;

export type DialogProps = {
  readonly cols: number;
  readonly rows: number;
  readonly title: string;
  readonly corner?: string;
  /** Each exactly `dialogCells(cols)` wide. */
  readonly content: readonly string[];
  /** Rows that the content has at least: what comes and goes in it moves nothing. */
  readonly content_rows?: number;
  readonly box?: RefObject<DOMElement | null>;
};

const widthOf = (cols: number): number =>
  Math.min(DIALOG_CELLS_MAX, Math.max(cols - 4, Math.min(cols, DIALOG_CELLS_FULL)));

/** Cells for content in a dialog on a screen of `cols`. */
export const dialogCells = (cols: number): number => inner(widthOf(cols));

/** Rows for content in a dialog on a screen of `rows`: the hints stay in sight, and where there is room the edges do. */
export const dialogRows = (rows: number): number => Math.max(1, rows - (rows > SMALL_ROWS_MAX ? 6 : 3));

export type DialogText = {
  readonly rows: number;
  /** What can be scrolled where it is too long. */
  readonly body: readonly string[];
  /** What always stands below it. */
  readonly foot: readonly string[];
  /** The row of the body that is kept in sight. */
  readonly focus_row?: number | null;
};

export type DialogRows = {
  readonly content: readonly string[];
  /** Scrolls what doesn't fit. */
  readonly handlers: Handlers;
  readonly corner: string;
  /** Returns where a row of the body is in the dialog, its upper edge counted; null where it is out of sight. */
  readonly placeOf: (row: number) => number | null;
};

const isBlank = (row: string): boolean => row.trim() === '';

/** Fits text into a dialog: rather close together than cut off, and what is still too long can be scrolled. */
export function useDialogRows({ rows, body, foot, focus_row = null }: DialogText): DialogRows {
  const most = dialogRows(rows);
  const roomy = body.length + foot.length <= most;
  const kept = body.flatMap((row, at) => (roomy || !isBlank(row) || at === focus_row ? [at] : []));
  const room = Math.max(1, most - foot.length);
  const focus = focus_row === null ? null : kept.indexOf(focus_row);
  const scroll = useScroll(kept.length, room, focus);
  const shown = kept.slice(scroll.top, scroll.top + room);
  return {
    content: [...shown.map((at) => body[at] ?? ''), ...foot],
    handlers: scroll.handlers,
    corner: scroll.sign,
    placeOf: (row) => {
      const at = shown.indexOf(row);
      return at < 0 ? null : at + 1;
    },
  };
}

/** Returns a line that names keys, several spaces apart, in as many rows as it needs. */
export const keyRows = (text: string, cells: number): string[] =>
  cellsOf(text) <= cells
    ? [fit(text, cells)]
    : text.split(/ {2,}/).flatMap((part) => wrap(part, cells).map((line) => fit(line, cells)));

export function Dialog(props: DialogProps): React.JSX.Element {
  const { cols, rows, title, corner = '', content, content_rows = 0, box } = props;
  const { theme } = useServices();
  const width = widthOf(cols);
  const most = dialogRows(rows);
  const count = Math.min(most, Math.max(content.length, content_rows));
  const shown = panel({ theme, width, title, corner, active: true }, content.slice(0, most), count + EDGES);
  return (
    <Box
      {...(box === undefined ? {} : { ref: box })}
      position="absolute"
      marginTop={Math.max(0, Math.floor((rows - shown.length) / 2))}
      marginLeft={Math.floor((cols - width) / 2)}
      width={width}
      height={shown.length}
      flexDirection="column"
    >
      <Rows rows={shown} />
    </Box>
  );
}
