/** Seconds by what took them. */
export type Took = {
  readonly checks: Readonly<Record<string, number>>;
  readonly files: Readonly<Record<string, number>>;
  readonly total: number;
};
export type Budget = {
  readonly work_ms: number;
  readonly total: Readonly<Record<string, number>>;
  readonly checks: Readonly<Record<string, number>>;
  readonly each_file: number;
  readonly files: Readonly<Record<string, number>>;
};
export function workMs(): number;
export function paceOf(samples: readonly number[], workMsInBudget: number): number;
export function overBudget(
  took: Took,
  budget: Budget,
  options: { readonly kind: string; readonly pace: number },
): string[];
export function leftOver(
  budget: Budget,
  tree: { readonly checks: readonly string[]; readonly exists: (path: string) => boolean },
): string[];
