/** The screen after a long pause: nothing of what was shown, and the password to go on. The password stays in this component. */
import { useRef, useState } from 'react';
import { Box, type DOMElement } from 'ink';
import {
  Dialog,
  dialogCells,
  passwordSlips,
  saidWords,
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
  useLayer({
    depth: LOCK_DEPTH + DEPTH.field,
    places: ['form', 'field', 'global'],
    modal: true,
    onText: password.onText,
    handlers: {
      ...password.handlers,
      submit: unlock,
      // The help would name what lies below.
      help: () => undefined,
    },
  });

  const cells = dialogCells(cols);
  const view = viewField(password.text, Math.min(FIELD_CELLS, cells), true);
  const text = wrap(t('locked_note', { name }), cells).map((line) => fit(line, cells));
  useCursor(box, { row: 1 + text.length + 1, column: 2 + view.cursor });
  const said = busy ? t('working') : problem === null ? '' : `✗ ${saidWords(t, language, { problem })}`;
  const content = [
    ...text,
    ' '.repeat(cells),
    theme.paint('field_active', view.shown) + ' '.repeat(Math.max(0, cells - Math.min(FIELD_CELLS, cells))),
    ...(demo_password === null ? [] : [fit(t('demo_password', { password: demo_password }), cells)]),
    ...passwordSlips(t, password.value()).map((line) => theme.paint('dim', fit(line, cells))),
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
