/** What is told in passing, and what can be taken back: both go by themselves when their time is over. */
import { addToast, expireResumable, expireToasts, expireUndo, type AppStore } from '../state/index.js';
import type { Effects } from './contract.js';

export type Toasts = { readonly toast: Effects['toast']; readonly stop: () => void };

/** A little later than the moment itself, so that it is over then. */
const LATE_MS = 10;

export function toasts(store: AppStore, now: () => number): Toasts {
  // Whoever said it or made it undoable.
  const stop = store.subscribe((state, before) => {
    const { undo, resumable } = state.person;
    const same = undo === before.person.undo && resumable === before.person.resumable;
    if (state.toasts === before.toasts && same) return;
    const ends = [...state.toasts, undo, resumable].flatMap((told) => told?.expires_at ?? []);
    if (ends.length === 0) return;
    setTimeout(
      () => {
        store.setState(expireToasts(now()));
        store.setState(expireUndo(now()));
        store.setState(expireResumable(now()));
      },
      Math.max(0, Math.min(...ends) - now()) + LATE_MS,
    ).unref();
  });
  return { stop, toast: (kind, said) => store.setState(addToast(kind, said, now())) };
}
