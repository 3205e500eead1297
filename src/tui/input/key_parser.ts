/**
 * Bytes from the terminal in, events out, one byte at a time: so a sequence may be split anywhere and nothing is lost,
 * merged or guessed from chunk borders. Knows no stream and no clock: whoever owns stdin calls `flush` when as much time as
 * `silence` says passed without input. Never throws; what it doesn't know it swallows whole, and nothing that lacks its end
 * swallows what is typed later.
 */
import { characterKey, namedKey, PLAIN, readCsi, readSs3, readX10Mouse } from './csi_keys.js';
import type { KeyEvent } from './key_event.js';

/** Silence after which a lone ESC is the Esc key. Slow SSH links split sequences by 10–30 ms. */
export const ESCAPE_TIMEOUT_MS = 50;
/**
 * Silence after which Ctrl+C inside of a paste was the key and not a part of the text. Longer than a slow link's gaps: what
 * comes after it counts as typed.
 */
const PASTE_INTERRUPT_MS = 200;
/** Silence after which a sequence, a reply or a paste counts as over although its end never came. */
export const LOST_END_MS = 2_000;
/** Longest paste kept, in bytes of UTF-8: sixteen of the longest messages. The rest is dropped, the event says so. */
export const PASTE_BYTES_MAX = 64 * 1024;
/** Longest CSI kept; the longest real ones (kitty with text) stay under 100. Longer ones are swallowed to their end. */
const CSI_BYTES_MAX = 256;
/** Longest OSC, DCS or APC reply kept; colour and version replies stay under 100 bytes. */
const REPLY_BYTES_MAX = 4096;

const ESC = 0x1b;
const BEL = 0x07;
const DEL = 0x7f;
const CTRL_C = 0x03;
const PASTE_END = Buffer.from('\x1b[201~');
const TILDE = 0x7e;

type State =
  'ground' | 'utf8' | 'escape' | 'csi' | 'linux_f' | 'ss3' | 'reply' | 'reply_escape' | 'paste' | 'x10_mouse';

const ALT = { ...PLAIN, alt: true };
const REPLY_KINDS: Readonly<Record<string, 'osc' | 'dcs' | 'apc'>> = { ']': 'osc', P: 'dcs', _: 'apc' };
const LINUX_F_KEYS: Readonly<Record<string, string>> = { A: 'f1', B: 'f2', C: 'f3', D: 'f4', E: 'f5' };

/** An incremental parser; one per terminal. */
export class KeyParser {
  #state: State = 'ground';
  #events: KeyEvent[] = [];
  /** ESC bytes seen in a row: 1, or 2 where the second may be the start of a sequence and the first means Alt. */
  #escapes = 0;
  /** The collected inside of a CSI, SS3, or reply. */
  #body = '';
  #replyKind: 'osc' | 'dcs' | 'apc' = 'osc';
  #replyOpener = '';
  /** UTF-8 in progress. */
  #point = 0;
  #continuationsLeft = 0;
  #continuationMin = 0x80;
  #continuationMax = 0xbf;
  #utf8Alt = false;
  /** Paste or X10 bytes; a paste's buffer ends with a window of PASTE_END.length bytes once it is full. */
  #bytes: number[] = [];
  #pasteTruncated = false;
  #heldSurrogate = '';

