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
  keyRows,
  passwordSlips,
  saidWords,
  useDialogRows,
  useKeyOf,
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
import { fit, width as cellsOf, wrap } from '../text/index.js';
import { confirmWords, wantsPassword } from './confirm_words.js';
import { runAct } from './run_act.js';
import { DEPTH, useApp, useLayer, useServices, useWords } from '../services/index.js';

const TYPED_LENGTH_MAX = 64;
const FIELD_CELLS = 34;
/** Rows that are kept for what went wrong. */
const FAULT_ROWS = 2;
/** Cells of the upper edge beside its title. */
const TITLE_MARGIN = 8;
/** A password that was checked this long ago counts as still fresh. */
const STEP_UP_MS = 5 * 60_000;

type FieldName = 'typed' | 'password';
const LENGTH_MAX = { typed: TYPED_LENGTH_MAX, password: 2 * LIMITS.password_length_max } as const;

type ConfirmProps = { readonly cols: number; readonly rows: number; readonly act: ConfirmAct };

export function Confirm({ cols, rows, act }: ConfirmProps): React.JSX.Element {
  const { theme, effects, store, quit, now, demo_password, questions } = useServices();
  const { t, language } = useWords();
  const covered = useContext(CoveredContext);
  const box = useRef<DOMElement | null>(null);
  // Read anew while the dialog is open: what is confirmed is what will happen.
  const sessions = useApp((state) => state.person.lists.sessions);
  const others = loadedRows(sessions)
    .filter(({ current }) => !current)
    .map((row) => deviceText({ t, language, now: now() }, row));
  const [shared] = useState(() => effects.sharesSession());
  const words = confirmWords(t, act, others, shared);
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
      questions.answer(false);
    };
  }, [questions]);

  const onDeleted = (): void => {
    const { name } = screenOf(store.getState());
    if (name === 'user' || name === 'role') store.setState(popScreen);
  };
  const doIt = (): void => {
    questions.answer(true);
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

  const cells = dialogCells(cols);
  const fieldCells = Math.min(FIELD_CELLS, cells);
  // What is asked is never cut: a title that its edge has no room for is said again below it.
  const title = cellsOf(words.title) > cells - TITLE_MARGIN ? [words.title] : [];
  const body = [...title, words.text].flatMap((text) => wrap(text, cells)).map((line) => fit(line, cells));
  let cursor: { row: number; column: number } | undefined;
  let focus_row: number | null = null;
  for (const [at, name] of fields.entries()) {
    const view = viewField(texts.current[name], fieldCells, name === 'password');
    const label =
      name === 'password'
        ? wrap(t('confirm_password'), cells)
        : // Names of client keys may be longer than a line.
          wrap(`${typed?.label ?? ''} (${typed?.wanted ?? ''}):`, cells);
    body.push(' '.repeat(cells), ...label.map((line) => fit(line, cells)));
    const focused = at === focus.current;
    if (focused) cursor = { row: body.length, column: 2 + view.cursor };
    body.push(theme.paint(focused ? 'field_active' : 'field', view.shown) + ' '.repeat(cells - fieldCells));
    const notes = [
      ...(name === 'password' && demo_password !== null
        ? [t('demo_password', { password: demo_password })]
        : []),
      ...(name === 'password' && focused ? passwordSlips(t, textOf(texts.current.password)) : []),
    ];
    for (const note of notes.flatMap((text) => wrap(text, cells)))
      body.push(theme.paint('dim', fit(note, cells)));
    // With what stands below the field.
    if (focused) focus_row = body.length - 1;
  }
  const fault =
    problem !== null
      ? saidWords(t, language, { problem })
      : wrong
        ? t('confirm_typed_wrong', { wanted: typed?.wanted ?? '' })
        : null;
  const faults = fault === null ? [] : wrap(`✗ ${fault}`, cells);
  // Room is kept for a fault, so that nothing moves when there is one.
  const kept = fields.length === 0 ? 1 : Math.max(1, FAULT_ROWS + 1 - faults.length);
  body.push(...Array.from({ length: kept }, () => ' '.repeat(cells)));
  const yes = useKeyOf('confirm_yes');
  const leave = useKeyOf('leave_running');
  const [role, keyWords] =
    fields.length === 0
      ? (['strong', t(stops ? 'confirm_quit_keys' : 'confirm_keys', { yes, leave })] as const)
      : busy
        ? (['dim', t('working')] as const)
        : ready
          ? (['error', t('confirm_typed_keys')] as const)
          : (['dim', t('confirm_typed_keys_wait')] as const);
  const foot = [
    ...faults.map((line) => theme.paint('error', fit(line, cells))),
    ...keyRows(keyWords, cells).map((row) => theme.paint(role, row)),
  ];
  const shown = useDialogRows({ rows, body, foot, focus_row });

  useLayer({
    depth: DEPTH.field,
    places: fields.length === 0 ? ['confirm', 'list', 'global'] : ['form', 'field', 'list', 'global'],
    modal: true,
    onText: keys?.onText,
    handlers: {
      ...shown.handlers,
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

  const cursor_row = cursor === undefined ? null : shown.placeOf(cursor.row);
  useCursor(
    box,
    covered || cursor === undefined || cursor_row === null
      ? undefined
      : { row: cursor_row, column: cursor.column },
  );
  const { content, corner } = shown;
  return <Dialog cols={cols} rows={rows} title={words.title} corner={corner} content={content} box={box} />;
}
