/**
 * The life of a form: texts, focus, submitting. The texts, passwords among them, live in a ref here and nowhere else;
 * they survive a lost connection because the form stays mounted.
 */
import { useReducer, useRef, useState } from 'react';
import { problemWords } from './problem_words.js';
import { useWords } from '../app/services.js';
import type { ActionId } from '../input/keymap.js';
import { editedText, editText, EMPTY_TEXT, textOf, type Edit, type EditedText } from '../state/text_edit.js';
import type { FieldSpec, FormButton, FormResult, FormValues } from './form_model.js';

export type FormUse = {
  readonly texts: ReadonlyMap<string, EditedText>;
  readonly focus: number;
  readonly busy: boolean;
  readonly revealed: boolean;
  readonly errors: Readonly<Record<string, string>>;
  readonly messages: readonly { readonly role: 'error' | 'dim' | 'ok'; readonly text: string }[];
  readonly handlers: Partial<Record<ActionId, () => void>>;
  readonly onText: (text: string) => 'typed' | 'refused';
};

type Message = { readonly role: 'error' | 'dim' | 'ok'; readonly text: string };
type Status = {
  readonly busy: boolean;
  readonly errors: Readonly<Record<string, string>>;
  readonly messages: readonly Message[];
};
const CALM: Status = { busy: false, errors: {}, messages: [] };

const EDITS: readonly (readonly [ActionId, Exclude<Edit['kind'], 'insert'>])[] = [
  ['field_left', 'left'],
  ['field_right', 'right'],
  ['field_home', 'home'],
  ['field_end', 'end'],
  ['field_word_left', 'word_left'],
  ['field_word_right', 'word_right'],
  ['field_backspace', 'backspace'],
  ['field_delete', 'delete'],
  ['field_word_back', 'word_back'],
  ['field_kill_left', 'kill_left'],
  ['field_kill_right', 'kill_right'],
];

export function useForm(
  fields: readonly FieldSpec[],
  buttons: readonly FormButton[],
  onSubmit: (values: FormValues) => Promise<FormResult>,
): FormUse {
  const { t, language } = useWords();
  const texts = useRef(new Map<string, EditedText>());
  const focusRef = useRef(0);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [revealed, setRevealed] = useState(false);
  const [status, setStatus] = useState<Status>(CALM);

  for (const field of fields) {
    if (!texts.current.has(field.name)) texts.current.set(field.name, editedText(field.initial ?? ''));
  }
  const valueOf = (name: string): string => textOf(texts.current.get(name) ?? EMPTY_TEXT);
  const stops = fields.length + 1 + buttons.length;
  // Fields can come and go (the setup code): the focus stays on something that exists.
  if (focusRef.current >= stops) focusRef.current = stops - 1;

  const focusOn = (at: number): void => {
    focusRef.current = (at + stops) % stops;
    redraw();
  };
  const focusedField = (): FieldSpec | undefined => fields[focusRef.current];

  const edit = (change: Edit): boolean => {
    const field = focusedField();
    if (field === undefined) return false;
    const before = texts.current.get(field.name) ?? EMPTY_TEXT;
    const after = editText(before, change, field.length_max);
    texts.current.set(field.name, after);
    if (
      textOf(before) !== textOf(after) &&
      (status.messages.length > 0 || status.errors[field.name] !== undefined)
    ) {
      setStatus((now) => (now.busy ? now : CALM));
    }
    redraw();
    return true;
  };

  const submit = (): void => {
    if (status.busy) return;
    const missing = fields.filter((field) => field.required === true && valueOf(field.name) === '');
    const [first] = missing;
    if (first !== undefined) {
      setStatus({
        ...CALM,
        errors: Object.fromEntries(missing.map(({ name }) => [name, t('field_required')])),
      });
      focusOn(fields.indexOf(first));
      return;
    }
    setStatus({ ...CALM, busy: true, messages: [{ role: 'dim', text: t('working') }] });
    void onSubmit(Object.fromEntries(fields.map(({ name }) => [name, valueOf(name)]))).then((result) => {
      settle(result);
    });
  };

  const settle = (result: FormResult): void => {
    if (result === null) {
      setStatus(CALM);
      return;
    }
    for (const name of result.clear ?? []) texts.current.set(name, EMPTY_TEXT);
    const words = result.problem === undefined ? null : problemWords(t, language, result.problem);
    const errors = { ...words?.fields, ...result.field_errors };
    const messages: Message[] = [];
    if (result.message !== undefined) messages.push({ role: 'error', text: `✗ ${result.message}` });
    if (words !== null) {
      messages.push({ role: 'error', text: `✗ ${words.sentence}` });
      if (words.hint !== '') messages.push({ role: 'dim', text: `  ${words.hint}` });
    }
    setStatus({ busy: false, errors, messages });
    const wrong = fields.findIndex(({ name }) => errors[name] !== undefined || result.clear?.includes(name));
    const at = wrong >= 0 ? wrong : fields.findIndex(({ name }) => words?.about.includes(name));
    if (at >= 0) focusOn(at);
  };

  const enter = (): void => {
    const at = focusRef.current;
    const empty = fields.findIndex(
      (field, place) => place > at && field.required === true && valueOf(field.name) === '',
    );
    if (at < fields.length && empty >= 0) focusOn(empty);
    else if (at <= fields.length) submit();
    else buttons[at - fields.length - 1]?.run();
  };

  const editing = Object.fromEntries(EDITS.map(([id, kind]) => [id, () => void edit({ kind })]));
  const hasPassword = fields.some(({ kind }) => kind === 'password');
  const focused = focusedField();
  return {
    texts: texts.current,
    focus: focusRef.current,
    busy: status.busy,
    revealed,
    errors: status.errors,
    messages: status.messages,
    onText: (text) => (edit({ kind: 'insert', text: text.replace(/[\n\t]+/g, ' ') }) ? 'typed' : 'refused'),
    handlers: {
      ...(focused === undefined ? {} : editing),
      // Ctrl+C empties a field first; with an empty one it goes on to whoever quits.
      ...(focused === undefined || valueOf(focused.name) === ''
        ? {}
        : { interrupt: () => void edit({ kind: 'clear' }) }),
      next_field: () => focusOn(focusRef.current + 1),
      previous_field: () => focusOn(focusRef.current - 1),
      submit: enter,
      ...(hasPassword ? { reveal: () => setRevealed((now) => !now) } : {}),
    },
  };
}
