/** How a text of several lines looks in a field of some cells and rows: scrolled so that the cursor is in it. Pure. */
import { areaPlace, type AreaPlace, areaRows, type EditedText } from '../state/index.js';
import { fit, showControls } from '../text/index.js';
import { scrollTop } from './list_keys.js';

export type AreaView = { readonly rows: readonly string[]; readonly cursor: AreaPlace };

/** Returns exactly `height` rows of exactly `cells` cells. What is out of sight is told by arrows in the last column. */
export function viewArea(text: EditedText, cells: number, height: number): AreaView {
  const laid = areaRows(text.parts, cells);
  const place = areaPlace(text, laid);
  const top = scrollTop(0, place.row, height, laid.length);
  const rows = Array.from({ length: height }, (_, at) => {
    const { from, to } = laid[top + at] ?? { from: 0, to: 0 };
    const shown = showControls(text.parts.slice(from, to).join(''));
    const above = at === 0 && top > 0;
    const below = at === height - 1 && top + height < laid.length;
    return above || below ? fit(shown.trimEnd(), cells - 1) + (above ? '↑' : '↓') : fit(shown, cells);
  });
  return { rows, cursor: { row: place.row - top, column: Math.min(place.column, Math.max(0, cells - 1)) } };
}
