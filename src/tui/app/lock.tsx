/** The screen after a long pause: nothing of what was shown, and the password to go on. The password stays in this component. */
import { useReducer, useRef, useState } from 'react';
import { Box, type DOMElement } from 'ink';
import { Dialog, dialogCells, saidWords, viewField } from '../components/index.js';
import type { Problem } from '../i18n/index.js';
import { type Edit, editText, EMPTY_TEXT, textOf } from '../state/index.js';
import { LIMITS } from '../../protocol/index.js';
import { useCursor } from '../ink/index.js';
import { fit, wrap } from '../text/index.js';
import { DEPTH, useApp, useLayer, useServices, useWords } from '../services/index.js';

/** Above every overlay. */
const LOCK_DEPTH = 10_000;
const FIELD_CELLS = 34;

export function Lock({ cols, rows }: { readonly cols: number; readonly rows: number }): React.JSX.Element {
  const { theme, effects, store } = useServices();
  const { t, language } = useWords();
  const name = useApp((state) => state.session?.account.account_name ?? '');
  const box = useRef<DOMElement | null>(null);
  const password = useRef(EMPTY_TEXT);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  const edit = (change: Edit): void => {
    password.current = editText(password.current, change, 2 * LIMITS.password_length_max);
    redraw();
  };
  const unlock = (): void => {
    const typed = textOf(password.current);
    if (busy || typed === '') return;
    password.current = EMPTY_TEXT;
    setBusy(true);
    void effects.confirmPassword(typed).then((outcome) => {
      setBusy(false);
      if (outcome.ok) store.setState({ locked: false });
      else setProblem(outcome.problem);
    });
  };
  useLayer({
    depth: LOCK_DEPTH + DEPTH.field,
    places: ['form', 'field', 'global'],
    modal: true,
    onText: (text) => {
      edit({ kind: 'insert', text });
      return 'typed';
    },
    handlers: {
      submit: unlock,
      // The help would name what lies below.
      help: () => undefined,
      field_backspace: () => edit({ kind: 'backspace' }),
      field_kill_left: () => edit({ kind: 'kill_left' }),
      ...(password.current.parts.length === 0 ? {} : { interrupt: () => edit({ kind: 'clear' }) }),
    },
  });

  const cells = dialogCells(cols);
  const view = viewField(password.current, Math.min(FIELD_CELLS, cells), true);
  const text = wrap(t('locked_note', { name }), cells).map((line) => fit(line, cells));
  useCursor(box, { row: 1 + text.length + 1, column: 2 + view.cursor });
  const said = busy ? t('working') : problem === null ? '' : `✗ ${saidWords(t, language, { problem })}`;
  const content = [
    ...text,
    ' '.repeat(cells),
    theme.paint('field_active', view.shown) + ' '.repeat(Math.max(0, cells - Math.min(FIELD_CELLS, cells))),
    ' '.repeat(cells),
    ...wrap(said, cells).map((line) => theme.paint('error', fit(line, cells))),
    fit(t('locked_keys'), cells),
  ];
  return (
    <Box width={cols} height={rows}>
      <Dialog cols={cols} rows={rows} title={t('locked_title')} content={content} box={box} />
    </Box>
  );
}