  /** Returns the events that `chunk` completes. Strings are taken as UTF-16 text; a surrogate pair may be split too. */
  feed(chunk: Buffer | string): KeyEvent[] {
    for (const byte of this.#bytesOf(chunk)) this.#take(byte);
    return this.#drain();
  }

  /**
   * Returns the events that silence completes: Esc, Alt with a character that also opens sequences (`[ O ] P _`), what came of
   * a paste. Anything else that is half-read is dropped.
   */
  flush(): KeyEvent[] {
    switch (this.#state) {
      case 'escape': {
        for (let i = 0; i < this.#escapes; i++) this.#key('escape');
        break;
      }
      case 'reply_escape': {
        this.#key('escape');
        break;
      }
      case 'paste': {
        this.#cutPaste();
        break;
      }
      default: {
        if (this.#isOpener()) this.#abort();
      }
    }
    this.#state = 'ground';
    return this.#drain();
  }

  /** Returns after how much silence, in milliseconds, `flush` is to be called; null when there is nothing half-read. */
  silence(): number | null {
    switch (this.#state) {
      case 'ground':
        return null;
      case 'escape':
      case 'reply_escape':
        return ESCAPE_TIMEOUT_MS;
      case 'paste':
        return this.#bytes.at(-1) === CTRL_C ? PASTE_INTERRUPT_MS : LOST_END_MS;
      default:
        return this.#isOpener() ? ESCAPE_TIMEOUT_MS : LOST_END_MS;
    }
  }

  /** Whether what was read so far may as well be Alt with a character. */
  #isOpener(): boolean {
    return (this.#state === 'csi' || this.#state === 'ss3' || this.#state === 'reply') && this.#body === '';
  }

  /** Forgets everything half-read, an open paste included: after a suspend, the rest of it will not come. */
  reset(): void {
    this.#state = 'ground';
    this.#body = '';
    this.#bytes = [];
    this.#heldSurrogate = '';
  }

  #drain(): KeyEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #bytesOf(chunk: Buffer | string): Buffer {
    if (typeof chunk !== 'string') {
      if (this.#heldSurrogate === '') return chunk;
      const held = Buffer.from(this.#heldSurrogate);
      this.#heldSurrogate = '';
      return Buffer.concat([held, chunk]);
    }
    const text = this.#heldSurrogate + chunk;
    const last = text.charCodeAt(text.length - 1);
    const split = last >= 0xd800 && last <= 0xdbff;
    this.#heldSurrogate = split ? text.slice(-1) : '';
    return Buffer.from(split ? text.slice(0, -1) : text);
  }

  #take(byte: number): void {
    switch (this.#state) {
      case 'ground': {
        this.#ground(byte, false);
        return;
      }
      case 'utf8': {
        this.#continueUtf8(byte);
        return;
      }
      case 'escape': {
        this.#escape(byte);
        return;
      }
      case 'csi': {
        this.#csi(byte);
        return;
      }
      case 'linux_f': {
        this.#linuxF(byte);
        return;
      }
      case 'ss3': {
        this.#ss3(byte);
        return;
      }
      case 'reply': {
        this.#reply(byte);
        return;
      }
      case 'reply_escape': {
        this.#replyEscape(byte);
        return;
      }
      case 'paste': {
        this.#paste(byte);
        return;
      }
      case 'x10_mouse': {
        this.#x10Mouse(byte);
        return;
      }
    }
  }

  /** Alt can't be told here from an Esc right before the key: that is what `escaped` says. */
  #key(name: string, modifiers = PLAIN): void {
    const key = namedKey(name, modifiers);
    this.#events.push(modifiers.alt ? { ...key, escaped: true } : key);
  }

  #type(char: string, alt: boolean): void {
    const key = characterKey(char, alt ? ALT : PLAIN);
    this.#events.push(alt ? { ...key, escaped: true } : key);
  }

  #ground(byte: number, alt: boolean): void {
    this.#state = 'ground';
    if (byte === ESC) {
      this.#state = 'escape';
      this.#escapes = 1;
    } else if (byte < 0x20 || byte === DEL) this.#control(byte, alt);
    else if (byte < 0x80) this.#type(String.fromCharCode(byte), alt);
    else this.#startUtf8(byte, alt);
  }

