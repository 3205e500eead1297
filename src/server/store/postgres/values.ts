/** How PostgreSQL's values become those of the interface: the same that SQLite gives. */
import type { CustomTypesConfig } from 'pg';

const BOOL = 16;
const BYTEA = 17;
const INT8 = 20;
const INT2 = 21;
const INT4 = 23;
const NUMERIC = 1700;

/** Throws for a number that a double can't hold: a wrong one would go on as if it were right. */
export function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`${text} is no safe integer`);
  return value;
}

/** Everything comes as text. What isn't named here is text to us as well. */
const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [BOOL, (text) => (text === 't' ? 1 : 0)],
  [BYTEA, (text) => Buffer.from(text.slice(2), 'hex')],
  [INT2, safeInteger],
  [INT4, safeInteger],
  [INT8, safeInteger],
  // What a sum of integers is.
  [NUMERIC, safeInteger],
]);

const asText = (text: string): unknown => text;

export const types: CustomTypesConfig = { getTypeParser: (oid: number) => PARSERS.get(oid) ?? asText };
