/** The one door of tui/text: making foreign text safe, measuring it, and putting it into boxes. Pure. */
export { clean, hasInvisible, showControls, withoutInvisible, type CleanOptions } from './clean.js';
export { fit, wrap, type Align } from './fit.js';
export { graphemes, graphemeWidth, width } from './measure.js';
export { isOneCellText } from './one_cell.js';
