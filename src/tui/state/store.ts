/** The one store. Only effects and the app's handlers change it, and only by the pure changes of this room. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AppState } from './model.js';

export type AppStore = StoreApi<AppState>;

export function createAppStore(state: AppState): AppStore {
  return createStore<AppState>()(() => state);
}
