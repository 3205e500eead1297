/** Lays a theme's own foreground and background under a finished frame, to the right edge. Pure. */
import { width } from '../text/index.js';
import type { Theme } from './theme.js';

const SGR = /\x1b\[[0-9;]*m/g;

/** Returns the frame with every "default colour" turned into the theme's; the frame itself for themes that have none. */
export function backdrop({ base }: Theme, frame: string, columns: number): string {
  if (base === null) return frame;
  const { foreground, background } = base;
  return frame
    .split('\n')
    .map((row) => {
      const missing = Math.max(0, columns - width(row.replace(SGR, '')));
      const body = row
        .replaceAll('\x1b[39m', foreground)
        .replaceAll('\x1b[49m', background)
        .replaceAll('\x1b[0m', `\x1b[0m${foreground}${background}`);
      return foreground + background + body + ' '.repeat(missing);
    })
    .join('\n');
}
