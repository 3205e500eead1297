/**
 * JSON as this protocol accepts it: one object in well-formed UTF-8, within RFC 7493 (I-JSON) and our limits. The check
 * of depth, keys and numbers runs over the bytes before JSON.parse sees them: the parser takes a depth of a million and
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
  | 'noncharacter'
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
  noncharacter: 'A string holds a noncharacter, such as U+FFFE.',
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
/** Up to this number of keys, comparing with each is cheaper than hashing. */
const LINEAR_KEYS = 8;

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

function isNumberPart(code: number): boolean {
  return isDigit(code) || code === 0x2e || code === 0x2b || code === MINUS || code === 0x65 || code === 0x45;
}

/** Returns the byte at a place; 0 behind the end, where no JSON has anything. */
const byteAt = (bytes: Buffer, at: number): number => bytes[at] ?? 0;

/** Returns whether two stretches, both `length` long, are the same. */
function sameBytes(bytes: Buffer, one: number, other: number, length: number): boolean {
  for (let at = 0; at < length; at += 1) {
    if (bytes[one + at] !== bytes[other + at]) return false;
  }
  return true;
}

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const FORBIDDEN_LENGTHS: ReadonlySet<number> = new Set([...FORBIDDEN_KEYS].map(({ length }) => length));

/**
 * The objects and arrays that are open during a walk, and the keys of the objects: the first few as places in the body,
 * which costs no memory; all of them as strings once there are more, or one is spelled with escapes.
 */
class OpenValues {
  depth = 0;
  /** Whether the innermost value is an object. */
  inObject = false;
  readonly #isObject = new Uint8Array(LIMITS.json_depth_max + 1);
  readonly #counts = new Uint8Array(LIMITS.json_depth_max + 1);
  readonly #from = new Int32Array((LIMITS.json_depth_max + 1) * LINEAR_KEYS);
  readonly #to = new Int32Array((LIMITS.json_depth_max + 1) * LINEAR_KEYS);
  readonly #strings: (Set<string> | null)[] = Array.from({ length: LIMITS.json_depth_max + 1 }, () => null);

  open(isObject: boolean): void {
    this.depth += 1;
    this.inObject = isObject;
    this.#isObject[this.depth] = isObject ? 1 : 0;
    this.#counts[this.depth] = 0;
    this.#strings[this.depth] = null;
  }

  close(): void {
    if (this.depth > 0) this.depth -= 1;
    this.inObject = this.depth > 0 && this.#isObject[this.depth] === 1;
  }

  clear(): void {
    this.depth = 0;
    this.inObject = false;
  }

