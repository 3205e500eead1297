/** Statements by name: each connection prepares a text once, which saves most of what a point select costs. */
import type { QueryConfig } from 'pg';

/** Questions to lists are put together of parts: far fewer are asked again and again than could be asked once. */
const NAMED_MAX = 1_000;

const names = new Map<string, string>();

/** Returns what a connection is asked. The first texts get names for ever; those after them are parsed each time. */
export function statement(text: string, values: readonly unknown[]): QueryConfig<unknown[]> {
  let name = names.get(text);
  if (name === undefined && names.size < NAMED_MAX) {
    name = `p${names.size}`;
    names.set(text, name);
  }
  return name === undefined ? { text, values: [...values] } : { name, text, values: [...values] };
}
