/** Hides everything when nobody touched a key for long. What was on the screen leaves the store. */
import { useEffect } from 'react';
import { lock } from '../state/index.js';
import { useApp, useServices } from '../services/index.js';

/** How often the clock is looked at, milliseconds; a lock may come so much late. */
const LOOK_MS = 1_000;

export function useIdleLock(): void {
  const { store, router, idle_lock_ms, now } = useServices();
  const signedIn = useApp((state) => state.person.session !== null);
  const locked = useApp((state) => state.person.locked);
  useEffect(() => {
    if (idle_lock_ms === null || !signedIn || locked) return undefined;
    let last = now();
    const stop = router.onInput(() => {
      last = now();
    });
    const timer = setInterval(() => {
      if (now() - last < idle_lock_ms) return;
      store.setState(lock);
    }, LOOK_MS);
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [store, router, idle_lock_ms, now, signedIn, locked]);
}
