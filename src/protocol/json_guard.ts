/**
 * JSON as this protocol accepts it: one object in well-formed UTF-8, within RFC 7493 (I-JSON) and our limits. The check
 * of depth, keys and numbers runs over the bytes before JSON.parse sees them: the parser takes a depth of a million and
 * keeps the last of two equal keys without a word. [RFC 7493 2.1–2.3]
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { randomInt } from 'node:crypto';
import { LIMITS } from './limits.js';

/** Why a body was refused; `reason` is a stable word, listed in the protocol document. */
export type JsonFault =
  | 'not_utf8'
  | 'not_json'
  | 'not_an_object'
  | 'too_deep'
  | 'too_many_keys'
  | 'too_many_values'
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
  too_many_values: `The body has more than ${LIMITS.json_containers_max} objects and arrays.`,
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
const PLUS = 0x2b;
const POINT = 0x2e;
const LOWER_U = 0x75;
const LOWER_E = 0x65;
const UPPER_E = 0x45;

/** Fifteen digits are always below 2^53, so numbers that have no more of them before the point need no conversion. */
const SAFE_DIGITS = 15;
/** Up to this number of keys, comparing with each is cheaper than hashing. */
const LINEAR_KEYS = 8;
/** Places for the keys of one object beyond that: twice as many as it may have, so that few meet. */
const SLOTS = 512;

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

function isNumberPart(code: number): boolean {
  return (
    isDigit(code) || code === POINT || code === PLUS || code === MINUS || code === LOWER_E || code === UPPER_E
  );
}

/** Returns the byte at a place; 0 behind the end, where no JSON has anything. */
const byteAt = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;

/** What a hexadecimal digit is worth, by its byte; -1 for any other byte. */
const HEX_VALUES = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value += 1) {
  const digit = value.toString(16);
  HEX_VALUES[digit.charCodeAt(0)] = value;
  HEX_VALUES[digit.toUpperCase().charCodeAt(0)] = value;
}

const hexAt = (bytes: Uint8Array, at: number): number => HEX_VALUES[byteAt(bytes, at)] ?? -1;

/** Returns the value of four hexadecimal digits at `at`; negative when they are none: one negative part makes it so. */
function hex4(bytes: Uint8Array, at: number): number {
  return (
    (hexAt(bytes, at) << 12) |
    (hexAt(bytes, at + 1) << 8) |
    (hexAt(bytes, at + 2) << 4) |
    hexAt(bytes, at + 3)
  );
}

/** What a short escape stands for, by the byte behind the backslash; 0 for none. [RFC 8259 7] */
const SHORT_ESCAPES = new Uint8Array(256);
for (const [escape, meant] of [
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
] as const)
  SHORT_ESCAPES[escape.charCodeAt(0)] = meant.charCodeAt(0);

const NOTHING = new Uint8Array(0);

const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype'].map((key) => Buffer.from(key));
const FORBIDDEN_LENGTH_MIN = Math.min(...FORBIDDEN_KEYS.map(({ length }) => length));
const FORBIDDEN_LENGTH_MAX = Math.max(...FORBIDDEN_KEYS.map(({ length }) => length));

/** Returns whether two stretches, both `length` long, are the same. */
function sameBytes(one: Uint8Array, from: number, other: Uint8Array, start: number, length: number): boolean {
  for (let at = 0; at < length; at += 1) {
    if (one[from + at] !== other[start + at]) return false;
  }
  return true;
}

function isForbidden(bytes: Uint8Array, from: number, length: number): boolean {
  for (const key of FORBIDDEN_KEYS) {
    if (key.length === length && sameBytes(key, 0, bytes, from, length)) return true;
  }
  return false;
}

/** Of this process alone, so that nobody outside knows which keys meet in one place. */
const HASH_SEED = randomInt(1, 2 ** 31);

