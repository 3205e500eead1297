/**
 * Reads one finished CSI or SS3 sequence as an event. Pure tables and arithmetic: xterm, rxvt, PuTTY, the Linux console,
 * modifyOtherKeys and the kitty protocol. Knows nothing of bytes, chunks or time; an unknown sequence is `undefined`.
 */
import type { KeyEvent, KeyPress, MouseInput } from './key_event.js';
import { latinByPosition } from './russian_layout.js';

/** Modifier keys held, as every encoding reports them minus one. */
export type Modifiers = { readonly ctrl: boolean; readonly alt: boolean; readonly shift: boolean };

/** No modifier held. */
export const PLAIN: Modifiers = { ctrl: false, alt: false, shift: false };

const BY_FINAL: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  E: 'clear',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
  Z: 'tab',
};
const BY_NUMBER: Readonly<Record<number, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
  25: 'f13',
  26: 'f14',
  28: 'f15',
  29: 'f16',
  31: 'f17',
  32: 'f18',
  33: 'f19',
  34: 'f20',
};
const BY_CODE: Readonly<Record<number, string>> = {
  8: 'backspace',
  9: 'tab',
  13: 'enter',
  27: 'escape',
  32: 'space',
  127: 'backspace',
  57363: 'menu',
  57414: 'enter',
  57417: 'left',
  57418: 'right',
  57419: 'up',
  57420: 'down',
  57421: 'pageup',
  57422: 'pagedown',
  57423: 'home',
  57424: 'end',
  57425: 'insert',
  57426: 'delete',
  57427: 'clear',
};
/** Keypad keys of the kitty protocol, from 57399. */
const KITTY_KEYPAD = '0123456789./*-+';
/** Application keypad: SS3 j … y. */
const SS3_KEYPAD = '*+,-./0123456789';
const RXVT_ARROWS: Readonly<Record<string, string>> = { a: 'up', b: 'down', c: 'right', d: 'left' };
const KITTY_F13 = 57376;
const KITTY_F35 = 57398;
const PRIVATE_USE_FIRST = 0xe000;
const PRIVATE_USE_LAST = 0xf8ff;

/** Returns a key without text, such as an arrow. */
export function namedKey(name: string, modifiers: Modifiers): KeyPress {
  return { type: 'key', name, ctrl: modifiers.ctrl, alt: modifiers.alt, shift: modifiers.shift };
}

/** Returns the key that types `char` (one code point). With Ctrl or Alt held it types nothing. */
export function characterKey(char: string, modifiers: Modifiers, base?: string): KeyPress {
  const { ctrl, alt } = modifiers;
  const space = char === ' ';
  const shift = ctrl || space ? modifiers.shift : isUpper(char);
  return {
    type: 'key',
    name: space ? 'space' : char,
    ctrl,
    alt,
    shift,
    ...(ctrl || alt ? {} : { text: char }),
    ...(base === undefined ? {} : { base }),
  };
}

function isUpper(char: string): boolean {
  return char !== char.toLowerCase() && char === char.toUpperCase();
}

type Held = Modifiers & { readonly caps: boolean; readonly foreign: boolean; readonly released: boolean };

/** `mods[:event]`, both 1-based. `foreign`: Super or Hyper is held, so the key belongs to the desktop, not to us. */
function heldOf(field: string | undefined): Held {
  const [mods = '', event = ''] = (field ?? '').split(':');
  const bits = Math.max(0, toNumber(mods, 1) - 1);
  return {
    shift: (bits & 1) !== 0,
    alt: (bits & (2 | 32)) !== 0,
    ctrl: (bits & 4) !== 0,
    foreign: (bits & (8 | 16)) !== 0,
    caps: (bits & 64) !== 0,
    released: event === '3',
  };
}

function toNumber(field: string | undefined, otherwise: number): number {
  return field !== undefined && /^\d{1,9}$/.test(field) ? Number(field) : otherwise;
}

/** Returns the event of `CSI params final`, or undefined if it means nothing to us. Bracketed paste is the parser's own. */
export function readCsi(params: string, final: string): KeyEvent | undefined {
  if (params.startsWith('<') && (final === 'M' || final === 'm')) return sgrMouse(params.slice(1), final);
  if (/^[<=>?]/.test(params)) return { type: 'reply', kind: 'csi', body: params + final };
  if (/^\d+;\d+\$$/.test(params) && final === 'y')
    return { type: 'reply', kind: 'csi', body: params + final };
  if (/[^0-9;:]/.test(params)) return undefined;
  const fields = params.split(';');
  const held = heldOf(fields[1]);
  if (held.released || held.foreign) return undefined;
  if (final === '~') return tildeKey(fields, held);
  if (final === '^' || final === '$' || final === '@') {
    const name = BY_NUMBER[toNumber(params, 0)];
    return name === undefined
      ? undefined
      : namedKey(name, { alt: false, ctrl: final !== '$', shift: final !== '^' });
  }
  if (final === 'u') return codedKey(fields, held);
  if (params === '' && (final === 'I' || final === 'O')) return { type: 'focus', focused: final === 'I' };
  if (final === 'M' && fields.length === 3) return urxvtMouse(fields);
  if (final === 'R' && isCursorReport(fields)) return { type: 'reply', kind: 'csi', body: params + final };
  if (params !== '' && 'nty'.includes(final)) return { type: 'reply', kind: 'csi', body: params + final };
  const rxvt = RXVT_ARROWS[final];
  if (rxvt !== undefined) return namedKey(rxvt, { ...PLAIN, shift: true });
  const name = BY_FINAL[final];
  if (name === undefined) return undefined;
  return namedKey(name, final === 'Z' ? { ...held, shift: true } : held);
}

