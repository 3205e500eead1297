/**
 * The confirm dialog. Never answered by the key that opened it and never by a plain Enter: `y` does it, or typing the
 * name for the worst acts.
 */
import { useContext, useReducer, useRef } from 'react';
import type { DOMElement } from 'ink';
import { Dialog, dialogCells } from '../components/dialog.js';
import { viewField } from '../components/field_view.js';
import { CoveredContext } from '../components/rows.js';
import type { ConfirmAct } from '../state/model.js';
import { closeOverlay, popScreen, screenOf } from '../state/navigation.js';
import { editText, EMPTY_TEXT, textOf, type Edit } from '../state/text_edit.js';
import { useCursor } from '../terminal/index.js';
import { fit, wrap } from '../text/index.js';
import { confirmWords } from './confirm_words.js';
import { runAct } from './run_act.js';
import { DEPTH, useLayer, useServices, useWords } from './services.js';

const TYPED_LENGTH_MAX = 64;

export function Confirm({
  cols,
  rows,
  act,
}: {
  readonly cols: number;
  readonly rows: number;
  readonly act: ConfirmAct;
}): React.JSX.Element {
  const { theme, effects, store, quit } = useServices();
  const { t } = useWords();
  const covered = useContext(CoveredContext);
  const box = useRef<DOMElement | null>(null);
  const typed = useRef(EMPTY_TEXT);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const words = confirmWords(t, act);
  const wanted = words.typed;

  const onDeleted = (): void => {
    if (screenOf(store.getState()).name === 'user') store.setState(popScreen);
  };
  const doIt = (): void => {
    store.setState(closeOverlay);
    void runAct(act, { effects, t, quit, onDeleted });
  };
  const edit = (change: Edit): void => {
    typed.current = editText(typed.current, change, TYPED_LENGTH_MAX);
    redraw();
  };
  const matches = wanted !== null && textOf(typed.current) === wanted;

  useLayer({
    depth: DEPTH.field,
    places: wanted === null ? ['confirm', 'global'] : ['form', 'field', 'global'],
    modal: true,
    onText:
      wanted === null
        ? undefined
        : (text) => {
            edit({ kind: 'insert', text });
            return 'typed';
          },
    handlers: {
      back: () => store.setState(closeOverlay),
      ...(wanted === null
        ? { confirm_yes: doIt }
        : {
            field_backspace: () => edit({ kind: 'backspace' }),
            field_left: () => edit({ kind: 'left' }),
            field_right: () => edit({ kind: 'right' }),
            field_kill_left: () => edit({ kind: 'kill_left' }),
            ...(matches ? { submit: doIt } : {}),
          }),
    },
  });

  const cells = dialogCells(cols);
  const text = wrap(words.text, cells).map((line) => fit(line, cells));
  const view = viewField(typed.current, Math.min(34, cells), false);
  const fieldRow = 1 + text.length + 2;
  useCursor(box, wanted === null || covered ? undefined : { row: fieldRow, column: 2 + view.cursor });
  const content = [
    ...text,
    ' '.repeat(cells),
    ...(wanted === null
      ? [theme.paint('strong', fit(t('confirm_keys'), cells))]
      : [
          fit(`${t('confirm_type_name')} (${wanted}):`, cells),
          theme.paint('field_active', view.shown) + ' '.repeat(Math.max(0, cells - Math.min(34, cells))),
          ' '.repeat(cells),
          theme.paint(
            matches ? 'error' : 'dim',
            fit(t(matches ? 'confirm_typed_keys' : 'confirm_typed_keys_wait'), cells),
          ),
        ]),
  ];
  return <Dialog cols={cols} rows={rows} title={words.title} content={content} box={box} />;
}
