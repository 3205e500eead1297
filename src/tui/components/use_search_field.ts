/** A one-line search field above a list: typed text goes out at once, Enter keeps it, Esc clears it. */
import { useState } from 'react';
import { DEPTH, type Layer } from '../services/index.js';
import type { EditedText } from '../state/index.js';
import { useEditedText } from './edit_keys.js';

export type SearchField = {
  readonly active: boolean;
  readonly text: EditedText;
  readonly open: () => void;
  readonly set: (text: string) => void;
  readonly layer: Layer | null;
};

/** `initial`: what is asked for now; `onChange` hears of every other text. */
export function useSearchField(
  initial: string,
  length_max: number,
  onChange: (text: string) => void,
): SearchField {
  const [active, setActive] = useState(false);
  const { text, set, handlers, onText } = useEditedText(initial, length_max, (after, before) => {
    if (after !== before) onChange(after.trim());
  });
  const clear = (): void => {
    set('');
    setActive(false);
    onChange('');
  };
  return {
    active,
    text,
    set,
    open: () => {
      // The question may have been changed from elsewhere.
      set(initial);
      setActive(true);
    },
    layer: active
      ? {
          depth: DEPTH.field,
          places: ['search', 'field', 'global'],
          onText,
          handlers: { ...handlers, search_keep: () => setActive(false), back: clear, interrupt: clear },
        }
      : null,
  };
}
