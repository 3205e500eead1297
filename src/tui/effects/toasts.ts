/** What is told in passing, and what can be taken back: both go by themselves when their time is over. */
import {
  addToast,
  expireToasts,
  expireUndo,
  TOAST_MS,
  type AppState,
  type AppStore,
} from '../state/index.js';
import type { Effects } from './contract.js';

export type Toasts = { readonly toast: Effects['toast']; readonly stop: () => void };

/** A clock that is asked in the very millisecond may say that it isn't time yet. */
const GRACE_MS = 10;

/** Returns when the next of them is over; null when there is nothing that goes by itself. */
function nextEnd({ toasts: told, person }: AppState): number | null {
  const ends = [...told.map(({ expires_at }) => expires_at), person.undo?.expires_at ?? null];
  const set = ends.filter((at) => at !== null);
  return set.length === 0 ? null : Math.min(...set);
}

export function toasts(store: AppStore, now: () => number): Toasts {
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    clearTimeout(timer);
    const end = nextEnd(store.getState());
    if (end === null) return;
    const rest_ms = Math.max(0, Math.min(end - now(), TOAST_MS));
    timer = setTimeout(() => {
      // The time is over, whatever the clock says: it may have been set back meanwhile.
      const at = Math.max(now(), end);
      store.setState(expireToasts(at));
      store.setState(expireUndo(at));
      wait();
    }, rest_ms + GRACE_MS).unref();
  };
  // Whoever said it or made it undoable.
  const unsubscribe = store.subscribe((state, before) => {
    if (state.toasts !== before.toasts || state.person.undo !== before.person.undo) wait();
  });
  return {
    stop: () => {
      clearTimeout(timer);
      unsubscribe();
    },
    toast: (kind, said) => store.setState(addToast(kind, said, now())),
  };
}
