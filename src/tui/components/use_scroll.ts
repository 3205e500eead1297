/** Text in a panel that may be longer than it: where it begins, and the keys that move it. */
import { useState } from 'react';
import type { Handlers } from '../services/index.js';
import { listKeys } from './list_keys.js';

export type Scroll = {
  readonly top: number;
  /** None where all of it fits. */
  readonly handlers: Handlers;
};

export function useScroll(rows: number, room: number): Scroll {
  const [wanted, setWanted] = useState(0);
  const most = Math.max(0, rows - room);
  const top = Math.min(wanted, most);
  return { top, handlers: most === 0 ? {} : listKeys(most + 1, top, room, setWanted) };
}
