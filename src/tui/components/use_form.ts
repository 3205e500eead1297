/**
 * The life of a form: texts, focus, submitting. The texts, passwords among them, live in a ref here and nowhere else;
 * they survive a lost connection because the form stays mounted.
 */
import { useEffect, useReducer, useRef, useState } from 'react';
import { problemWords } from './problem_words.js';
import { type Handlers, type Layer, useApp, useClock, useServices, useWords } from '../services/index.js';
import { editKeys } from './edit_keys.js';
import { editedText, type EditedText, EMPTY_TEXT, moveRows, textOf } from '../state/index.js';
import {
  isText,
  type CheckboxSpec,
  type FieldSpec,
  type FormButton,
  type FormResult,
  type FormValues,
  type TextSpec,
} from './form_model.js';

export type FormUse = {
  readonly texts: ReadonlyMap<string, EditedText>;
  readonly focus: number;
  /** The focus is in a field of several lines. */
  readonly in_area: boolean;
  readonly busy: boolean;
  /** The server asked for patience; sending does nothing until the countdown ends. */
  readonly waiting: boolean;
  readonly revealed: boolean;
  readonly errors: Readonly<Record<string, string>>;
  readonly messages: readonly { readonly role: 'error' | 'dim' | 'ok'; readonly text: string }[];
  readonly handlers: Handlers;
  /** Takes typed text; undefined where the focus is on no text. */
  readonly onText: Layer['onText'];
  /**
   * Tells once that leaving would throw away what was typed; null when there is nothing to lose, or it was told and no key
   * came since. A slow line may make an Esc of half an arrow key.
   */
  readonly warnBeforeLeaving: (() => void) | null;
};

/** How often a countdown is looked at; it shows whole seconds. */
const WAIT_STEP_MS = 250;

type Message = { readonly role: 'error' | 'dim' | 'ok'; readonly text: string };
type Status = {
  readonly busy: boolean;
  readonly errors: Readonly<Record<string, string>>;
  readonly messages: readonly Message[];
  /** Nothing is sent before this, Unix milliseconds; null when there is nothing to wait for. */
  readonly wait_until: number | null;
};
const CALM: Status = { busy: false, errors: {}, messages: [], wait_until: null };

