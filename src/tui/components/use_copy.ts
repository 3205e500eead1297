/** `y`: what is selected, shown or was made just now, to the clipboard. One thing goes at once, of several a menu asks which. */
import type { Translate } from '../i18n/index.js';
import { useServices, useWords, type Clipboard, type Copyable, type Handlers } from '../services/index.js';
import type { Effects } from '../effects/index.js';
import { openOverlay } from '../state/index.js';

const SAID = { sent: 'copied', too_long: 'copy_too_long', no_escapes: 'copy_no_escapes' } as const;

/** Copies one thing and says what came of it, as far as anybody knows. */
export function copyOne(
  { label, text }: Copyable,
  { t, effects, clipboard }: { t: Translate; effects: Pick<Effects, 'toast'>; clipboard: Clipboard },
): void {
  const outcome = clipboard.send(text);
  effects.toast(outcome === 'sent' ? 'ok' : 'info', { key: SAID[outcome], params: { what: t(label) } });
}

/** Returns the handler for what there is; things without a text are none. */
export function useCopy(
  items: readonly (Omit<Copyable, 'text'> & { readonly text: string | null })[],
): Handlers {
  const { clipboard, effects, store } = useServices();
  const { t } = useWords();
  const there = items.filter((item): item is Copyable => item.text !== null && item.text !== '');
  const [first, second] = there;
  if (first === undefined) return {};
  return {
    copy: () => {
      if (second === undefined) {
        copyOne(first, { t, effects, clipboard });
        return;
      }
      clipboard.offer(there);
      store.setState(openOverlay({ name: 'menu', menu: 'copy' }));
    },
  };
}