// `CSI 1;5R` is both Ctrl+F3 and "cursor at row 1, column 5". Nobody here asks for the cursor on row 1, so it is a key.
function isCursorReport(fields: readonly string[]): boolean {
  if (fields.length !== 2) return false;
  return fields[0] !== '1' || toNumber(fields[1]?.split(':')[0], 1) > 16;
}

function tildeKey(fields: readonly string[], held: Held): KeyEvent | undefined {
  const number = toNumber(fields[0], 0);
  // modifyOtherKeys: CSI 27 ; modifiers ; code ~
  if (number === 27 && fields.length === 3) return codedKey([fields[2] ?? '', fields[1] ?? ''], held);
  const name = BY_NUMBER[number];
  return name === undefined ? undefined : namedKey(name, held);
}

/** `code[:shifted[:base]] ; modifiers[:event] ; text` of the kitty protocol, of which plain CSI u is a part. */
function codedKey(fields: readonly string[], held: Held): KeyEvent | undefined {
  const [code = '', shifted = '', base = ''] = (fields[0] ?? '').split(':');
  const point = toNumber(code, 0);
  const name = BY_CODE[point];
  if (name === 'space') return characterKey(' ', held);
  if (name !== undefined) return namedKey(name, held);
  if (point >= KITTY_F13 && point <= KITTY_F35) return namedKey(`f${point - KITTY_F13 + 13}`, held);
  const keypad = point >= 57399 ? KITTY_KEYPAD.charAt(point - 57399) : '';
  if (keypad !== '') return characterKey(keypad, held);
  if (point === 57415) return characterKey('=', held);
  if (point >= PRIVATE_USE_FIRST && point <= PRIVATE_USE_LAST) return undefined;

  const char = charOf(point);
  if (char === undefined) return undefined;
  const baseChar = charOf(toNumber(base, 0));
  if (held.ctrl) {
    const latin = isAscii(char) ? char : (baseChar ?? latinByPosition(char));
    return characterKey(latin.toLowerCase(), held);
  }
  const typed = textOf(fields[2]) ?? (held.shift ? charOf(toNumber(shifted, 0)) : undefined);
  return characterKey(typed ?? withCase(char, held.shift, held.caps), held, baseChar);
}

function withCase(char: string, shift: boolean, caps: boolean): string {
  if (shift === caps) return char;
  const upper = char.toUpperCase();
  // `ß` has no single upper-case letter; one key types one character.
  return Array.from(upper).length === 1 ? upper : char;
}

function isAscii(char: string): boolean {
  return char.charCodeAt(0) < 0x80;
}

function textOf(field: string | undefined): string | undefined {
  if (field === undefined || field === '') return undefined;
  const points = field.split(':');
  // One key event carries one code point; longer texts come from input methods, as pastes or plain bytes.
  return points.length === 1 ? charOf(toNumber(points[0], 0)) : undefined;
}

/** Returns the character of a code point, unless it is a control, a surrogate, or no code point at all. */
function charOf(point: number): string | undefined {
  if (point < 0x20 || (point >= 0x7f && point <= 0x9f)) return undefined;
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined;
  return String.fromCodePoint(point);
}

/** Returns the key of `SS3 [modifier] final`, or undefined. */
export function readSs3(params: string, final: string): KeyPress | undefined {
  const held = heldOf(params.split(';').at(-1));
  const rxvt = RXVT_ARROWS[final];
  if (rxvt !== undefined) return namedKey(rxvt, { ...held, ctrl: true });
  if (final === 'M') return namedKey('enter', held);
  if (final === 'I') return namedKey('tab', held);
  if (final === 'X') return characterKey('=', held);
  const keypad = final >= 'j' && final <= 'y' ? SS3_KEYPAD.charAt(final.charCodeAt(0) - 0x6a) : '';
  if (keypad !== '') return characterKey(keypad, held);
  const name = final === 'Z' ? undefined : BY_FINAL[final];
  return name === undefined ? undefined : namedKey(name, held);
}

function sgrMouse(params: string, final: string): MouseInput | undefined {
  const [bits = -1, x = 0, y = 0] = params.split(';').map((field) => toNumber(field, -1));
  if (bits < 0 || x < 1 || y < 1) return undefined;
  return mouse(bits, x, y, final === 'm');
}

function urxvtMouse(fields: readonly string[]): MouseInput | undefined {
  const [bits = -1, x = 0, y = 0] = fields.map((field) => toNumber(field, -1));
  return bits < 32 || x < 1 || y < 1 ? undefined : mouse(bits - 32, x, y, (bits & 3) === 3);
}

/** Returns the mouse event of an X10 report: three raw bytes, each 32 more than its value. */
export function readX10Mouse(bits: number, x: number, y: number): MouseInput | undefined {
  return bits < 32 || x < 33 || y < 33 ? undefined : mouse(bits - 32, x - 32, y - 32, (bits & 3) === 3);
}

const WHEEL = ['wheel_up', 'wheel_down', 'wheel_left', 'wheel_right'] as const;

function mouse(bits: number, x: number, y: number, released: boolean): MouseInput {
  const low = bits & 3;
  const wheel = (bits & 64) !== 0 ? WHEEL[low] : undefined;
  const action = wheel ?? ((bits & 32) !== 0 ? 'move' : released ? 'release' : 'press');
  return {
    type: 'mouse',
    action,
    button: wheel !== undefined ? 3 : low + ((bits & 128) !== 0 ? 4 : 0),
    column: x - 1,
    row: y - 1,
    ctrl: (bits & 16) !== 0,
    alt: (bits & 8) !== 0,
    shift: (bits & 4) !== 0,
  };
}