export function useForm(
  fields: readonly FieldSpec[],
  buttons: readonly FormButton[],
  onSubmit: (values: FormValues) => Promise<FormResult>,
  /** Cells of a field: where the rows of an area break. */
  field_cells: number,
): FormUse {
  const { t, language } = useWords();
  const texts = useRef(new Map<string, EditedText>());
  const focusRef = useRef(0);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [revealed, setRevealed] = useState(false);
  const [status, setStatus] = useState<Status>(CALM);
  const { store, now } = useServices();
  const locked = useApp((state) => state.person.locked);
  const clock = useClock(WAIT_STEP_MS, status.wait_until !== null);
  // Known at once, not with the next render: an Enter that comes right after an answer must not be lost.
  const busy = useRef(false);
  const [warned, setWarned] = useState(false);
  const wait_s = status.wait_until === null ? 0 : Math.ceil((status.wait_until - clock) / 1000);
  const waiting = wait_s > 0;

  // What nobody watches is emptied; the rest of the form stays.
  useEffect(() => {
    if (!locked) return;
    for (const { name, kind } of fields) if (kind === 'password') texts.current.set(name, EMPTY_TEXT);
    setRevealed(false);
  }, [locked, fields]);

  const inputs = fields.filter(isText);
  for (const field of inputs) {
    if (!texts.current.has(field.name)) texts.current.set(field.name, editedText(field.initial ?? ''));
  }
  const valueOf = (name: string): string => textOf(texts.current.get(name) ?? EMPTY_TEXT);
  const stops = fields.length + 1 + buttons.length;
  // Fields can come and go (the setup code): the focus stays on something that exists.
  if (focusRef.current >= stops) focusRef.current = stops - 1;

  const focusOn = (at: number): void => {
    focusRef.current = (at + stops) % stops;
    setWarned(false);
    redraw();
  };
  const focusedText = (): TextSpec | undefined => {
    const field = fields[focusRef.current];
    return isText(field) ? field : undefined;
  };

  /** What was said of the form as it was; a countdown goes on: nothing that is filled in makes the server more patient. */
  const calm = (): void =>
    setStatus((before) => (before.busy ? before : { ...CALM, wait_until: before.wait_until }));

  const write = (field: TextSpec, next: EditedText, before: EditedText): void => {
    texts.current.set(field.name, next);
    setWarned(false);
    if (!store.getState().typed) store.setState({ typed: true });
    if (
      textOf(before) !== textOf(next) &&
      (status.messages.length > 0 || status.wait_until !== null || status.errors[field.name] !== undefined)
    )
      calm();
    redraw();
  };

  const focused = focusedText();
  const keys =
    focused === undefined
      ? null
      : editKeys({
          read: () => texts.current.get(focused.name) ?? EMPTY_TEXT,
          write: (next, before) => write(focused, next, before),
          length_max: focused.length_max,
          lines: focused.kind === 'area',
          secret: focused.kind === 'password',
        });

  const submit = (): void => {
    if (busy.current || waiting) return;
    const missing = inputs.filter((field) => field.required === true && valueOf(field.name) === '');
    const [first] = missing;
    if (first !== undefined) {
      setStatus({
        ...CALM,
        errors: Object.fromEntries(missing.map(({ name }) => [name, t('field_required')])),
      });
      focusOn(fields.indexOf(first));
      return;
    }
    busy.current = true;
    setWarned(false);
    setStatus({ ...CALM, busy: true, messages: [{ role: 'dim', text: t('working') }] });
    void onSubmit(Object.fromEntries(inputs.map(({ name }) => [name, valueOf(name)]))).then((result) => {
      settle(result);
    });
  };

  const settle = (result: FormResult): void => {
    busy.current = false;
    if (result === null) {
      setStatus(CALM);
      return;
    }
    for (const name of result.clear ?? []) texts.current.set(name, EMPTY_TEXT);
    for (const [name, value] of Object.entries(result.set ?? {})) texts.current.set(name, editedText(value));
    const words = result.problem === undefined ? null : problemWords(t, language, result.problem);
    const errors = { ...words?.fields, ...result.field_errors };
    const retry_ms = result.problem?.retry_after_ms ?? null;
    const messages: Message[] = [];
    if (result.message !== undefined) messages.push({ role: 'error', text: `✗ ${result.message}` });
    if (words !== null) {
      messages.push({ role: 'error', text: `✗ ${words.sentence}` });
      if (words.hint !== '' && retry_ms === null) messages.push({ role: 'dim', text: `  ${words.hint}` });
    }
    setStatus({ busy: false, errors, messages, wait_until: retry_ms === null ? null : now() + retry_ms });
    const wrong = fields.findIndex(({ name }) => errors[name] !== undefined || result.clear?.includes(name));
    const at = wrong >= 0 ? wrong : fields.findIndex(({ name }) => words?.about.includes(name));
    if (at >= 0) focusOn(at);
  };

  const enter = (): void => {
    const at = focusRef.current;
    const empty = fields.findIndex(
      (field, place) => place > at && isText(field) && field.required === true && valueOf(field.name) === '',
    );
    if (at < fields.length && empty >= 0) focusOn(empty);
    else if (at <= fields.length) submit();
    else buttons[at - fields.length - 1]?.run();
  };

  /** To another row of an area; none where it is in the first or the last one, so that the key leaves the field. */
  const rowMover = (by: number): (() => void) | undefined => {
    const field = focusedText();
    const text = field?.kind === 'area' ? texts.current.get(field.name) : undefined;
    const moved = text === undefined ? null : moveRows(text, field_cells, by);
    if (field === undefined || moved === null) return undefined;
    return () => {
      texts.current.set(field.name, moved);
      redraw();
    };
  };
  const [area_up, area_down] = [rowMover(-1), rowMover(1)];

  const toggled = ({ toggle }: CheckboxSpec): (() => void) | null =>
    toggle === null
      ? null
      : () => {
          setWarned(false);
          calm();
          toggle();
        };

  const changed =
    inputs.some(({ name, initial = '' }) => valueOf(name) !== initial) ||
    fields.some((field) => !isText(field) && field.initial !== undefined && field.checked !== field.initial);
  const told: readonly Message[] = warned ? [{ role: 'error', text: t('form_discard') }] : [];
  const hasPassword = fields.some(({ kind }) => kind === 'password');
  const box = fields[focusRef.current];
  const toggle = box?.kind === 'checkbox' ? toggled(box) : null;
  return {
    texts: texts.current,
    focus: focusRef.current,
    in_area: focused?.kind === 'area',
    busy: status.busy,
    revealed,
    errors: status.errors,
    waiting,
    messages: [
      ...status.messages,
      ...(status.wait_until === null
        ? []
        : [
            waiting
              ? ({ role: 'dim', text: `  ${t('wait_seconds', { count: wait_s })}` } as const)
              : ({ role: 'ok', text: `✓ ${t('wait_over')}` } as const),
          ]),
      ...told,
    ],
    onText: keys?.onText,
    warnBeforeLeaving: changed && !warned ? () => setWarned(true) : null,
    handlers: {
      ...keys?.handlers,
      next_field: () => focusOn(focusRef.current + 1),
      previous_field: () => focusOn(focusRef.current - 1),
      submit: enter,
      ...(area_up === undefined ? {} : { area_up }),
      ...(area_down === undefined ? {} : { area_down }),
      ...(toggle === null ? {} : { toggle }),
      ...(hasPassword ? { reveal: () => setRevealed((now) => !now) } : {}),
    },
  };
}
