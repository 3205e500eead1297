/** Where a command writes: what was asked for to standard output, complaints to standard error. */

export type Terminal = {
  out(text: string): void;
  complain(sentence: string): void;
};

export const json = (value: object): string => JSON.stringify(value);
