/**
 * What the terminal can tell us, as events. The vocabulary between the key parser and the input router; holds no logic
 * but the reading of a key as a command.
 */
import { latinByPosition } from './russian_layout.js';

/**
 * One key. `name` is the character typed (`a`, `A`, `?`, `ж`) or one of: enter tab escape space backspace delete insert
 * home end pageup pagedown up down left right clear menu f1…f35. With Ctrl the name of a letter is lower-case.
 */
export type KeyPress = {
  readonly type: 'key';
  readonly name: string;
  readonly ctrl: boolean;
  readonly alt: boolean;
  /** For characters: true if the character is an upper-case letter; for named keys: Shift was held. */
  readonly shift: boolean;
  /** The character to insert, one code point; absent with Ctrl or Alt and for keys that type nothing. */
  readonly text?: string;
  /** The key at this position of a Latin layout, where the terminal reports it (kitty's base-layout field). */
  readonly base?: string;
  /** Alt was reported as an ESC before the key: it may as well have been the Esc key, and then this one. */
  readonly escaped?: true;
};

/** A bracketed paste, whole. Newlines are `\n`; other controls except tab are gone; `truncated` if the end was cut off. */
export type Paste = { readonly type: 'paste'; readonly text: string; readonly truncated: boolean };

/** A mouse report; `column` and `row` count from 0. */
export type MouseInput = {
  readonly type: 'mouse';
  readonly action: 'press' | 'release' | 'move' | 'wheel_up' | 'wheel_down' | 'wheel_left' | 'wheel_right';
  /** 0 left, 1 middle, 2 right, 3 none; 4–7 further buttons. */
  readonly button: number;
  readonly column: number;
  readonly row: number;
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
};

/** The terminal window gained or lost the keyboard. */
export type FocusChange = { readonly type: 'focus'; readonly focused: boolean };

/** An answer of the terminal (OSC colour, device attributes, cursor position, mode report). `body`: without its frame. */
export type Reply = {
  readonly type: 'reply';
  readonly kind: 'csi' | 'osc' | 'dcs' | 'apc';
  readonly body: string;
};

/** Everything that the key parser reports. */
export type KeyEvent = KeyPress | Paste | MouseInput | FocusChange | Reply;

/**
 * The name under which a key is looked up as a command outside text fields. A typed ASCII character is itself; for
 * another letter position decides: the terminal's own report first, else the Russian layout.
 */
export function commandName(key: KeyPress): string {
  if (/^[\x20-\x7e]+$/.test(key.name)) return key.name;
  if (key.base === undefined) return latinByPosition(key.name);
  return key.shift ? key.base.toUpperCase() : key.base;
}

/** Returns the two keys that an `escaped` one may have been. */
export function asTwoKeys(key: KeyPress): readonly [escape: KeyPress, then: KeyPress] {
  const { name, ctrl, shift } = key;
  const char = name === 'space' ? ' ' : name;
  const types = !ctrl && Array.from(char).length === 1;
  return [
    { type: 'key', name: 'escape', ctrl: false, alt: false, shift: false },
    { type: 'key', name, ctrl, alt: false, shift, ...(types ? { text: char } : {}) },
  ];
}
