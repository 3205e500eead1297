/** The screen after a long pause: nothing of what was shown, and the password to go on. The password stays in this component. */
import { useRef, useState } from 'react';
import { Box, type DOMElement } from 'ink';
import {
  Dialog,
  dialogCells,
  keyRows,
  passwordSlips,
  saidWords,
  useDialogRows,
  useEditedText,
  viewField,
} from '../components/index.js';
import type { Problem } from '../i18n/index.js';
import { changePerson } from '../state/index.js';
import { LIMITS } from '../../protocol/index.js';
import { useCursor } from '../ink/index.js';
import { fit, wrap } from '../text/index.js';
import { DEPTH, useApp, useLayer, useServices, useWords } from '../services/index.js';

/** Above every overlay. */
const LOCK_DEPTH = 10_000;
const FIELD_CELLS = 34;
/** Rows that are kept for what went wrong. */
const FAULT_ROWS = 1;

export function Lock({ cols, rows }: { readonly cols: number; readonly rows: number }): React.JSX.Element {
  const { theme, effects, store, demo_password } = useServices();
  const { t, language } = useWords();
  const name = useApp((state) => state.person.session?.account.account_name ?? '');
  const box = useRef<DOMElement | null>(null);
  const password = useEditedText('', 2 * LIMITS.password_length_max, undefined, true);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  const unlock = (): void => {
    const typed = password.value();
    if (busy || typed === '') return;
    password.set('');
    setBusy(true);
    void effects.confirmPassword(typed).then((outcome) => {
      setBusy(false);
      if (outcome.ok) store.setState(changePerson({ locked: false }));
      else setProblem(outcome.problem);
    });
  };
  const cells = dialogCells(cols);
  const fieldCells = Math.min(FIELD_CELLS, cells);
  const view = viewField(password.text, fieldCells, true);
  const text = wrap(t('locked_note', { name }), cells).map((line) => fit(line, cells));
  const said = busy ? t('working') : problem === null ? '' : `✗ ${saidWords(t, language, { problem })}`;
  const faults = said === '' ? [] : wrap(said, cells);
  const field_row = text.length + 1;
  const notes = [
    ...(demo_password === null
      ? []
      : wrap(t('demo_password', { password: demo_password }), cells).map((line) => fit(line, cells))),
    ...passwordSlips(t, password.value())
      .flatMap((slip) => wrap(slip, cells))
      .map((line) => theme.paint('dim', fit(line, cells))),
  ];
  const blank = ' '.repeat(cells);
  const shown = useDialogRows({
    rows,
    body: [
      ...text,
      blank,
      theme.paint('field_active', view.shown) + ' '.repeat(cells - fieldCells),
      ...notes,
      blank,
      // Room is kept for what went wrong, so that nothing moves when it did.
      ...Array.from({ length: Math.max(0, FAULT_ROWS - faults.length) }, () => blank),
    ],
    foot: [
      ...faults.map((line) => theme.paint('error', fit(line, cells))),
      ...keyRows(t('locked_keys'), cells),
    ],
    focus_row: field_row + notes.length,
  });
  useLayer({
    depth: LOCK_DEPTH + DEPTH.field,
    places: ['form', 'field', 'list', 'global'],
    modal: true,
    onText: password.onText,
    handlers: {
      ...shown.handlers,
      ...password.handlers,
      submit: unlock,
      // The help would name what lies below.
      help: () => undefined,
    },
  });

  const cursor_row = shown.placeOf(field_row);
  useCursor(box, cursor_row === null ? undefined : { row: cursor_row, column: 2 + view.cursor });
  const { content, corner } = shown;
  return (
    <Box width={cols} height={rows}>
      <Dialog cols={cols} rows={rows} title={t('locked_title')} corner={corner} content={content} box={box} />
    </Box>
  );
}
