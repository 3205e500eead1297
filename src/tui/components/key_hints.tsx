/** The last row: the keys that work now, most used first, cut with `…`. Derived from the router, never written by hand. */
import { useSyncExternalStore } from 'react';
import { useServices, useWords } from '../services/index.js';
import type { Translate } from '../i18n/index.js';
import { type Binding, shownKey } from '../input/index.js';
import { fit, width } from '../text/index.js';
import { Rows } from './rows.js';

export function useActiveBindings(): readonly Binding[] {
  const { router } = useServices();
  return useSyncExternalStore(router.subscribe, router.active);
}

/** Returns the key of a binding as the footer shows it: the two directions of a list share one place. */
export function hintKey(binding: Binding, all: readonly Binding[]): string {
  if (binding.id === 'down' && all.some(({ id }) => id === 'up')) return '↑↓';
  return shownKey(binding.keys[0] ?? '');
}

export const hintLabel = (t: Translate, binding: Binding): string => t(`key_${binding.id}`);

export function KeyHints({ cols }: { readonly cols: number }): React.JSX.Element {
  const { theme } = useServices();
  const { t } = useWords();
  const bindings = useActiveBindings();
  const hints = bindings.filter(({ rank }) => rank > 0).toSorted((a, b) => b.rank - a.rank);
  let row = ' ';
  let used = 1;
  for (const binding of hints) {
    const key = hintKey(binding, bindings);
    const label = hintLabel(t, binding);
    const cells = width(key) + 1 + width(label) + 2;
    if (used + cells > cols - 2) {
      row += theme.paint('dim', '…');
      used += 1;
      break;
    }
    row += `${theme.paint('key', key)} ${theme.paint('hint', label)}  `;
    used += cells;
  }
  return <Rows rows={[row + fit('', Math.max(0, cols - used))]} />;
}
