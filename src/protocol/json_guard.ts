/**
 * JSON as this protocol accepts it: one object in well-formed UTF-8, within RFC 7493 (I-JSON) and our limits. The check
 * of depth, keys and numbers runs over the text before JSON.parse sees it: the parser takes a depth of a million and
 * keeps the last of two equal keys without a word. [RFC 7493 2.1–2.3]
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { LIMITS } from './limits.js';

/** Why a body was refused; `reason` is a stable word, listed in the protocol document. */
export type JsonFault =
  | 'not_utf8'
  | 'not_json'
  | 'not_an_object'
  | 'too_deep'
  | 'too_many_keys'
  | 'duplicate_key'
  | 'forbidden_key'
  | 'lone_surrogate'
  | 'null_character'
  | 'unsafe_number';

export const JSON_FAULTS: Readonly<Record<JsonFault, string>> = {
  not_utf8: 'The body is not well-formed UTF-8.',
  not_json: 'The body is not JSON.',
  not_an_object: 'The body is JSON, but not an object.',
  too_deep: `Objects and arrays nest deeper than ${LIMITS.json_depth_max}.`,
  too_many_keys: `An object has more than ${LIMITS.json_keys_max} keys.`,
  duplicate_key: 'An object has the same key twice.',
  forbidden_key: 'A key is `__proto__`, `constructor` or `prototype`.',
  lone_surrogate: 'A string holds half of a surrogate pair.',
  null_character: 'A string holds U+0000.',
  unsafe_number: 'A number is outside -(2^53-1) .. 2^53-1, or not finite.',
};

export type JsonObject = Readonly<Record<string, unknown>>;
export type GuardedJson = { readonly value: JsonObject } | { readonly fault: JsonFault };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;
const MINUS = 0x2d;
const LOWER_U = 0x75;

/** Fifteen digits are always below 2^53, so short plain integers need no conversion. */
const SAFE_DIGITS = 15;
/** Below this number of keys, walking a list is cheaper than hashing. */
const LINEAR_KEYS = 8;

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

function isNumberPart(code: number): boolean {
  return isDigit(code) || code === 0x2e || code === 0x2b || code === MINUS || code === 0x65 || code === 0x45;
}

/** The keys of one object that is open during the scan; arrays have none. */
class OpenObject {
  #list: string[] = [];
  #set: Set<string> | null = null;

  /** Returns the fault that this key is, or null. */
  add(key: string): JsonFault | null {
    if (key === '__proto__' || key === 'constructor' || key === 'prototype') return 'forbidden_key';
    if (this.#set === null) {
      if (this.#list.includes(key)) return 'duplicate_key';
      this.#list.push(key);
      if (this.#list.length > LINEAR_KEYS) this.#set = new Set(this.#list);
      return null;
    }
    if (this.#set.has(key)) return 'duplicate_key';
    this.#set.add(key);
    return this.#set.size > LIMITS.json_keys_max ? 'too_many_keys' : null;
  }
}

/** Value of four hexadecimal digits at `at`, or -1. */
function hex4(text: string, at: number): number {
  const digits = text.slice(at, at + 4);
  return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1;
}

/** Looks at the escapes of a string between two quotes. Malformed ones are left to JSON.parse. */
function escapeFault(text: string, from: number, to: number): JsonFault | null {
  for (let at = text.indexOf('\\', from); at !== -1 && at < to; at = text.indexOf('\\', at)) {
    if (text.charCodeAt(at + 1) !== LOWER_U) {
      at += 2;
      continue;
    }
    const unit = hex4(text, at + 2);
    at += 6;
    if (unit === 0) return 'null_character';
    if (unit >= 0xdc00 && unit <= 0xdfff) return 'lone_surrogate';
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const low = text.startsWith('\\u', at) ? hex4(text, at + 2) : -1;
      if (low < 0xdc00 || low > 0xdfff) return 'lone_surrogate';
      at += 6;
    }
  }
  return null;
}

function numberFault(text: string, from: number, to: number): JsonFault | null {
  let plain = to - from <= SAFE_DIGITS;
  for (let at = from; plain && at < to; at += 1) plain = isDigit(text.charCodeAt(at));
  if (plain) return null;
  const value = Number(text.slice(from, to));
  // NaN here means malformed; JSON.parse will say so.
  if (Number.isNaN(value)) return null;
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? null : 'unsafe_number';
}

/** Walks the text once. Finds every fault but bad syntax, which is left to JSON.parse. */
function scan(text: string): JsonFault | null {
  const open: (OpenObject | null)[] = [];
  let keyNext = false;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const from = at + 1;
      let escaped = false;
      at = from;
      for (; at < text.length; at += 1) {
        const inner = text.charCodeAt(at);
        if (inner === QUOTE) break;
        if (inner === BACKSLASH) {
          escaped = true;
          at += 1;
        }
      }
      if (at >= text.length) return null;
      if (escaped) {
        const fault = escapeFault(text, from, at);
        if (fault !== null) return fault;
      }
      if (keyNext) {
        keyNext = false;
        const fault = keyFault(open.at(-1), text, from, at, escaped);
        if (fault !== null) return fault;
      }
      at += 1;
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (open.length === LIMITS.json_depth_max) return 'too_deep';
      open.push(code === OPEN_OBJECT ? new OpenObject() : null);
      keyNext = code === OPEN_OBJECT;
      at += 1;
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      open.pop();
      keyNext = false;
      at += 1;
    } else if (code === COMMA) {
      keyNext = open.at(-1) instanceof OpenObject;
      at += 1;
    } else if (isDigit(code) || code === MINUS) {
      const from = at;
      while (at < text.length && isNumberPart(text.charCodeAt(at))) at += 1;
      const fault = numberFault(text, from, at);
      if (fault !== null) return fault;
    } else {
      at += 1;
    }
  }
  return null;
}

function keyFault(
  object: OpenObject | null | undefined,
  text: string,
  from: number,
  to: number,
  escaped: boolean,
): JsonFault | null {
  if (!object) return null;
  if (!escaped) return object.add(text.slice(from, to));
  try {
    // Two spellings of one key are one key: `"a"` and `"\u0061"`.
    return object.add(JSON.parse(text.slice(from - 1, to + 1)) as string);
  } catch {
    return 'not_json';
  }
}

/** The object in a frame's body, or the reason why it was refused. Never throws. */
export function parseGuarded(body: Uint8Array): GuardedJson {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  // Most bodies are ASCII, where a character is a byte and nothing has to be decoded.
  if (isAscii(bytes)) return parseGuardedText(bytes.toString('latin1'));
  return isUtf8(bytes) ? parseGuardedText(bytes.toString('utf8')) : { fault: 'not_utf8' };
}

/** The same for text that is known to be well formed. */
export function parseGuardedText(text: string): GuardedJson {
  const fault = scan(text);
  if (fault !== null) return { fault };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: 'not_json' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { fault: 'not_an_object' };
  return { value: value as JsonObject };
}
