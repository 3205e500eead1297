/** Page cursors: opaque to clients, a place in an order to us. Nothing in them is trusted. */
import { parseGuarded } from '../../protocol/index.js';

export type CursorPart = string | number;

export function encodeCursor(parts: readonly CursorPart[]): string {
  return Buffer.from(JSON.stringify({ at: parts })).toString('base64url');
}

/** Returns the parts of a cursor of `length` parts, or null when it isn't one of ours. */
export function decodeCursor(cursor: string, length: number): readonly CursorPart[] | null {
  const parsed = parseGuarded(Buffer.from(cursor, 'base64url'));
  if ('fault' in parsed) return null;
  const parts: unknown = parsed.value['at'];
  if (!Array.isArray(parts) || parts.length !== length) return null;
  const sound = parts.every(
    (part) => (typeof part === 'string' && part.length <= 256) || Number.isSafeInteger(part),
  );
  // Checked on the line above: each part is a string or a safe integer.
  return sound ? (parts as CursorPart[]) : null;
}
