/**
 * The confirm dialog. Never answered by the key that opened it and never by a plain Enter: `y` does it, or typing the
 * name or number for the worst acts. Those also want the password when it was last checked a while ago; it stays in
 * this component and is gone once it was sent.
 */
import { useContext, useEffect, useReducer, useRef, useState } from 'react';
import type { DOMElement } from 'ink';
import {
  CoveredContext,
  Dialog,
  dialogCells,
  editKeys,
  passwordSlips,
  saidWords,
  viewField,
} from '../components/index.js';
import { LIMITS } from '../../protocol/index.js';
import { deviceText } from '../screens/index.js';
import {
  closeOverlay,
  type ConfirmAct,
  type EditedText,
  EMPTY_TEXT,
  loadedRows,
  popScreen,
  screenOf,
  textOf,
} from '../state/index.js';
import type { Problem } from '../i18n/index.js';
import { useCursor } from '../ink/index.js';
import { fit, wrap } from '../text/index.js';
import { confirmWords, wantsPassword } from './confirm_words.js';
import { runAct } from './run_act.js';
import { DEPTH, useApp, useLayer, useServices, useWords } from '../services/index.js';

const TYPED_LENGTH_MAX = 64;
const FIELD_CELLS = 34;
/** A password that was checked this long ago counts as still fresh. */
const STEP_UP_MS = 5 * 60_000;

type FieldName = 'typed' | 'password';
const LENGTH_MAX = { typed: TYPED_LENGTH_MAX, password: 2 * LIMITS.password_length_max } as const;

type ConfirmProps = { readonly cols: number; readonly rows: number; readonly act: ConfirmAct };

export function Confirm({ cols, rows, act }: ConfirmProps): React.JSX.Element {
  const { theme, effects, store, quit, now, demo_password } = useServices();
  const { t, language } = useWords();
  const covered = useContext(CoveredContext);
  const box = useRef<DOMElement | null>(null);
  // Read anew while the dialog is open: what is confirmed is what will happen.
  const sessions = useApp((state) => state.person.lists.sessions);
  const others = loadedRows(sessions)
    .filter(({ current }) => !current)
    .map((row) => deviceText({ t, language, now: now() }, row));
  const words = confirmWords(t, act, others);
  const { typed } = words;
  const stops = act.kind === 'quit' && act.stops_server !== undefined;
  const [fields] = useState((): readonly FieldName[] => {
    const checked_at = store.getState().person.password_checked_at;
    const stale = checked_at === null || now() - checked_at > STEP_UP_MS;
    return [
      ...(typed === null ? [] : ['typed' as const]),
      ...(wantsPassword(act) && stale ? ['password' as const] : []),
    ];
  });
  const texts = useRef<Record<FieldName, EditedText>>({ typed: EMPTY_TEXT, password: EMPTY_TEXT });
  const focus = useRef(0);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [wrong, setWrong] = useState(false);
  const open = useRef(true);
  useEffect(() => {
    open.current = true;
    return () => {
      open.current = false;
    };
  }, []);

  const onDeleted = (): void => {
    if (screenOf(store.getState()).name === 'user') store.setState(popScreen);
  };
  const doIt = (): void => {
    store.setState(closeOverlay);
    void runAct(act, { effects, store, t, quit, onDeleted });
  };
  const checkFirst = (): void => {
    const password = textOf(texts.current.password);
    texts.current.password = EMPTY_TEXT;
    setBusy(true);
    setProblem(null);
    void effects.confirmPassword(password).then((outcome) => {
      // Whoever closed the dialog meanwhile has changed their mind.
      if (!open.current) return;
      setBusy(false);
      if (outcome.ok) doIt();
      else setProblem(outcome.problem);
    });
  };
  const focused = fields[focus.current];
  const keys =
    focused === undefined
      ? null
      : editKeys({
          read: () => texts.current[focused],
          write: (next) => {
            if (busy) return;
            texts.current[focused] = next;
            setProblem(null);
            setWrong(false);
            redraw();
          },
          length_max: LENGTH_MAX[focused],
          secret: focused === 'password',
        });
  const move = (by: number): void => {
    focus.current = (focus.current + by + fields.length) % fields.length;
    redraw();
  };
  const complete = (name: FieldName): boolean =>
    name === 'typed' ? textOf(texts.current.typed) === typed?.wanted : textOf(texts.current.password) !== '';
  const ready = fields.length > 0 && fields.every(complete);
  const submit = (): void => {
    if (busy) return;
    const missing = fields.findIndex((name) => !complete(name));
    if (missing >= 0) {
      // To the next field, but never on with a name that is typed wrong.
      if (complete(fields[focus.current] ?? 'typed')) move(missing - focus.current);
      else if (textOf(texts.current.typed) !== '') setWrong(fields[focus.current] === 'typed');
    } else if (fields.includes('password')) checkFirst();
    else doIt();
  };

  useLayer({
    depth: DEPTH.field,
    places: fields.length === 0 ? ['confirm', 'global'] : ['form', 'field', 'global'],
    modal: true,
    onText: keys?.onText,
    handlers: {
      back: () => store.setState(closeOverlay),
      ...(keys === null
        ? {
            confirm_yes: doIt,
            ...(stops ? { leave_running: () => quit('leave_server') } : {}),
          }
        : {
            ...keys.handlers,
            submit,
            ...(fields.length > 1 ? { next_field: () => move(1), previous_field: () => move(-1) } : {}),
          }),
    },
  });

  const cells = dialogCells(cols);
  const fieldCells = Math.min(FIELD_CELLS, cells);
  const content = wrap(words.text, cells).map((line) => fit(line, cells));
  let cursor: { row: number; column: number } | undefined;
  for (const [at, name] of fields.entries()) {
    const view = viewField(texts.current[name], fieldCells, name === 'password');
    const label =
      name === 'password'
        ? [t('confirm_password')]
        : // Names of client keys may be longer than a line.
          wrap(`${typed?.label ?? ''} (${typed?.wanted ?? ''}):`, cells);
    content.push(' '.repeat(cells), ...label.map((line) => fit(line, cells)));
    const focused = at === focus.current;
    // One row further down for the upper edge.
    if (focused) cursor = { row: content.length + 1, column: 2 + view.cursor };
    content.push(
      theme.paint(focused ? 'field_active' : 'field', view.shown) + ' '.repeat(cells - fieldCells),
    );
    if (name === 'password' && demo_password !== null)
      content.push(theme.paint('dim', fit(t('demo_password', { password: demo_password }), cells)));
    if (name === 'password' && focused)
      content.push(
        ...passwordSlips(t, textOf(texts.current.password)).map((line) =>
          theme.paint('dim', fit(line, cells)),
        ),
      );
  }
  useCursor(box, covered ? undefined : cursor);
  content.push(' '.repeat(cells));
  const fault =
    problem !== null
      ? saidWords(t, language, { problem })
      : wrong
        ? t('confirm_typed_wrong', { wanted: typed?.wanted ?? '' })
        : null;
  if (fault !== null) {
    for (const line of wrap(`✗ ${fault}`, cells)) content.push(theme.paint('error', fit(line, cells)));
  }
  content.push(
    fields.length === 0
      ? theme.paint('strong', fit(t(stops ? 'confirm_quit_keys' : 'confirm_keys'), cells))
      : busy
        ? theme.paint('dim', fit(t('working'), cells))
        : theme.paint(
            ready ? 'error' : 'dim',
            fit(t(ready ? 'confirm_typed_keys' : 'confirm_typed_keys_wait'), cells),
          ),
  );
  return <Dialog cols={cols} rows={rows} title={words.title} content={content} box={box} />;
}
