/** What is told in passing, and what can be taken back: both go by themselves when their time is over. */
import { addToast, expireToasts, expireUndo, TOAST_MS, type AppStore } from '../state/index.js';
import type { Effects } from './contract.js';

export type Toasts = { readonly toast: Effects['toast']; readonly stop: () => void };

export function toasts(store: AppStore, now: () => number): Toasts {
  // Whoever said it or made it undoable.
  const stop = store.subscribe((state, before) => {
    const { undo } = state.person;
    if (state.toasts === before.toasts && undo === before.person.undo) return;
    if (state.toasts.length === 0 && undo === null) return;
    setTimeout(() => {
      store.setState(expireToasts(now()));
      store.setState(expireUndo(now()));
    }, TOAST_MS + 10).unref();
  });
  return { stop, toast: (kind, said) => store.setState(addToast(kind, said, now())) };
}
