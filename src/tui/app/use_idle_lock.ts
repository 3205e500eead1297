/** Hides everything when nobody touched a key for long. What was on the screen for administrators leaves the store. */
import { useEffect } from 'react';
import { forgetUsers } from '../state/index.js';
import { useApp, useServices } from '../services/index.js';

/** How often the clock is looked at, milliseconds; a lock may come so much late. */
const LOOK_MS = 1_000;

export function useIdleLock(): void {
  const { store, router, idle_lock_ms, now } = useServices();
  const signedIn = useApp((state) => state.session !== null);
  const locked = useApp((state) => state.locked);
  useEffect(() => {
    if (idle_lock_ms === null || !signedIn || locked) return undefined;
    let last = now();
    const stop = router.onInput(() => {
      last = now();
    });
    const timer = setInterval(() => {
      if (now() - last < idle_lock_ms) return;
      store.setState(forgetUsers);
      store.setState({ locked: true, overlays: [], user_detail: null });
    }, LOOK_MS);
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [store, router, idle_lock_ms, now, signedIn, locked]);
}
