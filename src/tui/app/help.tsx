/** All keys that work here, derived from the router; can be filtered, and Enter runs the chosen one. */
import { useRef, useState } from 'react';
import type { DOMElement } from 'ink';
import {
  Dialog,
  dialogCells,
  dialogRows,
  hintLabel,
  listKeys,
  scrollTop,
  useSearchField,
  viewField,
} from '../components/index.js';
import { type Binding, shownKey } from '../input/index.js';
import { closeOverlay, searchParts } from '../state/index.js';
import { useCursor } from '../ink/index.js';
import { fit } from '../text/index.js';
import { DEPTH, useLayer, useServices, useWords } from '../services/index.js';

const KEY_CELLS = 22;
const FILTER_LENGTH_MAX = 40;

export type HelpProps = {
  readonly cols: number;
  readonly rows: number;
  /** What was in force when the help was opened. */
  readonly bindings: readonly Binding[];
};

export function Help({ cols, rows, bindings }: HelpProps): React.JSX.Element {
  const { theme, store, router } = useServices();
  const { t } = useWords();
  const box = useRef<DOMElement | null>(null);
  const [selected, setSelected] = useState(0);
  const [filter, setFilter] = useState('');
  const search = useSearchField('', FILTER_LENGTH_MAX, (text) => {
    setFilter(text);
    setSelected(0);
  });

  const keysOf = (binding: Binding): string => binding.keys.map(shownKey).join(' ');
  const { found, left } = searchParts(filter.toLocaleLowerCase());
  const shown = bindings.filter((binding) => {
    const text = `${keysOf(binding)} ${hintLabel(t, binding)}`.toLocaleLowerCase();
    return text.includes(found) && (left === '' || !text.includes(left));
  });
  const at = Math.min(selected, Math.max(0, shown.length - 1));
  const room = dialogRows(rows) - 2;
  const close = (): void => store.setState(closeOverlay);
  const runChosen = (): void => {
    const binding = shown[at];
    close();
    // After the overlay is gone from the stack, so that the action reaches the place it belongs to.
    if (binding !== undefined) queueMicrotask(() => router.run(binding.id));
  };
  useLayer({
    depth: DEPTH.screen,
    places: ['choice', 'list', 'help', 'global'],
    modal: true,
    handlers: {
      ...listKeys(shown.length, at, room, setSelected),
      choose: runChosen,
      help_filter: search.open,
      back: close,
      help: close,
      quit: close,
    },
  });
  useLayer(search.layer);

  const cells = dialogCells(cols);
  const view = viewField(search.text, cells - 2, false);
  useCursor(box, search.active ? { row: 1, column: 4 + view.cursor } : undefined);
  const field = search.active
    ? theme.paint('field_active', view.shown)
    : theme.paint('dim', fit(filter === '' ? t('help_filter') : filter, cells - 2));
  const top = scrollTop(0, at, room, shown.length);
  const list = shown.slice(top, top + room).map((binding, place) => {
    const chosen = top + place === at;
    const row = `${chosen ? '▸' : ' '} ${fit(keysOf(binding), KEY_CELLS)} ${fit(hintLabel(t, binding), cells - KEY_CELLS - 3)}`;
    return chosen ? theme.paint('selected', row) : row;
  });
  const content = [
    `${theme.paint('key', '/')} ${field}`,
    ' '.repeat(cells),
    ...(list.length === 0 ? [fit(t('help_none'), cells)] : list),
  ];
  const corner = shown.length > room ? t('users_position', { at: at + 1, total: shown.length }) : '';
  return (
    <Dialog cols={cols} rows={rows} title={t('help_title')} corner={corner} content={content} box={box} />
  );
}
