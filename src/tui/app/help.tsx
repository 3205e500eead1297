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
  useLayout,
  useSearchField,
  viewField,
} from '../components/index.js';
import { type Binding, keysOn } from '../input/index.js';
import { closeOverlay, searchParts } from '../state/index.js';
import { useCursor } from '../ink/index.js';
import { fit, width as cellsOf } from '../text/index.js';
import { DEPTH, useLayer, useServices, useWords } from '../services/index.js';

const KEY_CELLS_MAX = 22;
const KEY_CELLS_MIN = 9;
const FILTER_LENGTH_MAX = 40;
const HEAD_ROWS = 2;

export type HelpProps = {
  readonly cols: number;
  readonly rows: number;
  /** What was in force when the help was opened. */
  readonly bindings: readonly Binding[];
};

export function Help({ cols, rows, bindings }: HelpProps): React.JSX.Element {
  const { theme, store, router } = useServices();
  const { t } = useWords();
  const layout = useLayout();
  const box = useRef<DOMElement | null>(null);
  const [selected, setSelected] = useState(0);
  const [filter, setFilter] = useState('');
  const search = useSearchField('', FILTER_LENGTH_MAX, (text) => {
    setFilter(text);
    setSelected(0);
  });

  const keysOf = (binding: Binding): string => keysOn(layout, binding.keys).join(' ');
  const { found, left } = searchParts(filter.toLocaleLowerCase());
  const shown = bindings.filter((binding) => {
    const text = `${keysOf(binding)} ${hintLabel(t, binding)}`.toLocaleLowerCase();
    return text.includes(found) && (left === '' || !text.includes(left));
  });
  const at = Math.min(selected, Math.max(0, shown.length - 1));
  const room = dialogRows(rows) - HEAD_ROWS;
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
  // Of all of them, so that a filter moves nothing. Where it is narrow, what a key does goes before its other names.
  const labels = Math.max(0, ...bindings.map((binding) => cellsOf(hintLabel(t, binding))));
  const keyCells = Math.max(KEY_CELLS_MIN, Math.min(KEY_CELLS_MAX, cells - labels - 3));
  const top = scrollTop(0, at, room, shown.length);
  const list = shown.slice(top, top + room).map((binding, place) => {
    const chosen = top + place === at;
    const row = `${chosen ? '▸' : ' '} ${fit(keysOf(binding), keyCells)} ${fit(hintLabel(t, binding), cells - keyCells - 3)}`;
    return chosen ? theme.paint('selected', row) : row;
  });
  const content = [
    `${theme.paint('key', '/')} ${field}`,
    ' '.repeat(cells),
    ...(list.length === 0 ? [fit(t('help_none'), cells)] : list),
  ];
  const corner = shown.length > room ? t('users_position', { at: at + 1, total: shown.length }) : '';
  return (
    <Dialog
      cols={cols}
      rows={rows}
      title={t('help_title')}
      corner={corner}
      content={content}
      content_rows={Math.min(bindings.length, room) + HEAD_ROWS}
      box={box}
    />
  );
}
