/** A panel over the middle of the screen. */
import type { RefObject } from 'react';
import { Box, type DOMElement } from 'ink';
import { inner, panel } from './panel.js';
import { Rows } from './rows.js';
import { useServices } from '../services/index.js';

const DIALOG_CELLS_MAX = 60;

export type DialogProps = {
  readonly cols: number;
  readonly rows: number;
  readonly title: string;
  readonly corner?: string;
  /** Each exactly `dialogCells(cols)` wide. */
  readonly content: readonly string[];
  readonly box?: RefObject<DOMElement | null>;
};

const widthOf = (cols: number): number => Math.max(8, Math.min(DIALOG_CELLS_MAX, cols - 4));

/** Cells for content in a dialog on a screen of `cols`. */
export const dialogCells = (cols: number): number => inner(widthOf(cols));

/** Rows for content in a dialog on a screen of `rows`. */
export const dialogRows = (rows: number): number => Math.max(1, rows - 6);

export function Dialog({ cols, rows, title, corner = '', content, box }: DialogProps): React.JSX.Element {
  const { theme } = useServices();
  const width = widthOf(cols);
  const shown = panel({ theme, width, title, corner, active: true }, content.slice(0, dialogRows(rows)));
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
