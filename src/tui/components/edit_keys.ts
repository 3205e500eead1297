/**
 * Text that is edited in a field: which keys do what with it, the same for every field there is. Whoever shows the text
 * keeps it, outside of the state where it may be a password.
 */
import { useReducer, useRef } from 'react';
import type { ActionId } from '../input/index.js';
import type { Handlers, Layer } from '../services/index.js';
import { withoutInvisible } from '../text/index.js';
import { editedText, editText, textOf, type Edit, type EditedText } from '../state/index.js';

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

export type EditTarget = {
  /** The text as it is when the key comes: typed text needs no render in between. */
  readonly read: () => EditedText;
  readonly write: (next: EditedText, before: EditedText) => void;
  /** Code points. */
  readonly length_max: number;
  /** The field takes several lines. */
  readonly lines?: boolean;
  /** A password: kept to the letter, whatever is in it. */
  readonly secret?: boolean;
};

export type EditKeys = { readonly handlers: Handlers; readonly onText: NonNullable<Layer['onText']> };

/** Returns the keys of one text. Ctrl+C empties it first; with an empty one it goes on to whoever quits. */
export function editKeys({ read, write, length_max, lines = false, secret = false }: EditTarget): EditKeys {
  const edit = (change: Edit) => (): void => {
    const before = read();
    write(editText(before, change, length_max), before);
  };
  return {
    handlers: {
      ...Object.fromEntries(EDITS.map(([id, kind]) => [id, edit({ kind })])),
      ...(textOf(read()) === '' ? {} : { interrupt: edit({ kind: 'clear' }) }),
      ...(lines ? { new_line: edit({ kind: 'insert', text: '\n' }) } : {}),
    },
    onText: (text) => {
      const laid = lines ? severalLines(text) : oneLine(text);
      edit({ kind: 'insert', text: secret ? laid : withoutInvisible(laid) })();
      return 'typed';
    },
  };
}

// Line and paragraph separators are no characters of a text, here or on the server.
const severalLines = (text: string): string => text.replace(/[\u2028\u2029]/g, '\n').replaceAll('\t', ' ');

/** What was copied as a whole line or a cell of a table comes with an end that is no part of it: a password would be another. */
const oneLine = (text: string): string =>
  text.replace(/^[\n\t\u2028\u2029]+|[\n\t\u2028\u2029]+$/g, '').replace(/[\n\t\u2028\u2029]+/g, ' ');

export type EditedField = EditKeys & {
  readonly text: EditedText;
  /** Returns what was typed so far, also between two renders. */
  readonly value: () => string;
  /** Puts another text in, with the cursor at its end. */
  readonly set: (value: string) => void;
};

/** Returns one field of one line. `onEdit` hears of every key that edits, also of one that only moves the cursor. */
export function useEditedText(
  initial: string,
  length_max: number,
  onEdit: (after: string, before: string) => void = () => undefined,
  secret = false,
): EditedField {
  const text = useRef(editedText(initial));
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const put = (next: EditedText): void => {
    text.current = next;
    redraw();
  };
  return {
    text: text.current,
    value: () => textOf(text.current),
    set: (value) => put(editedText(value)),
    ...editKeys({
      read: () => text.current,
      write: (next, before) => {
        put(next);
        onEdit(textOf(next), textOf(before));
      },
      length_max,
      secret,
    }),
  };
}
