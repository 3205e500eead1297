/** Hands events to the router. After an act the tree is rendered before the next key, so that it meets what it caused. */
import { asTwoKeys, type KeyEvent } from '../input/index.js';
import type { Router } from '../services/index.js';

export function feedKeys(router: Router, events: readonly KeyEvent[], flush: () => void): void {
  let typed = false;
  for (const event of events) {
    // Typed text lives in refs and needs no render in between: a long burst is one frame. Any other key may depend on it.
    if (typed && !(event.type === 'key' && event.text !== undefined)) {
      flush();
      typed = false;
    }
    let what = router.dispatch(event);
    if (what === 'none' && event.type === 'key' && event.escaped === true) {
      const [escape, then] = asTwoKeys(event);
      if (router.dispatch(escape) === 'acted') flush();
      what = router.dispatch(then);
    }
    if (what === 'acted') flush();
    typed = what === 'typed' || (typed && what === 'none');
  }
  if (typed) flush();
}
