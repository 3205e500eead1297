/** Rows that are more than their place: which of them are shown, and the keys that move them. */
import { useState } from 'react';
import type { Handlers } from '../services/index.js';
import { listKeys, scrollTop } from './list_keys.js';

export type Scroll = {
  /** The first row that is shown. */
  readonly top: number;
  /** The keys of a list; none where everything fits. */
  readonly handlers: Handlers;
  /** Arrows towards what is out of sight, for the corner of a panel. */
  readonly sign: string;
};

/** `focus_row` is kept in sight until somebody scrolls, and again when it is another one. */
export function useScroll(count: number, room: number, focus_row: number | null = null): Scroll {
  const [moved, setMoved] = useState<{ readonly focus_row: number | null; readonly top: number } | null>(
    null,
  );
  const hidden = Math.max(0, count - room);
  const wanted =
    moved !== null && moved.focus_row === focus_row ? moved.top : scrollTop(0, focus_row ?? 0, room, count);
  const top = Math.min(hidden, wanted);
  return {
    top,
    handlers:
      hidden === 0 ? {} : listKeys(hidden + 1, top, room, (next) => setMoved({ focus_row, top: next })),
    sign: `${top > 0 ? '↑' : ''}${top < hidden ? '↓' : ''}`,
  };
}
