/** What is told in passing, and what can be taken back: both go by themselves when their time is over. */
import {
  addToast,
  expireResumable,
  expireToasts,
  expireUndo,
  RESUME_MS,
  TOAST_MS,
  type AppState,
  type AppStore,
} from '../state/index.js';
import type { Effects } from './contract.js';

export type Toasts = { readonly toast: Effects['toast']; readonly stop: () => void };

/** A clock that is asked in the very millisecond may say that it isn't time yet. */
const GRACE_MS = 10;

/** The longest that any of them stays. */
const STAYS_MS_MAX = Math.max(TOAST_MS, RESUME_MS);

/** Returns when the next of them is over; null when there is nothing that goes by itself. */
function nextEnd({ toasts: told, person: { undo, resumable } }: AppState): number | null {
  const ends = [...told, undo, resumable].flatMap((one) => one?.expires_at ?? []);
  return ends.length === 0 ? null : Math.min(...ends);
}

export function toasts(store: AppStore, now: () => number): Toasts {
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    clearTimeout(timer);
    const end = nextEnd(store.getState());
    if (end === null) return;
    const rest_ms = Math.max(0, Math.min(end - now(), STAYS_MS_MAX));
    timer = setTimeout(() => {
      // The time is over, whatever the clock says: it may have been set back meanwhile.
      const at = Math.max(now(), end);
      store.setState(expireToasts(at));
      store.setState(expireUndo(at));
      store.setState(expireResumable(at));
      wait();
    }, rest_ms + GRACE_MS).unref();
  };
  // Whoever said it or made it undoable.
  const unsubscribe = store.subscribe((state, before) => {
    const { undo, resumable } = state.person;
    const same = undo === before.person.undo && resumable === before.person.resumable;
    if (state.toasts !== before.toasts || !same) wait();
  });
  return {
    stop: () => {
      clearTimeout(timer);
      unsubscribe();
    },
    toast: (kind, said) => store.setState(addToast(kind, said, now())),
  };
}