  #control(byte: number, alt: boolean): void {
    const held = alt ? ALT : PLAIN;
    const ctrl = { ...held, ctrl: true };
    if (byte === 0x0d || byte === 0x0a) this.#key('enter', held);
    else if (byte === 0x09) this.#key('tab', held);
    // 0x08 is Backspace on older terminals and Ctrl+H on newer ones; a lost Backspace hurts more.
    else if (byte === DEL || byte === 0x08) this.#key('backspace', held);
    else if (byte === 0) this.#key('space', ctrl);
    else if (byte <= 0x1a) this.#key(String.fromCharCode(byte + 0x60), ctrl);
    else this.#key(String.fromCharCode(byte + 0x40), ctrl);
  }

  #startUtf8(byte: number, alt: boolean): void {
    this.#continuationMin = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
    this.#continuationMax = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
    if (byte >= 0xc2 && byte <= 0xdf) this.#continuationsLeft = 1;
    else if (byte >= 0xe0 && byte <= 0xef) this.#continuationsLeft = 2;
    else if (byte >= 0xf0 && byte <= 0xf4) this.#continuationsLeft = 3;
    else {
      this.#type('\ufffd', alt);
      return;
    }
    this.#point = byte & (0x3f >> this.#continuationsLeft);
    this.#utf8Alt = alt;
    this.#state = 'utf8';
  }

  #continueUtf8(byte: number): void {
    if (byte < this.#continuationMin || byte > this.#continuationMax) {
      this.#type('\ufffd', this.#utf8Alt);
      this.#ground(byte, false);
      return;
    }
    this.#point = (this.#point << 6) | (byte & 0x3f);
    this.#continuationMin = 0x80;
    this.#continuationMax = 0xbf;
    this.#continuationsLeft -= 1;
    if (this.#continuationsLeft > 0) return;
    this.#state = 'ground';
    // C1 controls are no text, and no keyboard sends them in this form.
    if (this.#point > 0x9f) this.#type(String.fromCodePoint(this.#point), this.#utf8Alt);
  }

  #escape(byte: number): void {
    if (byte === ESC) {
      if (this.#escapes === 2) this.#key('escape');
      this.#escapes = 2;
      return;
    }
    this.#body = '';
    const char = String.fromCharCode(byte);
    if (char === '[' || char === 'O') {
      this.#state = char === '[' ? 'csi' : 'ss3';
      return;
    }
    if (this.#escapes === 2) this.#key('escape');
    const kind = REPLY_KINDS[char];
    if (kind === undefined) {
      this.#ground(byte, true);
      return;
    }
    this.#replyKind = kind;
    this.#replyOpener = char;
    this.#escapes = 1;
    this.#state = 'reply';
  }

  /** Ends an unfinished sequence. If it was only its opener, the user typed Alt with that character. */
  #abort(): void {
    const opener = this.#state === 'csi' ? '[' : this.#state === 'ss3' ? 'O' : this.#replyOpener;
    if (this.#body === '') {
      if (this.#escapes === 2) this.#key('escape');
      this.#type(opener, true);
    }
    this.#state = 'ground';
  }

  #csi(byte: number): void {
    // Neither ESC, nor Enter, nor text can be inside: the sequence was cut off, and the byte must not be lost.
    if (byte < 0x20 || byte >= DEL) {
      this.#abort();
      this.#ground(byte, false);
      return;
    }
    const char = String.fromCharCode(byte);
    const rxvtShift = char === '$' && /^\d+$/.test(this.#body);
    if (byte < 0x40 && !rxvtShift) {
      // One byte too many is kept as the mark that the sequence is too long.
      if (this.#body.length <= CSI_BYTES_MAX) this.#body += char;
      return;
    }
    this.#state = 'ground';
    if (this.#body === '' && char === '[') {
      this.#state = 'linux_f';
    } else if (this.#body === '' && char === 'M') {
      this.#state = 'x10_mouse';
      this.#bytes = [];
      if (this.#escapes === 2) this.#key('escape');
    } else if (this.#body === '200' && char === '~') {
      this.#state = 'paste';
      this.#bytes = [];
      this.#pasteTruncated = false;
      if (this.#escapes === 2) this.#key('escape');
    } else {
      this.#finish(this.#body.length > CSI_BYTES_MAX ? undefined : readCsi(this.#body, char));
    }
  }

  /** Reports a sequence's event; an ESC before it is Alt for a key (rxvt, PuTTY) and the Esc key before anything else. */
  #finish(event: KeyEvent | undefined): void {
    if (this.#escapes !== 2) {
      if (event !== undefined) this.#events.push(event);
    } else if (event?.type === 'key') {
      this.#events.push({ ...namedKey(event.name, event), alt: true, escaped: true });
    } else {
      this.#key('escape');
      if (event !== undefined) this.#events.push(event);
    }
  }

  #linuxF(byte: number): void {
    if (byte < 0x20 || byte >= DEL) {
      this.#ground(byte, false);
      return;
    }
    this.#state = 'ground';
    const name = LINUX_F_KEYS[String.fromCharCode(byte)];
    this.#finish(name === undefined ? undefined : namedKey(name, PLAIN));
  }

  #ss3(byte: number): void {
    if (byte < 0x20 || byte >= DEL) {
      this.#abort();
      this.#ground(byte, false);
      return;
    }
    const char = String.fromCharCode(byte);
    if (/[0-9;]/.test(char)) {
      if (this.#body.length < CSI_BYTES_MAX) this.#body += char;
      return;
    }
    this.#state = 'ground';
    this.#finish(readSs3(this.#body, char));
  }

  #reply(byte: number): void {
    if (byte === ESC) {
      this.#state = 'reply_escape';
    } else if (byte === BEL && this.#body !== '') {
      this.#endReply();
    } else if (byte < 0x20 || byte === DEL) {
      // A reply holds no controls: this one was cut off, and Enter or Ctrl+C must work again.
      this.#abort();
      this.#ground(byte, false);
    } else if (this.#body.length <= REPLY_BYTES_MAX) {
      this.#body += String.fromCharCode(byte);
    }
  }

  #replyEscape(byte: number): void {
    if (byte === 0x5c) {
      this.#endReply();
      return;
    }
    this.#state = 'reply';
    this.#abort();
    this.#state = 'escape';
    this.#escapes = 1;
    this.#escape(byte);
  }

  #endReply(): void {
    this.#state = 'ground';
    if (this.#body.length > REPLY_BYTES_MAX) return;
    // The body was collected byte by byte; it is UTF-8.
    const body = Buffer.from(this.#body, 'latin1').toString('utf8');
    this.#events.push({ type: 'reply', kind: this.#replyKind, body });
  }

  #paste(byte: number): void {
    this.#bytes.push(byte);
    const end = this.#bytes.length - PASTE_END.length;
    if (byte === TILDE && end >= 0 && PASTE_END.every((wanted, at) => this.#bytes[end + at] === wanted)) {
      this.#state = 'ground';
      const kept = Buffer.from(this.#bytes.slice(0, Math.min(end, PASTE_BYTES_MAX)));
      this.#bytes = [];
      const truncated = this.#pasteTruncated || end > PASTE_BYTES_MAX;
      this.#events.push({ type: 'paste', text: pasteText(kept, truncated), truncated });
    } else if (end >= PASTE_BYTES_MAX * 2) {
      // Keep the head and the window in which the end marker may be half-read.
      this.#bytes = [...this.#bytes.slice(0, PASTE_BYTES_MAX), ...this.#bytes.slice(end)];
      this.#pasteTruncated = true;
    }
  }

  /** Ends a paste whose end marker was lost, or that Ctrl+C was to end. */
  #cutPaste(): void {
    const interrupted = this.#bytes.at(-1) === CTRL_C;
    const bytes = Buffer.from(this.#bytes);
    this.#bytes = [];
    let end = bytes.length;
    // A part of the marker may have come.
    for (let part = 1; part < PASTE_END.length; part += 1) {
      if (bytes.subarray(-part).equals(PASTE_END.subarray(0, part))) end = bytes.length - part;
    }
    const text = pasteText(bytes.subarray(0, Math.min(end, PASTE_BYTES_MAX)), true);
    if (text !== '') this.#events.push({ type: 'paste', text, truncated: true });
    if (interrupted) this.#key('c', { ...PLAIN, ctrl: true });
  }

  #x10Mouse(byte: number): void {
    this.#bytes.push(byte);
    if (this.#bytes.length < 3) return;
    const [bits = 0, x = 0, y = 0] = this.#bytes;
    this.#bytes = [];
    this.#state = 'ground';
    const event = readX10Mouse(bits, x, y);
    if (event !== undefined) this.#events.push(event);
  }
}

function pasteText(bytes: Buffer, truncated: boolean): string {
  const text = bytes.toString('utf8').replace(/\r\n?/g, '\n');
  const readable = text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '');
  // A cut may go through a character: drop what is left of it.
  return truncated ? readable.replace(/\ufffd$/, '') : readable;
}
