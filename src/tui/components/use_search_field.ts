/** A one-line search field above a list: typed text goes out at once, Enter keeps it, Esc clears it. */
import { useReducer, useRef, useState } from 'react';
import { DEPTH, type Layer } from '../services/index.js';
import type { ActionId } from '../input/index.js';
import { type Edit, editedText, type EditedText, editText, textOf } from '../state/index.js';

export type SearchField = {
  readonly active: boolean;
  readonly text: EditedText;
  readonly open: () => void;
  readonly set: (text: string) => void;
  readonly layer: Layer | null;
};

const EDITS: readonly (readonly [ActionId, Exclude<Edit['kind'], 'insert'>])[] = [
  ['field_left', 'left'],
  ['field_right', 'right'],
  ['field_home', 'home'],
  ['field_end', 'end'],
  ['field_backspace', 'backspace'],
  ['field_delete', 'delete'],
  ['field_word_back', 'word_back'],
  ['field_kill_left', 'kill_left'],
];

export function useSearchField(
  initial: string,
  length_max: number,
  onChange: (text: string) => void,
): SearchField {
  const [active, setActive] = useState(false);
  const textRef = useRef<EditedText>(editedText(initial));
  const [, redraw] = useReducer((count: number) => count + 1, 0);

  const edit = (change: Edit): void => {
    const before = textOf(textRef.current);
    textRef.current = editText(textRef.current, change, length_max);
    const after = textOf(textRef.current);
    redraw();
    if (after !== before) onChange(after.trim());
  };
  const set = (text: string): void => {
    textRef.current = editedText(text);
    redraw();
  };
  const clear = (): void => {
    set('');
    setActive(false);
    onChange('');
  };
  return {
    active,
    text: textRef.current,
    set,
    open: () => {
      // What is asked for now: the question may have been changed from elsewhere.
      textRef.current = editedText(initial);
      setActive(true);
    },
    layer: active
      ? {
          depth: DEPTH.field,
          places: ['search', 'field', 'global'],
          onText: (text) => {
            edit({ kind: 'insert', text: text.replace(/[\n\t]+/g, ' ') });
            return 'typed';
          },
          handlers: {
            ...Object.fromEntries(EDITS.map(([id, kind]) => [id, () => edit({ kind })])),
            search_keep: () => setActive(false),
            back: clear,
            interrupt: clear,
          },
        }
      : null,
  };
}
