/** Where a command writes: what was asked for to standard output, complaints to standard error. */

export type Terminal = {
  out(text: string): void;
  complain(sentence: string): void;
  /** Shows how far a long command is, in the place of what it showed before; '' takes it away. Only where a person looks on. */
  progress?(line: string): void;
};

export const json = (value: object): string => JSON.stringify(value);

/** Returns a number with what is said of so many: `1 row belongs`, `2 rows belong`. */
export const amount = (count: number, one: string, other: string): string =>
  `${count} ${count === 1 ? one : other}`;

/** Returns rows as lines whose cells stand below each other. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) =>
    Math.max(...rows.map((row) => row[at]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