  /** Adds a key of the innermost object, spelled without escapes. Returns the fault that it is, or null. */
  add(bytes: Buffer, from: number, to: number): JsonFault | null {
    const length = to - from;
    const count = this.#counts[this.depth] ?? 0;
    if (this.#strings[this.depth] !== null || count === LINEAR_KEYS || FORBIDDEN_LENGTHS.has(length))
      return this.addString(bytes, bytes.toString('utf8', from, to));
    const first = this.depth * LINEAR_KEYS;
    for (let place = first; place < first + count; place += 1) {
      const known = this.#from[place] ?? 0;
      if ((this.#to[place] ?? 0) - known === length && sameBytes(bytes, known, from, length))
        return 'duplicate_key';
    }
    this.#from[first + count] = from;
    this.#to[first + count] = to;
    this.#counts[this.depth] = count + 1;
    return null;
  }

  /** The same for a key however it is spelled. */
  addString(bytes: Buffer, key: string): JsonFault | null {
    if (FORBIDDEN_KEYS.has(key)) return 'forbidden_key';
    const strings = (this.#strings[this.depth] ??= this.#asStrings(bytes));
    if (strings.has(key)) return 'duplicate_key';
    strings.add(key);
    return strings.size > LIMITS.json_keys_max ? 'too_many_keys' : null;
  }

  /** The keys of the innermost object as far as they are places in the body. */
  #asStrings(bytes: Buffer): Set<string> {
    const first = this.depth * LINEAR_KEYS;
    const strings = new Set<string>();
    for (let place = first; place < first + (this.#counts[this.depth] ?? 0); place += 1)
      strings.add(bytes.toString('utf8', this.#from[place], this.#to[place]));
    return strings;
  }
}

/** One for all: a walk is over before the next begins. */
const OPEN = new OpenValues();

/** Returns the value of four hexadecimal digits at `at`, or -1. */
function hex4(bytes: Buffer, at: number): number {
  const digits = bytes.toString('latin1', at, at + 4);
  return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1;
}

/** The last two of each plane, and 32 more that stand for nothing. A malformed escape, -1, is none. */
const isNoncharacter = (code: number): boolean =>
  (code >= 0xfdd0 && code <= 0xfdef) || (code > 0 && (code & 0xfffe) === 0xfffe);
const NONCHARACTER = /\p{Noncharacter_Code_Point}/u;

/** Looks at the escapes of a string between two quotes. Malformed ones are left to JSON.parse. */
function escapeFault(bytes: Buffer, from: number, to: number): JsonFault | null {
  for (let at = bytes.indexOf(BACKSLASH, from); at !== -1 && at < to; at = bytes.indexOf(BACKSLASH, at)) {
    if (byteAt(bytes, at + 1) !== LOWER_U) {
      at += 2;
      continue;
    }
    const unit = hex4(bytes, at + 2);
    at += 6;
    if (unit === 0) return 'null_character';
    if (unit >= 0xdc00 && unit <= 0xdfff) return 'lone_surrogate';
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const escaped = byteAt(bytes, at) === BACKSLASH && byteAt(bytes, at + 1) === LOWER_U;
      const low = escaped ? hex4(bytes, at + 2) : -1;
      if (low < 0xdc00 || low > 0xdfff) return 'lone_surrogate';
      if (isNoncharacter(((unit - 0xd800) << 10) + (low - 0xdc00))) return 'noncharacter';
      at += 6;
    } else if (isNoncharacter(unit)) return 'noncharacter';
  }
  return null;
}

function numberFault(bytes: Buffer, from: number, to: number): JsonFault | null {
  let plain = to - from <= SAFE_DIGITS;
  for (let at = from; plain && at < to; at += 1) plain = isDigit(byteAt(bytes, at));
  if (plain) return null;
  const value = Number(bytes.toString('latin1', from, to));
  // NaN here means malformed; JSON.parse will say so.
  if (Number.isNaN(value)) return null;
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? null : 'unsafe_number';
}

/**
 * Walks the body once. Finds every fault but bad syntax, which is left to JSON.parse. Bytes and not characters: all that
 * it looks for is ASCII, which UTF-8 never uses inside another character.
 */
function scan(bytes: Buffer): JsonFault | null {
  OPEN.clear();
  const { length } = bytes;
  let keyNext = false;
  let at = 0;
  while (at < length) {
    const code = byteAt(bytes, at);
    if (code === QUOTE) {
      const from = at + 1;
      let escaped = false;
      at = from;
      for (; at < length; at += 1) {
        const inner = byteAt(bytes, at);
        if (inner === QUOTE) break;
        if (inner === BACKSLASH) {
          escaped = true;
          at += 1;
        }
      }
      if (at >= length) return null;
      if (escaped) {
        const fault = escapeFault(bytes, from, at);
        if (fault !== null) return fault;
      }
      if (keyNext) {
        keyNext = false;
        const fault = escaped ? escapedKeyFault(bytes, from, at) : OPEN.add(bytes, from, at);
        if (fault !== null) return fault;
      }
      at += 1;
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (OPEN.depth === LIMITS.json_depth_max) return 'too_deep';
      keyNext = code === OPEN_OBJECT;
      OPEN.open(keyNext);
      at += 1;
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      OPEN.close();
      keyNext = false;
      at += 1;
    } else if (code === COMMA) {
      keyNext = OPEN.inObject;
      at += 1;
    } else if (isDigit(code) || code === MINUS) {
      const from = at;
      while (at < length && isNumberPart(byteAt(bytes, at))) at += 1;
      const fault = numberFault(bytes, from, at);
      if (fault !== null) return fault;
    } else {
      at += 1;
    }
  }
  return null;
}

/** Two spellings of one key are one key: `"a"` and `"\u0061"`. */
function escapedKeyFault(bytes: Buffer, from: number, to: number): JsonFault | null {
  let key: string;
  try {
    key = JSON.parse(bytes.toString('utf8', from - 1, to + 1)) as string;
  } catch {
    return 'not_json';
  }
  return OPEN.addString(bytes, key);
}

/**
 * Returns the object in a frame's body, or the reason why it was refused. Never throws. `noncharacters`: whether strings may hold
 * them as they are, without escapes: a server may have stored some in an earlier release.
 */
export function parseGuarded(
  body: Uint8Array,
  { noncharacters = false }: { readonly noncharacters?: boolean } = {},
): GuardedJson {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  // Most bodies are ASCII, where a character is a byte and nothing has to be decoded.
  const ascii = isAscii(bytes);
  if (!ascii && !isUtf8(bytes)) return { fault: 'not_utf8' };
  const fault = scan(bytes);
  if (fault !== null) return { fault };
  const text = bytes.toString(ascii ? 'latin1' : 'utf8');
  // Those that are escaped were seen before. [RFC 7493 2.1]
  if (!ascii && !noncharacters && NONCHARACTER.test(text)) return { fault: 'noncharacter' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: 'not_json' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { fault: 'not_an_object' };
  return { value: value as JsonObject };
}

/** Returns the same for text. */
export const parseGuardedText = (text: string): GuardedJson => parseGuarded(Buffer.from(text));
