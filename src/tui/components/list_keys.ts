/** Moving in a list of `count` rows: the handlers that every list shares. */
import type { Handlers } from '../services/index.js';

export function listKeys(
  count: number,
  selected: number,
  page: number,
  select: (index: number) => void,
): Handlers {
  const go = (index: number) => (): void => select(Math.max(0, Math.min(count - 1, index)));
  if (count === 0) return {};
  return {
    up: go(selected - 1),
    down: go(selected + 1),
    top: go(0),
    bottom: go(count - 1),
    page_up: go(selected - Math.max(1, page - 1)),
    page_down: go(selected + Math.max(1, page - 1)),
  };
}

/** Returns the first row shown so that `selected` stays in a window of `height` rows, moving as little as possible. */
export function scrollTop(top: number, selected: number, height: number, count: number): number {
  const within = Math.max(selected - height + 1, Math.min(top, selected));
  return Math.max(0, Math.min(within, count - height));
}
