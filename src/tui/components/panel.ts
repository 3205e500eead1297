/** Framed panels as rows of text. Pure. Content rows must be exactly `inner(width)` cells wide. */
import { fit, width as cellsOf, wrap } from '../text/index.js';
import type { Theme } from '../theme/index.js';

/** Cells for content in a panel of `width` cells: frame and one space on both sides are gone. */
export const inner = (width: number): number => Math.max(0, width - 4);

export type PanelOptions = {
  readonly theme: Theme;
  readonly width: number;
  readonly title: string;
  /** Stands at the right end of the upper edge. */
  readonly corner?: string;
  readonly active?: boolean;
};

/** Cells of the upper edge beside title and corner. */
const TITLE_MARGIN = 8;
const CORNER_CELLS_MIN = 3;
const ARROWS_CELLS = 2;

/** Returns a panel; `height` rows in all if given, else as many as its content needs. */
export function panel(options: PanelOptions, content: readonly string[], height?: number): string[] {
  const { theme, width, title, corner = '', active = false } = options;
  const border = (text: string): string => theme.paint(active ? 'border_active' : 'border', text);
  // What a panel is goes before where it is; arrows are short enough for both.
  const beside = cellsOf(corner) <= ARROWS_CELLS ? 10 : TITLE_MARGIN + Math.min(cellsOf(title), width);
  const fits = Math.min(cellsOf(corner) + 2, Math.max(0, width - beside));
  const cornerCells = corner === '' || fits < CORNER_CELLS_MIN ? 0 : fits;
  const titleRoom = width - 5 - (cornerCells === 0 ? 0 : cornerCells + 1) - 2;
  const titleCells = Math.min(cellsOf(title), Math.max(0, titleRoom));
  const line = Math.max(0, width - 5 - titleCells - (cornerCells === 0 ? 0 : cornerCells + 1));
  const top =
    border('╭─ ') +
    theme.paint(active ? 'accent' : 'title', fit(title, titleCells)) +
    border(` ${'─'.repeat(line)}`) +
    (cornerCells === 0 ? '' : theme.paint('dim', fit(` ${corner} `, cornerCells)) + border('─')) +
    border('╮');
  const body = height === undefined ? content : content.slice(0, Math.max(0, height - 2));
  const missing = height === undefined ? 0 : Math.max(0, height - 2 - body.length);
  const blank = ' '.repeat(inner(width));
  const side = border('│');
  return [
    top,
    ...[...body, ...Array.from({ length: missing }, () => blank)].map((row) => `${side} ${row} ${side}`),
    border(`╰${'─'.repeat(Math.max(0, width - 2))}╯`),
  ];
}

/** Panels of the same height side by side. */
export const beside = (left: readonly string[], right: readonly string[]): string[] =>
  left.map((row, at) => row + (right[at] ?? ''));

/** `label    value`, exactly `cells` wide. */
export function labelled(
  theme: Theme,
  label: string,
  value: string,
  labelCells: number,
  cells: number,
): string {
  const labels = Math.min(labelCells, cells);
  return theme.paint('dim', fit(label, labels)) + fit(value, cells - labels);
}

type Lines = readonly (readonly [label: string, value: string])[];

/** Returns rows of labels and values, each `cells` wide; a value that is too long goes on below itself. */
export function labelledRows(theme: Theme, lines: Lines, cells: number): string[] {
  const labels = Math.min(Math.max(0, ...lines.map(([label]) => cellsOf(label))) + 2, Math.floor(cells / 2));
  return lines.flatMap(([label, value]) =>
    wrap(value, Math.max(1, cells - labels)).map((part, at) =>
      labelled(theme, at === 0 ? label : '', part, labels, cells),
    ),
  );
}

/** Returns a panel of labels and values. */
export function labelledPanel(options: PanelOptions, lines: Lines, height?: number): string[] {
  return panel(options, labelledRows(options.theme, lines, inner(options.width)), height);
}
