/**
 * The last row: the keys that work now, most used first, cut with `…`; and at its end, always, how to get help, the command
 * line and out. Derived from the router, never written by hand.
 */
import { useSyncExternalStore } from 'react';
import { useServices, useWords } from '../services/index.js';
import type { Translate } from '../i18n/index.js';
import { type Binding, keysOn, type Layout } from '../input/index.js';
import { fit, width } from '../text/index.js';
import type { Theme } from '../theme/index.js';
import { Rows } from './rows.js';

/** What always leads on. Where a letter would type, `quit` has none, and what leaves a text field stands for it. */
const ALWAYS_SEEN = [
  ['help'],
  ['palette'],
  ['quit', 'interrupt'],
] as const satisfies readonly (readonly Binding['id'][])[];
/** The words of these give way where they would leave less room than this for everything else. */
const REST_CELLS_MIN = 20;

export function useActiveBindings(): readonly Binding[] {
  const { router } = useServices();
  return useSyncExternalStore(router.subscribe, router.active);
}

/** Returns the layout that is typed on. */
export function useLayout(): Layout {
  const { router } = useServices();
  return useSyncExternalStore(router.subscribe, router.layout);
}

/** Returns the key of an act as it is written now, for words that name it. */
export function useKeyOf(id: Binding['id']): string {
  const { router } = useServices();
  return keysOn(useLayout(), router.keymap.keysOf(id))[0] ?? '';
}

/** Returns the key of a binding as the footer shows it: the two directions of a list share one place. */
function hintKey(binding: Binding, all: readonly Binding[], layout: Layout): string {
  if (binding.id === 'down' && all.some(({ id }) => id === 'up')) return '↑↓';
  return keysOn(layout, binding.keys)[0] ?? '';
}

export const hintLabel = (t: Translate, binding: Binding): string => t(`key_${binding.id}`);

type Hint = { readonly id: Binding['id']; readonly key: string; readonly label: string };

const cellsOf = ({ key, label }: Hint): number => width(key) + (label === '' ? 0 : 1 + width(label));
const lengthOf = (hints: readonly Hint[]): number =>
  hints.reduce((sum, hint, at) => sum + cellsOf(hint) + (at === 0 ? 0 : GAP), 0);
const GAP = 2;
const EDGE = 1;

/** Returns the hints in exactly `cols` cells. */
export function hintRow(
  theme: Theme,
  t: Translate,
  bindings: readonly Binding[],
  layout: Layout,
  cols: number,
): string {
  const shown = bindings
    .filter(({ rank }) => rank > 0)
    .toSorted((a, b) => b.rank - a.rank)
    .map((binding): Hint => ({
      id: binding.id,
      key: hintKey(binding, bindings, layout),
      label: hintLabel(t, binding),
    }));
  const always = ALWAYS_SEEN.flatMap((ids) => {
    const found = ids.map((id) => shown.find((hint) => hint.id === id)).find((hint) => hint !== undefined);
    return found === undefined ? [] : [found];
  });
  const rest = shown.filter((hint) => !always.includes(hint));
  const room = cols - 2 * EDGE;
  const worded = lengthOf(always);
  const last =
    worded + GAP + Math.min(REST_CELLS_MIN, lengthOf(rest)) <= room
      ? always
      : always.map((hint) => ({ ...hint, label: '' }));
  const free = room - lengthOf(last) - (last.length === 0 ? 0 : GAP);
  const first: Hint[] = [];
  for (const [at, hint] of rest.entries()) {
    // Where something is left out, `…` says so.
    const sign = at === rest.length - 1 ? 0 : GAP + 1;
    if (lengthOf([...first, hint]) + sign > free) break;
    first.push(hint);
  }
  const cut = first.length < rest.length;
  const paint = ({ key, label }: Hint): string =>
    theme.paint('key', key) + (label === '' ? '' : ` ${theme.paint('hint', label)}`);
  const parts = [...first.map(paint), ...(cut ? [theme.paint('dim', '…')] : []), ...last.map(paint)];
  const used = lengthOf([...first, ...last]) + (cut ? 1 + (first.length + last.length === 0 ? 0 : GAP) : 0);
  return ' '.repeat(EDGE) + parts.join(' '.repeat(GAP)) + fit('', cols - EDGE - used);
}

export function KeyHints({ cols }: { readonly cols: number }): React.JSX.Element {
  const { theme } = useServices();
  const { t } = useWords();
  return <Rows rows={[hintRow(theme, t, useActiveBindings(), useLayout(), cols)]} />;
}
