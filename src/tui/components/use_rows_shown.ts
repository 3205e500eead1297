/** Asks for the rows of a list that are shown: after a pause where something is being typed, and not while nobody may see them. */
import { useEffect } from 'react';
import { useApp, useServices } from '../services/index.js';
import { queryKey, type ListName } from '../state/index.js';

/** Typing is given this long before the server is asked. */
const SEARCH_PAUSE_MS = 120;

export function useRowsShown(name: ListName, top: number, room: number): void {
  const { effects } = useServices();
  const { query, shown_key, pages } = useApp((state) => state.person.lists[name]);
  const locked = useApp((state) => state.person.locked);
  const key = queryKey(query);
  useEffect(() => {
    if (locked) return undefined;
    const timer = setTimeout(
      () => effects.ensureRows(name, top, top + room - 1),
      key === shown_key ? 0 : SEARCH_PAUSE_MS,
    );
    return () => clearTimeout(timer);
  }, [effects, name, key, shown_key, pages, top, room, locked]);
}
