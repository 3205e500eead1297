/** Results as plain text: aligned columns, no colours, for terminals and pipes alike. Pure; text has been cleaned. */
import { fit, width, wrap } from '../text/index.js';
import type { Column, Label, Words } from './words/index.js';

/** Wider cells are cut, so that one long e-mail address doesn't push everything out of sight. */
const CELL_MAX = 40;
const GAP = '  ';

/** Returns Unix milliseconds as people read it, in the time zone of this machine; `-` for never. */
export function when(at: number | null): string {
  if (at === null) return '-';
  const date = new Date(at);
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Returns the text, or a dash for what someone left empty. */
export const orDash = (text: string | null): string => (text === null || text === '' ? '-' : text);

/** Returns rows under titles. `columns_max` cuts lines to a terminal's width; null leaves them as long as they are. */
export function table(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  columns_max: number | null,
): string {
  const all = [titles, ...rows];
  const widths = titles.map((_, at) =>
    Math.min(CELL_MAX, Math.max(...all.map((row) => width(row[at] ?? '')))),
  );
  return all
    .map((row) => {
      const line = row.map((cell, at) => fit(cell, widths[at] ?? 0)).join(GAP);
      return (columns_max === null || width(line) <= columns_max ? line : fit(line, columns_max)).trimEnd();
    })
    .join('\n');
}

/** Returns `label  value` lines; further lines of a value stand under its first. */
export function fields(pairs: readonly (readonly [label: string, value: string])[]): string {
  const room = Math.max(...pairs.map(([label]) => width(label)));
  return pairs
    .flatMap(([label, value]) =>
      value.split('\n').map((line, at) => `${fit(at === 0 ? label : '', room)}${GAP}${line}`.trimEnd()),
    )
    .join('\n');
}

/** Returns `fields` with the labels of a language. */
export const labelled = (words: Words, pairs: readonly (readonly [label: Label, value: string])[]): string =>
  fields(pairs.map(([label, value]) => [words('labels', label), value]));

/** Returns the titles of columns in a language. */
export const titles = (words: Words, columns: readonly Column[]): readonly string[] =>
  columns.map((column) => words('columns', column));

/** Returns words under each other, indented, for help. */
export function definitions(pairs: readonly (readonly [term: string, text: string])[]): string {
  const room = Math.min(28, Math.max(...pairs.map(([term]) => width(term))));
  const indent = ' '.repeat(room + 4);
  return pairs
    .map(([term, text]) => {
      const [first = '', ...rest] = wrap(text, 78 - room - 4);
      const head = width(term) > room ? `  ${term}\n${indent}${first}` : `  ${fit(term, room)}  ${first}`;
      return [head, ...rest.map((line) => indent + line)].join('\n');
    })
    .join('\n');
}

// C1 controls, format characters (bidi, zero width, tags) and line separators: JSON lets them stand, terminals obey.
const UNPRINTABLE = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu;

/** Returns one JSON document that means exactly `value` and holds nothing that a terminal would obey. */
export function jsonDocument(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(UNPRINTABLE, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
