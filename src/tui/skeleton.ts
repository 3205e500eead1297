/** What the screen shows before React is loaded: the name and the frame's first and last row. Static; knows no state. */
import { fit } from './text/index.js';
import { fitsScreen } from './screen_min.js';

/** Rows of a screen of this size; the app's first frame replaces them row by row. Where a notice will stand, nothing does. */
export function skeletonRows(columns: number, rows: number): string[] {
  const lines = Array.from({ length: Math.max(1, rows) }, () => '');
  if (fitsScreen(columns, rows)) lines[0] = fit(' Portcullis', columns);
  return lines;
}
