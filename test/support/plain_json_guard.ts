/** What the guard has to say of a body, written as plainly as it can be and with no thought for time: to compare with. */
import { isUtf8 } from 'node:buffer';
import { LIMITS, type JsonFault } from '../../src/protocol/index.js';

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** The fault of the escapes of a string, as it stands between its quotes; `after`: what follows it in the body. */
function escapeFault(inner: string, after: string): JsonFault | null {
  const text = inner + after;
  for (let at = 0; at < inner.length; at += 1) {
    if (text[at] !== '\\') continue;
    if (text[at + 1] !== 'u') {
      at += 1;
      continue;
    }
    const unit = hex(text.slice(at + 2, at + 6));
    at += 5;
    if (unit === 0) return 'null_character';
    if (unit >= 0xdc00 && unit <= 0xdfff) return 'lone_surrogate';
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const low = text.slice(at + 1, at + 3) === '\\u' ? hex(text.slice(at + 3, at + 7)) : -1;
    if (low < 0xdc00 || low > 0xdfff) return 'lone_surrogate';
    at += 6;
  }
  return null;
}

const hex = (digits: string): number => (/^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1);

/** Returns the fault of a body, or null. */
export function plainFaultOf(body: Buffer): JsonFault | null {
  if (!isUtf8(body)) return 'not_utf8';
  // A character for each byte: all that is looked for is ASCII.
  const text = body.toString('latin1');
  const open: (Set<string> | null)[] = [];
  let keyNext = false;
  let containers = 0;
  let at = 0;
  while (at < text.length) {
    const character = text[at] ?? '';
    const rest = text.slice(at);
    const string = /^"((?:[^"\\]|\\[^])*)"/.exec(rest)?.[1];
    const number = /^[-0-9][-+.0-9eE]*/.exec(rest)?.[0];
    if (character === '"') {
      // A string without an end: there is nothing behind it.
      if (string === undefined) break;
      const fault = escapeFault(string, rest.slice(1 + string.length));
      if (fault !== null) return fault;
      const keys = open.at(-1);
      if (keyNext && keys) {
        let key = Buffer.from(string, 'latin1').toString();
        if (string.includes('\\')) {
          try {
            key = JSON.parse(`"${key}"`) as string;
          } catch {
            return 'not_json';
          }
        }
        if (FORBIDDEN.has(key)) return 'forbidden_key';
        if (keys.has(key)) return 'duplicate_key';
        if (keys.add(key).size > LIMITS.json_keys_max) return 'too_many_keys';
      }
      keyNext = false;
      at += string.length + 2;
      continue;
    }
    if (number !== undefined) {
      if (Math.abs(Number(number)) > Number.MAX_SAFE_INTEGER) return 'unsafe_number';
      at += number.length;
      continue;
    }
    if (character === '{' || character === '[') {
      if (open.length === LIMITS.json_depth_max) return 'too_deep';
      containers += 1;
      if (containers > LIMITS.json_containers_max) return 'too_many_values';
      keyNext = character === '{';
      open.push(keyNext ? new Set() : null);
    } else if (character === '}' || character === ']') {
      open.pop();
      keyNext = false;
    } else if (character === ',') keyNext = open.at(-1) instanceof Set;
    at += 1;
  }
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? null : 'not_an_object';
  } catch {
    return 'not_json';
  }
}
