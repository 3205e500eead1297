/**
 * Page cursors: a place in the order of one question, with a MAC over both. What comes back under another question, or was
 * made by somebody else, is told from what this server gave out, before and after a restart.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { parseGuardedText } from '../../protocol/index.js';

export type CursorPart = string | number;

/** Half of an HMAC-SHA-256 [RFC 2104 5]: a forged one would only lead to a page that its maker may read anyway. */
const MAC_BYTES = 16;

export class PageCursors {
  readonly #key: Uint8Array;

  /** `key`: 32 bytes that are for nothing else. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Returns the cursor of a place in the order of a question. `question`: one text for all ways to ask the same. */
  seal(question: string, place: readonly CursorPart[]): string {
    const text = JSON.stringify({ at: place });
    return Buffer.concat([this.#mac(question, text), Buffer.from(text)]).toString('base64url');
  }

  /** Returns the place of a cursor that this server gave out for this question, or null. */
  open(question: string, cursor: string): readonly CursorPart[] | null {
    const bytes = Buffer.from(cursor, 'base64url');
    // Of several spellings of the same bytes only our own is one that we gave out.
    if (bytes.length <= MAC_BYTES || bytes.toString('base64url') !== cursor) return null;
    const text = bytes.toString('utf8', MAC_BYTES);
    if (!timingSafeEqual(bytes.subarray(0, MAC_BYTES), this.#mac(question, text))) return null;
    const parsed = parseGuardedText(text);
    // The MAC says that `seal` wrote this text, from a list of parts.
    return 'fault' in parsed ? null : (parsed.value['at'] as readonly CursorPart[]);
  }

  #mac(question: string, text: string): Buffer {
    // JSON of both: where the one ends and the other begins can't be mistaken.
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([question, text]))
      .digest()
      .subarray(0, MAC_BYTES);
  }
}
