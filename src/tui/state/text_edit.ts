/**
 * Text with a cursor between graphemes: the pure half of the text fields, of one line and of several. Knows no keys and no
 * widths. Beginning and end are those of the line in which the cursor is.
 */
import { codePoints } from '../../protocol/index.js';
import { graphemes } from '../text/index.js';

export type EditedText = {
  readonly parts: readonly string[];
  readonly cursor: number;
  /** The column to which the cursor wants to come back while it moves up and down. */
  readonly goal?: number;
};

export type Edit =
  | { readonly kind: 'insert'; readonly text: string }
  | {
      readonly kind:
        | 'left'
        | 'right'
        | 'home'
        | 'end'
        | 'word_left'
        | 'word_right'
        | 'backspace'
        | 'delete'
        | 'word_back'
        | 'kill_left'
        | 'kill_right'
        | 'clear';
    };

export const EMPTY_TEXT: EditedText = { parts: [], cursor: 0 };

export const textOf = (text: EditedText): string => text.parts.join('');

/** `value` with the cursor at its end. */
export function editedText(value: string): EditedText {
  const parts = graphemes(value);
  return { parts, cursor: parts.length };
}

const isSpace = (part: string | undefined): boolean => part === undefined || /^\s/.test(part);

function wordLeft({ parts, cursor }: EditedText): number {
  let at = cursor;
  while (at > 0 && isSpace(parts[at - 1])) at -= 1;
  while (at > 0 && !isSpace(parts[at - 1])) at -= 1;
  return at;
}

function wordRight({ parts, cursor }: EditedText): number {
  let at = cursor;
  while (at < parts.length && isSpace(parts[at])) at += 1;
  while (at < parts.length && !isSpace(parts[at])) at += 1;
  return at;
}

function lineStart({ parts, cursor }: EditedText): number {
  return cursor === 0 ? 0 : parts.lastIndexOf('\n', cursor - 1) + 1;
}

function lineEnd({ parts, cursor }: EditedText): number {
  const end = parts.indexOf('\n', cursor);
  return end < 0 ? parts.length : end;
}

/** Joins what is left of `from` and right of `to`; neighbours may become one grapheme. */
function cutOut({ parts }: EditedText, from: number, to: number): EditedText {
  return joined(parts.slice(0, from).join(''), parts.slice(to).join(''));
}

function joined(left: string, right: string): EditedText {
  const parts = graphemes(left + right);
  let cursor = 0;
  for (let length = 0; cursor < parts.length && length < left.length; cursor += 1)
    length += parts[cursor]?.length ?? 0;
  return { parts, cursor };
}

/** Returns the next text. `length_max` is in code points; an insert that would exceed it is cut at a grapheme. */
export function editText(text: EditedText, edit: Edit, length_max: number): EditedText {
  const { parts, cursor } = text;
  switch (edit.kind) {
    case 'insert': {
      let room = length_max - codePoints(textOf(text));
      let inserted = '';
      for (const part of graphemes(edit.text)) {
        const length = codePoints(part);
        if (length > room) break;
        room -= length;
        inserted += part;
      }
      return joined(parts.slice(0, cursor).join('') + inserted, parts.slice(cursor).join(''));
    }
    case 'left':
      return { parts, cursor: Math.max(0, cursor - 1) };
    case 'right':
      return { parts, cursor: Math.min(parts.length, cursor + 1) };
    case 'home':
      return { parts, cursor: lineStart(text) };
    case 'end':
      return { parts, cursor: lineEnd(text) };
    case 'word_left':
      return { parts, cursor: wordLeft(text) };
    case 'word_right':
      return { parts, cursor: wordRight(text) };
    case 'backspace':
      return cursor === 0 ? { parts, cursor } : cutOut(text, cursor - 1, cursor);
    case 'delete':
      return cursor === parts.length ? { parts, cursor } : cutOut(text, cursor, cursor + 1);
    case 'word_back':
      return cutOut(text, wordLeft(text), cursor);
    case 'kill_left':
      return cutOut(text, lineStart(text), cursor);
    case 'kill_right':
      return cutOut(text, cursor, lineEnd(text));
    case 'clear':
      return EMPTY_TEXT;
  }
}
