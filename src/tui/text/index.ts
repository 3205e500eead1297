/** The one door of tui/text: making foreign text safe, measuring it, and putting it into boxes. Pure. */
export { clean, showControls, type CleanOptions } from './clean.ts';
export { fit, wrap, type Align } from './fit.ts';
export { graphemes, graphemeWidth, width } from './measure.ts';
export { isOneCellText } from './one_cell.ts';