/** Returns a hash of some bytes. [FNV-1a, 32 bits] */
function hashOf(bytes: Uint8Array, from: number, length: number): number {
  let hash = HASH_SEED;
  for (let at = from; at < from + length; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash ^ (hash >>> 15);
}

/**
 * The objects and arrays that are open during a walk, and the keys of the objects, as places where their bytes stand: no
 * key is ever made into a string. An object's first few keys stand in a row, all of them in a table once there are more.
 */
class OpenValues {
  depth = 0;
  /** Whether the innermost value is an object. */
  inObject = false;
  readonly #isObject = new Uint8Array(LIMITS.json_depth_max + 1);
  readonly #counts = new Uint16Array(LIMITS.json_depth_max + 1);
  /** By depth, then in the order in which they came: where each key begins, negative when it is spelled out. */
  readonly #from = new Int32Array((LIMITS.json_depth_max + 1) * (LIMITS.json_keys_max + 1));
  readonly #lengths = new Int32Array((LIMITS.json_depth_max + 1) * (LIMITS.json_keys_max + 1));
  readonly #hashes = new Int32Array((LIMITS.json_depth_max + 1) * (LIMITS.json_keys_max + 1));
  /** By depth, then by hash: which key stands there, counted from 1. Used by objects with many keys. */
  readonly #slots = new Uint16Array((LIMITS.json_depth_max + 1) * SLOTS);
  #body: Uint8Array = NOTHING;
  /** Where keys with escapes are spelled out, and how much of it is used. */
  #scratch = new Uint8Array(4_096);
  #scratchUsed = 0;

  begin(body: Uint8Array): void {
    this.depth = 0;
    this.inObject = false;
    this.#body = body;
    this.#scratchUsed = 0;
  }

  /** Lets go of the body. */
  end(): void {
    this.#body = NOTHING;
    if (this.#scratch.length > LIMITS.frame_bytes_max) this.#scratch = new Uint8Array(4_096);
  }

  open(isObject: boolean): void {
    this.depth += 1;
    this.inObject = isObject;
    this.#isObject[this.depth] = isObject ? 1 : 0;
    this.#counts[this.depth] = 0;
  }

  close(): void {
    if (this.depth > 0) this.depth -= 1;
    this.inObject = this.depth > 0 && this.#isObject[this.depth] === 1;
  }

  /** Adds a key of the innermost object, spelled without escapes. Returns the fault that it is, or null. */
  add(from: number, to: number): JsonFault | null {
    return this.#add(this.#body, from, from, to - from);
  }

  /** The same for a key with escapes: two spellings of one key are one key, `"a"` and `"\u0061"`. */
  addEscaped(from: number, to: number): JsonFault | null {
    const start = this.#scratchUsed;
    if (!this.#spellOut(from, to)) return 'not_json';
    return this.#add(this.#scratch, start, -1 - start, this.#scratchUsed - start);
  }

  /** `at`: where the bytes begin; `place`: how that is remembered. */
  #add(bytes: Uint8Array, at: number, place: number, length: number): JsonFault | null {
    if (length >= FORBIDDEN_LENGTH_MIN && length <= FORBIDDEN_LENGTH_MAX && isForbidden(bytes, at, length))
      return 'forbidden_key';
    const count = this.#counts[this.depth] ?? 0;
    const first = this.depth * (LIMITS.json_keys_max + 1);
    if (count < LINEAR_KEYS) {
      for (let key = first; key < first + count; key += 1) {
        if (this.#lengths[key] === length && this.#isKey(key, bytes, at, length)) return 'duplicate_key';
      }
    } else {
      if (count === LINEAR_KEYS) this.#beginTable(first);
      const hash = hashOf(bytes, at, length);
      const slot = this.#slotOf(first, hash, bytes, at, length);
      if (this.#slots[slot] !== 0) return 'duplicate_key';
      this.#slots[slot] = count + 1;
      this.#hashes[first + count] = hash;
    }
    this.#from[first + count] = place;
    this.#lengths[first + count] = length;
    this.#counts[this.depth] = count + 1;
    return count + 1 > LIMITS.json_keys_max ? 'too_many_keys' : null;
  }

  /** Whether a key that is known has these bytes. */
  #isKey(key: number, bytes: Uint8Array, at: number, length: number): boolean {
    const place = this.#from[key] ?? 0;
    return place < 0
      ? sameBytes(this.#scratch, -1 - place, bytes, at, length)
      : sameBytes(this.#body, place, bytes, at, length);
  }

  /** Puts the first keys of an object into its table. */
  #beginTable(first: number): void {
    this.#slots.fill(0, this.depth * SLOTS, (this.depth + 1) * SLOTS);
    for (let key = 0; key < LINEAR_KEYS; key += 1) {
      const place = this.#from[first + key] ?? 0;
      const bytes = place < 0 ? this.#scratch : this.#body;
      const at = place < 0 ? -1 - place : place;
      const length = this.#lengths[first + key] ?? 0;
      const hash = hashOf(bytes, at, length);
      this.#slots[this.#slotOf(first, hash, bytes, at, length)] = key + 1;
      this.#hashes[first + key] = hash;
    }
  }

  /** Returns the slot where a key stands, or the free one where it would. */
  #slotOf(first: number, hash: number, bytes: Uint8Array, at: number, length: number): number {
    const begin = this.depth * SLOTS;
    for (let place = hash & (SLOTS - 1); ; place = (place + 1) & (SLOTS - 1)) {
      const known = this.#slots[begin + place] ?? 0;
      if (known === 0) return begin + place;
      const key = first + known - 1;
      if (this.#hashes[key] === hash && this.#lengths[key] === length && this.#isKey(key, bytes, at, length))
        return begin + place;
    }
  }

  /** Writes what a key with escapes means behind those that were. False for one that is malformed. */
  #spellOut(from: number, to: number): boolean {
    const body = this.#body;
    // What a key means is never longer than how it is spelled.
    if (this.#scratch.length < this.#scratchUsed + to - from)
      this.#growScratch(this.#scratchUsed + to - from);
    const scratch = this.#scratch;
    let used = this.#scratchUsed;
    let at = from;
    while (at < to) {
      const code = byteAt(body, at);
      if (code !== BACKSLASH) {
        // A control character has to be escaped. [RFC 8259 7]
        if (code < 0x20) return false;
        scratch[used] = code;
        used += 1;
        at += 1;
        continue;
      }
      const escape = byteAt(body, at + 1);
      if (escape !== LOWER_U) {
        const meant = SHORT_ESCAPES[escape] ?? 0;
        if (meant === 0) return false;
        scratch[used] = meant;
        used += 1;
        at += 2;
        continue;
      }
      let point = hex4(body, at + 2);
      if (point < 0 || at + 6 > to) return false;
      at += 6;
      // That the other half follows is known by now.
      if (point >= 0xd800 && point <= 0xdbff) {
        point = 0x10000 + ((point - 0xd800) << 10) + (hex4(body, at + 2) - 0xdc00);
        at += 6;
      }
      used = writePoint(scratch, used, point);
    }
    this.#scratchUsed = used;
    return true;
  }

  #growScratch(bytes: number): void {
    const grown = new Uint8Array(Math.max(bytes, this.#scratch.length * 2));
    grown.set(this.#scratch.subarray(0, this.#scratchUsed));
    this.#scratch = grown;
  }
}

/** Writes a code point in UTF-8; returns where the next goes. [RFC 3629 3] */
function writePoint(bytes: Uint8Array, at: number, point: number): number {
  if (point < 0x80) {
    bytes[at] = point;
    return at + 1;
  }
  if (point < 0x800) {
    bytes[at] = 0xc0 | (point >> 6);
    bytes[at + 1] = 0x80 | (point & 0x3f);
    return at + 2;
  }
  if (point < 0x10000) {
    bytes[at] = 0xe0 | (point >> 12);
    bytes[at + 1] = 0x80 | ((point >> 6) & 0x3f);
    bytes[at + 2] = 0x80 | (point & 0x3f);
    return at + 3;
  }
  bytes[at] = 0xf0 | (point >> 18);
  bytes[at + 1] = 0x80 | ((point >> 12) & 0x3f);
  bytes[at + 2] = 0x80 | ((point >> 6) & 0x3f);
  bytes[at + 3] = 0x80 | (point & 0x3f);
  return at + 4;
}

/** One for all: a walk is over before the next begins. */
const OPEN = new OpenValues();

/** The last two of each plane, and 32 more that stand for nothing. A malformed escape, -1, is none. */
const isNoncharacter = (code: number): boolean =>
  (code >= 0xfdd0 && code <= 0xfdef) || (code > 0 && (code & 0xfffe) === 0xfffe);
const NONCHARACTER = /\p{Noncharacter_Code_Point}/u;

/** Looks at the escapes of a string between two quotes. Malformed ones are left to JSON.parse. */
function escapeFault(bytes: Uint8Array, from: number, to: number): JsonFault | null {
  let at = from;
  while (at < to) {
    if (byteAt(bytes, at) !== BACKSLASH) {
      at += 1;
      continue;
    }
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
      if (isNoncharacter(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00))) return 'noncharacter';
      at += 6;
    } else if (isNoncharacter(unit)) return 'noncharacter';
  }
  return null;
}

function numberFault(bytes: Buffer, from: number, to: number): JsonFault | null {
  if (isSurelySafe(bytes, from, to)) return null;
  const value = Number(bytes.toString('latin1', from, to));
  // NaN here means malformed; JSON.parse will say so.
  if (Number.isNaN(value)) return null;
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? null : 'unsafe_number';
}

/** Powers of ten that are exact as numbers of JavaScript. */
const POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** Whether a number is within the limits and can be told so without making a string of it. Says no when in doubt. */
function isSurelySafe(bytes: Uint8Array, from: number, to: number): boolean {
  let at = byteAt(bytes, from) === MINUS ? from + 1 : from;
  const first = at;
  let mantissa = 0;
  for (; at < to && isDigit(byteAt(bytes, at)); at += 1) mantissa = mantissa * 10 + byteAt(bytes, at) - 0x30;
  const whole = at - first;
  let digits = whole;
  if (at < to && byteAt(bytes, at) === POINT) {
    const point = at;
    at += 1;
    for (; at < to && isDigit(byteAt(bytes, at)); at += 1)
      mantissa = mantissa * 10 + byteAt(bytes, at) - 0x30;
    digits += at - point - 1;
  }
  if (at === to) return whole <= SAFE_DIGITS;
  // Zero, or malformed, whatever follows.
  if (mantissa === 0) return true;
  if (digits > SAFE_DIGITS || (byteAt(bytes, at) !== LOWER_E && byteAt(bytes, at) !== UPPER_E)) return false;
  at += 1;
  const negative = byteAt(bytes, at) === MINUS;
  if (negative || byteAt(bytes, at) === PLUS) at += 1;
  let exponent = 0;
  for (; at < to && isDigit(byteAt(bytes, at)); at += 1) exponent = exponent * 10 + byteAt(bytes, at) - 0x30;
  if (at < to) return false;
  const power = (negative ? -exponent : exponent) - (digits - whole);
  // Both are exact, so the product is the number that anybody would read. [Clinger 1990, How to read floating point numbers]
  return (
    power <= 0 || (power < POWERS.length && mantissa * (POWERS[power] ?? Infinity) <= Number.MAX_SAFE_INTEGER)
  );
}

/**
 * Walks the body once. Finds every fault but bad syntax, which is left to JSON.parse. Bytes and not characters: all that
 * it looks for is ASCII, which UTF-8 never uses inside another character.
 */
function scan(bytes: Buffer): JsonFault | null {
  const { length } = bytes;
  let keyNext = false;
  let containers = 0;
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
        const fault = escaped ? OPEN.addEscaped(from, at) : OPEN.add(from, at);
        if (fault !== null) return fault;
      }
      at += 1;
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (OPEN.depth === LIMITS.json_depth_max) return 'too_deep';
      containers += 1;
      if (containers > LIMITS.json_containers_max) return 'too_many_values';
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
  OPEN.begin(bytes);
  const fault = scan(bytes);
  OPEN.end();
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
