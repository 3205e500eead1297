/**
 * Makes the frame of a laid-out tree whose texts are finished rows: puts each at its place, later ones over earlier ones.
 * Ink's own way takes every row apart into characters and styles, for each frame anew, which was three quarters of the
 * time from key to frame. Knows boxes without borders and texts of one line; nothing else is used here.
 */
import type { DOMElement } from 'ink';
import { graphemes, graphemeWidth, isOneCellText, width } from '../text/index.js';
import { type ScreenSize, styleAt } from '../terminal/index.js';

const SGR = /(\x1b\[[0-9;]*m)/;
const ALL_SGR = /\x1b\[[0-9;]*m/g;
const RESET = '\x1b[0m';
/** Yoga's number for it. */
const DISPLAY_NONE = 1;

type CellRow = { text: string; cells: number };
/** The part of the screen that may be written. */
type Clip = { readonly top: number; readonly bottom: number };

const cellsOf = (text: string): number => width(text.includes('\x1b') ? text.replace(ALL_SGR, '') : text);

/** Returns the rows of the tree below `root`, joined by `\n`: exactly as many as the screen has. */
export function composeFrame(root: DOMElement, { rows: count }: ScreenSize): string {
  const rows: CellRow[] = Array.from({ length: count }, () => ({ text: '', cells: 0 }));
  place(root, 0, 0, { top: 0, bottom: count }, rows);
  return rows.map(({ text }) => text).join('\n');
}

function place(node: DOMElement, left: number, top: number, clip: Clip, rows: CellRow[]): void {
  const { yogaNode } = node;
  if (yogaNode === undefined) return;
  const display: number = yogaNode.getDisplay();
  if (display === DISPLAY_NONE) return;
  const x = left + Math.round(yogaNode.getComputedLeft());
  const y = top + Math.round(yogaNode.getComputedTop());
  if (node.nodeName === 'ink-text') {
    const row = rows[y];
    if (row !== undefined && y >= clip.top && y < clip.bottom) put(row, x, textOf(node));
    return;
  }
  const hidden = node.style.overflow === 'hidden';
  const inside = hidden
    ? { top: Math.max(clip.top, y), bottom: Math.min(clip.bottom, y + yogaNode.getComputedHeight()) }
    : clip;
  for (const child of node.childNodes) if (child.nodeName !== '#text') place(child, x, y, inside, rows);
}

const textOf = (node: DOMElement): string =>
  node.childNodes.map((child) => (child.nodeName === '#text' ? child.nodeValue : textOf(child))).join('');

function put(row: CellRow, x: number, text: string): void {
  const cells = cellsOf(text);
  if (x >= row.cells) {
    row.text += ' '.repeat(x - row.cells) + text;
    row.cells = x + cells;
    return;
  }
  const end = x + cells;
  const right = end < row.cells ? sliceCells(row.text, end, row.cells) : '';
  row.text = sliceCells(row.text, 0, x) + text + right;
  row.cells = Math.max(row.cells, end);
}

/** Returns the cells `from` … `to` of a styled row, closed by a reset. A wide character that is cut in two becomes spaces. */
function sliceCells(row: string, from: number, to: number): string {
  let at = 0;
  let out = '';
  let before = '';
  for (const [place, part] of row.split(SGR).entries()) {
    // Split by one group: sequences stand at odd places.
    if (place % 2 === 1) {
      if (at < from) before += part;
      else if (at < to) out += part;
      continue;
    }
    if (isOneCellText(part)) {
      out += part.slice(Math.max(0, from - at), Math.max(0, to - at));
      at += part.length;
      continue;
    }
    for (const grapheme of graphemes(part)) {
      const next = at + graphemeWidth(grapheme);
      if (at >= from && next <= to) out += grapheme;
      else out += ' '.repeat(Math.max(0, Math.min(next, to) - Math.max(at, from)));
      at = next;
    }
  }
  const style = styleAt(before) ?? '';
  const styled = style !== '' || out.includes('\x1b');
  return style + out + (styled ? RESET : '');
}
